"""Weights that others trained: where those of a spec are, what names them, and that none come in another way.

They are read as safetensors alone: a pickle runs what code it likes.
"""

import hashlib
import json
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import timm
from huggingface_hub import hf_hub_download
from huggingface_hub.errors import (
    EntryNotFoundError,
    LocalEntryNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from huggingface_hub.utils.logging import get_verbosity, set_verbosity

from expdb.catalog.models import is_hub_model
from expdb.domain.spec import RunSpec
from expdb.errors import DataError, SpecError
from expdb.train.model.custom import error_line

_WEIGHTS_FILE = "model.safetensors"
_LACKING = {
    _WEIGHTS_FILE: "and weights in another form are not read (a pickle may run code): convert them to safetensors",
    "config.json": "so it is no model of timm's",
}
# Arguments of timm's builders, and names that other people's networks have for the same.
_LOADS = re.compile(
    r"(is_)?pretrained(?!_window)\w*|checkpoint\w*|ckpt\w*|weights|weights_\w+|state_dict|cache_dir|hf_hub_\w+|custom_load"
)
_LOADS_IN_TIMM = re.compile(r"file|url|source|model_name")
_WEIGHTS_VALUE = re.compile(
    r".*\.(pth?|ckpt|bin|safetensors|npz|pkl|pickle|h5|onnx)(\.tar)?|(https?|file|hf[-_]hub|local-dir):.*",
    re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True, kw_only=True)
class PretrainedFile:
    """A file of weights.

    Attributes:
        tag: timm's name of these weights of the architecture, `hf-hub:OWNER/NAME@COMMIT`, or the file's name.
    """

    tag: str
    path: Path

    def digest(self) -> str:
        """Return the file's SHA-256: it names the weights whatever head they are given."""
        with self.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()


@dataclass(frozen=True, kw_only=True)
class HubModel:
    """A network that the Hugging Face Hub describes.

    Attributes:
        folder: with its config.json; named by the commit.
        is_fixed: it takes images of one size, and is built for it.
    """

    folder: Path
    is_fixed: bool


def find_pretrained(spec: RunSpec) -> PretrainedFile | None:
    """Return the weights that a spec starts from, fetched if need be; None where it starts from fresh ones.

    A run's own weights stand in for them where these alone are evaluated.

    Raises:
        SpecError: there are none in a form that is read.
        DataError: they are not at hand and could not be fetched.
    """
    if not spec.model.pretrained or (spec.model.init_from is not None and not spec.is_trained):
        return None
    arch = spec.model.arch
    if is_hub_model(arch):
        repository, commit = arch.partition("@")[0], find_hub_model(spec).folder.name
        path = _fetch(f"{repository.removeprefix('hf-hub:')}@{commit}", _WEIGHTS_FILE, spec)
        return PretrainedFile(tag=f"{repository}@{commit}", path=path)
    config = timm.get_pretrained_cfg(arch)
    if config is None or not config.has_weights:
        raise SpecError(f"model.pretrained: timm has no weights of {arch}; use model.init_from or leave it")
    if not config.hf_hub_id:
        raise SpecError(
            f"model.pretrained: timm has the weights of {arch} as a pickle alone, which is not read; name a tag of "
            "others, or use model.init_from"
        )
    return PretrainedFile(tag=config.tag or arch, path=_fetch(config.hf_hub_id, _WEIGHTS_FILE, spec))


def file_of_weights(spec: RunSpec) -> PretrainedFile | None:
    """Return the file of weights that a spec evaluates; None where it names none."""
    path = spec.model.weights_path
    return None if path is None else PretrainedFile(tag=Path(path).name, path=Path(path))


def find_hub_model(spec: RunSpec) -> HubModel:
    """Return a hub's description of its network, fetched if need be.

    Raises:
        SpecError: what is there is no model of timm's.
        DataError: its description is not at hand and could not be fetched.
    """
    path = _fetch(spec.model.arch.removeprefix("hf-hub:"), "config.json", spec)
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
        name = config["architecture"]
        is_fixed = bool(config.get("pretrained_cfg", config).get("fixed_input_size", False))
    except (OSError, ValueError, RecursionError, LookupError, TypeError, AttributeError) as error:
        raise SpecError(
            f"model {spec.model.name}: its config.json describes no architecture of timm's, and no other is built"
        ) from error
    if not isinstance(name, str) or not timm.is_model(name):
        raise SpecError(f"model {spec.model.name}: its architecture {name!r} is none of timm {timm.__version__}'s")
    return HubModel(folder=path.parent, is_fixed=is_fixed)


def refuse_other_weights(spec: RunSpec) -> None:
    """Refuse arguments by which a network would read weights that no record names: it would pass for untrained.

    Raises:
        SpecError: in one line, which argument, and how weights are named.
    """
    is_timms = ":" not in spec.model.arch or is_hub_model(spec.model.arch)
    for key, value in _arguments(spec.model.kwargs):
        name = key.rpartition(".")[2]
        is_loading = _LOADS.fullmatch(name) or (is_timms and _LOADS_IN_TIMM.fullmatch(name))
        is_file = isinstance(value, str) and _WEIGHTS_VALUE.fullmatch(value)
        if (is_loading and value is not None and value is not False) or is_file:
            raise SpecError(
                f"model.kwargs.{key}={value!r} would load weights that no record names: use model.pretrained=true "
                "(with a tag in model.name, or hf-hub:OWNER/NAME), or model.init_from for those of a run"
            )


def _arguments(kwargs: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in kwargs.items():
        yield prefix + key, value
        for part in value if isinstance(value, list) else [value]:
            if isinstance(part, dict):
                yield from _arguments(part, f"{prefix}{key}.")
            elif part is not value:
                yield prefix + key, part


def _fetch(repository: str, filename: str, spec: RunSpec) -> Path:
    """Return a file of a hub's repository: the one that is here already, so that a run goes on with the same."""
    name, _, revision = repository.partition("@")
    verbosity = get_verbosity()
    set_verbosity(logging.ERROR)  # it tells of every try, and of every server that it asks
    try:
        try:
            return Path(hf_hub_download(name, filename, revision=revision or None, local_files_only=True))
        except LocalEntryNotFoundError:
            return Path(hf_hub_download(name, filename, revision=revision or None))
    except LocalEntryNotFoundError as error:
        raise DataError(
            f"model.pretrained: {filename} of {name} is not in the local cache and could not be fetched; where there "
            "is no network, fill the cache elsewhere (HF_HOME)"
        ) from error
    except EntryNotFoundError as error:
        raise SpecError(f"model {spec.model.name}: {name} has no {filename}, {_LACKING[filename]}") from error
    except (RepositoryNotFoundError, RevisionNotFoundError) as error:
        raise SpecError(
            f"model {spec.model.name}: there is no {repository} on the Hugging Face Hub, or it is not public"
        ) from error
    except Exception as error:  # whatever the network raises
        raise DataError(f"model.pretrained: {filename} of {name} could not be fetched: {error_line(error)}") from error
    finally:
        set_verbosity(verbosity)

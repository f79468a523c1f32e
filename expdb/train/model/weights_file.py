"""A file of weights that others trained: read without running its code, its names brought to those of the network.

What does not fit whole is refused: a network with a few fresh weights would pass for the one that was trained.
"""

import hashlib
from collections.abc import Callable, Mapping
from io import BytesIO
from pathlib import Path
from pickle import UnpicklingError
from typing import Any, Final

import torch
from safetensors import SafetensorError
from safetensors.torch import load as load_safetensors
from torch import nn

from expdb.domain.spec import RunSpec
from expdb.errors import DataError, SpecError
from expdb.train.model.custom import error_line

Weights = dict[str, torch.Tensor]

DIGEST_DIGITS: Final = 16  # of the SHA-256, which a spec holds
_ZIP, _PICKLE = b"PK\x03\x04", b"\x80"  # how torch's files begin, new ones and old ones
# Under which name scripts save a network beside what else is in a checkpoint.
_NETWORKS = ("state_dict", "model", "model_state_dict", "net", "network", "state_dict_ema", "model_ema", "ema")
_COUNTER = "num_batches_tracked"  # of batch norm, which evaluation does not look at; older files lack it
_MOST_NAMED = 3


def weights_digest(path: Path) -> str:
    """Return the SHA-256 of a file of weights, in hex.

    Raises:
        SpecError: it cannot be read.
    """
    try:
        return hashlib.sha256(_read(path)).hexdigest()
    except DataError as error:
        raise SpecError(str(error)) from error


def load_weights_file(model: nn.Module, spec: RunSpec) -> None:
    """Give a network the weights of the file that the spec names, if it names one.

    Raises:
        SpecError: they are of another network.
        DataError: the file cannot be read, is another one by now, or holds what is not finite.
    """
    if spec.model.weights is not None:
        model.load_state_dict(fitting_weights(model, spec))


def fitting_weights(model: nn.Module, spec: RunSpec) -> Weights:
    """Return the weights of the spec's file by the network's own names; the network may be on the meta device.

    Raises:
        SpecError: they are of another network (the message says which names or shapes differ first), or no weights.
        DataError: the file is not there, is another one by now, or holds what is not finite.
    """
    assert spec.model.weights_path is not None  # noqa: S101 - a spec has both, or neither
    path = Path(spec.model.weights_path)
    data = _read(path)
    digest = hashlib.sha256(data).hexdigest()
    if not digest.startswith(spec.model.weights or ""):
        raise DataError(
            f"weights {str(path)!r} are others by now (SHA-256 {digest[:DIGEST_DIGITS]}, recorded "
            f"{spec.model.weights}): put the file back, or evaluate what it is now by expdb evaluate"
        )
    wanted = model.state_dict()
    found = _named_as(wanted, _parse(data, path), getattr(model, "own_name", None))
    _require_fit(found, wanted, spec, path)
    if not all(tensor.isfinite().all() for tensor in found.values()):
        raise DataError(f"weights {str(path)!r} are not all finite: that training diverged")
    counters = {name: torch.zeros((), dtype=torch.int64) for name in wanted if name.endswith(_COUNTER)}
    return counters | found


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise DataError(f"weights {str(path)!r} cannot be read: {error.strerror}") from error


def _parse(data: bytes, path: Path) -> Weights:
    """Read a file of safetensors or of torch's; which it is says its beginning."""
    if not data.startswith((_ZIP, _PICKLE)):
        try:
            return load_safetensors(data)
        except SafetensorError as error:
            raise SpecError(
                f"weights {str(path)!r} are neither safetensors nor a file of torch.save: {error_line(error)}"
            ) from error
    try:
        saved = torch.load(BytesIO(data), map_location="cpu", weights_only=True)
    except UnpicklingError as error:
        raise SpecError(
            f"weights {str(path)!r} hold more than tensors, and a pickle may run what code it likes: save "
            "model.state_dict() alone, or convert them to safetensors"
        ) from error
    except Exception as error:  # of a damaged file torch raises anything
        raise SpecError(f"weights {str(path)!r} cannot be read: {error_line(error)}") from error
    return _state_dict(saved, path)


def _state_dict(saved: Any, path: Path) -> Weights:
    """Return the one network of what was saved: a state dict, or a checkpoint that holds one."""
    if _is_state_dict(saved):
        return dict(saved)
    networks = [name for name in _NETWORKS if isinstance(saved, Mapping) and _is_state_dict(saved.get(name))]
    if len(networks) == 1:
        return dict(saved[networks[0]])
    if networks:
        raise SpecError(
            f"weights {str(path)!r} hold several networks ({', '.join(networks)}): save the one that is meant alone"
        )
    is_table = isinstance(saved, Mapping)
    inside = f"a table of {', '.join(map(repr, list(saved)[:5]))}" if is_table else type(saved).__name__
    raise SpecError(f"weights {str(path)!r} hold no state dict but {inside}: save model.state_dict()")


def _is_state_dict(saved: Any) -> bool:
    return (
        isinstance(saved, Mapping)
        and bool(saved)
        and all(isinstance(name, str) and isinstance(value, torch.Tensor) for name, value in saved.items())
    )


def _named_as(wanted: Mapping[str, Any], found: Weights, own_name: Callable[[str], str] | None) -> Weights:
    """Return weights without what wrappers put before all names (`module.`), by the names that the network gives them.

    Args:
        wanted: the network's own names.
        own_name: what an architecture of the zoo calls what other code bases call otherwise.
    """
    while not found.keys() & wanted.keys():
        first = next(iter(found)).partition(".")[0] + "."
        if not all(name.startswith(first) and name != first for name in found):
            break
        found = {name.removeprefix(first): tensor for name, tensor in found.items()}
    if own_name is None:
        return found
    renamed = {own_name(name): tensor for name, tensor in found.items()}
    return renamed if len(renamed) == len(found) else found


def _require_fit(found: Weights, wanted: Mapping[str, torch.Tensor], spec: RunSpec, path: Path) -> None:
    lacking = [name for name in wanted if name not in found and not name.endswith(_COUNTER)]
    extra = [name for name in found if name not in wanted]
    others = [
        f"{name} is {_shape(found[name])}, needed is {_shape(tensor)}"
        for name, tensor in wanted.items()
        if name in found and found[name].shape != tensor.shape
    ]
    told = [
        *([f"it lacks {_some(lacking)}"] if lacking else []),
        *([f"it has besides {_some(extra)}"] if extra else []),
        *([_some(others, "; ")] if others else []),
    ]
    if told:
        network = f"{spec.model.name} of {spec.data.num_classes} classes ({spec.model.arch}, stem {spec.model.stem})"
        # Of small images the first layers are others than those that a network's own weights have.
        way_out = " (weights of its usual first layers: --set model.stem=default)" * (spec.model.stem == "cifar")
        raise SpecError(f"weights {str(path)!r} are of another network than {network}: {'; '.join(told)}{way_out}")


def _some(names: list[str], joint: str = ", ") -> str:
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return joint.join(names[:_MOST_NAMED]) + more


def _shape(tensor: torch.Tensor) -> str:
    return " x ".join(map(str, tensor.shape)) or "a number"

"""The command that repeats a run."""

import json
import re
import shlex
from collections.abc import Mapping
from typing import Any

from expdb.catalog.compose_spec import DERIVED, settings_of
from expdb.catalog.flags import FLAGS
from expdb.domain.run import Run
from expdb.domain.spec import RunSpec, flatten
from expdb.errors import ExpdbError

_OF_EVALUATION = ("data.dataset", "model.name", "data.img_size", "device")  # what `evaluate` has flags for
_NAMING = ("epochs", "model.weights", "model.weights_path", "model.pretrained", "model.init_from", "seed")
_OF_NETWORK = ("model.name", "model.kwargs", "model.stem")
_SWITCHES = ("--amp", "--compile")
# Text that `--set` reads as that text without quotes.
_BARE = re.compile(r"(?!(?:null|none|None|true|false|inf|nan)$)[A-Za-z][\w.-]*")


def command_of(spec: RunSpec, run: Run | None = None) -> str:
    """Return the shell command that runs this spec again, with the group and tags of `run`.

    Where the dataset is a folder that is not on this machine, nothing can be left out as implied: then every
    setting is written.
    """
    try:
        settings = settings_of(spec)
    except ExpdbError:
        settings = {key: value for key, value in flatten(spec).items() if key not in DERIVED}
    settings = {"model.name": spec.model.name, **settings}
    flag_of = {key: flag for flag, key in FLAGS.items()}
    words = ["expdb", "run"]
    if not spec.is_trained:
        words = ["expdb", "evaluate", *_weights(spec)]
        flag_of = {key: flag for key, flag in flag_of.items() if key in _OF_EVALUATION}
        settings = _shown_of_evaluation(spec, settings)
    words += [word for key in flag_of if key in settings for word in _flag(flag_of[key], settings[key])]
    for key, value in settings.items():
        if key not in flag_of or value is None:
            words += ["--set", f"{key}={_toml(value)}"]
    if run is not None:
        words += ["--group", run.group] if run.group else []
        words += [word for tag in run.tags for word in ("--tag", tag)]
    return shlex.join(words)


def _weights(spec: RunSpec) -> list[str]:
    """Return the words that name what is evaluated."""
    if spec.model.weights_path is not None:
        return ["--weights", spec.model.weights_path]
    return ["--pretrained"] if spec.model.init_from is None else [str(spec.model.init_from)]


def _shown_of_evaluation(spec: RunSpec, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings to write: none that names the weights, and how images are shown to them in any case."""
    network = () if spec.model.init_from is None else _OF_NETWORK
    left = {key: value for key, value in settings.items() if key not in (*_NAMING, *network)}
    flat = flatten(spec)
    if spec.model.weights is None:  # else they follow from the dataset, not from the weights
        left |= {key: flat[key] for key in ("data.img_size", "data.normalize", "eval.crop")}
    if flat["amp"] or spec.model.init_from is not None:
        left["amp"] = flat["amp"]
    else:
        left.pop("amp", None)
    return {"data.dataset": spec.data.dataset, **left}


def _flag(flag: str, value: object) -> list[str]:
    if value is None:
        return []  # a flag cannot say it: --set does
    if flag in _SWITCHES:
        return [flag if value else flag.replace("--", "--no-", 1)]
    return [flag, str(value)]


def _toml(value: object) -> str:
    """Return a value as `--set` reads it: TOML, with null for None and plain words without quotes."""
    if value is None:
        return "null"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {_toml_inner(item)}" for key, item in value.items()) + "}"
    if isinstance(value, str) and _BARE.fullmatch(value):
        return value
    return _toml_inner(value)


def _toml_inner(value: object) -> str:
    if isinstance(value, dict):
        return _toml(value)
    if isinstance(value, list):
        return "[" + ", ".join(_toml_inner(item) for item in value) + "]"
    return json.dumps(value)

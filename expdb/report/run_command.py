"""The command that repeats a run."""

import json
import re
import shlex

from expdb.catalog.compose_spec import DERIVED, settings_of
from expdb.catalog.flags import FLAGS
from expdb.domain.run import Run
from expdb.domain.spec import RunSpec, flatten
from expdb.errors import ExpdbError

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
    words += [word for key in flag_of if key in settings for word in _flag(flag_of[key], settings[key])]
    for key, value in settings.items():
        if key not in flag_of or value is None:
            words += ["--set", f"{key}={_toml(value)}"]
    if run is not None:
        words += ["--group", run.group] if run.group else []
        words += [word for tag in run.tags for word in ("--tag", tag)]
    return shlex.join(words)


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

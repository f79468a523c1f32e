"""From flags, `--set` and `--spec` to settings by dotted key."""

import json
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from expdb.domain.spec import RunSpec, flatten, list_fields, spec_fields
from expdb.errors import SpecError

_FREE_FORM = ("model.kwargs",)


def gather_settings(flags: Mapping[str, Any], *, assignments: Sequence[str], file: Path | None) -> dict[str, Any]:
    """Merge settings: the file's, then the flags that were given, then `--set`.

    Args:
        flags: value by dotted key; None where the flag was not given.
        assignments: `key=value` texts.
        file: a TOML file with the spec's parts as tables.

    Raises:
        SpecError: the file or an assignment cannot be read.
    """
    settings = _read_file(file) if file else {}
    settings |= {key: value for key, value in flags.items() if value is not None}
    for assignment in assignments:
        key, equals, text = assignment.partition("=")
        if not equals or not key.strip():
            raise SpecError(f"--set {assignment!r}: write key=value, as in --set optim.weight_decay=5e-4")
        settings[key.strip()] = _parse_setting(key.strip(), text.strip())
    return settings


def parse_value(text: str) -> Any:
    """Read a value as TOML does (numbers, true, "text", [lists], {tables}), `null` as None, all else as text.

    Lists and tables may be JSON as well.

    >>> parse_value("5e-4"), parse_value("null"), parse_value("cosine"), parse_value('{"width": 32}')
    (0.0005, None, 'cosine', {'width': 32})

    Raises:
        SpecError: lists or tables are nested too deeply, or one names a key twice.
    """
    if text == "null":  # not `none`, which is the name of a preset
        return None
    if text.startswith(("[", "{")):
        return _parse_nested(text)
    try:
        value = tomllib.loads(f"value = {text}\n")
    except ValueError:  # no TOML, or a number of thousands of digits
        return text
    return value["value"] if set(value) == {"value"} else text


def _parse_nested(text: str) -> Any:
    from expdb.data.documents import require_shallow, too_deep  # which read YAML too: that takes a while to import

    name = f"value {text[:20]!r}…"
    try:
        value = _toml_or_json(text)
    except RecursionError as error:
        raise too_deep(name) from error
    except SpecError:
        raise
    except ValueError:
        return text
    require_shallow(value, name=name)
    return value["value"] if set(value) == {"value"} else text


def _toml_or_json(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(f"value = {text}\n")
    except ValueError:  # JSON has colons, null and line breaks
        return {"value": json.loads(text, object_pairs_hook=_unique, parse_constant=_no_number)}


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    keys = [key for key, _ in pairs]
    twice = next((key for key in keys if keys.count(key) > 1), None)
    if twice is not None:
        raise SpecError(f"the key {twice!r} stands twice in one table: give it once")
    return dict(pairs)


def _no_number(text: str) -> float:
    raise ValueError(f"{text} is no JSON")


def _parse_setting(key: str, text: str) -> Any:
    """Read a setting's value; a list needs no brackets, and a pair may be written as tables show it (20:32)."""
    value = parse_value(text)
    if key not in list_fields() or value is None or isinstance(value, list):
        return value
    values = parse_value(f"[{text.replace(':', ',')}]")
    return values if isinstance(values, list) else value


def parse_seeds(text: str, *, typed: str | None = None) -> list[int]:
    """Read `3` as the seeds 0, 1, 2 and `0,4,7` as itself.

    Args:
        typed: the whole text, where this is a part of it: what an error shows.

    Raises:
        SpecError: not a count or a list of different whole numbers.
    """
    shown = repr(text if typed is None else typed)
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not parts or not all(part.isascii() and part.isdigit() and len(part) < 11 for part in parts):
        raise SpecError(f"--seeds {shown}: give a number of seeds (3), a list (0,4,7), or the next ones (+2)")
    numbers = [int(part) for part in parts]
    seeds = list(range(numbers[0])) if "," not in text else numbers
    if not seeds or len(seeds) > 1000 or len(set(seeds)) != len(seeds):
        raise SpecError(f"--seeds {shown}: give 1 to 1000 different seeds")
    return seeds


def num_next_seeds(text: str) -> int | None:
    """Read `+2` as 2 seeds that no run has yet; None for what is no such text. Raises SpecError like `parse_seeds`."""
    return len(parse_seeds(text[1:], typed=text)) if text.startswith("+") and "," not in text else None


def help_text(key: str) -> str:
    """Return a setting's help with its default, both from the spec, where they stand once."""
    default = flatten(RunSpec())[key]
    return f"{spec_fields()[key]} (default {_shown(default)})"


def _shown(default: object) -> str:
    return str(default).lower() if isinstance(default, bool) else str(default)


def _read_file(path: Path) -> dict[str, Any]:
    from expdb.data.documents import parse_toml, read_text

    tables = parse_toml(read_text(path), name=f"--spec {str(path)!r}")
    settings: dict[str, Any] = {}
    for key, value in tables.items():
        if isinstance(value, dict) and key not in _FREE_FORM:
            settings.update({f"{key}.{leaf}": item for leaf, item in value.items()})
        else:
            settings[key] = value
    return settings

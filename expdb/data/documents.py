"""Files that people write: text, YAML and TOML, with errors that name the place."""

import stat
import tomllib
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict

from expdb.errors import SpecError

_MOST_BYTES = 20_000_000
_MOST_LEVELS = 100  # of lists in lists; what takes more could be read here, but not everywhere it goes


class Entry(BaseModel):
    """A part of such a file: unknown keys are errors, numbers are finite."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


def read_text(path: Path, *, is_exact: bool = False) -> str:
    """Return the text of a file. Raises SpecError for one that cannot be read to its end, or is no UTF-8.

    Args:
        is_exact: keep a byte-order mark and the line ends as they are, so that the text can be written back.
    """
    _require_file(path)
    encoding, newline = ("utf-8", "") if is_exact else ("utf-8-sig", None)
    try:
        with path.open(encoding=encoding, newline=newline) as file:
            return file.read()
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise SpecError(
            f"cannot read {str(path)!r}: it is no UTF-8 text (line {line}, byte 0x{error.object[error.start]:02x})"
        ) from error
    except OSError as error:
        raise SpecError(f"cannot read {_shown(path)}: {error.strerror}") from error


def _require_file(path: Path) -> None:
    """Require something that can be read to its end: no pipe, device or far too large file. Raises SpecError."""
    try:
        found = path.stat()
    except OSError as error:
        raise SpecError(f"cannot read {_shown(path)}: {error.strerror}") from error
    except ValueError as error:  # a zero byte
        raise SpecError(f"cannot read {_shown(path)}: it is no file name") from error
    if not (stat.S_ISREG(found.st_mode) or stat.S_ISDIR(found.st_mode)):  # of a folder, reading it says so
        raise SpecError(f"cannot read {str(path)!r}: it is no file but a pipe or a device")
    if found.st_size > _MOST_BYTES:
        raise SpecError(f"cannot read {str(path)!r}: it has {found.st_size:,} bytes, at most {_MOST_BYTES:,} are read")


def _shown(path: Path) -> str:
    text = repr(str(path))
    return text if len(text) < 300 else f"{text[:100]}…"


def read_toml_or_yaml(path: Path) -> Any:
    """Return what a .toml, .yaml or .yml file holds. Raises SpecError for another file, or for one that is broken."""
    suffix = path.suffix.lower()
    if suffix == ".toml":
        return parse_toml(read_text(path), name=str(path))
    if suffix in (".yaml", ".yml"):
        return parse_yaml(read_text(path), name=str(path))
    raise SpecError(f"{str(path)!r} is neither .toml nor .yaml: give one of these")


def parse_toml(text: str, *, name: str) -> Any:
    """Return what a TOML text holds. Raises SpecError, with the line."""
    try:
        document = tomllib.loads(text)
    except RecursionError as error:
        raise too_deep(name) from error
    except ValueError as error:  # also of a number of thousands of digits
        raise SpecError(f"{name} is no TOML: {error}") from error
    return require_shallow(document, name=name)


def parse_yaml(text: str, *, name: str) -> Any:
    """Return what a YAML text holds. Raises SpecError, with the line."""
    try:
        document = yaml.safe_load(text)
    except RecursionError as error:
        raise too_deep(name) from error
    except (yaml.YAMLError, ValueError) as error:  # ValueError: the 31st of February
        raise SpecError(_yaml_mistake(name, error)) from error
    return require_shallow(document, name=name)


def require_shallow(document: Any, *, name: str) -> Any:
    """Return what a text holds. Raises SpecError where lists and tables are nested too deeply, or hold themselves."""
    level = [document]
    for _ in range(_MOST_LEVELS):
        nested = {id(part): part for part in level if isinstance(part, dict | list)}.values()
        level = [part for of in nested for part in (of.values() if isinstance(of, dict) else of)]
        if not level:
            return document
    raise too_deep(name)


def too_deep(name: str) -> SpecError:
    """Return the error of a text in which lists and tables are nested too deeply."""
    return SpecError(f"{name}: lists or tables are nested more than {_MOST_LEVELS} deep: write it flatter")


def _yaml_mistake(name: str, error: Exception) -> str:
    mark, begin = getattr(error, "problem_mark", None), getattr(error, "context_mark", None)
    line = "" if mark is None else f", line {mark.line + 1}"
    reason = " ".join(str(getattr(error, "problem", None) or error).split())
    since = ""
    if mark is not None and begin is not None and begin.line != mark.line:
        since = f" ({getattr(error, 'context', None)} from line {begin.line + 1} on)"
    return f"{name}{line}: no YAML: {reason}{since}"


def entries_of(document: Any, key: str, *, name: str) -> list[Any]:
    """Return the list that a document holds under a key. Raises SpecError where it holds none."""
    entries = document.get(key) if isinstance(document, dict) else None
    if not isinstance(entries, list) or not entries:
        raise SpecError(f"{name} holds no list of {key}")
    return entries

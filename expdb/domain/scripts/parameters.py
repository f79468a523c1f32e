"""What a script calls its parameters, as plain flat values: numbers, texts, lists, by dotted names.

Taken are mappings, `argparse.Namespace`, dataclasses, models of pydantic, attrs and omegaconf; numpy's and torch's
scalars; enumerations, paths, times, functions and classes by their names. What has no text that names it is refused.
"""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime, time, timedelta
from enum import Enum
from pathlib import PurePath
from typing import Any, Final

from expdb.domain.masking.mask import MASK, mask_secrets
from expdb.domain.masking.names import is_plain, kind_of_name
from expdb.errors import SpecError

Plain = None | bool | int | float | str | list[Any]

MOST_LETTERS_OF_NAME: Final = 200
MOST_LETTERS_OF_TEXT: Final = 10_000
_MOST_ITEMS: Final = 10_000
_DEEPEST: Final = 20
_GREATEST: Final = 2**63 - 1  # a larger whole number fits no database
_ADDRESS: Final = re.compile(r"\bat 0x[0-9a-fA-F]+")  # in the text of an object that has none of its own


def flat_parameters(given: Any) -> dict[str, Plain]:
    """Return parameters by dotted name, in their order, secrets masked; numbers that are not finite as text.

    >>> flat_parameters({"lr": 0.1, "optim": {"name": "sgd", "betas": (0.9, 0.99)}, "api_key": "a1b2c3d4e5"})
    {'lr': 0.1, 'optim.name': 'sgd', 'optim.betas': [0.9, 0.99], 'api_key': '***'}

    Raises:
        SpecError: one is nothing that has a plain value, or two have one name.
    """
    flat: dict[str, Plain] = {}
    top = _entries(given, "the parameters")
    if top is None:
        raise SpecError(f"parameters are a mapping, a namespace or a dataclass, not {_kind(given)}")
    for name, value in _leaves(top, "", depth=0):
        if name in flat:
            raise SpecError(f"parameter {name!r} is given twice")
        flat[name] = _masked(name, value)
    return flat


def _leaves(entries: Mapping[Any, Any], above: str, *, depth: int) -> Iterator[tuple[str, Plain]]:
    for key, value in entries.items():
        name = f"{above}{_name(key)}"
        below = _entries(value, name)
        if below is None:
            yield name, _plain(value, name, depth=depth)
        elif not below:
            yield name, None  # an empty table says nothing
        elif depth >= _DEEPEST:
            raise SpecError(f"parameter {name[:60]!r} is nested more than {_DEEPEST} deep: give what names it")
        else:
            yield from _leaves(below, f"{name}.", depth=depth + 1)


def _name(key: object) -> str:
    text = key.name if isinstance(key, Enum) else str(key) if isinstance(key, (str, int, float)) else None
    if text is None or not text.strip():
        raise SpecError(f"a parameter is called by text, not by {key!r}")
    if len(text) > MOST_LETTERS_OF_NAME or not text.isprintable():
        raise SpecError(f"parameter {text[:40]!r}: a name has at most {MOST_LETTERS_OF_NAME} printable characters")
    return text


def _entries(value: Any, name: str) -> Mapping[Any, Any] | None:
    """Return what a value holds by name, where it is a table of any kind; None where it is none."""
    if isinstance(value, type):
        return None
    try:
        match value:
            case Mapping():  # omegaconf's too: an entry that it cannot resolve raises
                return {key: value[key] for key in value}
            case _ if is_dataclass(value):
                return {field.name: getattr(value, field.name) for field in fields(value)}
            case _ if hasattr(type(value), "model_fields") and hasattr(value, "model_dump"):  # pydantic
                return {key: getattr(value, key) for key in type(value).model_fields}
            case _ if hasattr(type(value), "__attrs_attrs__"):
                return {each.name: getattr(value, each.name) for each in type(value).__attrs_attrs__}
            case _ if _is_namespace(value):
                return dict(vars(value))
            case _ if hasattr(value, "keys") and hasattr(value, "items"):  # tables that are no `Mapping`
                return dict(value.items())
            case _:
                return None
    except Exception as error:
        raise SpecError(f"{name} cannot be read: {type(error).__name__}: {str(error).splitlines()[:1]}") from error


def _is_namespace(value: object) -> bool:
    return any(base.__name__ in ("Namespace", "SimpleNamespace") for base in type(value).__mro__)


def _plain(value: Any, name: str, *, depth: int) -> Plain:
    """Return a value as JSON has it. Raises SpecError for what has none."""
    match value:
        case Enum() if not isinstance(value, (str, int, float)):
            return value.name
        case None | bool():
            return value
        case int():
            return int(value) if abs(value) <= _GREATEST else str(int(value))
        case float():
            return float(value) if math.isfinite(value) else str(float(value))
        case str():
            return _short(str(value.value if isinstance(value, Enum) else value), name)
        case PurePath():
            text = str(value)  # one that begins nowhere gets a beginning, so that it reads as a path
            return _short(text if text.startswith((".", "/", "~")) or ":" in text else f"./{text}", name)
        case datetime() | date() | time():
            return value.isoformat()
        case timedelta():
            return value.total_seconds()
        case bytes() | bytearray():
            raise SpecError(f"parameter {name!r} is bytes: give text or a number")
        case list() | tuple() | range():
            return _list(list(value), name, depth=depth)
        case set() | frozenset():
            return sorted(_list(list(value), name, depth=depth), key=lambda item: (str(type(item)), str(item)))
    return _of_object(value, name, depth=depth)


def _list(items: list[Any], name: str, *, depth: int) -> list[Any]:
    if len(items) > _MOST_ITEMS:
        raise SpecError(f"parameter {name!r} has {len(items)} items, at most {_MOST_ITEMS}: give what names them")
    if depth >= _DEEPEST:
        raise SpecError(f"parameter {name[:60]!r} is nested more than {_DEEPEST} deep: give what names it")
    found: list[Any] = []
    for item in items:
        below = _entries(item, name)
        if below is None:
            found.append(_plain(item, name, depth=depth + 1))
        else:
            found.append({key: _masked(key, leaf) for key, leaf in _leaves(below, "", depth=depth + 1)})
    return found


def _of_object(value: Any, name: str, *, depth: int) -> Plain:
    """Return the plain value of what is neither Python's own number nor text nor list."""
    if hasattr(value, "tolist") and hasattr(value, "shape"):  # of numpy, torch and their like
        if getattr(value, "size", None) is not None and math.prod(value.shape) > _MOST_ITEMS:
            raise SpecError(f"parameter {name!r} has {math.prod(value.shape)} items: give what names them")
        return _plain(value.tolist(), name, depth=depth)
    if hasattr(value, "__iter__") and hasattr(value, "__len__") and hasattr(value, "__getitem__"):
        return _list(list(value), name, depth=depth)  # lists of omegaconf and others
    if isinstance(value, type) or hasattr(value, "__qualname__"):
        return f"{value.__module__}.{value.__qualname__}"
    text = str(value)
    if _ADDRESS.search(text) or not text.isprintable() or not text.strip():
        text = repr(value)
    if _ADDRESS.search(text) or not text.isprintable() or not text.strip():
        raise SpecError(
            f"parameter {name!r} is {_kind(value)}, which no text names: give a number, text, list or table"
        )
    return _short(text, name)


def _short(text: str, name: str) -> str:
    if len(text) > MOST_LETTERS_OF_TEXT:
        raise SpecError(
            f"parameter {name!r} has {len(text):,} characters, at most {MOST_LETTERS_OF_TEXT:,}: give what names it, "
            "and keep the text with run.artifact"
        )
    odd = next((char for char in text if char == "\0" or "\ud800" <= char <= "\udfff"), None)
    if odd is not None:  # no database takes it
        raise SpecError(
            f"parameter {name!r} holds {odd!r}, which is no character of a text (bytes that are no UTF-8?): give it "
            "without, as ascii(text) writes it"
        )
    return text


def _masked(name: str, value: Plain) -> Plain:
    """Return a value without the secrets in it; of a name that is a secret's, the mask alone."""
    kind = kind_of_name(name)
    if kind != "never" and isinstance(value, (str, int, float)) and not isinstance(value, bool):
        return value if is_plain(kind, str(value)) else MASK
    if isinstance(value, str):
        return mask_secrets(value)
    return [_masked(name, item) for item in value] if isinstance(value, list) else value


def _kind(value: object) -> str:
    return f"an object of {type(value).__module__}.{type(value).__qualname__}"

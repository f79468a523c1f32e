"""What a column of an SQLite file holds, held against what it should: SQLite keeps any type in any column."""

import math
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from expdb.domain.claim import ClaimTest
from expdb.domain.codec import spec_from_json
from expdb.domain.table import TableDefinition
from expdb.store.tables import UtcDateTime

# Texts that stand for something: what reads them, and what that is called.
_CONTENTS: Final[Mapping[str, tuple[Callable[[str], object], str]]] = {
    "spec_json": (spec_from_json, "run spec"),
    "definition_json": (TableDefinition.model_validate_json, "table definition"),
    "test_json": (ClaimTest.model_validate_json, "claim's test"),
}
_SHAPES: Final[Mapping[str, type]] = {
    **dict.fromkeys(("packages", "quote", "settings", "metrics", "old_values", "new_values"), dict),
    **dict.fromkeys(("unparsed", "tags"), list),
}
_DIALECT = sqlite.dialect()


class StoredValueError(ValueError):
    """A stored value that is not one of its column; says what is wrong."""


def decode(text: bytes) -> str:
    """Decode a stored text (an SQLite `text_factory`); what is no UTF-8 in it can be told by `stored_value`."""
    return text.decode("utf-8", "surrogateescape")


def repaired(raw: object) -> str | None:
    """Return a text that is no UTF-8 with a mark for each byte that is lost; None for anything else."""
    if not isinstance(raw, str) or raw.isascii():
        return None
    return raw.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def stored_value(column: sa.Column[Any], raw: object) -> Any:
    """Return the value that reading a column gives.

    Args:
        column: of `store.tables`.
        raw: what SQLite holds there, texts as `decode` gives them.

    Raises:
        StoredValueError: it is none that this column may hold.
    """
    if raw is None:
        if not column.nullable:
            raise StoredValueError("is empty")
        return None
    _require_kind(column, raw)
    try:
        value = _reader(column.type)(raw)
    except (ValueError, TypeError, RecursionError) as error:
        raise StoredValueError(f"is no {_kind_name(column)}: {shown(raw)}") from error
    require_content(column, value)
    return value


def require_content(column: sa.Column[Any], value: object) -> None:
    """Require that a document or text stands for what its column is for. Raises StoredValueError."""
    if value is None:
        return
    if isinstance(column.type, sa.JSON):
        if not isinstance(value, _SHAPES.get(column.name, object)):
            raise StoredValueError(f"is JSON of another kind: {shown(value)}")
    elif column.name in _CONTENTS:
        read, name = _CONTENTS[column.name]
        try:
            read(str(value))
        except (ValueError, TypeError, RecursionError) as error:
            raise StoredValueError(f"is no {name}: {shown(value)}") from error


def shown(raw: object) -> str:
    """Return a stored value as findings show it: short, on one line, printable."""
    text = repr(raw)
    return text if len(text) <= 40 else f"{text[:39]}…"


def _require_kind(column: sa.Column[Any], raw: object) -> None:
    match column.type:
        case sa.Boolean():
            is_right = raw in (0, 1) and isinstance(raw, int)
        case sa.Integer():
            is_right = isinstance(raw, int)
        case sa.Float():
            is_right = isinstance(raw, int | float) and math.isfinite(raw)
        case _:
            is_right = isinstance(raw, str)
    if not is_right:
        raise StoredValueError(f"is no {_kind_name(column)}: {shown(raw)}")
    if isinstance(raw, str) and not raw.isascii():
        try:
            raw.encode("utf-8")
        except UnicodeEncodeError as error:
            raise StoredValueError(f"is no UTF-8 text: {shown(raw)}") from error


def _kind_name(column: sa.Column[Any]) -> str:
    match column.type:
        case sa.Boolean():
            return "yes or no (1 or 0)"
        case sa.Integer():
            return "whole number"
        case sa.Float():
            return "finite number"
        case UtcDateTime():
            return "time"
        case sa.JSON():
            return "JSON"
        case _:
            return "text"


@cache
def _reader(kind: sa.types.TypeEngine[Any]) -> Callable[[Any], Any]:
    """Return the very function by which SQLAlchemy reads values of a type."""
    return kind.dialect_impl(_DIALECT).result_processor(_DIALECT, None) or (lambda value: value)

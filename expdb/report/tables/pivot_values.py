"""The values of a pivot's keys: in natural order, and as a heading calls them."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from expdb.domain.group import GroupHead
from expdb.domain.table import TableDefinition
from expdb.report.columns import column
from expdb.report.value_text import format_value, is_known

Across = tuple[Any, ...]
RowHeads = Mapping[Across, GroupHead]

UNKNOWN = (2, 0.0, "")


def in_natural_order(found: Iterable[Across]) -> list[Across]:
    """Return values of the pivot's keys, each once."""
    return sorted(set(found), key=lambda values: list(map(natural_key, values)))


def across_text(values: Across, definition: TableDefinition) -> str:
    """Return how a heading calls the values of a pivot's keys."""
    keys = [column(key) for key in definition.across]
    return ", ".join(format_value(value, key.format, key.decimals) for key, value in zip(keys, values, strict=True))


def keys_of_rows(definition: TableDefinition) -> tuple[str, ...]:
    """Return the keys that rows and the pivot's columns are named by."""
    return (*(() if isinstance(definition.rows, str) else definition.rows), *definition.across)


def natural_key(value: Any) -> tuple[int, float, str]:
    """Return what values are compared by, of whatever kind: numbers, then texts without regard to case."""
    if not is_known(value):
        return UNKNOWN
    if isinstance(value, (int, float)):
        return (0, float(value), "")
    if isinstance(value, datetime):
        return (0, value.timestamp(), "")
    return (1, 0.0, str(value).casefold())

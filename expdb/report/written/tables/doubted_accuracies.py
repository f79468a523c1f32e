"""Accuracies that cannot be any: a top-5 below its top-1, or error rates that would be above one half."""

from collections.abc import Sequence
from decimal import Decimal

from expdb.report.written.tables.columns import ACCURACIES, ReadColumn

_HALF = 50  # percent


def doubted_accuracies(columns: Sequence[ReadColumn], texts: Sequence[Sequence[str]]) -> dict[ReadColumn, str]:
    """Return columns whose cells say that they are no accuracies, or no errors, and why.

    Args:
        columns: as their headings and what is said around the table have them.
        texts: the cells of each written column.
    """
    doubts: dict[ReadColumn, str] = {}
    accuracies = [column for column in columns if column.role in ACCURACIES]
    for column in accuracies:
        values = [value for value in _values(column, texts) if value is not None]
        if column.said_by and column.is_error and 2 * sum(value < _HALF for value in values) > len(values):
            doubts[column] = f"{column.said_by} says error, and most of its numbers are above {_HALF}"
    for first, fifth in ((one, other) for one in accuracies for other in accuracies):
        if (first.role, fifth.role) == ACCURACIES and first.of == fifth.of:
            pairs = zip(_values(first, texts), _values(fifth, texts), strict=True)
            below = [five < one for one, five in pairs if one is not None and five is not None]
            if 2 * sum(below) > len(below):
                named = f"“{fifth.quoted}” is below “{first.quoted}”"
                doubts |= dict.fromkeys((first, fifth), f"{named} in most rows")
    return doubts


def _values(column: ReadColumn, texts: Sequence[Sequence[str]]) -> list[Decimal | None]:
    """Return the accuracies of a column in percent, row by row."""
    read = [column.read(text) for text in texts[column.place]]
    return [None if cell is None else _accuracy(column, cell.main.value) for cell in read]


def _accuracy(column: ReadColumn, value: Decimal) -> Decimal:
    percent = value * 100 if column.is_fraction else value
    return 100 - percent if column.is_error else percent

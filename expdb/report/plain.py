"""A table as CSV, TSV and JSON, with exact values instead of rounded text."""

import csv
import io
import json
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from expdb.domain.table import Format
from expdb.report.formats import exact, is_known, is_number, one_line
from expdb.report.layout import has_sections, joined_heading
from expdb.report.table import Cell, Table, TableColumn

_FORMULA_STARTS = ("=", "+", "-", "@")
_DIVISORS: dict[Format, tuple[int, int]] = {"percent": (100, 1), "gigas": (1, 1_000_000_000)}
_NUMBER = re.compile(r"[+-]?[\d.,]+")


def to_csv(table: Table, *, delimiter: str = ",") -> str:
    """Return the table as CSV: values in full precision, in the unit of their heading, empty where not known.

    Durations are seconds, and their headings say so. Means over seeds are followed by a column of their sample
    standard deviations and one of their n. Text is on one line; where a spreadsheet would run it as a formula, it
    gets an apostrophe in front. Notes are left out.
    """
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\n")
    pooled = _pooled(table)
    is_divided = has_sections(table)
    headings = [name for index, _ in enumerate(table.columns) for name in _headings(table, index, index in pooled)]
    writer.writerow(map(_guard, ["Section", *headings] if is_divided else headings))
    for row in table.rows:
        values = [_guard(one_line(row.section or ""))] if is_divided else []
        for index, (cell, column) in enumerate(zip(row.cells, table.columns, strict=True)):
            values.extend(_values(cell, column, is_pooled=index in pooled))
        writer.writerow(values)
    return out.getvalue()


def to_tsv(table: Table) -> str:
    """Return the table as tab-separated values, otherwise as `to_csv`; text has neither tabs nor line ends."""
    return to_csv(table, delimiter="\t")


def to_json(table: Table) -> str:
    """Return the table as a JSON array of objects by column key: fractions, seconds and counts; null if not known.

    Where a column has means over seeds, its values are objects of `mean`, `std`, `n` and `runs`. A table with
    sections says each row's under `section`. Notes are left out.
    """
    pooled = _pooled(table)
    is_divided = has_sections(table)
    objects: list[dict[str, Any]] = []
    for row in table.rows:
        values = {
            column.key: _sample(cell) if index in pooled and cell.n is not None else json_value(cell.value)
            for index, (cell, column) in enumerate(zip(row.cells, table.columns, strict=True))
        }
        objects.append({"section": row.section, **values} if is_divided else values)
    return json.dumps(objects, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def json_value(value: object) -> object:
    """Return a cell's value as JSON knows it: times become ISO 8601 text, numbers that are not finite null."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, (list, tuple)):
        return list(map(json_value, value))
    return value if is_known(value) else None


def exact_text(value: object, form: Format) -> str:
    """Return a value in full precision, in the unit that its column's heading says; empty where it is not known."""
    if not is_known(value):
        return ""
    if isinstance(value, (list, tuple)):
        return one_line(", ".join(exact_text(item, form) for item in value))
    if form in _DIVISORS and is_number(value):
        factor, divisor = _DIVISORS[form]
        return f"{(exact(value) * factor / divisor).normalize():f}"
    return one_line(str(json_value(value)))


def _pooled(table: Table) -> frozenset[int]:
    """Return the places of the columns with means over seeds."""
    return frozenset(
        index
        for index, column in enumerate(table.columns)
        if column.is_sample and any(_stands_for_several(row.cells[index]) for row in table.rows)
    )


def _stands_for_several(cell: Cell) -> bool:
    return cell.n is not None and (cell.n > 1 or len(cell.run_ids) > 1)


def _headings(table: Table, index: int, is_pooled: bool) -> Iterator[str]:  # noqa: FBT001
    column = table.columns[index]
    heading = one_line(joined_heading(column))
    is_text = any(isinstance(row.cells[index].value, str) for row in table.rows)  # an interval prints its own unit
    if column.format == "duration" and not is_text:
        heading = f"{heading.removesuffix(' (s)')} (s)"
    yield heading
    if is_pooled:
        yield f"{heading} std"
        yield f"{heading} n"


def _values(cell: Cell, column: TableColumn, *, is_pooled: bool) -> Iterator[str]:
    yield _value(cell, column)
    if is_pooled:
        yield exact_text(cell.std, column.format)
        yield "" if cell.n is None else str(cell.n)


def _value(cell: Cell, column: TableColumn) -> str:
    if isinstance(cell.value, (str, list, tuple)):
        return _guard(exact_text(cell.value, column.format))
    text = exact_text(cell.value, column.format)
    is_number = isinstance(cell.value, (int, float)) and not isinstance(cell.value, bool)
    if column.format != "text" or column.is_sample or not is_number or cell.text.lstrip("+") == text:
        return text
    # A transposed table has numbers of several units in one column of text: only what is printed has the row's unit.
    printed = one_line(cell.text)
    return printed if _NUMBER.fullmatch(printed) else _guard(printed)


def _sample(cell: Cell) -> dict[str, object]:
    return {
        "mean": json_value(cell.value),
        "std": json_value(cell.std),
        "n": cell.n,
        "runs": list(cell.run_ids),
    }


def _guard(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text

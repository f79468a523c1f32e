"""A table as CSV, TSV and JSON, with exact values instead of rounded text."""

import csv
import io
import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from expdb.domain.table import Format
from expdb.domain.value_text import exact, is_known, is_number, one_line
from expdb.report.table import Cell, Row, Table, TableColumn, joined_heading
from expdb.report.writers.layout import has_sections

_FORMULA_STARTS = ("=", "+", "-", "@")
_DIVISORS: dict[Format, tuple[int, int]] = {"percent": (100, 1), "gigas": (1, 1_000_000_000)}
_SAY_REPORTED = ("kind", "state")


def to_csv(table: Table, *, delimiter: str = ",", has_headings: bool = True, says_reported: bool | None = None) -> str:
    """Return the table as CSV: values in full precision, in the unit of their heading, empty where not known.

    Durations are seconds, and their headings say so. Means over seeds are followed by a column of their sample
    standard deviations and one of their n, intervals by their ends. Last, where there are any, stand which rows are
    reported, and the footnotes of each row's cells. Text is on one line; where a spreadsheet would run it as a formula,
    it gets an apostrophe in front. A transposed table is written upright; notes about the whole table are left out.

    Args:
        has_headings: False for a part of a long list that follows others.
        says_reported: whether the list has reported rows; None: as this table has.
    """
    table = table.upright or table
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\n")
    pooled = _pooled(table)
    told = [_footnotes(row, table) for row in table.rows]
    before = {"Section": [row.section or "" for row in table.rows]} if has_sections(table) else {}
    after = {}
    if says_reported is None:
        says_reported = any(row.is_reported for row in table.rows)
    if says_reported and all(column.key not in _SAY_REPORTED for column in table.columns):
        after["Reported"] = ["yes" if row.is_reported else "" for row in table.rows]
    if any(told):
        after["Marks"] = [
            "; ".join(f"{joined_heading(column)}: {', '.join(texts)}" for column, texts in row) for row in told
        ]
    headings = [name for index, _ in enumerate(table.columns) for name in _headings(table, index, index in pooled)]
    if has_headings:
        writer.writerow(map(_guard, [*before, *headings, *after]))
    for number, row in enumerate(table.rows):
        values: list[str] = []
        for index, (cell, column) in enumerate(zip(row.cells, table.columns, strict=True)):
            values.extend(_values(cell, column, is_pooled=index in pooled))
        first, last = ([_guard(one_line(texts[number])) for texts in side.values()] for side in (before, after))
        writer.writerow([*first, *values, *last])
    return out.getvalue()


def to_tsv(table: Table) -> str:
    """Return the table as tab-separated values, otherwise as `to_csv`; text has neither tabs nor line ends."""
    return to_csv(table, delimiter="\t")


def to_json(table: Table) -> str:
    """Return the table as a JSON array of objects by column key: fractions, seconds and counts; null if not known.

    What is measured is an object of `value`, `std`, `n`, the ends `low` and `high` of its 95 % interval if one was
    asked for, and `runs`, also where it is of one run; so is the interval of a difference. In a table of single runs,
    what documents print behind values stands beside these (`top1`, `top1.std`, `top1.n`). A row says whether it
    `is_reported`, the footnotes of its cells under `marks`, in a table with sections its `section`. A transposed table
    is written upright; notes about the whole table are left out.
    """
    return json.dumps(table_objects(table), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def table_objects(table: Table) -> list[dict[str, Any]]:
    """Return what `to_json` writes, as plain data."""
    table = table.upright or table
    is_divided, stated = has_sections(table), _stated(table)
    objects: list[dict[str, Any]] = []
    for row in table.rows:
        values = {
            column.key: _sample(cell) if column.is_sample or column.has_interval else json_value(cell.value)
            for cell, column in zip(row.cells, table.columns, strict=True)
        }
        for index in sorted(stated):
            if not table.columns[index].is_sample:
                key, cell = table.columns[index].key, row.cells[index]
                values |= {f"{key}.std": json_value(cell.std), f"{key}.n": json_value(cell.n)}
        marks = {column.key: texts for column, texts in _footnotes(row, table)}
        about = {"section": row.section} if is_divided else {}
        objects.append({**about, **values, "is_reported": row.is_reported, "marks": marks})
    return objects


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
    if isinstance(value, Mapping):
        return one_line("; ".join(f"{name}: {exact_text(inner, form)}" for name, inner in value.items()))
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
        if (column.is_sample and any(_stands_for_several(row.cells[index]) for row in table.rows))
        or index in _stated(table)
    )


def _stated(table: Table) -> frozenset[int]:
    """Return the places of the columns in which a document states a spread, or the number of runs behind a value."""
    return frozenset(
        index
        for row in table.rows
        if row.is_reported
        for index, cell in enumerate(row.cells)
        if cell.std is not None or (cell.n is not None and cell.n > 1)
    )


def _stands_for_several(cell: Cell) -> bool:
    return cell.n is not None and (cell.n > 1 or len(cell.run_ids) > 1)


def _footnotes(row: Row, table: Table) -> list[tuple[TableColumn, list[str]]]:
    """Return the columns in which a row has footnotes, with their texts."""
    texts = {note.mark: note.text for note in table.notes if note.mark}
    marked = ((column, cell) for column, cell in zip(table.columns, row.cells, strict=True) if cell.marks)
    return [(column, [one_line(texts.get(mark, mark)) for mark in cell.marks]) for column, cell in marked]


def _headings(table: Table, index: int, is_pooled: bool) -> Iterator[str]:  # noqa: FBT001
    column = table.columns[index]
    heading = one_line(joined_heading(column))
    is_text = any(isinstance(row.cells[index].value, str) for row in table.rows)
    if column.format == "duration" and not is_text:
        heading = f"{heading.removesuffix(' (s)')} (s)"
    yield heading
    yield from (f"{heading} {name}" for name in ("std", "n") if is_pooled)
    yield from (f"{heading} {name}" for name in ("low", "high") if column.has_interval)


def _values(cell: Cell, column: TableColumn, *, is_pooled: bool) -> Iterator[str]:
    text = exact_text(cell.value, column.format)
    yield text if is_number(cell.value) else _guard(text)
    if is_pooled:
        yield exact_text(cell.std, column.format)
        yield "" if cell.n is None else str(cell.n)
    if column.has_interval:
        yield exact_text(cell.low, column.format)
        yield exact_text(cell.high, column.format)


def _sample(cell: Cell) -> dict[str, object]:
    numbers = {"value": cell.value, "std": cell.std, "n": cell.n, "low": cell.low, "high": cell.high}
    return {**{name: json_value(value) for name, value in numbers.items()}, "runs": list(cell.run_ids)}


def _guard(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text

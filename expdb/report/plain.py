"""A table as CSV and JSON, with exact values instead of rounded text."""

import csv
import io
import json
from datetime import datetime

from expdb.domain.table import Format
from expdb.report.formats import exact, one_line
from expdb.report.table import Table, TableColumn

_FORMULA_STARTS = ("=", "+", "-", "@")
_DIVISORS: dict[Format, tuple[int, int]] = {"percent": (100, 1), "gigas": (1, 1_000_000_000)}


def to_csv(table: Table) -> str:
    """Return the table as CSV: values in full precision, in the unit of their heading, empty where not known.

    Durations are seconds, and their headings say so. Text is on one line; where a spreadsheet would run it as a
    formula, it gets an apostrophe in front.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_guard(_heading(column)) for column in table.columns)
    for row in table.rows:
        writer.writerow(
            _csv_value(cell.value, column.format) for cell, column in zip(row.cells, table.columns, strict=True)
        )
    return out.getvalue()


def to_json(table: Table) -> str:
    """Return the table as a JSON array of objects by column key: fractions, seconds and counts; null if not known."""
    objects = [
        {column.key: json_value(cell.value) for cell, column in zip(row.cells, table.columns, strict=True)}
        for row in table.rows
    ]
    return json.dumps(objects, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def json_value(value: object) -> object:
    """Return a cell's value as JSON knows it: times become ISO 8601 text."""
    return value.isoformat() if isinstance(value, datetime) else value


def _heading(column: TableColumn) -> str:
    return f"{column.heading} (s)" if column.format == "duration" else column.heading


def _csv_value(value: object, form: Format) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return _guard(one_line(value))
    if form in _DIVISORS and isinstance(value, (int, float)):
        factor, divisor = _DIVISORS[form]
        return f"{(exact(value) * factor / divisor).normalize():f}"
    return str(json_value(value))


def _guard(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text

"""What the formats share: column groups, sections, the runs behind rows, and source in even columns."""

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby, pairwise
from unicodedata import east_asian_width

from expdb.domain.value_text import is_number, one_line
from expdb.report.run_ids import short
from expdb.report.table import Cell, Row, Table, TableColumn, with_numbering
from expdb.report.transpose import transposed

_RUNS = TableColumn(key="runs", heading="Runs", format="text", decimals=None, align="left", address="runs")
_MINUS = re.compile(r"(?<![^\s\[(])-(?=\d)")


def typeset(cell: Cell) -> str:
    """Return a cell's text as a paper prints it: numbers with a real minus sign."""
    return _MINUS.sub("\N{MINUS SIGN}", cell.text) if is_number(cell.value) else cell.text


def spans(columns: Sequence[TableColumn]) -> list[tuple[str | None, int]]:
    """Return the headings above the headings, each with the number of columns that share it; None above one column."""
    found: list[tuple[str | None, int]] = []
    for under, group in groupby(columns, key=lambda column: column.under or None):
        num = len(list(group))
        found += [(under, num)] if under else [(None, 1)] * num
    return found


def has_groups(table: Table) -> bool:
    """Return whether any columns share a heading."""
    return any(column.under for column in table.columns)


def sections(table: Table) -> list[tuple[str | None, list[Row]]]:
    """Return the rows under the headings that they stand under; None: under none."""
    return [(name, list(rows)) for name, rows in groupby(table.rows, key=lambda row: row.section)]


def has_sections(table: Table) -> bool:
    """Return whether any row stands under a heading."""
    return any(row.section is not None for row in table.rows)


def with_runs(table: Table) -> Table:
    """Return the table with a last column that says which runs are behind each row: `3-5, 7`.

    Of a pivot it says so of each of its values: `cifar10: 3-5; cifar100: 7`.
    """
    if table.upright is not None:
        return transposed(with_runs(table.upright))
    rows = (replace(row, cells=(*row.cells, _runs_of(row, table.columns))) for row in table.rows)
    return with_numbering(replace(table, columns=(*table.columns, _RUNS), rows=tuple(rows)))


def _runs_of(row: Row, columns: Sequence[TableColumn]) -> Cell:
    if all(column.across is None for column in columns):
        return Cell(value=row.run_ids, text=short(row.run_ids), run_ids=row.run_ids)
    behind: dict[str, set[int]] = {}
    for cell, column in zip(row.cells, columns, strict=True):
        if column.across is not None and cell.run_ids:
            behind.setdefault(column.across, set()).update(cell.run_ids)
    text = "; ".join(f"{name}: {short(ids)}" for name, ids in behind.items())
    return Cell(value={name: sorted(ids) for name, ids in behind.items()}, text=one_line(text), run_ids=row.run_ids)


def padded(lines: Sequence[Sequence[str]], columns: Sequence[TableColumn]) -> list[list[str]]:
    """Return texts padded to the width of their columns, to the side that each column is aligned to."""
    widths = [max(map(_width, texts)) for texts in zip(*lines, strict=True)]
    return [
        [
            text + _space(width, text) if column.align == "left" else _space(width, text) + text
            for text, width, column in zip(line, widths, columns, strict=True)
        ]
        for line in lines
    ]


def table_label(table: Table) -> str:
    """Return the name by which a text refers to the table: `tab:NAME`."""
    return f"tab:{re.sub(r'[^A-Za-z0-9._-]', '-', table.name)}"


def first_columns(groups: Sequence[tuple[str | None, int]]) -> list[int]:
    """Return the place of the first column of each span, from 0."""
    starts = [0]
    for _, num in groups:
        starts.append(starts[-1] + num)
    return [start for start, _ in pairwise(starts)]


def _space(width: int, text: str) -> str:
    return " " * (width - _width(text))


def _width(text: str) -> int:
    """Return how many columns of a terminal a text takes; Korean letters take two."""
    return sum(2 if east_asian_width(char) in "WF" else 1 for char in text)

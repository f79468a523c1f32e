"""Built tables as lists: exact values to sort by, and the printed text to read."""

import math
from collections.abc import Callable, Sequence
from typing import Any

from dashboard.widgets.table import Links, ListColumn, Marked, pixels, show_table
from dashboard.widgets.table_notes import cell_text, raised
from expdb.domain.value_text import MISSING
from expdb.report.table import Cell, Table, TableColumn, joined_heading
from expdb.report.writers.layout import has_sections

UNIQUE = "\N{ZERO WIDTH SPACE}"  # tells columns of one heading apart, unseen
_LETTERS_A_LINE = (60, 48, 40, 32, 24)  # longer text is wrapped: the most with which the table fits the page
_PAGE_PIXELS = 1136  # of a page as wide as a small laptop
_MOST_LINES = 5
MarkedRuns = tuple[str, tuple[tuple[int, ...], ...]]


def show_built(
    table: Table, *, alt: str, key: str, pin: int = 1, height: int = 900, links: Links | None = None
) -> None:
    """Show a table that sorts by exact values; the best is bold.

    Args:
        pin: so many first columns stay where the table is wider than the page.
        height: px from which it scrolls.
        links: a button before each row.
    """
    _show(table, alt=alt, key=key, pin=pin, height=height, links=links)


def show_markable(table: Table, *, alt: str, key: str, height: int = 560) -> MarkedRuns:
    """Show a table that sorts by exact values and lets rows and cells be marked.

    Returns:
        What is marked, in words, and the runs behind each marked row or cell; nothing marked: none.
    """
    marked = _show(table, alt=alt, key=key, pin=1, height=height, can_be_marked=True)
    return marked_runs(table, _names(table), marked.rows, marked.cells)


def marked_runs(
    table: Table, names: Sequence[str], rows: Sequence[int], cells: Sequence[tuple[int, str]]
) -> MarkedRuns:
    """Return what is marked and its runs; the browser may still send places of another table."""
    found = [table.rows[row].run_ids for row in rows if row < len(table.rows)]
    if found or not cells or cells[0][0] >= len(table.rows):
        return f"{len(found)} row{'' if len(found) == 1 else 's'}", tuple(filter(None, found))
    row, name = table.rows[cells[0][0]], cells[0][1]
    if name not in names:
        return row.section or "", (row.run_ids,)
    cell = row.cells[names.index(name)]
    return f"{joined_heading(table.columns[names.index(name)])}: {cell.text}", (cell.run_ids or row.run_ids,)


def _show(
    table: Table, *, alt: str, key: str, pin: int, height: int, links: Links | None = None, can_be_marked: bool = False
) -> Marked:
    letters, num_lines = _letters(table)
    columns: dict[str, ListColumn] = {}
    values: list[list[Any]] = []
    is_bold = [[cell.rank == 1 for cell in row.cells] for row in table.rows]
    if has_sections(table):
        columns["section"] = ListColumn(heading="Section")
        values.append([row.section or "" for row in table.rows])
        is_bold = [[False, *row] for row in is_bold]
    for index, (name, column) in enumerate(zip(_names(table), table.columns, strict=True)):
        sortable, reader = _sortable([row.cells[index] for row in table.rows], column)
        values.append(sortable)
        columns[name] = ListColumn(
            heading=joined_heading(column) + raised(column.marks),
            kind="text" if reader is None else "number",
            letters=letters[index],
            align=column.align,
            is_pinned=index < pin,
            read=reader,
        )
    return show_table(
        list(zip(*values, strict=True)),
        columns,
        alt=alt,
        key=key,
        links=links,
        height=height,
        width="content",
        lines=num_lines,
        bold=is_bold,
        marks=("multi-row", "single-cell") if can_be_marked else (),
    )


def _names(table: Table) -> list[str]:
    return [UNIQUE * index + joined_heading(column) for index, column in enumerate(table.columns)]


def _sortable(cells: Sequence[Cell], column: TableColumn) -> tuple[list[Any], Callable[[Any], str] | None]:
    """Return what a column is sorted by, and the function that makes of it what is read; None: it is read as it is."""
    unknown = {cell_text(cell) for cell in cells if cell.value is None}
    is_number = column.align == "right" and all(
        cell.value is None or (isinstance(cell.value, (int, float)) and not isinstance(cell.value, bool))
        for cell in cells
    )
    # What is not known has one text in a column of numbers: where two are printed, the column is one of text.
    if not is_number or len(unknown) > 1 or len(unknown) == len(cells):
        return [cell_text(cell) for cell in cells], None
    missing = next(iter(unknown), MISSING)
    texts: dict[float, str] = {}
    values: list[float] = []
    for cell in cells:
        value = math.nan if cell.value is None else float(cell.value)
        if not math.isnan(value):
            # Equal values may have another spread, which is part of their text: the next number is as good.
            while value in texts and texts[value] != cell_text(cell):
                value = math.nextafter(value, math.inf)
            texts[value] = cell_text(cell)
        values.append(value)
    return values, lambda value: texts.get(value, missing)


def _letters(table: Table) -> tuple[list[int], int]:
    """Return how many letters wide each column is, and into how many lines the longest text is wrapped.

    The browser measures only the first rows, and would cut the others.
    """
    longest = [max((len(cell_text(row.cells[i])) for row in table.rows), default=0) for i in range(len(table.columns))]
    headings = [len(joined_heading(column)) for column in table.columns]
    for most in _LETTERS_A_LINE:
        # One more: what is bold is wider.
        letters = [min(max(text, heading), most) + 1 for text, heading in zip(longest, headings, strict=True)]
        if sum(map(pixels, letters)) <= _PAGE_PIXELS:
            break
    return letters, min(_MOST_LINES, max(-(-text // most) for text in longest))

"""Rows of cells that may reach over several columns and rows, as a plain table."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from expdb.report.written.written_table import Surroundings, WrittenCell, WrittenRow, WrittenTable

MOST_COLUMNS = 2000
_MOST_ROWS = 100_000
_NUMBER = re.compile(r"[\s(\[~≈≤≥<>±+\-−$]*\.?\d(?!\d*-[^\W\d])")  # begins a number, not `2-layer`


class UnreadableTableError(ValueError):
    """A table cannot be read; its text says why."""


@dataclass(frozen=True, kw_only=True)
class SpanCell:
    """A cell as it is written.

    Attributes:
        heading: its text as a heading, if that differs: with marks of letters.
        columns, rows: over how many it reaches; 0 rows: to the last one.
        is_heading: it is marked as a heading.
    """

    text: str
    line: int
    heading: str = ""
    links: tuple[str, ...] = ()
    columns: int = 1
    rows: int = 1
    is_heading: bool = False


_Row = list[SpanCell | None]


def too_many_columns() -> str:
    """Return why a table is not read that is that wide."""
    return f"a table of more than {MOST_COLUMNS:,} columns"


def table_of_grid(
    rows: Sequence[Sequence[SpanCell]],
    *,
    first_line: int,
    last_line: int,
    num_heads: int = 0,
    caption: str | None = None,
) -> WrittenTable:
    """Return a table: what reaches over rows stands in each, a heading over others before each (`CIFAR-10: Top-1`).

    Args:
        num_heads: number of the rows that hold headings; 0: the first ones that hold nothing but headings, or the
            first one.

    A number that reaches over columns of the body is that of none of them: it is in `unread_cells`.

    Raises:
        UnreadableTableError: it has no cells, or far too many columns.
    """
    written = [row for row in rows if row]
    if not written:
        raise UnreadableTableError("a table without cells")
    grid = _parted(_placed(written, num_heads))
    width = max(map(len, grid))
    num = _num_heads(grid, width, num_heads)
    titles = [cell.text for row in grid[:num] if (cell := _over_all(row, width)) and cell.text]
    heads = [row for row in grid[:num] if _over_all(row, width) is None]
    headings = tuple(_heading([row[column] if column < len(row) else None for row in heads]) for column in range(width))
    found, section, unread = [], None, dict[int, SpanCell]()
    above: _Row = heads[-1] if heads else []
    for row in grid[num:]:
        named = _section(row, width, above)
        if named is None:
            unread |= {id(cell): cell for cell in row if cell is not None and _is_of_no_column(cell)}
            found.append(WrittenRow(cells=_cells(row, width), section=section))
        elif named:
            section = named
        above = row
    said = ": ".join([*([caption] if caption else []), *titles]) or None
    return WrittenTable(
        first_line=first_line,
        last_line=last_line,
        headings=headings,
        rows=tuple(found),
        surroundings=Surroundings(caption=said),
        unread_cells=tuple(
            (cell.line, f"“{cell.text}” stands over {cell.columns} columns") for cell in unread.values()
        ),
    )


def _placed(rows: Sequence[Sequence[SpanCell]], num_heads: int) -> list[_Row]:
    """Return the rows with every cell in all the places that it reaches over; headings do not reach into the body."""
    if len(rows) > _MOST_ROWS:
        raise UnreadableTableError(f"a table of {len(rows):,} rows")
    placed: list[_Row] = []
    reaching: dict[int, tuple[SpanCell, int]] = {}  # by column: a cell from above, and the first row without it
    for number, cells in enumerate(rows):
        row: _Row = []
        if number == num_heads:
            reaching = {}
        waiting = iter(cells)
        cell = next(waiting, None)
        while cell is not None or any(column >= len(row) for column in reaching):
            column = len(row)
            if column in reaching:
                row.append(reaching[column][0])
            elif cell is None:
                row.append(None)
            else:
                end = len(rows) if cell.rows == 0 else number + cell.rows
                for reached in range(column, column + max(cell.columns, 1)):
                    row.append(cell)
                    reaching[reached] = (cell, end)
                cell = next(waiting, None)
            if len(row) > MOST_COLUMNS:
                raise UnreadableTableError(too_many_columns())
        reaching = {column: (cell, end) for column, (cell, end) in reaching.items() if end > number + 1}
        placed.append(row)
    return placed


def _parted(grid: Sequence[_Row]) -> list[_Row]:
    """Return the rows without columns that are never told from the one before, and cells as wide as is left."""
    width = max(map(len, grid))
    padded = [[*row, *([None] * (width - len(row)))] for row in grid]
    kept = [
        column
        for column in range(width)
        if column == 0 or any(row[column] is None or row[column] is not row[column - 1] for row in padded)
    ]
    if len(kept) == width:
        return list(grid)
    left: dict[int, SpanCell] = {}
    rows: list[_Row] = []
    for row in padded:
        places = Counter(id(row[column]) for column in kept)
        cells = [row[column] for column in kept]
        rows.append(
            [
                cell if cell is None else left.setdefault(id(cell), replace(cell, columns=places[id(cell)]))
                for cell in cells
            ]
        )
    return rows


def _is_of_no_column(cell: SpanCell) -> bool:
    """Return whether a cell of the body is a number that is printed over several columns."""
    return cell.columns > 1 and _NUMBER.match(cell.text) is not None


def _num_heads(grid: Sequence[_Row], width: int, told: int) -> int:
    num = min(told, len(grid)) or next(
        (number for number, row in enumerate(grid) if not _is_all_headings(row, width, is_first=number == 0)), len(grid)
    )
    num = max(num, 1)
    while num < len(grid) and _goes_on(grid, num, width):
        num += 1
    return num


def _is_all_headings(row: _Row, width: int, *, is_first: bool) -> bool:
    is_title = _over_all(row, width) is not None
    return all(cell is None or cell.is_heading for cell in row) and (is_first or not is_title)


def _goes_on(grid: Sequence[_Row], num: int, width: int) -> bool:
    """Return whether the row after some heads is one too: they are but titles, or reach into it, or stand over it."""
    last = grid[num - 1]
    if all(_over_all(row, width) is not None for row in grid[:num]):
        return True
    if any(a is b and a is not None for a, b in zip(last, grid[num], strict=False)):
        return True
    is_over = any(cell is not None and cell.columns > 1 for cell in last) and _over_all(last, width) is None
    return is_over and (last[0] is None or not last[0].text) and num == 1


def _over_all(row: _Row, width: int) -> SpanCell | None:
    """Return the one cell that reaches over all columns, if the row is of that kind."""
    first = row[0] if row else None
    return first if first is not None and width > 1 and len(row) == width and first.columns >= width else None


def _heading(cells: Sequence[SpanCell | None]) -> str:
    parts: list[SpanCell] = []
    for cell in cells:
        if cell is not None and cell.text and not any(cell is part for part in parts):
            parts.append(cell)
    return ": ".join(part.heading or part.text for part in parts)


def _section(row: _Row, width: int, above: _Row) -> str | None:
    """Return the heading that a row is (empty: it is blank), or None if it is a row of cells."""
    first = row[0]
    if first is None or width == 1 or (above and above[0] is first):
        return None
    rest = (cell for cell in row if cell is not None and cell is not first)
    return None if any(cell.text for cell in rest) else first.text


def _cells(row: _Row, width: int) -> tuple[WrittenCell, ...]:
    line = next(cell.line for cell in row if cell is not None)
    padded = [*row, *([None] * (width - len(row)))]
    return tuple(
        WrittenCell(text="", line=line)
        if cell is None or _is_of_no_column(cell)
        else WrittenCell(text=cell.text, line=cell.line, links=cell.links)
        for cell in padded
    )

"""A built table for the eye: aligned, the best in bold, its notes below; numbers are never cut."""

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich import box
from rich.cells import cell_len
from rich.table import Table as Grid
from rich.text import Text

from expdb.cli.code_page import in_code_page
from expdb.cli.output import LONG_TEXT, Align, console, printable, warn, write_text

if TYPE_CHECKING:
    from expdb.report.table import Cell, Table

_RAISED = str.maketrans("abcdefghijklmnoprstuvwxyz", "ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ")
_OF_RANK = {0: "", 1: "bold", 2: "underline"}
_BETWEEN = 2  # columns of the terminal, between those of a table
_LEAST_HEADING = 8  # letters; over narrow numbers a heading is broken at its words, but not into pieces


@dataclass(frozen=True, kw_only=True)
class _Column:
    """A column as it is laid out: its heading in lines, the least width, and whether its texts may go on."""

    heading: str
    align: Align
    least: int
    is_long: bool


def print_built(table: "Table") -> None:
    """Print a table and its notes; where its numbers would not fit the terminal, as Markdown, which goes on below."""
    from expdb.report.writers.layout import sections
    from expdb.report.writers.markdown import to_markdown

    out = console()
    columns = _columns(table)
    width = sum(column.least + _BETWEEN for column in columns) - _BETWEEN
    if width > out.width:
        write_text(to_markdown(table), None)
        return
    grid = Grid(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold", show_edge=False)
    for column in columns:
        grid.add_column(
            Text(column.heading),
            justify=column.align,
            min_width=column.least,
            no_wrap=not column.is_long,
            overflow="fold" if column.is_long else "ellipsis",
        )
    for name, rows in sections(table):
        if name is not None:
            # In the first column, which must not become wider for it than the others leave.
            parts = textwrap.wrap(printable(name), columns[0].least + out.width - width) or [""]
            grid.add_row(Text("\n".join(parts), style="italic", justify="left"))
        for row in rows:
            grid.add_row(*map(_text, row.cells))
    out.print(grid)
    if not table.notes:
        return
    notes = Grid.grid(padding=(0, 1, 0, 0))
    notes.add_column(no_wrap=True)
    notes.add_column(overflow="fold")
    for note in table.notes:
        notes.add_row(_raised([note.mark]) if note.mark else "-", Text(printable(note.text)))
    out.print()
    out.print(notes)


def warn_unstated(keys: Mapping[str, Sequence[str]]) -> None:
    """Warn of columns of settings and metrics that no run states, by their keys with the nearest ones."""
    if keys:
        near = ", ".join(dict.fromkeys(name for names in keys.values() for name in names))
        hint = f": did you mean {near}?" if near else " (expdb show RUN says what one does)"
        warn(f"{', '.join(keys)}: no run in the database states it{hint}")


def _columns(table: "Table") -> list[_Column]:
    from expdb.report.table import joined_heading

    found = []
    for index, column in enumerate(table.columns):
        most = max((_text(row.cells[index]).cell_len for row in table.rows), default=0)
        is_long = column.align == "left" and most > LONG_TEXT
        content = LONG_TEXT if is_long else most
        # No wider than what stands below it, as far as its words allow.
        width = max(min(content, LONG_TEXT), _LEAST_HEADING)
        lines = textwrap.wrap(printable(joined_heading(column)), width, break_long_words=False) or [""]
        lines[-1] += _raised(column.marks)
        least = max([content, *map(cell_len, lines)])
        found.append(_Column(heading="\n".join(lines), align=column.align, least=least, is_long=is_long))
    return found


def _text(cell: "Cell") -> Text:
    # Spans, not the whole text's style: the padding in front of a number is not underlined.
    return Text.assemble((printable(cell.text), _OF_RANK[cell.rank]), _raised(cell.marks))


def _raised(marks: Sequence[str]) -> str:
    return in_code_page(printable(",".join(marks)).translate(_RAISED))

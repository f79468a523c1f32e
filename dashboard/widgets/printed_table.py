"""A built table as it prints: with emphasis, marks, sections and shared headings."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from dashboard.text import literal
from dashboard.widgets.sortable_table import UNIQUE
from dashboard.widgets.table import BOLD
from dashboard.widgets.table_notes import cell_text, raised
from expdb.report.table import Row, Table
from expdb.report.writers.layout import has_groups, sections

if TYPE_CHECKING:
    from pandas.io.formats.style_render import CSSDict

MOST_PRINTED = 200  # rows: more are for the table that scrolls
_Line = tuple[str | None, Row | None]  # a section's heading, or a row


def show_printed(table: Table, *, alt: str) -> None:
    """Show a table as it prints: the best in bold, the second best underlined, reported rows marked."""
    lines: list[_Line] = []
    left = MOST_PRINTED
    for section, rows in sections(table):
        lines += [(section, None)] if section is not None and left else []
        lines += [(None, row) for row in rows[:left]]
        left = max(0, left - len(rows))
    is_mixed = len({row.is_reported for row in table.rows}) > 1
    places = range(len(table.columns))
    texts = [[_line_text(line, index, is_mixed=is_mixed) for line in lines] for index in places]
    for column, column_texts in zip(table.columns, texts, strict=True):
        if column.align == "right":  # a number stands on one line; where there is no room the table scrolls
            column_texts[:] = [text.replace(" ", "\N{NO-BREAK SPACE}") for text in column_texts]
    styles = [[_style(line, index, is_mixed=is_mixed) for index in places] for line in lines]
    # A column of numbers is set flush right, one of text flush left: the numbers are places in `texts`.
    numbers = list(range(len(lines)))
    data = (numbers if column.align == "right" else list(map(str, numbers)) for column in table.columns)
    frame = pd.DataFrame(dict(enumerate(data)))
    headings = _headings(table)
    frame.columns = pd.MultiIndex.from_tuples(headings) if has_groups(table) else pd.Index([h for _, h in headings])
    styled = frame.style.apply(lambda _: pd.DataFrame(styles, columns=frame.columns, index=frame.index), axis=None)
    styled.format(dict(zip(frame.columns, map(_reader, texts), strict=True)))
    styled.set_table_styles(_underlines(lines))
    st.table(styled, border="horizontal", width="content", hide_index=True, alt=alt)
    if len(table.rows) > MOST_PRINTED:
        num_rows = f"{len(table.rows):,}"
        st.caption(f"The first {MOST_PRINTED} of {num_rows} rows; the list to sort and the files have all {num_rows}.")


def _headings(table: Table) -> list[tuple[str, str]]:
    """Return the two lines above each column; equal ones are told apart."""
    return [
        (literal(column.under or ""), UNIQUE * index + literal(column.heading + raised(column.marks)))
        for index, column in enumerate(table.columns)
    ]


def _line_text(line: _Line, index: int, *, is_mixed: bool) -> str:
    section, row = line
    if row is None:
        return literal(section or "") if index == 0 else ""
    badge = " :violet-badge[reported]" if is_mixed and row.is_reported and index == 0 else ""
    return literal(cell_text(row.cells[index])) + badge


def _style(line: _Line, index: int, *, is_mixed: bool) -> str:
    row = line[1]
    if row is None:
        return "font-style: italic"
    words = [BOLD] if row.cells[index].rank == 1 else []
    return "; ".join([*words, "opacity: 0.75"] if is_mixed and row.is_reported else words)


def _underlines(lines: Sequence[_Line]) -> "list[CSSDict]":
    """Return the styles that underline the second best: its text, which the cell holds in a block of its own."""
    return [
        {"selector": f".row{number}.col{index} *", "props": "text-decoration: underline"}
        for number, (_, row) in enumerate(lines)
        if row is not None
        for index, cell in enumerate(row.cells)
        if cell.rank == 2
    ]


def _reader(texts: Sequence[str]) -> Callable[[Any], str]:
    return lambda number: texts[int(number)]

"""Built tables as lists: exact values to sort by, the printed text to read, notes below, and copies to take away."""

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st
from pandas.io.formats.style import Styler

from dashboard.widgets.basics import REPORTED_NOTE, literal
from expdb.report.table import Cell, Table, TableColumn
from expdb.report.value_text import MISSING
from expdb.report.writers.layout import has_sections, joined_heading

BOLD = "font-weight: 700"
UNIQUE = "\N{ZERO WIDTH SPACE}"  # tells columns of one heading apart, unseen
_MARKS = str.maketrans("abcdefghijklmnopqrstuvwxyz*,", "ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖ𐞥ʳˢᵗᵘᵛʷˣʸᶻ*˒")
_COPIES: Mapping[str, tuple[str, str]] = {"Markdown": ("md", "md"), "LaTeX": ("latex", "tex"), "CSV": ("csv", "csv")}
_LETTERS_A_LINE = (60, 48, 40, 32, 24)  # longer text is wrapped: the most with which the table fits the page
_PAGE_PIXELS = 1136  # of a page as wide as a small laptop
_PIXELS_A_LETTER, _PIXELS_BESIDE = 6.8, 24
_PIXELS_A_LINE, _PIXELS_AROUND, _MOST_LINES = 16, 26, 5  # in lower rows the browser does not wrap
Marked = tuple[str, tuple[tuple[int, ...], ...]]


def show_built(table: Table, *, alt: str, key: str, pin: int = 1, most_pixels: int = 900) -> None:
    """Show a table that sorts by exact values; the best is bold.

    Args:
        pin: so many first columns stay where the table is wider than the page.
        most_pixels: height from which it scrolls.
    """
    frame, options = _list_of(table, pin=pin, most_pixels=most_pixels)
    st.dataframe(frame, key=key, alt=alt, **options)


def show_markable(table: Table, *, alt: str, key: str, most_pixels: int = 560) -> Marked:
    """Show a table that sorts by exact values and lets rows and cells be marked.

    Returns:
        What is marked, in words, and the runs behind each marked row or cell; nothing marked: none.
    """
    frame, options = _list_of(table, pin=1, most_pixels=most_pixels)
    state = st.dataframe(
        frame, key=key, alt=alt, on_select="rerun", selection_mode=["multi-row", "single-cell"], **options
    )
    return marked_runs(table, _names(table), state.selection.rows, state.selection.cells)


def show_notes(table: Table) -> None:
    """Show the legend of the emphasis, the notes and what is reported, a line each."""
    ranks = {cell.rank for row in table.rows for cell in row.cells}
    legend = [words for rank, words in ((1, "Bold: the best."), (2, "Underlined: the second best.")) if rank in ranks]
    lines = [" ".join(legend)] if legend else []
    lines += [f"{note.mark.translate(_MARKS)} {note.text}".strip() for note in table.notes]
    if table.num_more and not table.notes:
        lines.append(f"{table.num_more:,} more rows are not shown: the table's limit.")
    if lines:
        st.caption("  \n".join(map(literal, lines)))
    if any(row.is_reported for row in table.rows):
        st.caption(f":violet-badge[reported] {REPORTED_NOTE}")


def offer_copies(
    table: Table, *, name: str, forms: tuple[str, ...] = ("Markdown", "LaTeX", "CSV"), what: str = ""
) -> None:
    """Show the table in the formats that it can be copied in.

    Args:
        name: of the files.
        forms: of _COPIES.
        what: what the buttons call it, where a page has several; empty: nothing.
    """
    from expdb.report.writers.render import render

    with st.container(horizontal=True, width="content"):
        for form in forms:
            writer, ending = _COPIES[form]
            st.download_button(
                f"Download {what} .{ending}" if what else f"Download .{ending}",
                partial(render, table, writer),
                file_name=f"{name}.{ending}",
                mime="text/plain",
                on_click="ignore",
                key=f"download_{name}_{ending}",
            )
        if len(forms) > 1:
            popover = st.popover("Copy", icon=":material/content_copy:", on_change="rerun", key=f"copy_{name}")
            if popover.open:
                with popover:
                    for form in forms:
                        st.code(render(table, _COPIES[form][0]), language=None)


def cell_text(cell: Cell) -> str:
    """Return the text of a cell with its footnote marks, raised."""
    return f"{cell.text}{raised(cell.marks)}"


def raised(marks: Sequence[str]) -> str:
    """Return footnote marks as letters above the line."""
    return ",".join(marks).translate(_MARKS)


def marked_runs(table: Table, names: Sequence[str], rows: Sequence[int], cells: Sequence[tuple[int, str]]) -> Marked:
    """Return what is marked and its runs; the browser may still send places of another table."""
    found = [table.rows[row].run_ids for row in rows if row < len(table.rows)]
    if found or not cells or cells[0][0] >= len(table.rows):
        return f"{len(found)} row{'' if len(found) == 1 else 's'}", tuple(filter(None, found))
    row, name = table.rows[cells[0][0]], cells[0][1]
    if name not in names:
        return row.section or "", (row.run_ids,)
    cell = row.cells[names.index(name)]
    return f"{joined_heading(table.columns[names.index(name)])}: {cell.text}", (cell.run_ids or row.run_ids,)


def _list_of(table: Table, *, pin: int, most_pixels: int) -> tuple[Styler, dict[str, Any]]:
    """Return what `st.dataframe` shows of a table, and how."""
    names = _names(table)
    widths, num_lines = _widths(table)
    columns: dict[str, list[Any]] = {}
    config: dict[str, Any] = {}
    texts: dict[Any, str | Callable[[object], str] | None] = {}
    if has_sections(table):
        columns["section"] = [row.section or "" for row in table.rows]
        config["section"] = st.column_config.TextColumn("Section")
    for index, (name, column) in enumerate(zip(names, table.columns, strict=True)):
        columns[name], reader = _sortable([row.cells[index] for row in table.rows], column)
        kind = st.column_config.TextColumn if reader is None else st.column_config.NumberColumn
        heading = joined_heading(column) + raised(column.marks)
        config[name] = kind(heading, pinned=index < pin, alignment=column.align, width=widths[index])
        texts |= {} if reader is None else {name: reader}
    frame = pd.DataFrame(columns)
    weights = [[BOLD if cell.rank == 1 else "" for cell in row.cells] for row in table.rows]
    weighed = pd.DataFrame(weights, columns=names, index=frame.index).reindex(columns=frame.columns, fill_value="")
    row_height = _PIXELS_AROUND + _PIXELS_A_LINE * num_lines if num_lines > 1 else None
    is_low = len(table.rows) * (row_height or 31) + 40 <= most_pixels
    options = {
        "column_config": config,
        "hide_index": True,
        "width": "content",
        "height": "content" if is_low else most_pixels,
        "row_height": row_height,
        "placeholder": MISSING,
    }
    return frame.style.apply(lambda _: weighed, axis=None).format(texts), options


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


def _widths(table: Table) -> tuple[list[int], int]:
    """Return the width of each column in px, and into how many lines the longest text is wrapped.

    The browser measures only the first rows, and would cut the others.
    """
    longest = [max((len(cell_text(row.cells[i])) for row in table.rows), default=0) for i in range(len(table.columns))]
    headings = [len(joined_heading(column)) for column in table.columns]
    for most in _LETTERS_A_LINE:
        letters = [max(min(text, most), min(heading, most)) for text, heading in zip(longest, headings, strict=True)]
        widths = [round(_PIXELS_A_LETTER * number) + _PIXELS_BESIDE for number in letters]
        if sum(widths) <= _PAGE_PIXELS:
            break
    return widths, min(_MOST_LINES, max(-(-text // most) for text in longest))

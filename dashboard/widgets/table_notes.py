"""The marks of footnotes in a built table, and the lines below it that say what they and its emphasis mean."""

from collections.abc import Sequence

import streamlit as st

from dashboard.text import literal
from dashboard.widgets.status import REPORTED_NOTE
from expdb.report.table import Cell, Table

_MARKS = str.maketrans("abcdefghijklmnopqrstuvwxyz*,", "ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖ𐞥ʳˢᵗᵘᵛʷˣʸᶻ*˒")


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


def cell_text(cell: Cell) -> str:
    """Return the text of a cell with its footnote marks, raised."""
    return f"{cell.text}{raised(cell.marks)}"


def raised(marks: Sequence[str]) -> str:
    """Return footnote marks as letters above the line."""
    return ",".join(marks).translate(_MARKS)

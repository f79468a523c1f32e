"""Tables, pairs and epochs as lists that can be sorted and searched."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import pandas as pd
import streamlit as st
from pandas.io.formats.style import Styler

from expdb.domain.run import Epoch
from expdb.report.columns import COLUMNS
from expdb.report.table import Table, TableColumn
from expdb.report.value_text import MISSING, format_value

_PIXELS_A_LINE, _PIXELS_A_LETTER = 20, 6.6
_LETTERS_A_LINE = 60  # then text is wrapped


def show_table(table: Table, *, key: str, alt: str, on_open: Callable[[Sequence[int]], None] | None = None) -> None:
    """Show a table as it prints, sortable by exact values; long text is wrapped.

    Args:
        on_open: called with the run ids in row order when a row's button is pressed; None: no buttons.
    """
    names = [f"{column.key} {index}" for index, column in enumerate(table.columns)]
    config: dict[str, Any] = {
        name: _column_config(column, max((len(row.cells[index].text) for row in table.rows), default=0))
        for index, (name, column) in enumerate(zip(names, table.columns, strict=True))
    }
    frame = pd.DataFrame([[cell.value for cell in row.cells] for row in table.rows], columns=names)
    if on_open:
        frame.insert(0, "open", "Open")
        config["open"] = st.column_config.ButtonColumn(
            "",
            width=68,
            pinned=True,
            on_click=on_open,
            args=([row.run_ids[0] for row in table.rows],),
            key=f"{key}_open",
        )
    st.dataframe(
        _styled(frame, dict(zip(names, table.columns, strict=True))),
        column_config=config,
        hide_index=True,
        height="content" if len(table.rows) <= 15 else 600,
        row_height=_row_height(table),
        placeholder=MISSING,
        key=key,
        alt=alt,
    )


def show_pairs(pairs: Mapping[str, object], *, names: str, about: Mapping[str, str] | None = None) -> None:
    """Show names and values in two columns, and in a third what the names mean; all of it as text."""
    columns = {names: list(pairs), "Value": [format_value(value, "text") for value in pairs.values()]}
    if about:
        columns["Meaning"] = [about.get(name, "") for name in pairs]
    st.dataframe(
        pd.DataFrame(columns, dtype="string"),
        hide_index=True,
        height="content",
        column_config={names: st.column_config.TextColumn(width="medium")},
        alt=f"{names} and value",
    )


def show_epochs(epochs: Sequence[Epoch]) -> None:
    """Show one line for each epoch."""
    number, percent = st.column_config.NumberColumn, st.column_config.NumberColumn(format="percent")
    st.dataframe(
        pd.DataFrame([asdict(epoch) for epoch in epochs]).dropna(axis="columns", how="all"),
        hide_index=True,
        placeholder=MISSING,
        column_config={
            "epoch": number("Epoch"),
            "lr": number("LR", format="%.4g"),
            "train_loss": number("Train loss", format="%.4f"),
            "test_loss": number("Test loss", format="%.4f"),
            "val_loss": number("Val loss", format="%.4f"),
            "top1": percent | {"label": "Top-1"},
            "top5": percent | {"label": "Top-5"},
            "val_top1": percent | {"label": "Val top-1"},
            "train_seconds": number("Train (s)", format="%.1f"),
            "eval_seconds": number("Eval (s)", format="%.1f"),
            "images_per_second": number("Images/s", format="%,d"),
            "peak_memory_bytes": number("Peak memory", format="bytes"),
        },
        alt="Epochs of the run",
    )


def _column_config(column: TableColumn, longest: int) -> Any:
    """Return how a column is shown; `longest` is the length of its longest text in letters."""
    about = COLUMNS[column.key].description
    if column.align == "right":
        return st.column_config.NumberColumn(column.heading, help=about, pinned=column.key == "id")
    # The browser measures only the first rows, and would cut the others.
    width = round(_PIXELS_A_LETTER * min(max(longest, len(column.heading)), _LETTERS_A_LINE)) + 20
    return st.column_config.Column(column.heading, help=about, width=min(width, 140) if column.key == "name" else width)


def _styled(frame: pd.DataFrame, columns: Mapping[str, TableColumn]) -> Styler:
    """Return the frame with exact values to sort by and the report's text to read."""

    def formatter(column: TableColumn) -> Callable[[Any], str]:
        return lambda value: format_value(None if pd.isna(value) else value, column.format, column.decimals)

    return frame.style.format({name: formatter(column) for name, column in columns.items()})


def _row_height(table: Table) -> int | None:
    longest = max((len(cell.text) for row in table.rows for cell in row.cells), default=0)
    num_lines = -(-longest // _LETTERS_A_LINE)
    return 14 + _PIXELS_A_LINE * min(num_lines, 5) if num_lines > 1 else None

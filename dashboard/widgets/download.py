"""Buttons that download what a page shows."""

from collections.abc import Callable, Sequence

import streamlit as st

from expdb.report.run_list import plain_table
from expdb.report.writers.csv_json import to_csv
from expdb.report.writers.render import FORMATS


def offer_file(name: str, content: str | Callable[[], str | bytes], *, key: str, label: str = "") -> None:
    """Show a button that downloads a file.

    Args:
        name: of the file; its ending says what it is.
        content: or the function that makes it once it is asked for.
        key: of the button.
        label: what the button says; empty: that it downloads a file of this ending.
    """
    ending = name.rpartition(".")[2]
    media_types = {form.suffix: form.media_type for form in FORMATS.values()}
    st.download_button(
        label or f"Download .{ending}",
        content,
        file_name=name,
        mime=media_types.get(ending, "text/plain"),
        on_click="ignore",
        key=key,
    )


def offer_csv(name: str, headings: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Show a button that downloads rows as CSV."""
    offer_file(f"{name}.csv", lambda: csv_of_rows(name, headings, rows), key=f"csv_{name}")


def csv_of_rows(name: str, headings: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Return rows as CSV that no spreadsheet reads formulas from."""
    return to_csv(plain_table(name, headings, rows))

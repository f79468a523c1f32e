"""A saved table in every format, to copy or to download."""

import streamlit as st

from dashboard.widgets.download import offer_file
from dashboard.widgets.long_text import show_text
from expdb.errors import SpecError
from expdb.report.table import Table
from expdb.report.writers.render import FORMATS, render

_FIRST = ("md", "latex", "html", "csv", "typst", "json")
_SHOWN = [form for form in dict.fromkeys((*_FIRST, *FORMATS)) if form != "tsv"]  # which says what CSV says


def show_copies(table: Table, name: str) -> None:
    """Show the table in one format after the other, to copy or to download."""
    with_runs = st.toggle(
        "Say which runs are behind every row", key="link", bind="query-params", help="in a last column"
    )
    tabs = st.tabs([FORMATS[form].title for form in _SHOWN], key="form", bind="query-params", on_change="rerun")
    for tab, form in zip(tabs, _SHOWN, strict=True):
        if not tab.open:
            continue
        with tab:
            try:
                text = render(table, form, link=with_runs)
            except SpecError as error:  # a text cannot ask for its rows: it says which keys to add
                st.info(str(error))
                continue
            offer_file(f"{name}.{FORMATS[form].suffix}", text, key=f"download_{form}")
            show_text(text, FORMATS[form].language)

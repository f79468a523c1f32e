"""A saved table in every format, to copy or to download."""

import streamlit as st

from dashboard.widgets.download import offer_file
from dashboard.widgets.long_text import show_text
from expdb.report.table import Table
from expdb.report.writers.render import render

FORMATS = {  # tab: format, ending, language of the highlighting
    "Markdown": ("md", "md", None),
    "LaTeX": ("latex", "tex", "latex"),
    "HTML": ("html", "html", "html"),
    "CSV": ("csv", "csv", None),
    "Typst": ("typst", "typ", None),
    "JSON": ("json", "json", "json"),
}


def show_copies(table: Table, name: str) -> None:
    """Show the table in one format after the other, to copy or to download."""
    with_runs = st.toggle(
        "Say which runs are behind every row", key="link", bind="query-params", help="in a last column"
    )
    tabs = st.tabs(list(FORMATS), key="form", bind="query-params", on_change="rerun")
    for tab, (form, ending, language) in zip(tabs, FORMATS.values(), strict=True):
        if not tab.open:
            continue
        text = render(table, form, link=with_runs)
        with tab:
            offer_file(f"{name}.{ending}", text, key=f"download_{form}")
            show_text(text, language)

"""A table in the formats that it can be copied or downloaded in."""

from collections.abc import Mapping
from functools import partial

import streamlit as st

from dashboard.widgets.download import offer_file
from expdb.report.table import Table

_COPIES: Mapping[str, tuple[str, str]] = {"Markdown": ("md", "md"), "LaTeX": ("latex", "tex"), "CSV": ("csv", "csv")}


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
            offer_file(
                f"{name}.{ending}",
                partial(render, table, writer),
                key=f"download_{name}_{ending}",
                label=f"Download {what} .{ending}" if what else "",
            )
        if len(forms) > 1:
            popover = st.popover("Copy", icon=":material/content_copy:", on_change="rerun", key=f"copy_{name}")
            if popover.open:
                with popover:
                    for form in forms:
                        st.code(render(table, _COPIES[form][0]), language=None)

"""A table in the formats that it can be copied or downloaded in."""

from functools import partial

import streamlit as st

from dashboard.widgets.download import offer_file
from expdb.report.table import Table
from expdb.report.writers.render import FORMATS, render


def offer_copies(table: Table, *, name: str, forms: tuple[str, ...] = ("md", "latex", "csv"), what: str = "") -> None:
    """Show the table in the formats that it can be copied in.

    Args:
        name: of the files.
        forms: of FORMATS.
        what: what the buttons call it, where a page has several; empty: nothing.
    """
    with st.container(horizontal=True, width="content"):
        for form in forms:
            ending = FORMATS[form].suffix
            offer_file(
                f"{name}.{ending}",
                partial(render, table, form),
                key=f"download_{name}_{ending}",
                label=f"Download {what} .{ending}" if what else "",
            )
        if len(forms) > 1:
            popover = st.popover("Copy", icon=":material/content_copy:", on_change="rerun", key=f"copy_{name}")
            if popover.open:
                with popover:
                    for form in forms:
                        st.code(render(table, form), language=None)

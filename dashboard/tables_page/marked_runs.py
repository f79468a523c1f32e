"""The runs behind what is marked in a table."""

import streamlit as st

from dashboard.navigation import MOST_COMPARED, link_to_comparison, link_to_run, link_to_runs
from dashboard.widgets.sortable_table import MarkedRuns

_MOST_LINKS = 12


def show_links(marked: MarkedRuns) -> None:
    """Show where the runs behind what is marked can be seen: each of them, and their comparison."""
    words, groups = marked
    ids = list(dict.fromkeys(run_id for group in groups for run_id in group))
    if not ids:
        st.caption("Mark rows, or click into a cell, to open the runs behind it.")
        return
    compared = ids if len(ids) <= MOST_COMPARED else [group[0] for group in groups][:MOST_COMPARED]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.text(words, width="content")
        for run_id in ids[:_MOST_LINKS]:
            link_to_run(run_id)
        link_to_runs(f"id in ({', '.join(map(str, ids))})", f"List {len(ids)}")
        if len(compared) > 1:
            link_to_comparison(compared, f"Compare {len(compared)}")

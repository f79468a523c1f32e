"""What analyses found of a run, in short; the page of analyses has their charts."""

import streamlit as st

from dashboard.data.analyses import load_analyses
from dashboard.navigation import link_to_analyses
from dashboard.widgets.sortable_table import show_built
from expdb.domain.run import Run
from expdb.report.compare.analysed import AnalysedRun, found_table


def has_analyses(run: Run) -> bool:
    """Return whether any analysis was made of a run."""
    return bool(load_analyses([run.id]))


def show_analyses(run: Run) -> None:
    """Show the values of all analyses of a run, and the way to their charts."""
    found = [AnalysedRun(run=run, result=result) for result in load_analyses([run.id])[run.id].values()]
    table = found_table(found)
    if table.rows:
        show_built(table, key="analysed", alt=f"What analyses found of run {run.id}", pin=0)
        st.caption("95 % intervals are over images (n).")
    names = ", ".join(one.result.name for one in found)
    link_to_analyses([run.id], f"Charts and images of its analyses: {names}")

"""How a run's status is shown, and that it was not measured here."""

from collections.abc import Mapping
from typing import Literal

import streamlit as st

from expdb.domain.run import Run

STATUS_COLORS: Mapping[str, Literal["green", "blue", "red", "orange", "gray"]] = {
    "queued": "gray",
    "running": "blue",
    "finished": "green",
    "failed": "red",
    "killed": "orange",
    "crashed": "red",
}
REPORTED_NOTE = "copied from a document, never measured here"


def show_status(run: Run) -> None:
    """Show badges: the run's status, and that it is reported or tracked where it was not measured."""
    with st.container(horizontal=True, gap="small"):
        if run.kind == "reported":
            st.badge("reported", color="violet")
            st.text(REPORTED_NOTE)
        else:
            st.badge(run.status, color=STATUS_COLORS[run.status])
            st.badge(run.kind, color="gray")

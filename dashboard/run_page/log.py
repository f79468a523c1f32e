"""The end of a run's log. What stands in it is data: shown as it is, never as HTML or Markdown."""

import streamlit as st

from dashboard.data.runs import load_log
from expdb.domain.run import Run

NUM_LINES = 50
HEIGHT = 320  # px


def show_log(run: Run) -> None:
    """Show the last lines of a run's log, and a button that downloads it; nothing where none is on this machine."""
    found = load_log(run, NUM_LINES)
    if found is None:
        return
    text, path = found
    st.subheader("Log", anchor=False)
    with st.container(height=HEIGHT, border=False, autoscroll=True):  # to the newest line
        st.code(text, language=None, wrap_lines=True)
    st.download_button(
        "Download .txt",
        path.read_bytes,
        file_name=f"run-{run.id}-log.txt",
        mime="text/plain",
        on_click="ignore",
        key="download_log",
    )

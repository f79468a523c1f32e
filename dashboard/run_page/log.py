"""The end of a run's log. What stands in it is data: shown as it is, never as HTML or Markdown."""

import streamlit as st

from dashboard.data.run_files import load_log
from dashboard.widgets.download import offer_file
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
    offer_file(f"run-{run.id}-log.txt", path.read_bytes, key="download_log")

"""The end of a run's log. What stands in it is data: shown as it is, never as HTML or Markdown."""

from functools import partial

import streamlit as st

from dashboard.data.run_files import load_log
from dashboard.text import literal
from dashboard.widgets.download import offer_file
from expdb.data.run_files import read_run_file
from expdb.domain.run import Run
from expdb.errors import DataError

NUM_LINES = 50
HEIGHT = 320  # px


def show_log(run: Run) -> None:
    """Show the last lines of a run's log, and a button that downloads it; nothing where none is on this machine."""
    try:
        found = load_log(run, NUM_LINES)
    except DataError as error:
        st.warning(literal(str(error)))
        return
    if found is None:
        return
    text, path = found
    st.subheader("Log", anchor=False)
    with st.container(height=HEIGHT, border=False, autoscroll=True):  # to the newest line
        st.code(text, language=None, wrap_lines=True)
    offer_file(f"run-{run.id}-log.txt", partial(read_run_file, path), key="download_log")

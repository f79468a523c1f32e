"""Saving a table's definition, and what the page shows once it is drawn anew."""

import streamlit as st

from dashboard.data.changes import save_table
from dashboard.data.tables import load_history
from dashboard.text import literal
from expdb.domain.table import TableDefinition

TABLE_KEY, MODE_KEY = "table", "mode"  # also the names in the address
VIEW, EDIT, NEW = "View", "Edit", "New"
STARTED = "table_started"  # name and revision that the draft in the form began with
_SAVED = "table_saved"


def show_saved() -> None:
    """Say what the last saving did, and show its table; called before the choice of a table is drawn."""
    name, text = st.session_state.pop(_SAVED, ("", ""))
    if name:
        st.session_state[TABLE_KEY], st.session_state[MODE_KEY] = name, VIEW
        st.toast(literal(text), icon=":material/check:")
    elif text:
        st.error(literal(text))


def save(definition: TableDefinition) -> None:
    """Save a definition as its table's next revision, which the page shows when it is drawn anew."""
    error = save_table(definition)
    if error is not None:
        st.session_state[_SAVED] = ("", error)
        return
    st.session_state.pop(STARTED, None)
    number = load_history(definition.name)[-1][0]
    st.session_state[_SAVED] = (definition.name, f"Saved {definition.name}, revision {number}.")

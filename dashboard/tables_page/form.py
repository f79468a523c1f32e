"""The form that makes or edits a table's definition: it previews what it says, and saves the next revision."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from dashboard.data.runs import filter_error
from dashboard.data.store import is_read_only
from dashboard.data.tables import load_history, load_tables, try_table
from dashboard.tables_page.draft import OTHER, Errors, build_error, field_errors, new_definition, read_draft
from dashboard.tables_page.fields import show_fields
from dashboard.tables_page.saving import STARTED, save
from dashboard.text import literal
from dashboard.widgets.printed_table import show_printed
from dashboard.widgets.table_notes import show_notes
from expdb.domain.table import TableDefinition
from expdb.report.table import Table


def show_form(definition: TableDefinition | None) -> None:
    """Show the form for a saved definition, or a new one, with its preview and the button that saves it."""
    taken = [saved.name for saved in load_tables()]
    base = definition or new_definition(taken)
    prefix = f"draft_{_start(base, taken)}_"
    slots: dict[str, Any] = {}
    draft, errors = read_draft(show_fields(base, prefix, slots))
    if draft is not None:
        errors = field_errors(draft, filter_error)
    table = None
    if draft is not None and not errors:
        table, told = try_table(draft)
        errors = build_error(told) if table is None else {}
    for field, told in errors.items():
        slots.get(field, slots[OTHER]).markdown(f":red[:material/error: {literal(told)}]")
    _show_save(draft, errors, taken, started=None if definition is None else definition.name)
    st.subheader("Preview", anchor=False)
    if table is None:
        st.caption("The preview comes back as soon as every field can be read.")
    else:
        _show_preview(table)


def _start(base: TableDefinition, taken: Sequence[str]) -> str:
    """Return what tells this draft from others: the table and the revision that it was started from."""
    name, revision = st.session_state.get(STARTED, ("", 0))
    if name != base.name:
        revision = load_history(base.name)[-1][0] if base.name in taken else 0
        st.session_state[STARTED] = (base.name, revision)
    return f"{base.name}_{revision}"


def _show_save(draft: TableDefinition | None, errors: Errors, taken: Sequence[str], *, started: str | None) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        # No callback: it would save the draft of the last run, without the field that one leaves by clicking here.
        is_asked = st.button(
            "Save",
            type="primary",
            icon=":material/save:",
            key="save_table",
            disabled=draft is None or bool(errors) or is_read_only(),
        )
        if is_asked and draft is not None and not errors:
            save(draft)
            st.rerun()
        if errors:
            st.markdown(f":red[{len(errors)} field{'' if len(errors) == 1 else 's'} cannot be read.]", width="content")
        elif draft is not None:
            st.caption(literal(_what_saving_does(draft, taken, started)), width="content")


def _what_saving_does(draft: TableDefinition, taken: Sequence[str], started: str | None) -> str:
    if draft.name not in taken:
        return f"Saves a new table, {draft.name}." + (f" {started} stays as it is." if started else "")
    last = load_history(draft.name)[-1][0]
    if draft.name != started:
        return f"There is a table {draft.name} already: this becomes its revision {last + 1}."
    begun = st.session_state.get(STARTED, ("", last))[1]
    since = f" Somebody saved revision {last} since you began with {begun}." if last != begun else ""
    return f"Becomes revision {last + 1}; older ones are kept.{since}"


def _show_preview(table: Table) -> None:
    if not table.rows:
        st.caption("No run passes the filter.")
    show_printed(table, alt="Preview of the table")
    show_notes(table)

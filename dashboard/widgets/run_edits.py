"""What people say about runs, changed from a page: tags, notes, groups, archiving. The only writes to runs here."""

from collections.abc import Sequence

import streamlit as st

from dashboard.data.changes import archive_runs, change_tags, restore_runs, set_group, set_note
from dashboard.data.store import is_read_only
from dashboard.text import literal
from expdb.domain.run import RunPart

_RESULT, _ARCHIVED = "edit_result", "edit_archived"


def show_edits(runs: Sequence[RunPart], *, known_tags: Sequence[str]) -> None:
    """Show what may be changed about these runs, in the row that the caller has opened; nothing where it may not.

    Without runs the buttons are there, but off: what is below them must not move when a first run is marked.
    """
    if is_read_only():
        return
    with st.popover("Tags", icon=":material/label:", key="edit_tags", disabled=not runs):
        if runs:
            _show_tags(runs, known_tags)
    with st.popover("Note", icon=":material/edit_note:", key="edit_note", disabled=not runs):
        if runs:
            _show_note(runs)
    with st.popover("Group", icon=":material/folder:", key="edit_group", disabled=not runs):
        if runs:
            _show_group(runs)
    kept = [run for run in runs if run.removed_at is None]
    gone = [run for run in runs if run.removed_at is not None]
    if kept or not runs:
        st.button(
            "Archive",
            icon=":material/archive:",
            key="edit_archive",
            on_click=_archive,
            args=(_ids(kept),),
            disabled=not kept,
            help="Take out of lists and tables; nothing is deleted.",
        )
    if gone:
        st.button("Restore", icon=":material/unarchive:", key="edit_restore", on_click=_restore, args=(_ids(gone),))


def show_outcome() -> None:
    """Say what the last change did, and offer to undo an archiving."""
    kind, text = st.session_state.pop(_RESULT, ("", ""))
    if kind == "error":
        st.error(literal(text))
    elif kind:
        st.toast(literal(text), icon=":material/check:")
    archived = st.session_state.get(_ARCHIVED, [])
    if archived and not is_read_only():
        with st.container(horizontal=True, vertical_alignment="center"):
            st.text(f"Archived {_named(archived)}.", width="content")
            st.button("Undo", icon=":material/undo:", key="edit_undo", on_click=_restore, args=(archived,))


def _show_tags(runs: Sequence[RunPart], known_tags: Sequence[str]) -> None:
    present = sorted({tag for run in runs for tag in run.tags})
    with st.form("edit_tags_form", border=False, clear_on_submit=True):
        st.multiselect("Add", known_tags, key="edit_tags_add", accept_new_options=True, placeholder="type a tag")
        st.multiselect("Take away", present, key="edit_tags_remove", disabled=not present, placeholder="none")
        st.form_submit_button("Save", type="primary", on_click=_change_tags, args=(runs,))


def _show_note(runs: Sequence[RunPart]) -> None:
    with st.form("edit_note_form", border=False):
        first = runs[0].note or ""
        is_shared = all((run.note or "") == first for run in runs)
        label = "Note" if len(runs) == 1 else f"Note of all {len(runs)} runs"
        note = st.text_area(label, value=first if is_shared else "", key=f"edit_note_{hash(tuple(_ids(runs))):x}")
        is_sent = st.form_submit_button("Save", type="primary")
    if is_sent:
        _say(set_note(_ids(runs), note), f"Note saved of {_named(_ids(runs))}.")
        st.rerun()


def _show_group(runs: Sequence[RunPart]) -> None:
    with st.form("edit_group_form", border=False):
        first = runs[0].group or ""
        is_shared = all((run.group or "") == first for run in runs)
        label = "Group" if len(runs) == 1 else f"Group of all {len(runs)} runs"
        key = f"edit_group_{hash(tuple(_ids(runs))):x}"
        group = st.text_input(label, value=first if is_shared else "", key=key, help="empty: none")
        is_sent = st.form_submit_button("Save", type="primary")
    if is_sent:
        _say(set_group(_ids(runs), group), f"Group saved of {_named(_ids(runs))}.")
        st.rerun()


def _change_tags(runs: Sequence[RunPart]) -> None:
    add, remove = st.session_state.edit_tags_add, st.session_state.edit_tags_remove
    _say(change_tags(runs, add=add, remove=remove), f"Tags saved of {_named(_ids(runs))}.")


def _archive(run_ids: Sequence[int]) -> None:
    done, error = archive_runs(run_ids)
    _say(error, f"Archived {_named(run_ids)}.")
    st.session_state[_ARCHIVED] = done


def _restore(run_ids: Sequence[int]) -> None:
    _say(restore_runs(run_ids), f"Restored {_named(run_ids)}.")


def _say(error: str | None, done: str) -> None:
    """Keep for the next drawing what was done, or the line of the error that stopped it."""
    st.session_state[_RESULT] = ("done", done) if error is None else ("error", error)
    st.session_state.pop(_ARCHIVED, None)


def _ids(runs: Sequence[RunPart]) -> list[int]:
    return [run.id for run in runs]


def _named(run_ids: Sequence[int]) -> str:
    return f"run {run_ids[0]}" if len(run_ids) == 1 else f"{len(run_ids)} runs"

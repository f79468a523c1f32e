"""The revisions of a saved table, each of which can be made the newest again."""

import streamlit as st

from dashboard.data.store import is_read_only
from dashboard.data.tables import load_history, load_revision
from dashboard.tables_page.saving import save
from dashboard.widgets.table import Links, ListColumn, show_table
from expdb.domain.table import TableDefinition

_MOST_TITLES = 50


def show_history(definition: TableDefinition) -> None:
    """Show number, time and title of the revisions, the newest first, and buttons that restore the older ones."""
    history = load_history(definition.name)[::-1]
    numbers = [number for number, _ in history]
    titles: list[str | None] = [load_revision(definition.name, number).title for number in numbers[:_MOST_TITLES]]
    titles += [None] * (len(history) - len(titles))
    columns = {
        "Revision": ListColumn(heading="Revision", kind="number", letters=9),
        "Saved": ListColumn(
            heading="Saved", kind="time", form="YYYY-MM-DD HH:mm:ss", zone=st.context.timezone, letters=22.7
        ),
        "Title": ListColumn(heading="Title"),
    }
    links = None
    if len(history) > 1 and not is_read_only():
        words = [None, *["Restore"] * (len(history) - 1)]
        links = Links(
            name="restore",
            key="restore_revision",
            open=lambda row: _restore(definition.name, numbers[row]),
            words=words,
        )
    rows = [(number, moment, title) for (number, moment), title in zip(history, titles, strict=True)]
    show_table(rows, columns, links=links, alt="Revisions of the table")
    if len(history) == 1:
        st.caption("This is its first revision.")


def _restore(name: str, revision: int) -> None:
    save(load_revision(name, revision))

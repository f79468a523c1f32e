"""What the pages read. The only module that opens the store, read-only; an error becomes one line on the page.

Snapshots are frozen, so they are shared between sessions instead of copied; they are read again when the
database has changed.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from dashboard.widgets import literal
from expdb.config import load_config
from expdb.domain.run import Epoch, Run
from expdb.domain.table import TableDefinition
from expdb.errors import ExpdbError
from expdb.store.store import Store


def load_runs(where: str = "") -> tuple[Run, ...]:
    """Return the runs that a filter lets through, by id; stop the page with one line where it cannot be read."""
    with _one_line_errors():
        return _runs(load_config().url, _store().change_token(), where)


def load_run(ref: str) -> Run:
    """Return the run of that id or name, or stop the page with one line."""
    with _one_line_errors():
        return _store().run(ref)


def load_epochs(run_id: int) -> tuple[Epoch, ...]:
    """Return a run's epochs in order."""
    with _one_line_errors():
        return tuple(_store().epochs(run_id))


def load_tables() -> tuple[TableDefinition, ...]:
    """Return the saved table definitions by name."""
    with _one_line_errors():
        return tuple(_store().tables())


def _store() -> Store:
    return _open(load_config().url)


@st.cache_resource(max_entries=4, show_spinner=False, on_release=Store.close)
def _open(url: str) -> Store:
    return Store.open(url, is_read_only=True)


@st.cache_resource(max_entries=16, show_spinner=False)
def _runs(url: str, token: int | str, where: str) -> tuple[Run, ...]:  # noqa: ARG001 - the token is part of the key
    return tuple(_open(url).runs(where=where))


@contextmanager
def _one_line_errors() -> Iterator[None]:
    try:
        yield
    except ExpdbError as error:
        st.error(literal(str(error)))
        st.stop()

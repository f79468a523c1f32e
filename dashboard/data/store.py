"""The only module that opens the store: read-only, but while something is changed.

Snapshots are frozen, so they are shared between sessions instead of copied; they are read again when the
database has changed. An error becomes one line on the page.
"""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

import streamlit as st

from dashboard.text import literal
from expdb.config import load_config
from expdb.domain.table import TableDefinition
from expdb.errors import ExpdbError, StoreError
from expdb.store.database.address import parse_address
from expdb.store.store import Store

_Asked = ParamSpec("_Asked")
_Answer = TypeVar("_Answer")


@contextmanager
def one_line_errors() -> Iterator[None]:
    """Stop the page with one line where something cannot be read."""
    try:
        yield
    except ExpdbError as error:
        st.error(literal(str(error)))
        st.stop()


def kept_until_changed(
    max_entries: int,
) -> Callable[[Callable[Concatenate[Store, _Asked], _Answer]], Callable[_Asked, _Answer]]:
    """Give a function the open store, and keep its last answers for all sessions until the database has changed."""

    def decorate(read: Callable[Concatenate[Store, _Asked], _Answer]) -> Callable[_Asked, _Answer]:
        def answer(url: str, token: int | str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> _Answer:  # noqa: ARG001 - the token is part of the key
            return read(_open(url), *args, **kwargs)

        # Streamlit tells functions apart by their names: all of these would share one cache.
        answer.__module__, answer.__qualname__ = read.__module__, read.__qualname__
        keep = st.cache_resource(
            max_entries=max_entries,
            show_spinner=False,
            hash_funcs={TableDefinition: TableDefinition.model_dump_json},
        )
        cached = keep(answer)

        @wraps(read)
        def ask(*args: _Asked.args, **kwargs: _Asked.kwargs) -> _Answer:
            return cached(load_config().url, reading_store().change_token(), args, kwargs)

        return ask

    return decorate


def store_version() -> tuple[str, int | str]:
    """Return what to key a cache of something read by: another one as soon as the database has changed."""
    with one_line_errors():
        return load_config().url, reading_store().change_token()


def is_read_only() -> bool:
    """Return whether the pages may change nothing: as asked for, or because the file may not be written."""
    if load_config().is_dashboard_read_only:
        return True
    with one_line_errors():
        path = parse_address(load_config().url).path
    return path is not None and not (os.access(path, os.W_OK) and os.access(path.parent, os.W_OK))


def change_store(change: Callable[[Store], object]) -> str | None:
    """Let a function write into the store, which is open for writing only meanwhile; return the line of an error."""
    try:
        if is_read_only():
            raise StoreError("the dashboard was started to read only: nothing was changed")
        config = load_config()
        with Store.open(config.url, artifact_root=config.artifact_dir) as store:
            change(store)
    except ExpdbError as error:
        return str(error)
    return None


def reading_store() -> Store:
    """Return the store, open to read only, for what is cheaper to ask anew than to keep."""
    return _open(load_config().url)


@st.cache_resource(max_entries=4, show_spinner=False, on_release=Store.close)
def _open(url: str) -> Store:
    return Store.open(url, artifact_root=load_config().artifact_dir, is_read_only=True)

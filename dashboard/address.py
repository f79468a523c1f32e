"""A page that is opened without an address of its own shows what it showed last in this session.

On the way to another page Streamlit leaves an entry in the browser's history that has lost its parameters, or has those
of the next page (streamlit/streamlit#9049): the way back would end at a page without its filters.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import streamlit as st

_PAGE, _LAST, _AGAIN = "address_page", "address_last", "address_again"


@contextmanager
def remembered(page: str) -> Iterator[None]:
    """Draw a page inside: as it was, if another was shown since and the address says nothing for this one."""
    state = st.session_state
    for name, value in state.pop(_AGAIN, {}).items():
        state[name] = value
    before, state[_PAGE] = state.get(_PAGE, page), page
    last: dict[str, dict[str, Any]] = state.setdefault(_LAST, {})
    known = last.get(page, {})
    if before != page and known and known.keys().isdisjoint(st.query_params):
        state[_AGAIN] = known
        st.query_params.clear()
        st.rerun()  # widgets take the address before they take what is set here, unless the page is drawn again
    try:
        yield
    finally:  # also where a page stops early
        last[page] = {name: state[name] for name in st.query_params if name in state}

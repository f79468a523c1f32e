"""A page that is opened without an address of its own, as by the menu, shows what it showed last in this session.

`history.html` makes each filter a step in the browser's history.
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
    again = state.pop(_AGAIN, {})
    for name, value in again.items():
        state[name] = value
    before, state[_PAGE] = state.get(_PAGE, page), page
    last: dict[str, dict[str, Any]] = state.setdefault(_LAST, {})
    known = last.get(page, {})
    if before != page and known and known.keys().isdisjoint(st.query_params):
        state[_AGAIN] = known
        st.query_params.clear()
        st.rerun()  # widgets take the address before they take what is set here, unless the page is drawn again
    if before == page and not again:  # here already, since of a page that stops early the end is not reached
        last[page] = _shown()
    yield
    last[page] = _shown()


def _shown() -> dict[str, Any]:
    """Return the values of the widgets that the address names."""
    return {name: st.session_state[name] for name in st.query_params if name in st.session_state}

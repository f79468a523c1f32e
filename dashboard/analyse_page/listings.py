"""The tables that an analysis found; those of a network's modules as a tree that can be opened level by level."""

from collections.abc import Sequence

import streamlit as st

from dashboard.text import literal
from dashboard.widgets.copies import offer_copies
from dashboard.widgets.sortable_table import show_built
from expdb.domain.analyses.result import Listing
from expdb.domain.run import Run
from expdb.report.compare.analysed import AnalysedRun
from expdb.report.compare.module_tree import branch, deepest, inside, is_tree, listing_table
from expdb.report.compare.side_by_side import line_label

_WHOLE = "the whole network"


def show_listings(analysed: Sequence[AnalysedRun]) -> None:
    """Show the listings of every run, those of one key below each other, and once what is the same of several."""
    keys = dict.fromkeys(listing.key for one in analysed for listing in one.result.listings)
    for key in keys:
        alike: dict[Listing, list[Run]] = {}
        for one in analysed:
            for listing in one.result.listings:
                if listing.key == key:
                    alike.setdefault(listing, []).append(one.run)
        st.subheader(literal(next(iter(alike)).title), anchor=False)
        for listing, runs in alike.items():
            if len(analysed) > 1:
                st.markdown(f"**{literal(', '.join(map(line_label, runs)))}**")
            _show_listing(listing, key=f"{key}_{runs[0].id}", name=f"{analysed[0].result.name}-{key}-{runs[0].id}")


def _show_listing(listing: Listing, *, key: str, name: str) -> None:
    shown = _choose_branch(listing, key) if is_tree(listing) else listing
    show_built(listing_table(shown), key=f"listing_{key}", alt=listing.title, height=560)
    offer_copies(listing_table(listing), name=name, forms=("csv",), what="all rows")


def _choose_branch(listing: Listing, key: str) -> Listing:
    """Show which part of a tree may be looked at, and how deep; return that part."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        part = st.selectbox("Part", [_WHOLE, *inside(listing)], key=f"part_{key}", width=300)
        root = "" if part == _WHOLE else part
        most = max(deepest(listing, root), 1)
        depth = most if most == 1 else st.slider("Levels", 1, most, min(2, most), key=f"depth_{key}_{root}", width=200)
    return branch(listing, root, depth)

"""Links and steps from page to page: the one place that knows where they lie and what their addresses say."""

from collections.abc import Sequence

import streamlit as st

from expdb.report.run_ids import in_order

RUNS_KEY = "runs"  # in the address of the pages that compare
MOST_COMPARED = 20  # runs: more than that nobody can tell apart
_RUNS, _RUN, _COMPARE, _DISAGREEMENT = "views/runs.py", "views/run.py", "views/compare.py", "views/disagreement.py"
_ANALYSE = "views/analyse.py"
_LONGEST_FILTER = 1900  # letters: with more, an address is longer than servers take


def link_to_run(run_id: int, label: str = "", *, icon: str | None = None) -> None:
    """Show a link to the page of a run."""
    st.page_link(_RUN, label=label or f"Run {run_id}", icon=icon, query_params={"run": str(run_id)})


def link_to_runs(where: str, label: str, *, icon: str = ":material/list:") -> None:
    """Show a link to the list of the runs that a filter lets through; none where the filter is too long for it."""
    if len(where) < _LONGEST_FILTER:
        st.page_link(_RUNS, label=label, icon=icon, query_params={"where": where})


def link_to_all_runs() -> None:
    """Show a link back to the list of all runs."""
    st.page_link(_RUNS, label="All runs", icon=":material/arrow_back:")


def link_to_comparison(run_ids: Sequence[int], label: str) -> None:
    """Show a link to the comparison of runs."""
    st.page_link(_COMPARE, label=label, icon=":material/compare_arrows:", query_params={RUNS_KEY: in_order(run_ids)})


def link_to_disagreement(run_ids: Sequence[int], label: str) -> None:
    """Show a link to the images that runs disagree on."""
    st.page_link(
        _DISAGREEMENT,
        label=label,
        icon=":material/difference:",
        query_params={RUNS_KEY: in_order(run_ids)},
        width="content",
    )


def link_to_analyses(run_ids: Sequence[int], label: str) -> None:
    """Show a link to what analyses found of runs."""
    st.page_link(_ANALYSE, label=label, icon=":material/troubleshoot:", query_params={RUNS_KEY: in_order(run_ids)})


def open_run(run_id: int) -> None:
    """Go to the page of a run; a callback."""
    st.switch_page(_RUN, query_params={"run": str(run_id)})


def open_comparison(run_ids: Sequence[int]) -> None:
    """Go to the comparison of runs; a callback."""
    st.switch_page(_COMPARE, query_params={RUNS_KEY: in_order(run_ids)})

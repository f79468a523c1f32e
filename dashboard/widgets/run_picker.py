"""Choosing a few runs: their ids in the address (`?runs=3,4,7`), and a table of groups to add from."""

from collections.abc import Callable, Mapping, Sequence

import streamlit as st

from dashboard.data.runs import load_groups, why_no_run
from dashboard.navigation import MOST_COMPARED, RUNS_KEY
from dashboard.text import literal
from dashboard.widgets.table import ListColumn, show_table
from expdb.catalog.labels import model_aug
from expdb.domain.group import RunGroup
from expdb.domain.value_text import format_value
from expdb.report.columns import COLUMNS
from expdb.report.compare.side_by_side import MEASURES
from expdb.report.run_ids import in_order, parse

_TOP1 = MEASURES[0]
_OFFER_WIDTH = 720  # px, or as wide as there is room

_OFFERED = {
    "Run": ListColumn(heading="Run"),
    "Model": ListColumn(heading="Model"),
    "Dataset": ListColumn(heading="Dataset"),
    "n": ListColumn(heading="n", kind="number", about="finished seeds"),
    "Top-1 (%)": ListColumn(heading="Top-1 (%)", kind="number", form="%.2f", about="mean over the seeds, last epoch"),
    "Epochs": ListColumn(heading="Epochs"),
    "Optimizer": ListColumn(heading="Optimizer"),
    "LR": ListColumn(heading="LR"),
}
Passes = Callable[[RunGroup], bool]


def pick_runs(*, help_text: str, passes: Passes | None = None, adds_seeds: bool = False) -> list[int]:
    """Show the field with the chosen ids and the table to add from, and return the ids.

    Args:
        help_text: what one id stands for on this page.
        passes: which groups are offered; None: all.
        adds_seeds: adding a group adds all its seeds, not the one that stands for it.
    """
    with st.container(horizontal=True, vertical_alignment="bottom"):
        text = st.text_input(
            "Runs",
            key=RUNS_KEY,
            bind="query-params",
            placeholder="ids, as in 3,4,7",
            help=help_text,
            width=320,
        )
        popover = st.popover("Add runs", icon=":material/add:", on_change="rerun", key="add_runs")
        if popover.open:
            with popover:
                offer(passes=passes, adds_seeds=adds_seeds)
    ids, odd = parse(text, most=MOST_COMPARED)
    if odd:
        st.warning(f"Not the id of a run: {literal(', '.join(odd[:5]))}. Ids are numbers, as in 3,4,7.")
    if len(ids) > MOST_COMPARED:
        st.warning(f"{len(ids)} runs are more than anybody can tell apart: these are the first {MOST_COMPARED}.")
    return ids[:MOST_COMPARED]


def offer(*, passes: Passes | None = None, adds_seeds: bool = False) -> None:
    """Show the groups that can be chosen, newest first, and the button that adds the marked ones."""
    where = st.text_input(
        "Filter",
        key="add_where",
        persist_state="page",
        placeholder="Filter, as in: dataset = cifar10 and top1 > 90%",
        width=_OFFER_WIDTH,
    )
    groups = [group for group in load_groups(where) if passes is None or passes(group)]
    groups.sort(key=lambda group: group.run.id, reverse=True)
    if not groups:
        st.caption(literal(why_no_run(where) or "No run passes this filter."))
        return
    # Another key for other rows: the browser keeps positions, which would mark other runs.
    places = show_table(
        list(map(_row, groups)),
        _OFFERED,
        alt="Groups of runs that can be added to the comparison",
        height=320,
        width=_OFFER_WIDTH,
        key=f"offered_{hash((where, len(groups)))}_{st.session_state.get('times_added', 0)}",
        marks=("multi-row",),
    ).rows
    marked = [groups[row] for row in places if row < len(groups)]
    ids = [run_id for group in marked for run_id in (group.run_ids if adds_seeds else (group.run.id,))]
    st.button(
        f"Add {len(marked)} marked" if marked else "Mark rows to add",
        type="primary" if marked else "secondary",
        disabled=not marked,
        on_click=add_runs,
        args=(ids,),
        key="add_marked",
    )


def add_runs(ids: Sequence[int]) -> None:
    """Add ids to the address; a callback."""
    known, _ = parse(st.session_state.get(RUNS_KEY) or "", most=MOST_COMPARED)
    set_runs([*known, *ids])
    st.session_state.times_added = st.session_state.get("times_added", 0) + 1


def set_runs(ids: Sequence[int]) -> None:
    """Put these ids into the address; a callback, or before the field is drawn."""
    st.session_state[RUNS_KEY] = in_order(ids)


def marked_runs(points: Sequence[object]) -> list[int]:
    """Return the runs of the points that are marked in a chart; their ids are the first custom datum of each.

    Plotly's custom data come back as a dictionary by position.
    """
    found = []
    for point in points:
        data = point.get("customdata") if isinstance(point, Mapping) else None
        first = (
            data.get("0")
            if isinstance(data, Mapping)
            else data[0]
            if isinstance(data, (list, tuple)) and data
            else None
        )
        if isinstance(first, (int, float)):
            found.append(int(first))
    return list(dict.fromkeys(found))


def _row(group: RunGroup) -> tuple[object, ...]:
    """Return what is told of a group that can be chosen, in the order of _OFFERED."""
    run = group.run
    return (
        *(run.id, model_aug(run.fields), format_value(COLUMNS["dataset"].value(run.fields), "text"), len(group.seeds)),
        100 * group.samples[_TOP1].mean if _TOP1 in group.samples else None,
        *(run.fields["epochs"], run.fields["optimizer"], run.fields["lr"]),
    )

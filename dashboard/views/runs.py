"""Runs: all of them in one table, filtered in the URL; a row opens its run, marked ones are compared or edited."""

import streamlit as st

from dashboard.data.runs import why_no_run
from dashboard.data.store import is_read_only
from dashboard.navigation import MOST_COMPARED, open_comparison
from dashboard.text import literal
from dashboard.widgets.download import offer_file
from dashboard.widgets.run_edits import show_edits, show_outcome
from dashboard.widgets.run_table import (
    CURVE,
    DEFAULT_KEYS,
    FACETS,
    choices_of,
    csv_of,
    load_listed,
    make_listing,
    show_listing,
)
from expdb.report.columns import COLUMNS

FILTERS = {  # column: label, name in the URL
    "dataset": ("Dataset", "dataset"),
    "model_label": ("Model", "model"),
    "aug_label": ("Augmentation", "aug"),
    "state": ("Status", "status"),
}
MORE_FILTERS = {"optimizer": ("Optimizer", "optimizer"), "tags": ("Tag", "tag"), "group": ("Group", "group")}


def choose(label: str, parameter: str, values: tuple[str, ...]) -> list[str]:
    """Show a filter by values and return those that are chosen."""
    return st.multiselect(label, values, key=parameter, bind="query-params", placeholder="all")


def is_set(parameter: str) -> bool:
    """Return whether a filter is on, before its widget is drawn: as chosen, or as the address says."""
    if parameter in st.session_state:
        return bool(st.session_state[parameter])
    return st.query_params.get(parameter, "").lower() not in ("", "false")


st.title("Runs")
is_archived_shown = is_set("archived")
everything = load_listed("", DEFAULT_KEYS, archived=is_archived_shown)
if not load_listed("", DEFAULT_KEYS, archived=True):
    st.info("No runs yet. Train a first one, on images that come with expdb:")
    st.code("expdb run --dataset digits --model resnet_mini --epochs 10", language="bash")
    st.stop()

values_of = choices_of(FACETS, archived=is_archived_shown)
with st.grid(6, min_column_width=150, vertical_alignment="bottom"):
    chosen = {key: choose(label, name, values_of[key]) for key, (label, name) in FILTERS.items()}
    num_more = sum(is_set(name) for _, name in MORE_FILTERS.values()) + is_archived_shown
    with st.popover(f"More ({num_more})" if num_more else "More", width="stretch", key="more", icon=":material/tune:"):
        chosen |= {key: choose(label, name, values_of[key]) for key, (label, name) in MORE_FILTERS.items()}
        st.toggle("Show archived runs", key="archived", bind="query-params")
    with st.popover("Columns", width="stretch", icon=":material/view_column:"):
        keys = st.multiselect(
            "Columns",
            [*COLUMNS, CURVE],
            default=DEFAULT_KEYS,
            help="By their keys, as in `expdb table --columns`.",
            key="columns",
            bind="query-params",
        )
where = st.text_input(
    "Filter",
    key="where",
    bind="query-params",
    placeholder="Filter, as in: dataset = cifar10 and top1 > 90%",
    label_visibility="collapsed",
)

show_outcome()
listing = make_listing(where, chosen, keys or DEFAULT_KEYS, archived=is_archived_shown)
st.caption(
    f"{len(listing.runs):,} of {len(everything):,} runs. Accuracies are those of the last epoch, on the test split. "
    f"Mark rows to compare {'them' if is_read_only() else 'or change them'}."
)
if not listing.runs:
    is_all_archived = not everything and not is_archived_shown
    told = why_no_run(where, with_archived=is_archived_shown) if where.strip() else None
    st.info("All runs are archived: see More." if is_all_archived else "No run passes these filters.")
    if told:
        st.caption(literal(told))
    st.stop()

actions = st.container(horizontal=True, vertical_alignment="center")
marked = show_listing(listing, alt="Runs that pass the filters")
with actions:
    st.button(
        f"Compare ({len(marked):,})",
        icon=":material/compare_arrows:",
        type="primary",
        key="compare",
        disabled=not 2 <= len(marked) <= MOST_COMPARED,
        help=f"Mark two to {MOST_COMPARED} runs in the table.",
        on_click=open_comparison,
        args=([run.id for run in marked],),
    )
    show_edits(marked, known_tags=values_of["tags"])
offer_file("runs.csv", lambda: csv_of(listing.runs, keys or DEFAULT_KEYS), key="download_runs")

"""Runs: all of them in one table, filtered in the URL; a row opens its run."""

from collections.abc import Sequence

import streamlit as st

from dashboard.data import load_runs
from dashboard.widgets import show_table
from expdb.domain.run import Run
from expdb.domain.table import ColumnChoice, TableDefinition
from expdb.report.columns import COLUMNS
from expdb.report.formats import MISSING, format_value
from expdb.report.plain import to_csv
from expdb.report.table import build_table

COLUMNS_SHOWN = (
    "id",
    "name",
    "state",
    "dataset",
    "model_label",
    "aug_label",
    "epochs",
    "top1",
    "top5",
    "num_params",
    "train_seconds",
)
HEADINGS = {"top1": "Top-1 (%)", "top5": "Top-5 (%)"}  # the caption says of which epoch
FILTERS = {  # column: label, name in the URL
    "dataset": ("Dataset", "dataset"),
    "model_label": ("Model", "model"),
    "aug_label": ("Augmentation", "aug"),
    "state": ("Status", "status"),
}


def open_run(run_ids: Sequence[int]) -> None:
    """Go to the page of the run whose button was pressed."""
    st.switch_page("views/run.py", query_params={"run": str(run_ids[st.session_state.runs_open.row])})


def text_of(run: Run, key: str) -> str:
    """Return what a column shows of a run."""
    column = COLUMNS[key]
    return format_value(column.value(run), column.format, column.decimals)


st.title("Runs")
everything = load_runs()
if not everything:
    st.info("No runs yet. Train a first one, on images that come with expdb:")
    st.code("expdb run --dataset digits --model resnet_mini --epochs 10", language="bash")
    st.stop()

with st.grid(5, min_column_width=150, vertical_alignment="bottom"):
    chosen = {
        key: st.multiselect(
            label,
            sorted({text_of(run, key) for run in everything} - {MISSING}),
            key=parameter,
            bind="query-params",
            placeholder="all",
        )
        for key, (label, parameter) in FILTERS.items()
    }
    with st.popover("Columns", width="stretch"):
        keys = st.multiselect(
            "Columns",
            list(COLUMNS),
            default=COLUMNS_SHOWN,
            format_func=lambda key: f"{COLUMNS[key].heading} ({key})",
            key="columns",
        )
where = st.text_input(
    "Filter",
    key="where",
    bind="query-params",
    placeholder="Filter, as in: dataset = cifar10 and top1 > 90%",
    label_visibility="collapsed",
)

runs = [
    run for run in load_runs(where) if all(not values or text_of(run, key) in values for key, values in chosen.items())
]
st.caption(f"{len(runs)} of {len(everything)} runs. Accuracies are those of the last epoch, on the test split.")
if not runs:
    st.info("No run passes these filters.")
    st.stop()
choices = tuple(ColumnChoice(key=key, heading=HEADINGS.get(key)) for key in keys or COLUMNS_SHOWN)
definition = TableDefinition(name="runs", columns=choices, sort=("-id",))
table = build_table(runs, definition)
show_table(table, key="runs", alt="Runs that pass the filters", on_open=open_run)
st.download_button("Download .csv", lambda: to_csv(table), file_name="runs.csv", mime="text/csv", on_click="ignore")

"""Live: what is running, waiting or has crashed, and how busy the machine is; read again every two seconds."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial

import streamlit as st

from dashboard.data.machine import Load, machine_load
from dashboard.data.runs import count_runs, load_curves, load_epochs, load_runs
from dashboard.navigation import link_to_run, open_run
from dashboard.text import literal
from dashboard.widgets.download import offer_file
from dashboard.widgets.table import Links, ListColumn, show_table
from expdb.catalog.datasets import dataset_label
from expdb.catalog.labels import model_aug
from expdb.domain.run import Run
from expdb.domain.table import ColumnChoice, TableDefinition
from expdb.domain.value_text import format_value
from expdb.report.columns import COLUMNS
from expdb.report.last_sign import last_sign_text
from expdb.report.local_time import in_zone
from expdb.report.run_list import column_values
from expdb.report.run_progress import RunProgress, progress_of, total_left
from expdb.report.tables.build import table_of_runs
from expdb.report.writers.csv_json import to_csv

MOST_CARDS, MOST_LISTED = 24, 200
LISTS = {  # status: heading, what to know of it, columns
    "crashed": (
        "Crashed",
        "Their sign of life stopped. `expdb resume RUN` goes on from the last checkpoint.",
        ("id", "name", "model_aug", "dataset", "epochs_done", "epochs", "heartbeat_at", "host"),
    ),
    "queued": (
        "Queued",
        "They wait for somebody to train them.",
        ("id", "name", "model_aug", "dataset", "epochs", "batch_size", "seed", "created_at"),
    ),
}


def show_load(loads: Sequence[Load]) -> None:
    """Show how busy each device is, and its memory."""
    with st.grid(4, min_column_width=200):
        for load in loads:
            busy = "–" if load.busy is None else f"{format_value(load.busy, 'percent', 0)} %"
            st.metric(load.name, busy, border=True, help="share of the time that it computed lately")
            used, total = (format_value(size, "gigas", 1) for size in (load.memory_used, load.memory_total))
            st.metric(f"{load.name.partition(' (')[0]} memory", f"{used} of {total} GB", border=True)


def show_card(run: Run, progress: RunProgress) -> None:
    """Show how far a running run is, and its last numbers."""
    epochs, now = load_epochs(run.id), datetime.now(UTC)
    with st.container(border=True, height="stretch"):
        words = f"Run {run.id}: {run.name}" if run.name else f"Run {run.id}"
        link_to_run(run.id, literal(words), icon=":material/play_circle:")
        st.text(f"{model_aug(run.fields)} on {dataset_label(run.dataset)}")
        st.progress(progress.share, text=progress.text)
        ends_at = progress.ends_at(now)
        if ends_at is not None:
            st.caption(f"Done at about {in_zone(ends_at, st.context.timezone)}")
        else:
            st.caption("How long it takes is known after the first epoch.")
        if (sign := last_sign_text(run, now, st.context.timezone)) is not None:
            st.markdown(f":material/heart_broken: {literal(sign[0].upper() + sign[1:])}")
        if epochs:
            # Not every epoch is evaluated, perhaps.
            top1 = next((epoch.top1 for epoch in reversed(epochs) if epoch.top1 is not None), None)
            loss = format_value(epochs[-1].train_loss, "number", 4)
            curve = load_curves([run.id], "top1", 40).values.get(run.id, {}).values()
            st.metric(
                "Top-1 (%)",
                format_value(top1, "percent"),
                chart_data=[100 * value for value in curve] if len(curve) > 1 else None,
                delta_description=f"train loss {loss}",
            )


def show_list(status: str, num_runs: int) -> None:
    """Show the runs of a status that only have to be named, the oldest first."""
    heading, about, keys = LISTS[status]
    runs = load_runs(f"status = {status}", MOST_LISTED)
    st.subheader(f"{heading} ({num_runs:,})", anchor=False)
    show_table(
        list(zip(*(column_values(runs, key) for key in keys), strict=True)),
        {key: shown_column(key) for key in keys},
        alt=f"{heading} runs",
        links=Links(key=f"live_{status}_open", open=lambda row: open_run(runs[row].id)),
        height=400,
        key=f"live_{status}",
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        offer_file(f"{status}.csv", partial(csv_of, status), key=f"live_{status}_csv")
        few = f" These are the first {len(runs)}; the file has all." if len(runs) < num_runs else ""
        st.caption(about + few, width="content")


def shown_column(key: str) -> ListColumn:
    """Return how a column of a list is shown."""
    column = COLUMNS[key]
    if column.format != "time":
        return ListColumn(heading=column.heading)
    return ListColumn(heading=column.heading, kind="time", form="YYYY-MM-DD HH:mm:ss", zone=st.context.timezone)


def csv_of(status: str) -> str:
    """Return all runs of a status as CSV."""
    runs = load_runs(f"status = {status}")
    columns = tuple(ColumnChoice(key=key) for key in LISTS[status][2])
    return to_csv(table_of_runs(runs, TableDefinition(name=status, rows="runs", columns=columns)))


@st.fragment(run_every="2s")
def show_live() -> None:
    """Show everything that changes by itself."""
    running = load_runs("status = running")
    found = [progress_of(run, load_epochs(run.id)) for run in running]
    if running:
        left = total_left(found)
        words = "" if left is None else f"; the last of them is done in about {format_value(left, 'duration')}"
        st.caption(f"{len(running)} running{words}.")
        with st.grid(3, min_column_width=300):
            for run, progress in list(zip(running, found, strict=True))[:MOST_CARDS]:
                show_card(run, progress)
        if len(running) > MOST_CARDS:
            st.caption(f"and {len(running) - MOST_CARDS} more")
    else:
        st.info("Nothing is running. Start a run, and watch it here:")
        st.code("expdb run --dataset digits --model resnet_mini --epochs 10", language="bash")
    for status in LISTS:
        if num_runs := count_runs(f"status = {status}"):
            show_list(status, num_runs)
    st.subheader("This machine", anchor=False)
    show_load(machine_load())


st.title("Live")
show_live()

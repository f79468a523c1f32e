"""Run: everything recorded of one run (`?run=ID`); a running one is read again every five seconds."""

from collections.abc import Callable

import streamlit as st

from dashboard.data import load_epochs, load_run
from dashboard.widgets import show_epochs, show_pairs, show_status
from expdb.catalog.datasets import dataset_label
from expdb.domain.run import Run
from expdb.domain.spec import flatten, spec_fields
from expdb.report.columns import COLUMNS
from expdb.report.command import command_of
from expdb.report.figures import epoch_curves
from expdb.report.formats import format_value
from expdb.report.labels import model_aug

LIVE = ("queued", "running")
METRICS = ("top1", "best_top1", "top5", "num_params", "train_seconds", "images_per_second")
FIGURES = ("loss", "accuracy", "lr", "images_per_second")
RESULTS = (
    *("top1", "top5", "val_top1", "best_top1", "best_epoch", "best_by", "train_loss", "test_loss", "epochs_done"),
    *("num_params", "num_trainable_params", "macs", "num_train_images", "num_val_images", "num_test_images"),
    *("train_seconds", "eval_seconds", "wall_seconds", "gpu_hours", "images_per_second", "peak_memory_bytes"),
)
HISTORY = (
    *("kind", "status", "reason", "group", "tags", "note", "created_at", "started_at", "ended_at"),
    *("device", "device_name", "num_devices", "num_threads", "driver", "precision", "host", "python_version"),
    *("git_commit", "git_dirty", "digest", "group_digest"),
)


def texts(run: Run, keys: tuple[str, ...]) -> dict[str, object]:
    """Return heading and text of the columns that are known of a run."""
    columns = [COLUMNS[key] for key in keys]
    return {
        column.heading: format_value(column.value(run), column.format, column.decimals)
        for column in columns
        if column.value(run) is not None
    }


def show_summary(run: Run) -> None:
    """Show the headline numbers, and why the run ended where it failed."""
    show_status(run)
    if run.status in ("failed", "killed", "crashed"):
        st.error("This run did not finish:")
        message = f"{run.error_type}: {run.error_message}" if run.error_type else run.status
        st.code(f"{run.reason}\n{message}" if run.reason else message, language=None, wrap_lines=True)
    with st.grid(6, min_column_width=130):
        for column in (COLUMNS[key] for key in METRICS):
            if run.kind == "reported" and column.value(run) is None:
                continue
            text = format_value(column.value(run), column.format, column.decimals)
            st.metric(column.heading, text, help=column.description, border=True)
    if run.best_epoch is not None:
        remark = "the validation split" if run.best_by == "val" else "the test split, so the number is optimistic"
        st.caption(f"The best top-1 is that of epoch {run.best_epoch}, chosen on {remark}.")


def show_curves(run: Run) -> None:
    """Show what was recorded after each epoch."""
    epochs = load_epochs(run.id)
    if not epochs:
        st.caption("No epoch is recorded yet." if run.status in LIVE else "No epoch was recorded.")
        return
    with st.grid(2, min_column_width=330):
        for metric in FIGURES:
            figure = epoch_curves({f"run {run.id}": epochs}, metric)
            st.plotly_chart(
                figure, key=f"curve_{metric}", config={"displaylogo": False}, alt=f"{metric} of run {run.id} by epoch"
            )


def show_progress(run_id: int, *, was_live: bool) -> None:
    """Show what changes while a run is running; once it has ended, the whole page is drawn again."""
    run = load_run(str(run_id))
    if was_live and run.status not in LIVE:
        st.rerun()
    show_summary(run)
    if run.kind == "reported":
        st.text(f"Source: {run.source}")
    else:
        show_curves(run)


def stated_settings(run: Run) -> dict[str, object]:
    """Return the resolved settings of a run, or what the source of a reported one states."""
    if run.spec is not None:
        return flatten(run.spec)
    return {**run.settings, **{f"also stated ({n})": text for n, text in enumerate(run.unparsed, start=1)}}


def show_details(run: Run) -> None:
    """Show what else is recorded, each kind in a tab of its own; kinds that the run has nothing of are left out."""
    history = texts(run, HISTORY) | ({"Source": run.source} if run.source else {})
    stated = stated_settings(run)
    epochs = load_epochs(run.id)
    diff, trace = run.environment.git_diff, run.traceback
    parts: dict[str, tuple[object, Callable[[], object]]] = {
        "Settings": (stated, lambda: show_pairs(stated, names="Setting", about=spec_fields() if run.spec else None)),
        "Results": (True, lambda: show_pairs(texts(run, RESULTS), names="Result")),
        "As printed": (run.quote, lambda: show_pairs(run.quote, names="Cell")),
        "Epochs": (epochs, lambda: show_epochs(epochs)),
        "History": (True, lambda: show_pairs(history, names="Field")),
        "Packages": (run.environment.packages, lambda: show_pairs(run.environment.packages, names="Package")),
        "Uncommitted changes": (diff, lambda: st.code(diff, language="diff", height=500)),
        "Traceback": (trace, lambda: st.code(trace, language=None)),
    }
    shown = {title: draw for title, (content, draw) in parts.items() if content}
    for tab, draw in zip(st.tabs(list(shown)), shown.values(), strict=True):
        with tab:
            draw()


st.page_link("views/runs.py", label="All runs", icon=":material/arrow_back:")
ref = st.query_params.get("run")
if ref is None:
    st.info("No run is named. Open one from the list of all runs, or add ?run=ID to the address.")
    st.stop()
chosen = load_run(ref)
st.title(f"Run {chosen.id}", anchor=False)
st.text(" · ".join(filter(None, (chosen.name, model_aug(chosen), dataset_label(chosen.dataset), chosen.note))))
is_live = chosen.status in LIVE
st.fragment(show_progress, run_every="5s" if is_live else None)(chosen.id, was_live=is_live)
if chosen.spec is not None:
    st.subheader("Run it again", anchor=False)
    st.code(command_of(chosen.spec, chosen), language="bash", wrap_lines=True)
show_details(chosen)

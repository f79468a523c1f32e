"""Parts of the page of one run: what it is, how it went over the epochs, and what else is recorded."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict

import streamlit as st

from dashboard.data.runs import load_epochs, load_run
from dashboard.widgets.basics import show_status
from dashboard.widgets.lists import show_epochs, show_pairs
from expdb.domain.run import Epoch, Run
from expdb.domain.spec import flatten, spec_fields
from expdb.report.columns import COLUMNS
from expdb.report.figures.epochs import RUN_FIGURES, epochs_figure
from expdb.report.run_list import ARCHIVED, in_zone, plain_table
from expdb.report.value_text import format_value
from expdb.report.writers.csv_json import to_csv

LIVE = ("queued", "running")
METRICS = ("top1", "best_top1", "top5", "num_params", "train_seconds", "images_per_second")
RESULTS = (
    *("top1", "top5", "val_top1", "best_top1", "best_epoch", "best_by", "train_loss", "test_loss", "epochs_done"),
    *("num_params", "num_trainable_params", "macs", "num_train_images", "num_val_images", "num_test_images"),
    *("train_seconds", "eval_seconds", "wall_seconds", "gpu_hours", "images_per_second", "peak_memory_bytes"),
)
HISTORY = ("kind", "status", "reason", "group", "tags", "note", "digest", "group_digest", "data_digest")
TIMES = ("created_at", "started_at", "ended_at", "removed_at")
ENVIRONMENT = (
    *("device", "device_name", "num_devices", "num_threads", "driver", "precision", "host", "python_version"),
    *("git_commit", "git_dirty"),
)


def show_summary(run: Run) -> None:
    """Show the headline numbers, and why the run ended where it failed."""
    show_status(run)
    if run.removed_at is not None:
        st.badge(ARCHIVED, color="gray", icon=":material/archive:")
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


def show_live(run_id: int, show: Callable[[Run], None], *, was_live: bool) -> None:
    """Show something that changes while a run is running; once it has ended, the whole page is drawn again."""
    run = load_run(str(run_id))
    if was_live and run.status not in LIVE:
        st.rerun()
    show(run)


def choose_scale() -> tuple[bool, float]:
    """Show how the curves may be drawn; return whether logarithmic, and how much they are smoothed, in [0, 1)."""
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        is_log = st.toggle("Log scale", key="log", bind="query-params", help="of loss and learning rate")
        smoothing = st.slider(
            "Smoothing", 0.0, 0.99, 0.0, 0.01, key="smooth", bind="query-params", width=220, help="running mean"
        )
    return is_log, smoothing


def show_curves(run: Run, *, is_log: bool, smoothing: float) -> None:
    """Show what was recorded after each epoch."""
    epochs = load_epochs(run.id)
    if not epochs:
        st.caption("No epoch is recorded yet." if run.status in LIVE else "No epoch was recorded.")
        return
    with st.grid(3, min_column_width=330):
        for name, shown in RUN_FIGURES.items():
            figure = epochs_figure(epochs, shown, is_log=is_log, smoothing=smoothing)
            if not figure.data:
                continue
            st.plotly_chart(
                figure, key=f"curve_{name}", config={"displaylogo": False}, alt=f"{name} of run {run.id} by epoch"
            )


def show_settings(run: Run) -> None:
    """Show the resolved settings of a run, or what the source of a reported one states."""
    if run.spec is not None:
        _show_pairs(flatten(run.spec), names="Setting", run=run, about=spec_fields())
        return
    stated = {**run.settings, **{f"also stated ({n})": text for n, text in enumerate(run.unparsed, start=1)}}
    _show_pairs(stated, names="Setting", run=run)


def details_of(run: Run, zone: str | None) -> dict[str, Callable[[], object]]:
    """Return a function that shows each kind of what is recorded, by the title of its tab; what there is none of: none.

    Args:
        run: the run.
        zone: IANA name of the viewer's time zone.
    """
    epochs = load_epochs(run.id)
    times = {COLUMNS[key].heading if key in COLUMNS else "Archived": getattr(run, key) for key in TIMES}
    history = (
        _texts(run, HISTORY)
        | {heading: in_zone(time, zone) for heading, time in times.items() if time is not None}
        | ({"Source": run.source} if run.source else {})
    )
    environment = _texts(run, ENVIRONMENT) | ({"Command": run.environment.command} if run.environment.command else {})
    packages, diff, trace = run.environment.packages, run.environment.git_diff, run.traceback
    parts: dict[str, tuple[object, Callable[[], object]]] = {
        "Settings": (run.spec or run.settings or run.unparsed, lambda: show_settings(run)),
        "Results": (run.kind != "reported", lambda: _show_pairs(_texts(run, RESULTS), names="Result", run=run)),
        "As printed": (run.quote, lambda: _show_pairs(run.quote, names="Cell", run=run)),
        "Epochs": (epochs, lambda: _show_epochs(run, epochs)),
        "History": (True, lambda: _show_pairs(history, names="Field", run=run)),
        "Environment": (environment, lambda: _show_pairs(environment, names="Field", run=run)),
        "Packages": (packages, lambda: _show_pairs(packages, names="Package", run=run)),
        "Uncommitted changes": (diff, lambda: st.code(diff, language="diff", height=500)),
        "Traceback": (trace, lambda: st.code(trace, language=None)),
    }
    return {title: draw for title, (content, draw) in parts.items() if content}


def offer_csv(name: str, headings: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Show a button that downloads rows as CSV."""
    st.download_button(
        "Download .csv",
        lambda: to_csv(plain_table(name, headings, rows)),
        file_name=f"{name}.csv",
        mime="text/csv",
        on_click="ignore",
        key=f"csv_{name}",
    )


def _show_pairs(pairs: Mapping[str, object], *, names: str, run: Run, about: Mapping[str, str] | None = None) -> None:
    show_pairs(pairs, names=names, about=about)
    rows = [(name, format_value(value, "text")) for name, value in pairs.items()]
    offer_csv(f"run-{run.id}-{names.lower()}s", (names, "Value"), rows)


def _show_epochs(run: Run, epochs: Sequence[Epoch]) -> None:
    show_epochs(epochs)
    rows = [asdict(epoch) for epoch in epochs]
    offer_csv(f"run-{run.id}-epochs", list(rows[0]), [list(row.values()) for row in rows])


def _texts(run: Run, keys: Sequence[str]) -> dict[str, object]:
    """Return heading and text of the columns that are known of a run."""
    columns = [COLUMNS[key] for key in keys]
    return {
        column.heading: format_value(column.value(run), column.format, column.decimals)
        for column in columns
        if column.value(run) is not None
    }

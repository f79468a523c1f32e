"""How a run went, or goes, over its epochs."""

from collections.abc import Callable

import streamlit as st

from dashboard.data.free_metrics import load_free_metrics
from dashboard.data.runs import load_curves, load_epochs, load_run
from expdb.domain.run import Run
from expdb.report.figures.epochs import RUN_FIGURES, epochs_figure, points_figure, quantity_of

MOST_FIGURES = 24  # of metrics of its own; a script may log hundreds
LIVE = ("queued", "running")


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
    """Show what was recorded after each epoch, and what else was logged on the way."""
    epochs, free = load_epochs(run.id), load_free_metrics([run.id])
    if not epochs and not free:
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
        for name, metric in list(free.items())[:MOST_FIGURES]:
            curves, quantity = load_curves([run.id], f"metrics.{name}"), quantity_of(metric)
            figure = points_figure(curves, run.id, quantity, is_log=is_log, smoothing=smoothing)
            if figure.data:
                alt = f"{name} of run {run.id} by {curves.axis}"
                st.plotly_chart(figure, key=f"curve_metrics.{name}", config={"displaylogo": False}, alt=alt)
    if len(free) > MOST_FIGURES:
        st.caption(f"{len(free) - MOST_FIGURES} more metrics have no figure here: Measured lists all of them.")

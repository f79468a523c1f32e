"""The charts of an analysis, of several runs on the same axes, with their numbers and as files."""

from collections.abc import Sequence
from functools import partial

import streamlit as st

from dashboard.text import literal
from dashboard.widgets.copies import offer_copies
from dashboard.widgets.download import offer_file
from dashboard.widgets.sortable_table import show_built
from expdb.report.figures.analysis_figure import panel_figure
from expdb.report.figures.analysis_plot import ChartOfRun, Plot, plot_of
from expdb.report.figures.chart_numbers import numbers_table
from expdb.report.figures.printed_plot import FORMS, WIDTHS, file_of_plot

_MOST_ROWS = 400  # that a page shows of the numbers; the file has all


def show_chart(name: str, key: str, runs: Sequence[ChartOfRun]) -> None:
    """Show one chart of several runs.

    Args:
        name: of the analysis.
        key: of the chart.
        runs: its charts of that key.
    """
    plot = plot_of(runs)
    st.subheader(literal(plot.title), anchor=False)
    across = min(len(plot.panels), 3)
    with st.grid(across, min_column_width=300):
        for place, panel in enumerate(plot.panels):
            st.plotly_chart(
                panel_figure(plot, panel),
                key=f"chart_{key}_{place}",
                config={"displaylogo": False},
                alt=f"{plot.title}{f': {panel.title}' if panel.title else ''}. {plot.y_label} by {plot.x_label}",
            )
    with st.container(horizontal=True, vertical_alignment="center"):
        _offer_files(f"{name}-{key}", plot)
        table = numbers_table(runs)
        offer_copies(table, name=f"{name}-{key}", forms=("csv",), what="numbers")
    numbers = st.expander("Numbers", on_change="rerun", key=f"numbers_{key}")
    if numbers.open:
        with numbers:
            if len(table.rows) > _MOST_ROWS:
                st.caption(f"{len(table.rows):,} numbers are for the file.")
            else:
                show_built(table, key=f"table_{key}", alt=f"Numbers of the chart: {plot.title}", height=420)


def _offer_files(name: str, plot: Plot) -> None:
    popover = st.popover("Figure", icon=":material/image:", on_change="rerun", key=f"files_{name}")
    if not popover.open:
        return
    with popover:
        width = st.segmented_control(
            "Width", list(WIDTHS), default=next(iter(WIDTHS)), required=True, key=f"wide_{name}"
        )
        with st.container(horizontal=True):
            for form in FORMS:
                made = partial(file_of_plot, plot, form, width=WIDTHS[width])
                offer_file(f"{name}-{WIDTHS[width]}mm.{form}", made, key=f"file_{name}_{form}")
        st.caption("Letters are in the file: it looks the same everywhere.")

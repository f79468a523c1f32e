"""Compare: two to twenty runs or groups against a baseline (`?runs=1,2,3&baseline=1&metric=top1`)."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import streamlit as st

from dashboard.data.free_metrics import load_free_metrics
from dashboard.data.runs import load_chosen, load_curves, load_groups
from dashboard.data.tables import load_table
from dashboard.navigation import link_to_disagreement
from dashboard.text import literal
from dashboard.widgets.copies import offer_copies
from dashboard.widgets.run_picker import offer, pick_runs
from dashboard.widgets.sortable_table import show_built
from dashboard.widgets.table_notes import show_notes
from expdb.domain.group import RunGroup
from expdb.domain.table import Adjust
from expdb.report.columns import COLUMNS
from expdb.report.compare.side_by_side import (
    COMPARED,
    METHOD_WORDS,
    METHODS,
    comparability,
    comparison_definition,
    environment_table,
    line_label,
    power_sentence,
    results_table,
    settings_table,
)
from expdb.report.figures.epochs import QUANTITIES, quantity_of
from expdb.report.figures.group_curves import SPREADS, band, curves_figure
from expdb.report.figures.parallel import axes_of, parallel_figure

ADJUSTS: Mapping[Adjust, str] = {
    "holm": "Holm's correction for the number of comparisons",
    "none": "p as it is: of many comparisons, some are below 0.05 by chance alone",
}
TOGETHER, EACH = "together", "one by one"


def show_curves(groups: Sequence[RunGroup]) -> None:
    """Show one quantity over the epochs, a line and its band for each group."""
    run_ids = {run_id: group for group in groups for run_id in group.seeds}
    free = {f"metrics.{name}": metric for name, metric in load_free_metrics(list(run_ids)).items()}
    quantities = {**QUANTITIES, **{key: quantity_of(metric) for key, metric in free.items()}}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        field = st.selectbox("Quantity", list(quantities), key="curve", bind="query-params", width=220)
        spread = st.selectbox("Band", list(SPREADS), key="band", bind="query-params", width=160)
        is_log = st.toggle("Log scale", key="log", bind="query-params")
    curves = load_curves(list(run_ids), field)
    values, axis = curves.values, curves.axis
    bands = [
        band(
            line_label(group.run),
            [values[run_id] for run_id in group.seeds if run_id in values],
            spread,
        )
        for group in groups
    ]
    missing = [found.label for found in bands if not found.epochs]
    if len(missing) < len(bands):
        st.plotly_chart(
            curves_figure(bands, quantities[field], is_log=is_log, of=axis),
            key="curves",
            config={"displaylogo": False},
            alt=f"{quantities[field].title} by {axis} of {len(bands) - len(missing)} runs or groups",
        )
    if any(found.n > 1 for found in bands):
        st.caption(f"Lines are means over n seeds; the band reaches {SPREADS[spread]}.")
    if missing:
        st.caption(literal(f"No epochs with this quantity are recorded of: {', '.join(missing)}."))


def show_settings(groups: Sequence[RunGroup], base: RunGroup) -> None:
    """Show the settings that differ."""
    table = settings_table(groups, base)
    if not table.rows:
        st.caption("No setting differs but the seed.")
        return
    show_built(table, key="settings_table", alt="Settings that differ between the runs")
    st.caption(
        "Only what differs from the baseline; seed and device are left out. –: not stated, which is not taken for"
        " equal."
    )
    offer_copies(table, name="settings")


def show_results(groups: Sequence[RunGroup]) -> None:
    """Show everything that was measured."""
    table = results_table(groups)
    show_built(table, key="results_table", alt="Results of the runs")
    st.caption("Mean ± sample standard deviation (n seeds); without ±: one run.")
    offer_copies(table, name="results")


def show_environment(groups: Sequence[RunGroup]) -> None:
    """Show in what machine, code and data the runs differ."""
    table, same = environment_table(groups)
    if table.rows:
        show_built(table, key="environment_table", alt="Machine, code and data that differ between the runs")
        offer_copies(table, name="environment")
    else:
        st.caption("Nothing that is recorded of machine, code and data differs.")
    if same:
        st.caption(literal(f"The same of all: {', '.join(same)}."))


def show_parallel(groups: Sequence[RunGroup], base: RunGroup, metric: str) -> None:
    """Show numeric settings and results as parallel coordinates."""
    axes = axes_of(groups, base, metric)
    st.plotly_chart(
        parallel_figure([line_label(group.run) for group in groups], axes),
        key="parallel",
        config={"displaylogo": False},
        alt=f"Parallel coordinates of {', '.join(axis.title for axis in axes)}",
    )
    st.caption(
        "Numeric settings that differ, then results (means over seeds). Every axis runs from the least value, at its"
        " foot, to the greatest; a line has a gap where nothing is known."
    )


st.title("Compare")
with st.container(horizontal=True, vertical_alignment="top"):
    picker = st.container(width="content")
    seeds = st.segmented_control(
        "Seeds", [TOGETHER, EACH], default=TOGETHER, key="seeds", bind="query-params", required=True
    )
is_collapsed = seeds != EACH
with picker:
    ids = pick_runs(
        help_text="Ids of runs, as in 3,4,7. With seeds together, a run stands for all finished runs that differ from"
        " it in the seed only.",
        adds_seeds=not is_collapsed,
    )
groups = load_chosen(ids, is_collapsed=is_collapsed)
known = {run_id for group in groups for run_id in (*group.seeds, *group.left_out, group.run.id)}
if unknown := [run_id for run_id in ids if run_id not in known]:
    st.warning(f"No such run: {', '.join(map(str, unknown))}.")
if unfinished := [group for group in groups if not group.seeds]:
    names = ", ".join(f"{line_label(group.run)} ({group.run.status})" for group in unfinished)
    st.warning(literal(f"No finished seed: {names}. Seeds one by one shows them as they are."))

compared = [group for group in groups if group.seeds]
if len(compared) >= 2:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        labels = [str(group.run.id) for group in compared]
        wanted = st.selectbox("Baseline (run)", labels, key="baseline", bind="query-params", width=130)
        own = load_free_metrics([run_id for group in compared for run_id in group.seeds])
        # Metrics of scripts have no mean over seeds in tables, so no test: only those of tasks are offered.
        offered = [*COMPARED, *(name for name in own if name in COLUMNS and name not in COMPARED)]
        metric = st.selectbox("Metric", offered, key="metric", bind="query-params", width=190)
        methods = [method for method in METHODS if method != "images" or metric == "top1"]
        words = "; ".join(f"{method}: {METHOD_WORDS[method]}" for method in methods)
        method = st.selectbox("Test", methods, key="test", bind="query-params", width=160, help=words)
        words = "; ".join(f"{adjust}: {told}" for adjust, told in ADJUSTS.items())
        adjust = st.selectbox("Correction of p", ADJUSTS, key="adjust", bind="query-params", width=160, help=words)

if len(compared) < 2:
    if not load_groups():
        st.info("No runs yet. Train two that differ in one thing:")
        st.code(
            "expdb run --dataset digits --model resnet_mini --epochs 10\n"
            "expdb run --dataset digits --model senet_mini --epochs 10",
            language="bash",
        )
    else:
        is_one_group = len(compared) == 1 and len(ids) > 1 and not unknown and not unfinished
        if is_one_group:
            st.info("These are seeds of one group. Choose another group too, or compare the seeds one by one.")
        else:
            st.info("Choose two runs or more: mark them here, or write their ids above.")
        offer(adds_seeds=not is_collapsed)
    st.stop()

base = next(group for group in compared if str(group.run.id) == wanted)
definition = comparison_definition(
    compared, base, metric=metric, method=method, is_collapsed=is_collapsed, adjust=adjust
)
table = load_table(definition)
if reasons := comparability(compared, base, [metric]):
    st.warning("  \n".join(map(literal, reasons)), icon=":material/warning:")
st.subheader(literal(f"{COLUMNS[metric].heading} against {line_label(base.run)}"), anchor=False)
show_built(table, key="deltas", alt=f"{COLUMNS[metric].heading} of the runs and its difference from the baseline")
if sentence := power_sentence(compared, base, metric):
    st.caption(literal(sentence))
show_notes(table)
with st.container(horizontal=True, vertical_alignment="center"):
    offer_copies(table, name="comparison")
    if len(predicting := [group.run.id for group in compared if group.run.predictions_file]) >= 2:
        link_to_disagreement(predicting, "Images they disagree on")

draws: dict[str, Callable[[], None]] = {
    "Curves": partial(show_curves, compared),
    "Settings": partial(show_settings, compared, base),
    "Results": partial(show_results, compared),
    "Environment": partial(show_environment, compared),
    "Parallel coordinates": partial(show_parallel, compared, base, metric),
}
tabs = st.tabs(list(draws), key="part", bind="query-params", on_change="rerun")
for tab, draw in zip(tabs, draws.values(), strict=True):
    if tab.open:
        with tab:
            draw()

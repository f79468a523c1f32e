"""Trade-offs: quality against cost, with the Pareto front (`?data=CIFAR-100&y=top1&x=macs&size=train_seconds`)."""

from collections import Counter

import streamlit as st

from dashboard.data.runs import load_groups, why_no_run
from dashboard.navigation import MOST_COMPARED, open_comparison
from dashboard.text import literal
from dashboard.widgets.copies import offer_copies
from dashboard.widgets.run_picker import marked_runs
from dashboard.widgets.sortable_table import show_built
from expdb.catalog.datasets import dataset_label
from expdb.report.columns import COLUMNS
from expdb.report.compare.tradeoffs import COSTS, QUALITIES, front_of, points_of, points_table, size_words
from expdb.report.figures.tradeoffs import tradeoff_figure

NO_SIZE = "none"


st.title("Trade-offs")
everything = load_groups()
if not everything:
    st.info("No runs yet. Train a few models of different size:")
    st.code(
        "\n".join(
            f"expdb run --dataset digits --model {model} --epochs 10"
            for model in ("resnet_mini", "senet_mini", "vit_mini")
        ),
        language="bash",
    )
    st.stop()

with st.grid(5, min_column_width=150, vertical_alignment="top"):
    names = Counter(dataset_label(group.run.dataset) for group in everything if group.seeds)
    datasets = [name for name, _ in names.most_common()] or ["–"]
    dataset = st.selectbox("Dataset", datasets, key="data", bind="query-params")
    quality = st.selectbox("Quality", QUALITIES, key="y", bind="query-params", help="The vertical axis.")
    cost = st.selectbox("Cost", COSTS, key="x", bind="query-params", help="The horizontal axis.")
    size = st.selectbox("Bubble area", [NO_SIZE, *COSTS], key="size", bind="query-params")
    scale = st.segmented_control(
        "Axis of cost", ["log", "linear"], default="log", key="scale", bind="query-params", required=True
    )
where = st.text_input(
    "Filter",
    key="points_where",
    bind="query-params",
    placeholder="Filter, as in: epochs = 200 and optimizer = sgd",
    label_visibility="collapsed",
)

groups = [group for group in load_groups(where) if dataset_label(group.run.dataset) == dataset]
area = None if size == NO_SIZE else size
points = points_of(groups, quality=quality, cost=cost, size=area)
if not points:
    told = why_no_run(where) if where.strip() else None
    known = f"No run of these knows both {COLUMNS[quality].heading} and {COLUMNS[cost].heading}."
    st.info(literal(told or known))
    if cost == "gpu_hours":
        st.caption("GPU-hours are known of runs on GPUs only: choose train_seconds instead.")
    st.stop()

front = front_of(points, quality=quality)
state = st.plotly_chart(
    tradeoff_figure(points, front, quality=quality, cost=cost, size=area, is_log=scale != "linear"),
    key="tradeoff",
    on_select="rerun",
    selection_mode=("points", "box", "lasso"),
    config={"displaylogo": False},
    alt=f"{COLUMNS[quality].heading} against {COLUMNS[cost].heading} of {len(points)} groups of runs on {dataset}",
)
marked = marked_runs(state.selection.points)
with st.container(horizontal=True, vertical_alignment="center"):
    st.button(
        f"Compare the {len(marked)} marked" if marked else "Compare marked points",
        type="primary" if marked else "secondary",
        disabled=not 2 <= len(marked) <= MOST_COMPARED,
        on_click=open_comparison,
        args=(marked,),
        help=f"Drag a box over two to {MOST_COMPARED} points, then press.",
    )
    on_front = [point.run_id for point in front]
    st.button(
        "Compare the front",
        disabled=not 2 <= len(on_front) <= MOST_COMPARED,
        on_click=open_comparison,
        args=(on_front,),
        help="The groups that nothing beats at once in cost and in quality.",
    )

words = [f"{len(points)} groups; each point is a mean over its seeds, with one standard deviation where few are shown."]
if area:
    words.append(size_words(points, area))
if any(point.is_reported for point in points):
    words.append("Hollow: reported in a document, not measured here.")
    if not all(point.is_reported for point in points):
        words.append("The front is that of the measured ones.")
if unknown := sum(bool(group.seeds) for group in groups) - len(points):
    words.append(f"{unknown} more do not know both quantities.")
if quality == "best_top1":
    words.append("Best top-1 is chosen on the split it is reported of where there is no validation split: optimistic.")
st.caption(literal(" ".join(words)))

st.subheader("Pareto front", anchor=False)
table = points_table(front, quality=quality, cost=cost, size=area)
show_built(table, key="front", alt="The groups on the Pareto front, by cost", pin=0)
with st.container(horizontal=True):
    offer_copies(table, name="pareto-front")
    offer_copies(
        points_table(points, quality=quality, cost=cost, size=area),
        name="all-points",
        forms=("csv",),
        what="all points",
    )

"""Disagreement: the test images that one model gets right and another wrong (`?runs=3,4&a=3&b=4`)."""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import numpy.typing as npt
import streamlit as st

from dashboard.data.run_files import load_predictions
from dashboard.data.runs import load_chosen, load_groups
from dashboard.text import literal
from dashboard.widgets.copies import offer_copies
from dashboard.widgets.image_answers import show_images
from dashboard.widgets.run_picker import offer, pick_runs
from dashboard.widgets.sortable_table import show_built
from expdb.catalog.class_names import names_of_classes
from expdb.data.predictions import Predictions
from expdb.domain.run import Run
from expdb.domain.value_text import MISSING, format_value
from expdb.report.compare.side_by_side import line_label
from expdb.report.figures.agreement import agreement_figure
from expdb.report.predictions.disagreement import (
    AGREEMENTS,
    KINDS,
    ImageKind,
    agreement_matrix,
    answers_table,
    by_class,
    kind_of_words,
    kinds_of,
    other_labels,
    pair_of,
    positions_of,
    random_positions,
)

NUM_SHOWN = 50
NUM_DRAWN = 12
ALL_CLASSES = "all"
OPPOSITE: dict[ImageKind, ImageKind] = {"b-right": "a-right", "a-right": "b-right"}


def show_numbers(a: Run, b: Run, label: npt.NDArray[np.integer], answers: tuple[Predictions, Predictions]) -> None:
    """Show how often who is right, and what that says of the two models."""
    pair = pair_of(label, *(found.top5[:, 0] for found in answers))
    numbers = pair.num_by_kind
    cells = {
        "Both right (n₁₁)": numbers["both-right"],
        "A right, B wrong (n₁₀)": numbers["a-right"],
        "A wrong, B right (n₀₁)": numbers["b-right"],
        "Both wrong (n₀₀)": pair.num_both_wrong,
    }
    with st.grid(6, min_column_width=150):
        for words, number in cells.items():
            share = format_value(number / pair.num_images, "percent", 1)
            st.metric(words, format_value(number, "integer"), f"{share} %", delta_color="off", delta_arrow="off",
                      border=True)  # fmt: skip
        p = pair.test.p or 0.0
        st.metric(
            "McNemar, p",
            "< 0.001" if p < 0.001 else format_value(p, "number", 3),
            f"{pair.test.difference * 100:+.2f} points",
            delta_color="off",
            delta_arrow="off",
            border=True,
            help="Exact test on the images that only one of the two has right; below it, top-1 of B minus that of A.",
        )
        st.metric(
            "Error consistency, κ",
            MISSING if pair.consistency is None else f"{pair.consistency:.2f}",
            f"{format_value(numbers['wrong-alike'], 'integer')} wrong alike",
            delta_color="off",
            delta_arrow="off",
            border=True,
            help=AGREEMENTS["error consistency"],
        )
    st.caption(
        literal(
            f"A is run {line_label(a)}, B is run {line_label(b)}; {pair.num_images:,} test images."
            f" The test is {pair.test.note}."
        )
    )


def show_filtered(
    runs: tuple[Run, Run], answers: tuple[Predictions, Predictions], label: npt.NDArray[np.integer]
) -> None:
    """Show the images of a kind, those of the opposite kind beside them, and a random sample."""
    names = names_of_classes(runs[0].dataset, runs[0].fields["num_classes"] or int(label.max()) + 1)
    kind, class_number, seed = choose_images(names)
    kinds = kinds_of(label, *(found.top5[:, 0] for found in answers))
    show = partial(show_images, runs=runs, answers=answers, names=names)
    with st.grid(4, min_column_width=520):
        has_images = True
        for shown in (kind, OPPOSITE[kind]) if kind in OPPOSITE else (kind,):
            with st.container():
                positions = positions_of(kinds, label, shown, class_number)
                has_images &= show_kind(positions, shown, answers, names, show)
        with st.container():
            positions = random_positions(positions_of(kinds, label, None, class_number), NUM_DRAWN, seed=seed)
            st.markdown(f"**A random sample of all images: {positions.size}**")
            has_images &= show(positions, key="images_random", alt="A random sample of the test images")
            st.caption(
                "Drawn without looking at the answers: what is picked by its answers looks more telling than it is."
            )
        with st.container():
            st.markdown("**By class, those first where the two differ most**")
            table = by_class(label, *(found.top5[:, 0] for found in answers), names=names)
            show_built(table, key="by_class", alt="Right answers of both models by class", height=560)
            offer_copies(table, name="by-class", forms=("csv",))
    if not has_images:
        st.caption("The images are not on this machine: their places in the test split stand for them.")
    if earlier := [line_label(run) for run, found in zip(runs, answers, strict=True) if found.confidence is None]:
        st.caption(
            literal(f"Recorded by an earlier version, so without probabilities of its top 5: {', '.join(earlier)}.")
        )


def choose_images(names: Sequence[str]) -> tuple[ImageKind, int | None, int]:
    """Show what may be asked for; return the kind of images, the number of a class (None: all), and the sample's."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        words = st.selectbox("Images", list(KINDS.values()), key="kind", bind="query-params", width=250)
        chosen = st.selectbox("Class", [ALL_CLASSES, *names], key="class", bind="query-params", width=190)
        seed = int(
            st.number_input(
                "Sample", min_value=0, max_value=9999, value=0, key="sample", bind="query-params", width=120,
                help="Another number draws another random sample; the same number the same one.",
            )
        )  # fmt: skip
    return kind_of_words(words), list(names).index(chosen) if chosen in names else None, seed


def show_kind(
    positions: npt.NDArray[np.intp],
    kind: ImageKind,
    answers: tuple[Predictions, Predictions],
    names: Sequence[str],
    show: Callable[..., bool],
) -> bool:
    """Show the first images of a kind, and offer all of them; return whether the pictures are on this machine."""
    st.markdown(f"**{literal(KINDS[kind])}: {positions.size:,} image{'' if positions.size == 1 else 's'}**")
    if not positions.size:
        return True
    has_images = show(positions[:NUM_SHOWN], key=f"images_{kind}", alt=f"Images: {KINDS[kind]}")
    best = ((found.top5, found.confidence) for found in answers)
    table = answers_table(positions, answers[0].label, *best, names=names)
    offer_copies(table, name=kind, forms=("csv",), what="all of these")
    if positions.size > NUM_SHOWN:
        st.caption(f"The first {NUM_SHOWN}, in the order of the test split.")
    return has_images


def show_agreement(runs: list[Run], answers: list[Predictions], label: npt.NDArray[np.integer]) -> None:
    """Show how much the chosen models agree, each with each."""
    st.subheader("Agreement of all chosen runs", anchor=False)
    kind = st.segmented_control(
        "Measure", list(AGREEMENTS), default="same answer", key="agreement", bind="query-params", required=True
    )
    matrix = agreement_matrix(label, [found.top5[:, 0] for found in answers], kind)
    st.plotly_chart(
        agreement_figure([line_label(run) for run in runs], matrix, kind),
        key="agreement_matrix",
        width=280 + 110 * len(runs),  # or as wide as the page, if that is less
        config={"displaylogo": False},
        alt=f"{kind} of {len(runs)} runs, each with each",
    )
    st.caption(AGREEMENTS[kind])


st.title("Disagreement")
ids = pick_runs(
    help_text="Ids of runs with predictions of the same test images, as in 3,4.",
    passes=lambda group: group.run.predictions_file is not None,
)
found = [(group.run, load_predictions(group.run)) for group in load_chosen(ids, is_collapsed=False)]
if missing := [line_label(run) for run, answers in found if answers is None]:
    st.warning(literal(f"No predictions on this machine of: {', '.join(missing)}."))
known = {run.id: answers for run, answers in found if answers is not None}
by_id = {str(run.id): run for run, _ in found if run.id in known}
if len(known) < 2:
    if any(group.run.predictions_file for group in load_groups()):
        st.info("Choose two runs or more of the same dataset: mark them here, or write their ids above.")
        offer(passes=lambda group: group.run.predictions_file is not None)
    else:
        st.info("No run has kept its predictions yet. A run that is trained to its end does:")
        st.code("expdb run --dataset digits --model resnet_mini --epochs 10", language="bash")
    st.stop()

with st.container(horizontal=True, vertical_alignment="bottom"):
    run_a = by_id[st.selectbox("A (run)", list(by_id), key="a", bind="query-params", width=120)]
    others = [run_id for run_id in by_id if run_id != str(run_a.id)]
    run_b = by_id[st.selectbox("B (run)", others, key="b", bind="query-params", width=120)]
reason = other_labels(run_a, run_b, known[run_a.id].label, known[run_b.id].label)
if reason:
    st.error(literal(reason))
    st.stop()
for run in (run_a, run_b):
    if run.results.earlier_data_digest is not None:
        st.caption(literal(f"Run {run.id} is of two data: it went on with other images than it began with."))
label = known[run_a.id].label
both = (known[run_a.id], known[run_b.id])
show_numbers(run_a, run_b, label, both)
show_filtered((run_a, run_b), both, label)
alike = [run for run in by_id.values() if other_labels(run_a, run, label, known[run.id].label) is None]
if len(alike) > 2:
    show_agreement(alike, [known[run.id] for run in alike], label)
if left_out := [line_label(run) for run in by_id.values() if run.id not in {one.id for one in alike}]:
    st.caption(literal(f"Other test images than A, so left out: {', '.join(left_out)}."))

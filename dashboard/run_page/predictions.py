"""What a run's final model got wrong on the test split: confusion matrix, classes, mistakes with their images."""

from collections.abc import Sequence

import streamlit as st

from dashboard.data.run_files import load_images
from dashboard.widgets.download import offer_csv
from dashboard.widgets.images import show_image
from dashboard.widgets.table import ListColumn, show_table
from expdb.catalog.class_names import names_of_classes
from expdb.data.predictions import Predictions
from expdb.domain.run import Run
from expdb.report.figures.confusion import confusion_figure
from expdb.report.predictions.mistakes import (
    MISTAKE_ORDERS,
    Mistake,
    MistakeOrder,
    class_results,
    confusion,
    find_mistakes,
    guesses_text,
    num_classes_of,
)

_MOST_IMAGES = 24
_MOST_ROWS = 500
_MISTAKE = (
    ListColumn(heading="Image", kind="number", form="%d", about="position in the test split, from 0"),
    ListColumn(heading="True class"),
    ListColumn(heading="Taken for"),
    ListColumn(heading="Probability of that", kind="number", form="percent"),
    ListColumn(heading="Probability of the true class", kind="number", form="percent"),
    ListColumn(heading="Most probable classes"),
)


def show_predictions(run: Run, predictions: Predictions) -> None:
    """Show what the final model said about the test images."""
    num_classes = num_classes_of(predictions.label, predictions.top5, run.fields["num_classes"])
    names = names_of_classes(run.dataset, num_classes)
    mistakes_only = st.toggle("Only mistakes in the matrix", key="mistakes", bind="query-params")
    with st.grid(2, min_column_width=340):
        st.plotly_chart(
            confusion_figure(
                confusion(predictions.label, predictions.top5, num_classes), names, mistakes_only=mistakes_only
            ),
            key="confusion",
            config={"displaylogo": False},
            alt=f"Confusion matrix of run {run.id}: true class down, class taken for across",
        )
        with st.container():
            _show_classes(run, predictions, names)
    _show_mistakes(run, predictions, names)


def _show_classes(run: Run, predictions: Predictions, names: Sequence[str]) -> None:
    results = class_results(predictions.label, predictions.top5, len(names))
    results.sort(key=lambda result: 2.0 if result.top1 is None else result.top1)
    has_top5 = any(result.top5 is not None for result in results)
    rows = [
        (
            *(names[result.label], result.num_images, result.top1),
            *([result.top5] if has_top5 else []),
            result.precision,
            None if result.taken_for is None else f"{names[result.taken_for[0]]} ({result.taken_for[1]:,})",
        )
        for result in results
    ]
    about = "share of the images taken for this class that are of it"
    columns = (
        ListColumn(heading="Class", letters=min(1.2 * max(map(len, names)), 21), is_pinned=True),
        ListColumn(heading="Images"),
        ListColumn(heading="Top-1", kind="share"),
        *([ListColumn(heading="Top-5", kind="number", form="percent")] if has_top5 else []),
        ListColumn(heading="Precision", kind="number", form="percent", about=about),
        ListColumn(heading="Most often taken for"),
    )
    alt = f"Accuracy of run {run.id} by class, the worst first"
    show_table(rows, {column.heading: column for column in columns}, alt=alt, height=520)
    offer_csv(f"run-{run.id}-classes", [column.heading for column in columns], rows)


def _show_mistakes(run: Run, predictions: Predictions, names: Sequence[str]) -> None:
    st.subheader("Mistakes", anchor=False)
    order = _choose_order(predictions)
    with st.grid(4, min_column_width=150):
        label = _choose_class("True class", "true", names)
        taken_for = _choose_class("Taken for", "taken", names)
    found = find_mistakes(
        *(predictions.label, predictions.top5, predictions.probability, predictions.confidence),
        order=order,
        label=label,
        taken_for=taken_for,
    )
    if not found:
        st.info("No test image was taken for another class, of those chosen.")
        return
    shown = found[:_MOST_IMAGES]
    images = load_images(run, [mistake.position for mistake in shown])
    st.caption(
        f"{len(found):,} of {len(predictions.label):,} test images are wrong here. {MISTAKE_ORDERS[order]}"
        + ("" if images else " The images are not on this machine.")
    )
    if images:
        with st.grid("auto", min_column_width=150):
            for image, mistake in zip(images, shown, strict=True):
                with st.container(border=True, gap="xsmall"):
                    show_image(image, alt=f"test image {mistake.position}")
                    _show_mistake(mistake, names)
    rows = [_row(mistake, names) for mistake in found]
    if not images:
        alt = f"Test images that run {run.id} got wrong"
        show_table(rows[:_MOST_ROWS], {column.heading: column for column in _MISTAKE}, alt=alt, height=420)
    offer_csv(f"run-{run.id}-mistakes", [column.heading for column in _MISTAKE], rows)


def _choose_order(predictions: Predictions) -> MistakeOrder:
    if predictions.confidence is None:
        st.caption(
            "The worst are shown. The most confident are not known: runs recorded by an earlier version did not keep"
            " the probabilities of wrong classes."
        )
        return "worst"
    return st.segmented_control(
        "Order", list(MISTAKE_ORDERS), default="worst", format_func=str.capitalize, key="order", bind="query-params",
        required=True, label_visibility="collapsed",
    )  # fmt: skip


def _show_mistake(mistake: Mistake, names: Sequence[str]) -> None:
    """Show what an image is and was taken for, with the probabilities that are known."""
    true = guesses_text([mistake.label], [mistake.probability], names)
    other = guesses_text(mistake.guesses[:1], mistake.confidence and mistake.confidence[:1], names)
    st.text(f"{true}, taken for {other}")
    st.caption(f"image {mistake.position}")


def _choose_class(title: str, key: str, names: Sequence[str]) -> int | None:
    chosen = st.selectbox(title, list(names), index=None, placeholder="any", key=key, bind="query-params")
    return None if chosen is None else list(names).index(chosen)


def _row(mistake: Mistake, names: Sequence[str]) -> tuple[object, ...]:
    return (
        *(mistake.position, names[mistake.label], names[mistake.guesses[0]]),
        None if mistake.confidence is None else mistake.confidence[0],
        mistake.probability,
        guesses_text(mistake.guesses, mistake.confidence, names),
    )

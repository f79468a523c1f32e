"""Test images in a table: the picture, its label, and what two models answered."""

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from dashboard.data.run_files import load_images
from dashboard.widgets.images import data_url
from dashboard.widgets.table import IMAGE_SIDE, ListColumn, show_table
from expdb.data.predictions import Predictions
from expdb.domain.run import Run
from expdb.report.predictions.mistakes import class_name, guesses_text


def show_images(
    positions: npt.NDArray[np.intp],
    *,
    runs: tuple[Run, Run],
    answers: tuple[Predictions, Predictions],
    names: Sequence[str],
    key: str,
    alt: str,
) -> bool:
    """Show images with both models' five best answers; return whether the pictures are on this machine.

    Answers have their probabilities where those were kept.

    Args:
        positions: which images, by their place in the test split.
        runs: models A and B.
        answers: theirs.
        names: of the classes.
    """
    images = load_images(runs[0], [int(position) for position in positions])
    label = answers[0].label[positions]
    about = "probability that the model gives to the label"
    shown: dict[str, tuple[ListColumn, Iterable[object]]] = {}
    if images is not None:
        pictures = [data_url(image, side=IMAGE_SIDE) for image in images]
        shown["image"] = ListColumn(heading="Image", kind="image"), pictures
    shown["label"] = ListColumn(heading="Label", letters=12), [class_name(names, number) for number in label]
    for letter, run, found in zip("AB", runs, answers, strict=True):
        texts = [_answer_text(found, place, names) for place in positions]
        shown[letter] = ListColumn(heading=f"{letter} ({run.id}): top 5", letters=26), texts
    for letter, found in zip("AB", answers, strict=True):
        column = ListColumn(heading=f"{letter}: p of label", kind="number", form="percent", about=about, letters=11)
        shown[f"p{letter}"] = column, found.probability[positions]
    place = ListColumn(heading="Image no.", kind="number", about="place in the test split, from 0", letters=9)
    shown["place"] = place, positions
    show_table(
        list(zip(*(values for _, values in shown.values()), strict=True)),
        {name: column for name, (column, _) in shown.items()},
        alt=alt,
        height=560,
        key=key,
    )
    return images is not None


def _answer_text(found: Predictions, place: int, names: Sequence[str]) -> str:
    """Return whether a model is right about an image, and its most probable classes."""
    sign = "✓" if found.top5[place, 0] == found.label[place] else "✗"
    confidence = None if found.confidence is None else found.confidence[place].tolist()
    return f"{sign} {guesses_text(found.top5[place].tolist(), confidence, names)}"

"""What a model got wrong, from its stored predictions: confusion matrix, accuracy by class, the mistakes in order.

Arrays: `labels` (N,) true classes in the order of the test split; `top5` (N, K) the K = min(5, C) most probable of C
classes, best first; `probability` (N,) float32 in [0, 1], of the true class; `confidence` (N, K) float32 in [0, 1], of
the classes in `top5`, or None where it was not kept.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from expdb.domain.events import MOST_CLASSES_WITHOUT_TOP5
from expdb.domain.value_text import format_value

ClassNumbers = npt.NDArray[np.uint16]
Counts = npt.NDArray[np.int64]
Shares = npt.NDArray[np.float32]
MistakeOrder = Literal["worst", "most confident"]
MISTAKE_ORDERS: Mapping[MistakeOrder, str] = {
    "worst": "First those whose true class got the least probability.",
    "most confident": "First those whose wrong class got the highest probability.",
}


@dataclass(frozen=True, kw_only=True)
class ClassResult:
    """How one class fared.

    Attributes:
        num_images: of this class in the test split.
        top1, top5: share of them, in [0, 1]; None without images, and top5 with five classes or fewer.
        precision: share of the images taken for this class that are of it; None where none was.
        f1: harmonic mean of `top1` and `precision`, 0 where none is right; None of a class that neither occurs nor is
            guessed.
        taken_for: the class that its wrong images were most often taken for, and how many; None where all are right.
    """

    label: int
    num_images: int
    top1: float | None
    top5: float | None
    precision: float | None
    f1: float | None
    taken_for: tuple[int, int] | None


@dataclass(frozen=True, kw_only=True)
class Mistake:
    """One image that was taken for another class.

    Attributes:
        position: in the order of the test split, from 0.
        label: its class.
        guesses: the most probable classes, best first; the first one is wrong.
        probability: that the model gave to the true class, in [0, 1].
        confidence: that it gave to each of the guesses, in [0, 1]; None where it was not kept.
    """

    position: int
    label: int
    guesses: tuple[int, ...]
    probability: float
    confidence: tuple[float, ...] | None


def confusion(labels: ClassNumbers, top5: ClassNumbers, num_classes: int) -> Counts:
    """Return how many images of each class (row) were taken for each class (column): (C, C)."""
    cells = labels.astype(np.int64) * num_classes + top5[:, 0]
    return np.bincount(cells, minlength=num_classes * num_classes).reshape(num_classes, num_classes)


def class_counts(labels: ClassNumbers, top5: ClassNumbers, num_classes: int) -> tuple[Counts, Counts, Counts]:
    """Return by class: its images, those taken for it, and those of it that are right, (C,) each."""
    guess = top5[:, 0]
    of_class, taken, right = (
        np.bincount(chosen, minlength=num_classes) for chosen in (labels, guess, labels[labels == guess])
    )
    return of_class, taken, right


def class_results(labels: ClassNumbers, top5: ClassNumbers, num_classes: int) -> list[ClassResult]:
    """Return the result of every class, by label."""
    num_images, num_taken, num_right = class_counts(labels, top5, num_classes)
    has_top5 = num_classes > MOST_CLASSES_WITHOUT_TOP5
    in_top5 = np.bincount(labels[(top5 == labels[:, None]).any(axis=1)], minlength=num_classes)
    taken_for = _taken_for(labels, top5[:, 0])
    return [
        ClassResult(
            label=label,
            num_images=int(num_images[label]),
            top1=_share(num_right[label], num_images[label]),
            top5=_share(in_top5[label], num_images[label]) if has_top5 else None,
            precision=_share(num_right[label], num_taken[label]),
            f1=_share(2 * num_right[label], num_images[label] + num_taken[label]),
            taken_for=taken_for.get(label),
        )
        for label in range(num_classes)
    ]


def _taken_for(labels: ClassNumbers, guess: ClassNumbers) -> dict[int, tuple[int, int]]:
    """Return by class what its wrong images were most often taken for, and how many; of equal ones the lower class."""
    is_wrong = labels != guess
    # Not by the matrix, which of 20,000 classes takes 3 GB.
    pairs, counts = np.unique(np.stack([labels[is_wrong], guess[is_wrong]]), axis=1, return_counts=True)
    order = np.lexsort((-pairs[1].astype(np.int64), counts))  # the last of a class counts
    return {int(pairs[0, place]): (int(pairs[1, place]), int(counts[place])) for place in order}


def find_mistakes(
    labels: ClassNumbers,
    top5: ClassNumbers,
    probability: Shares,
    confidence: Shares | None,
    *,
    order: MistakeOrder = "worst",
    label: int | None = None,
    taken_for: int | None = None,
) -> list[Mistake]:
    """Return the images that were taken for another class, in one of the MISTAKE_ORDERS.

    Args:
        labels, top5, probability, confidence: see above.
        order: which come first.
        label: only images of this class; None: of all.
        taken_for: only images taken for this class; None: for any.

    Raises:
        ValueError: the most confident ones are asked for without `confidence`.
    """
    is_wrong = top5[:, 0] != labels
    if label is not None:
        is_wrong &= labels == label
    if taken_for is not None:
        is_wrong &= top5[:, 0] == taken_for
    positions = np.flatnonzero(is_wrong)
    # Many a wrong class gets 1 but for rounding: then the true one's probability tells the mistakes apart.
    keys = [probability[positions]]
    if order == "most confident":
        if confidence is None:
            raise ValueError("the probabilities of the guesses were not kept: choose the order 'worst'")
        keys.append(-confidence[positions, 0])
    return [
        Mistake(
            position=int(position),
            label=int(labels[position]),
            guesses=tuple(int(guess) for guess in top5[position]),
            probability=float(probability[position]),
            confidence=None if confidence is None else tuple(confidence[position].tolist()),
        )
        for position in positions[np.lexsort(keys)]
    ]


def class_name(names: Sequence[str], number: int) -> str:
    """Return what a class is called: by its number where it has no name."""
    return names[number] if number < len(names) else f"class {number}"


def guesses_text(guesses: Sequence[int], confidence: Sequence[float] | None, names: Sequence[str]) -> str:
    """Return guesses with their probabilities, as in "cat (81.2%), dog (11.0%)"; without where they were not kept."""
    words = [class_name(names, guess) for guess in guesses]
    if confidence is None:
        return ", ".join(words)
    shares = (format_value(value, "percent", 1) for value in confidence)
    return ", ".join(f"{word} ({share}%)" for word, share in zip(words, shares, strict=True))


def num_classes_of(labels: ClassNumbers, top5: ClassNumbers, stated: int | None) -> int:
    """Return the number of classes: as stated, or as many as the predictions need."""
    return max(stated or 0, int(labels.max(initial=0)) + 1, int(top5.max(initial=0)) + 1)


def _share(part: np.integer, whole: np.integer) -> float | None:
    return None if whole == 0 else float(part / whole)

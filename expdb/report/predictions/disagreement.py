"""Where models differ on the same test images: who is right, how consistent their errors are, and on which images.

Answers are class numbers, (N,) integer, one an image in the order of the test split; `top5` and `confidence` are as in
`predicted`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from expdb.domain.run import Run
from expdb.domain.value_text import format_value
from expdb.report.predictions.mistakes import ClassNumbers, Shares, class_name, guesses_text
from expdb.report.predictions.same_images import other_images
from expdb.report.stats.comparison import Test
from expdb.report.stats.error_consistency import kappa
from expdb.report.stats.mcnemar import mcnemar_counts
from expdb.report.table import Cell, Row, Table, TableColumn

Answers = npt.NDArray[np.integer]
ImageKind = Literal["b-right", "a-right", "wrong-alike", "wrong-differently", "both-right"]
KINDS: Mapping[ImageKind, str] = {
    "b-right": "A wrong, B right",
    "a-right": "A right, B wrong",
    "wrong-alike": "both wrong, same answer",
    "wrong-differently": "both wrong, different answers",
    "both-right": "both right",
}
Agreement = Literal["same answer", "error consistency"]
AGREEMENTS: Mapping[Agreement, str] = {
    "same answer": "Share of the images to which both give the same answer, right or wrong.",
    "error consistency": (
        "Cohen's kappa of right and wrong (Geirhos et al., 2020): 1 the same errors, 0 as often in agreement as two"
        " independent models of these accuracies, below 0 less often."
    ),
}


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Two models on the same images.

    Attributes:
        num_by_kind: images by kind; together all images.
        test: McNemar's, of b against a.
        consistency: kappa of right and wrong; None where it is not defined.
    """

    num_by_kind: Mapping[ImageKind, int]
    test: Test
    consistency: float | None

    @property
    def num_images(self) -> int:
        """All images."""
        return sum(self.num_by_kind.values())

    @property
    def num_both_wrong(self) -> int:
        """Images that neither has right: n00."""
        return self.num_by_kind["wrong-alike"] + self.num_by_kind["wrong-differently"]


def kinds_of(label: Answers, a: Answers, b: Answers) -> npt.NDArray[np.int8]:
    """Return the kind of each image, as its position in KINDS: (N,) int8.

    Raises:
        ValueError: not the same number of images.
    """
    if not label.shape == a.shape == b.shape:
        raise ValueError(f"not the same images: {label.size:,} labels, {a.size:,} and {b.size:,} answers")
    right_a, right_b = a == label, b == label
    found = np.select(
        [~right_a & right_b, right_a & ~right_b, ~right_a & ~right_b & (a == b), ~right_a & ~right_b], [0, 1, 2, 3], 4
    )
    return found.astype(np.int8)


def pair_of(label: Answers, a: Answers, b: Answers) -> Pair:
    """Return counts, test and error consistency of two models.

    Raises:
        ValueError: no image, or not the same number of them.
    """
    counts = np.bincount(kinds_of(label, a, b), minlength=len(KINDS))
    numbers = dict(zip(KINDS, map(int, counts), strict=True))
    return Pair(
        num_by_kind=numbers,
        test=mcnemar_counts(numbers["a-right"], numbers["b-right"], label.size),
        consistency=kappa(a == label, b == label),
    )


def positions_of(
    kinds: npt.NDArray[np.int8], label: Answers, kind: ImageKind | None, class_number: int | None = None
) -> npt.NDArray[np.intp]:
    """Return the positions of the images of a kind (None: any) and of a class (None: any), in order."""
    mask = np.ones(label.shape, dtype=bool) if kind is None else kinds == list(KINDS).index(kind)
    if class_number is not None:
        mask &= label == class_number
    return np.flatnonzero(mask)


def random_positions(positions: npt.NDArray[np.intp], number: int, *, seed: int) -> npt.NDArray[np.intp]:
    """Return at most so many of the positions, drawn without looking at them and put in order.

    Args:
        positions: to draw from, without repetition.
        number: how many.
        seed: the same seed draws the same ones.
    """
    drawn = np.random.default_rng(seed).choice(positions, size=min(number, positions.size), replace=False)
    return np.sort(drawn)


def kind_of_words(words: str) -> ImageKind:
    """Return the kind that a choice on a page names. Raises ValueError for another text."""
    for kind, said in KINDS.items():
        if said == words:
            return kind
    raise ValueError(f"no kind of image is called {words!r}: choose {', '.join(KINDS.values())}")


def other_labels(a: Run, b: Run, label_a: Answers, label_b: Answers) -> str | None:
    """Return why two runs were not tested on the same images, by their records and labels; None where they were."""
    reason = other_images(a, b)
    if reason is None and not np.array_equal(label_a, label_b):
        return f"runs {a.id} and {b.id} were tested on other images of {a.dataset}: their labels differ"
    return reason


def by_class(label: Answers, a: Answers, b: Answers, *, names: Sequence[str]) -> Table:
    """Return right answers by class, those first where the two differ most: a row a class that there is."""
    rows = []
    for number in np.unique(label):
        own = label == number
        right_a, right_b = a[own] == number, b[own] == number
        only_a, only_b = right_a & ~right_b, right_b & ~right_a
        counts = (own.sum(), right_a.sum(), right_b.sum(), only_a.sum(), only_b.sum())
        numbers = [int(count) for count in counts]
        rows.append((class_name(names, number), [*numbers, numbers[4] - numbers[3]]))
    rows.sort(key=lambda row: (-abs(row[1][-1]), row[0]))
    headings = ("Class", "Images", "A right", "B right", "Only A", "Only B", "B minus A")
    cells: list[tuple[str | int, ...]] = [(name, *numbers) for name, numbers in rows]
    return _table("by-class", headings, cells, num_text=1)


def answers_table(
    positions: npt.NDArray[np.intp],
    label: Answers,
    a: tuple[ClassNumbers, Shares | None],
    b: tuple[ClassNumbers, Shares | None],
    *,
    names: Sequence[str],
) -> Table:
    """Return label and both models' answers of these images: a row an image, by its place in the test split.

    Args:
        positions: which images.
        label: the true classes of all images.
        a, b: `top5` and `confidence` of each model, of all images.
        names: of the classes.
    """
    rows: list[tuple[str | int, ...]] = []
    for place in map(int, positions):
        firsts = [class_name(names, int(top5[place, 0])) for top5, _ in (a, b)]
        best = [
            guesses_text(top5[place].tolist(), None if confidence is None else confidence[place].tolist(), names)
            for top5, confidence in (a, b)
        ]
        rows.append((class_name(names, int(label[place])), *firsts, *best, place))
    return _table("images", ("Label", "A", "B", "Top 5 of A", "Top 5 of B", "Image no."), rows, num_text=5)


def _table(name: str, headings: Sequence[str], rows: Sequence[tuple[str | int, ...]], *, num_text: int) -> Table:
    """Return a table whose first columns are text and the others whole numbers."""
    columns = tuple(
        TableColumn(
            key=heading.lower().replace(" ", "_"),
            heading=heading,
            format="text" if index < num_text else "integer",
            decimals=None,
            align="left" if index < num_text else "right",
        )
        for index, heading in enumerate(headings)
    )
    cells = [tuple(Cell(value=value, text=_text(value)) for value in row) for row in rows]
    return Table(name=name, title="", columns=columns, rows=tuple(Row(run_ids=(), cells=row) for row in cells))


def _text(value: str | int) -> str:
    return value if isinstance(value, str) else format_value(value, "integer")


def agreement_matrix(label: Answers, answers: Sequence[Answers], kind: Agreement) -> list[list[float | None]]:
    """Return the agreement of each model with each: symmetric, 1 with itself; None where kappa is not defined."""
    matrix: list[list[float | None]] = [[1.0] * len(answers) for _ in answers]
    for row, a in enumerate(answers):
        for column, b in enumerate(answers[:row]):
            value = float(np.mean(a == b)) if kind == "same answer" else kappa(a == label, b == label)
            matrix[row][column] = matrix[column][row] = value
    return matrix

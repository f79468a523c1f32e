"""Two networks on the same images, from the predictions that their runs keep: who errs where, beyond chance or not.

Source: Geirhos et al. 2020 (see `report/stats/error_consistency.py`), McNemar 1947 (see `report/stats/mcnemar.py`).
"""

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from expdb.analysis.agreement import Numbers, analysed_places
from expdb.analysis.stored_predictions import stored_predictions
from expdb.catalog.class_names import names_of_classes
from expdb.domain.analyses.pairs import AgreementCounts, ClassAgreementRecord, PairRecord
from expdb.domain.run import Run
from expdb.report.predictions.disagreement import other_labels, pair_of
from expdb.store.store import Store


def pairs_of(store: Store, runs: Sequence[Run], *, images: int) -> list[PairRecord]:
    """Compare each run with each later one.

    Args:
        store: where they are.
        runs: with predictions.
        images: at most so many, as many of each class as can be; 0: all.

    Raises:
        NotFoundError: a run kept no predictions.
        DataError: they are not on this machine, or cannot be read.
    """
    answers: dict[int, tuple[Numbers, Numbers]] = {}
    for run in runs:
        predictions = stored_predictions(store, run)
        places = analysed_places(predictions.label, images)
        answers[run.id] = (
            predictions.label[places].astype(np.int64),
            predictions.top5[places, 0].astype(np.int64),
        )
    unique = list({run.id: run for run in runs}.values())
    return [_pair(a, b, answers[a.id], answers[b.id]) for a, b in combinations(unique, 2)]


def _pair(a: Run, b: Run, of_a: tuple[Numbers, Numbers], of_b: tuple[Numbers, Numbers]) -> PairRecord:
    (label, first), (other, second) = of_a, of_b
    reason = other_labels(a, b, label, other)
    if reason is not None:
        return PairRecord(
            first=a.id,
            second=b.id,
            reason=reason,
            disagreement=None,
            p=None,
            overlap=None,
            same_mistake=None,
            all=None,
            classes=[],
        )
    pair = pair_of(label, first, second)
    counts = _counts(label, first, second)
    num_mistaken = counts["num_images"] - counts["n11"]
    names = _class_names(a, int(max(label.max(), first.max(), second.max())) + 1)
    return PairRecord(
        first=a.id,
        second=b.id,
        reason=None,
        disagreement=float(np.mean(first != second)),
        p=pair.test.p,
        overlap=counts["n00"] / num_mistaken if num_mistaken else None,
        same_mistake=pair.num_by_kind["wrong-alike"] / counts["n00"] if counts["n00"] else None,
        all=counts,
        classes=[
            ClassAgreementRecord(
                name=names[number], **_counts(*(values[label == number] for values in (label, first, second)))
            )
            for number in np.unique(label)
        ],
    )


def _counts(label: Numbers, first: Numbers, second: Numbers) -> AgreementCounts:
    pair = pair_of(label, first, second)
    return AgreementCounts(
        num_images=pair.num_images,
        n11=pair.num_by_kind["both-right"],
        n01=pair.num_by_kind["a-right"],
        n10=pair.num_by_kind["b-right"],
        n00=pair.num_both_wrong,
        kappa=pair.consistency,
    )


def _class_names(run: Run, least: int) -> tuple[str, ...]:
    if run.spec is None:
        return names_of_classes(str(run.dataset), least)
    return names_of_classes(run.spec.data.dataset, run.spec.data.num_classes)  # run.dataset is how it prints


def pair_rows(pairs: Sequence[PairRecord]) -> list[list[str]]:
    """Return the pairs that can be compared as rows of a table: see `PAIR_HEADINGS`."""
    rows = []
    for pair in pairs:
        counts = pair["all"]
        if counts is not None:
            rows.append([f"{pair['first']}, {pair['second']}", _share(pair["disagreement"]), *_texts(counts)])
            rows[-1] += [_share(pair["overlap"]), "" if pair["p"] is None else f"{pair['p']:.2g}"]
    return rows


PAIR_HEADINGS = ("runs", "differ %", "both", "only 1st", "only 2nd", "none", "kappa", "overlap %", "McNemar p")
CLASS_HEADINGS = ("class", "images", "both", "only 1st", "only 2nd", "none", "kappa")


PAIR_NOTES = (
    "kappa: agreement on which images are mistaken, beyond chance; overlap: both wrong, of those that either has wrong",
    "McNemar's p speaks about these trained networks, not about how they were trained",
)


def class_rows(pair: PairRecord) -> list[list[str]]:
    """Return a pair class by class as rows of a table: see `CLASS_HEADINGS`."""
    return [[one["name"], f"{one['num_images']:,}", *_texts(one)] for one in pair["classes"]]


def _texts(counts: AgreementCounts) -> list[str]:
    numbers = [f"{value:,}" for value in (counts["n11"], counts["n01"], counts["n10"], counts["n00"])]
    return [*numbers, "" if counts["kappa"] is None else f"{counts['kappa']:.3f}"]


def _share(value: float | None) -> str:
    return "" if value is None else f"{100 * value:.1f}"

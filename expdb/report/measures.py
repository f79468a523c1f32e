"""What of a column is measured: averaged over seeds, spread over a pivot."""

from typing import Any

from expdb.catalog.datasets import tested_part
from expdb.domain.group import Measure, RunGroup, Sample
from expdb.domain.run import Run
from expdb.report.columns import Column

# Shares of the test images: of one run's they have an interval.
ACCURACIES = ("top1", "top5", "best_top1")
# What depends on which test images a run was evaluated on, and what on how many.
OF_TEST_IMAGES = frozenset({*ACCURACIES, "test_loss", "eval_seconds", "wall_seconds"})


def measure_of(known: Column, *, at: str = "last") -> Measure | None:
    """Return what a column averages over seeds; None where all runs of a group share the value."""
    if known.measure is None:
        return None
    return Measure(field=known.measure, at=at, is_higher_better=known.higher_is_better is not False)


def at_words(at: str) -> str:
    """Return which epochs a value is of, as a heading says it: `best`, `mean of last 5`."""
    return f"mean of last {at.removeprefix('mean-')}" if at.startswith("mean-") else at


def number_of(group: RunGroup, known: Column, measure: Measure | None) -> Any:
    """Return a column's value for a group: the mean over its seeds, or what all its runs share."""
    if measure is None:
        return known.value(group.run.fields)
    sample = sample_of_group(group, known, measure)
    return None if sample is None else sample.mean


def sample_of_group(group: RunGroup, known: Column, measure: Measure) -> Sample | None:
    """Return what a group's seeds say of a column's measure, in the column's unit; None where it is not known."""
    sample = group.samples.get(measure)
    factor = factor_of(group, known)
    if sample is None or factor is None:
        return None
    return sample if known.factor is None else sample.scaled(factor)


def factor_of(group: RunGroup, known: Column) -> float | None:
    """Return what the measure of a column is multiplied with; None where its runs do not have the same, or none."""
    if known.factor is None:
        return 1.0
    factors = group.values(known.factor)
    return factors[0] if len(factors) == 1 else None


def part_caveat(run: Run) -> str | None:
    """Return what is to be said of results that are of a part of the test split; None where they are of all of it."""
    part = tested_part(run.dataset, run.fields["test_limit"])
    return f"evaluated on {part}: not comparable with whole test splits" if part else None


def is_spread(known: Column) -> bool:
    """Return whether a pivot shows a column for each of its values: what is measured, not what describes a row."""
    return known.measure is not None or known.key.startswith("metrics.")

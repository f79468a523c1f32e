"""What of a column is measured: averaged over seeds, spread over a pivot."""

from typing import Any

from expdb.domain.group import Measure, RunGroup
from expdb.report.columns import Column

# Shares of the test images: of one run's they have an interval.
ACCURACIES = ("top1", "top5", "best_top1")


def measure_of(known: Column, *, at: str = "last") -> Measure | None:
    """Return what a column averages over seeds; None where all runs of a group share the value."""
    if known.measure is None:
        return None
    return Measure(field=known.measure, at=at, is_higher_better=known.higher_is_better is not False)


def number_of(group: RunGroup, known: Column, measure: Measure | None) -> Any:
    """Return a column's value for a group: the mean over its seeds, or what all its runs share."""
    if measure is None:
        return known.value(group.run)
    sample = group.samples.get(measure)
    factor = 1.0 if known.factor is None else known.factor(group.run)
    return None if sample is None or factor is None else sample.mean * factor


def is_spread(known: Column) -> bool:
    """Return whether a pivot shows a column for each of its values: what is measured, not what describes a row."""
    return known.measure is not None or known.key.startswith("metrics.")

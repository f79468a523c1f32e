"""What of a column is measured: averaged over seeds, spread over a pivot, or stated with its spread by a document."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from expdb.catalog.datasets import tested_part
from expdb.domain.group import Measure, RunGroup, Sample
from expdb.domain.known import Fields
from expdb.domain.run import Run
from expdb.domain.table import Format
from expdb.domain.task import metrics_by_key
from expdb.domain.value_text import exact, format_value, is_number, text_and_spread
from expdb.report.columns import Column

# Shares of the test images: of one run's they have an interval.
BEST_OF = ("best_top1", "best_epoch")  # results of the best epoch
ACCURACIES = ("top1", "top5", "best_top1")
# What depends on which test images a run was evaluated on, and what on how many.
OF_TEST_IMAGES = frozenset(
    {"eval_seconds", "wall_seconds", *(key for key, metric in metrics_by_key().items() if metric.split == "test")}
)
# What importers keep a spread in, in units of the column: percent points are hundredths.
_DIVISORS: Mapping[Format, int] = {"percent": 100, "duration": 1, "number": 1}


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


class StatedSpread(NamedTuple):
    """What a document prints behind a number, which is told again and never computed with: `82.10 ± 0.20 (3)`.

    A spread in the column's unit and the number of runs behind a reported value; None where it is not stated.
    """

    spread: float | None
    n: int | None


def stated_spread(run: Fields, known: Column) -> StatedSpread | None:
    """Return what a reported run states behind the value of a column; None where that is nothing."""
    if run["kind"] != "reported" or not run["metrics"]:
        return None
    name, divisor = known.key.removeprefix("metrics."), _DIVISORS.get(known.format)
    spread, n = run["metrics"].get(f"{name}_spread"), run["metrics"].get(f"{name}_n")
    if spread is not None:
        spread = float(exact(spread) / divisor) if divisor and is_number(spread) and spread >= 0 else None
    n = int(n) if n is not None and n >= 1 and float(n).is_integer() else None
    return None if spread is n is None or not is_number(known.value(run)) else StatedSpread(spread, n)


def stated_text(
    value: float, stated: StatedSpread, form: Format, decimals: int | None = None, *, shows_spread: bool = True
) -> str:
    """Return a reported value and what its document prints behind it."""
    number = "" if stated.n is None else f" ({stated.n})"
    if stated.spread is None or not shows_spread:
        return format_value(value, form, decimals) + number
    mean, behind = text_and_spread(value, stated.spread, form, decimals)
    return f"{mean} ± {behind}{number}"

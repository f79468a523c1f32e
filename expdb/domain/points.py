"""Values that were measured of runs, one by one and summed up."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

_SAME: Final = 1e-5  # of two numbers that are one: it may have been logged as a float32


class PointValue(NamedTuple):
    """One value; a tuple, since a curve may have a million.

    Attributes:
        metric: its name, as it was logged or as the task's metric is called.
        epoch: None where it is not known.
        step: None of a value of an epoch.
        value: may be NaN or infinite.
        superseded_by: the attempt that went on from before this place, so that it does not count; None where it does.
    """

    run_id: int
    metric: str
    attempt: int
    epoch: int | None
    step: int | None
    value: float
    superseded_by: int | None = None


class Place(NamedTuple):
    """Where a value was measured: at a step, or of an epoch."""

    epoch: int | None
    step: int | None


@dataclass(frozen=True, kw_only=True)
class MetricSummary:
    """All values of a metric of one run that count, summed up.

    Attributes:
        n: number of values.
        num_special: how many of these are NaN or infinite.
        last: the last one; may be NaN or infinite.
        least, greatest: of the finite ones; None where there are none.
        last_at, least_at, greatest_at: where.
    """

    metric: str
    n: int
    num_special: int
    last: float
    last_at: Place
    least: float | None
    least_at: Place | None
    greatest: float | None
    greatest_at: Place | None


@dataclass(frozen=True, kw_only=True)
class PointCurves:
    """Thinned curves of one metric of several runs, over the same axis.

    Attributes:
        values: by run, then by epoch or step, in order; a run without values is missing.
    """

    axis: Literal["epoch", "step"]
    values: Mapping[int, Mapping[int, float]]


def is_same_mean(value: float | None, mean: float) -> bool:
    """Tell whether the value of a metric is the mean over its items; one that is not known is not."""
    return value is not None and abs(value - mean) <= _SAME * max(1.0, abs(value))

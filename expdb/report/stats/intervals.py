"""A sample's mean and spread, and confidence intervals: Student's of a mean, Wilson's and Newcombe's of accuracies."""

import math
import statistics
from collections.abc import Iterable
from dataclasses import dataclass

from expdb.domain.group import Sample


@dataclass(frozen=True, kw_only=True)
class Interval:
    """A confidence interval; `level` is a fraction, `method` says in words how it came about."""

    low: float
    high: float
    level: float
    method: str


def sample_of(values: Iterable[float]) -> Sample:
    """Return the sample of these values, exact to the last bit (so that equal values have a spread of 0).

    Raises:
        ValueError: no value, or one that is not finite.
    """
    known = [float(value) for value in values]
    check_finite(known)
    if not known:
        raise ValueError("a sample has at least one value, not 0")
    std = statistics.stdev(known) if len(known) > 1 else None
    return Sample(n=len(known), mean=statistics.mean(known), std=std)


def t_interval(sample: Sample, level: float = 0.95) -> Interval | None:
    """Return Student's t interval of a mean; None of a single value.

    Raises:
        ValueError: the level is not between 0 and 1.
    """
    check_level(level)
    if sample.std is None:
        return None
    return student_interval(
        sample.mean, sample.std / math.sqrt(sample.n), sample.n - 1, level, f"Student's t, n = {sample.n}"
    )


def wilson_interval(accuracy: float, num_images: int, level: float = 0.95) -> Interval:
    """Return Wilson's interval of one model's accuracy: what other test images might have given (no other seeds).

    Args:
        accuracy: a fraction; taken to the nearest whole image.

    Raises:
        ValueError: the accuracy is not in [0, 1], there is no image, or the level is not between 0 and 1.

    Source: Wilson, Probable inference, the law of succession, and statistical inference (1927).
    """
    from scipy import stats  # type: ignore[import-untyped]

    check_level(level)
    if not 0 <= accuracy <= 1:
        raise ValueError(f"an accuracy is a fraction in [0, 1], not {accuracy}")
    if num_images < 1:
        raise ValueError(f"an accuracy needs at least one image, not {num_images}")
    found = stats.binomtest(round(accuracy * num_images), num_images).proportion_ci(level, method="wilson")
    return Interval(low=float(found.low), high=float(found.high), level=level, method=f"Wilson, {num_images:,} images")


def newcombe_interval(a: float, num_a: int, b: float, num_b: int, level: float = 0.95) -> Interval:
    """Return the interval of the difference b - a of two models' accuracies, each on images of its own.

    On the same images the difference is known better than this, from the stored predictions.

    Args:
        a: a fraction; taken to the nearest whole image, as b.
        num_a: images of a.
        b: a fraction.
        num_b: images of b.
        level: of the interval.

    Raises:
        ValueError: as `wilson_interval`.

    Source: Newcombe, Interval estimation for the difference between independent proportions: comparison of eleven
    methods (1998), method 10: hybrid score, without continuity correction.
    """
    (of_a, share_a), (of_b, share_b) = (
        (wilson_interval(value, num, level), round(value * num) / num) for value, num in ((a, num_a), (b, num_b))
    )
    difference = share_b - share_a
    return Interval(
        low=difference - math.hypot(share_b - of_b.low, of_a.high - share_a),
        high=difference + math.hypot(of_b.high - share_b, share_a - of_a.low),
        level=level,
        method="Newcombe, independent proportions",
    )


def student_interval(centre: float, error: float, df: float, level: float, method: str) -> Interval:
    """Return the interval of an estimate whose error is Student distributed; `error` is its standard error."""
    from scipy import special  # not stats, which takes four times as long to import

    half = -error * float(special.stdtrit(df, (1 - level) / 2))
    return Interval(low=centre - half, high=centre + half, level=level, method=method)


def check_level(level: float) -> None:
    """Refuse a confidence level that is no fraction between 0 and 1.

    Raises:
        ValueError: it is not.
    """
    if not 0 < level < 1:
        raise ValueError(f"a level is a fraction between 0 and 1, not {level}")


def check_finite(values: Iterable[float]) -> None:
    """Refuse values that are not finite.

    Raises:
        ValueError: one is not.
    """
    for value in values:
        if not math.isfinite(value):
            raise ValueError(f"a value must be finite, not {value}")

"""The paired bootstrap (BCa) of two models on the same images, or on the same items of any kind.

`correct` is (N,) bool, one value an image, in the same order of images for both models. `a` is the baseline.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from expdb.domain.value_text import ROUNDING
from expdb.report.stats.comparison import Test
from expdb.report.stats.intervals import Interval, check_level
from expdb.report.stats.mcnemar import ABOUT_MODELS, discordant

_LEAST_DRAWS, _MOST_DRAWN = 2_000, 200_000_000  # of items in all: some seconds
_AT_ONCE = 4_000_000  # items, some 60 MB
_FEW_DISCORDANT = 10  # below, the draws take too few values: with 5 images against 0 they exclude 0, McNemar does not


def paired_bootstrap(
    correct_a: NDArray[np.bool_],
    correct_b: NDArray[np.bool_],
    *,
    level: float = 0.95,
    draws: int = 10_000,
    seed: int = 0,
) -> Test:
    """Return the BCa bootstrap interval of the difference of two accuracies; images are drawn in pairs.

    An image adds -1, 0 or +1 to the difference, so that drawing N images is one draw of three counts.

    Raises:
        ValueError: the vectors are empty, not boolean, or not of the same length; the level is not between 0 and 1;
            fewer than 5 draws fall beyond each end.

    Source: Efron and Tibshirani, An Introduction to the Bootstrap (1993), equations 14.10, 14.14 and 14.15.
    """
    _check_draws(level, draws)
    lost, gained, num_images = discordant(correct_a, correct_b)
    difference = (gained - lost) / num_images
    shares = np.array([lost, gained, num_images - lost - gained]) / num_images
    drawn = np.random.default_rng(seed).multinomial(num_images, shares, size=draws)
    changes = drawn[:, 1] - drawn[:, 0]
    low, high = difference, difference
    if shares.max() < 1:  # else every draw is the same, and nothing below is defined
        ends = _bca_quantiles(changes, gained - lost, _acceleration(lost, gained, num_images), level)
        low, high = (float(end) / num_images for end in np.quantile(changes, ends))
    few = lost + gained < _FEW_DISCORDANT
    return Test(
        name="paired bootstrap",
        difference=difference,
        interval=Interval(low=low, high=high, level=level, method=f"BCa, {draws:,} draws of {num_images:,} images"),
        num_a=num_images,
        num_b=num_images,
        note=f"only {lost + gained} discordant images: the interval is rough; {ABOUT_MODELS}" if few else ABOUT_MODELS,
    )


def paired_bootstrap_of_scores(
    scores_a: NDArray[np.floating],
    scores_b: NDArray[np.floating],
    *,
    level: float = 0.95,
    draws: int = 10_000,
    seed: int = 0,
) -> Test:
    """Return the BCa bootstrap interval of the difference of two mean scores; items are drawn in pairs.

    Args:
        scores_a: (N,) one number an item; `scores_b`: of the same items in the same order.
        level: of the interval.
        draws: of more than 20,000 items fewer, down to 2,000.
        seed: of the draws.

    Raises:
        ValueError: the vectors are empty, not finite, or not of the same length; the level is not between 0 and 1;
            fewer than 5 draws fall beyond each end.

    Source: as `paired_bootstrap`.
    """
    a, b = np.asarray(scores_a, dtype=np.float64), np.asarray(scores_b, dtype=np.float64)
    if a.ndim != 1 or a.shape != b.shape or not a.size:
        raise ValueError(f"not the same items: scores of shapes {a.shape} and {b.shape}")
    changes = b - a
    if not np.isfinite(changes).all():
        raise ValueError("a score must be finite")
    draws = min(draws, max(_LEAST_DRAWS, _MOST_DRAWN // a.size))
    _check_draws(level, draws)
    difference = math.fsum(changes) / a.size
    low, high, around = difference, difference, changes - difference
    scale = float(np.abs(changes).max())
    if np.ptp(changes) > ROUNDING * scale:  # else every draw is the same
        means = _drawn_means(changes, draws, seed)
        cubes, squares = math.fsum(around**3), math.fsum(around**2)
        # Some draws have the mean of all items, but for the order in which they are summed.
        rounded = np.round(means / scale, 12)
        ends = _bca_quantiles(rounded, round(difference / scale, 12), cubes / (6 * squares**1.5), level)
        low, high = (float(end) for end in np.quantile(means, ends))
    return Test(
        name="paired bootstrap",
        difference=difference,
        interval=Interval(low=low, high=high, level=level, method=f"BCa, {draws:,} draws of {a.size:,} items"),
        num_a=a.size,
        num_b=a.size,
        note=ABOUT_MODELS,
    )


def _drawn_means(changes: NDArray[np.float64], draws: int, seed: int) -> NDArray[np.float64]:
    """Return the means of so many draws of as many items as there are, with repetition."""
    rng = np.random.default_rng(seed)
    means = np.empty(draws)
    at_once = max(1, _AT_ONCE // changes.size)
    for first in range(0, draws, at_once):
        own = means[first : first + at_once]
        own[:] = changes[rng.integers(0, changes.size, (own.size, changes.size))].mean(axis=1)
    return means


def _check_draws(level: float, draws: int) -> None:
    check_level(level)
    if draws * (1 - level) < 10 - 1e-6:
        raise ValueError(
            f"an interval of level {level} needs {math.ceil(10 / (1 - level) - 1e-6):,} draws, not {draws:,}"
        )


def _acceleration(lost: int, gained: int, num_images: int) -> float:
    """Return the jackknife's acceleration of the mean of `lost` values -1, `gained` values +1, and zeros."""
    mean = (gained - lost) / num_images
    counts = ((lost, -1 - mean), (num_images - lost - gained, -mean), (gained, 1 - mean))
    third = math.fsum(count * value**3 for count, value in counts)
    second = math.fsum(count * value**2 for count, value in counts)
    return float(third / (6 * second**1.5))


def _bca_quantiles(changes: NDArray[Any], observed: float, acceleration: float, level: float) -> list[float]:
    from scipy import stats  # type: ignore[import-untyped]

    below = (np.count_nonzero(changes < observed) + np.count_nonzero(changes <= observed)) / (2 * changes.size)
    bias = float(stats.norm.ppf(below))
    ends = [bias + float(stats.norm.ppf(share)) for share in ((1 - level) / 2, (1 + level) / 2)]
    return [float(stats.norm.cdf(bias + end / (1 - acceleration * end))) for end in ends]

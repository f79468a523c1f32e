"""The paired bootstrap (BCa) of two models on the same images.

`correct` is (N,) bool, one value an image, in the same order of images for both models. `a` is the baseline.
"""

import math

import numpy as np
from numpy.typing import NDArray

from expdb.report.stats.comparison import Test
from expdb.report.stats.intervals import Interval, check_level
from expdb.report.stats.mcnemar import ABOUT_MODELS, discordant

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
    check_level(level)
    if draws * (1 - level) < 10 - 1e-6:
        raise ValueError(
            f"an interval of level {level} needs {math.ceil(10 / (1 - level) - 1e-6):,} draws, not {draws:,}"
        )
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


def _acceleration(lost: int, gained: int, num_images: int) -> float:
    """Return the jackknife's acceleration of the mean of `lost` values -1, `gained` values +1, and zeros."""
    mean = (gained - lost) / num_images
    counts = ((lost, -1 - mean), (num_images - lost - gained, -mean), (gained, 1 - mean))
    third = math.fsum(count * value**3 for count, value in counts)
    second = math.fsum(count * value**2 for count, value in counts)
    return float(third / (6 * second**1.5))


def _bca_quantiles(changes: NDArray[np.int64], observed: int, acceleration: float, level: float) -> list[float]:
    from scipy import stats  # type: ignore[import-untyped]

    below = (np.count_nonzero(changes < observed) + np.count_nonzero(changes <= observed)) / (2 * changes.size)
    bias = float(stats.norm.ppf(below))
    ends = [bias + float(stats.norm.ppf(share)) for share in ((1 - level) / 2, (1 + level) / 2)]
    return [float(stats.norm.cdf(bias + end / (1 - acceleration * end))) for end in ends]

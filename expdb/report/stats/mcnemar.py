"""Two models on the same images: what their right and wrong answers, image by image, say about the difference.

`correct` is (N,) bool, one value an image, in the same order of images for both models. `a` is the baseline.
"""

import math

import numpy as np
from numpy.typing import NDArray

from expdb.report.stats.means import Interval, Test, check_level

_ABOUT = "about these two trained models, not about how they were trained"
_FEW_DISCORDANT = 10  # below, the draws take too few values: with 5 images against 0 they exclude 0, McNemar does not


def mcnemar(correct_a: NDArray[np.bool_], correct_b: NDArray[np.bool_]) -> Test:
    """Compare two accuracies by McNemar's exact test.

    Raises:
        ValueError: the vectors are empty, not boolean, or not of the same length.
    """
    return mcnemar_counts(*_discordant(correct_a, correct_b))


def mcnemar_counts(only_a_right: int, only_b_right: int, num_images: int) -> Test:
    """Compare two accuracies by McNemar's exact (binomial) test on the images that only one model has right.

    Raises:
        ValueError: a negative number, or more discordant images than images.

    Source: McNemar, Note on the sampling error of the difference between correlated proportions (1947);
    Dietterich, Approximate statistical tests for comparing supervised classification learning algorithms (1998).
    """
    from scipy import stats  # type: ignore[import-untyped]

    discordant = only_a_right + only_b_right
    if min(only_a_right, only_b_right) < 0 or not max(1, discordant) <= num_images:
        raise ValueError(f"{only_a_right} and {only_b_right} discordant images of {num_images} are impossible numbers")
    return Test(
        name="McNemar",
        difference=(only_b_right - only_a_right) / num_images,
        p=float(stats.binomtest(only_b_right, discordant).pvalue) if discordant else 1.0,
        num_a=num_images,
        num_b=num_images,
        note=_ABOUT,
    )


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
    lost, gained, num_images = _discordant(correct_a, correct_b)
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
        note=f"only {lost + gained} discordant images: the interval is rough; {_ABOUT}" if few else _ABOUT,
    )


def kappa(correct_a: NDArray[np.bool_], correct_b: NDArray[np.bool_]) -> float | None:
    """Return the error consistency of two models: 1 the same errors, 0 as of independent models, negative below that.

    None where both are right, or both wrong, on every image: then nothing is left that chance does not explain.

    Raises:
        ValueError: the vectors are empty, not boolean, or not of the same length.

    Source: Geirhos et al., Beyond accuracy: quantifying trial-by-trial behaviour of CNNs and humans by measuring
    error consistency (2020), section 2 (Cohen's kappa of right and wrong).
    """
    lost, gained, num_images = _discordant(correct_a, correct_b)
    right_a, right_b = int(np.count_nonzero(correct_a)), int(np.count_nonzero(correct_b))
    # All times N^2, in whole numbers: exact also where nearly all agree.
    expected = right_a * right_b + (num_images - right_a) * (num_images - right_b)
    if expected == num_images**2:
        return None
    return (num_images * (num_images - lost - gained) - expected) / (num_images**2 - expected)


def _discordant(correct_a: NDArray[np.bool_], correct_b: NDArray[np.bool_]) -> tuple[int, int, int]:
    """Return how many images only a has right, how many only b, and how many there are."""
    a, b = np.asarray(correct_a), np.asarray(correct_b)
    for correct in (a, b):
        if correct.dtype != np.bool_ or correct.ndim != 1 or not correct.size:
            raise ValueError(f"correctness is a boolean an image, not {correct.dtype} of shape {correct.shape}")
    if a.shape != b.shape:
        raise ValueError(f"not the same images: {a.size:,} and {b.size:,}")
    return int(np.count_nonzero(a & ~b)), int(np.count_nonzero(b & ~a)), a.size


def _acceleration(lost: int, gained: int, num_images: int) -> float:
    """Return the jackknife's acceleration of the mean of `lost` values -1, `gained` values +1, and zeros."""
    mean = (gained - lost) / num_images
    counts = ((lost, -1 - mean), (num_images - lost - gained, -mean), (gained, 1 - mean))
    third = math.fsum(count * value**3 for count, value in counts)
    second = math.fsum(count * value**2 for count, value in counts)
    return float(third / (6 * second**1.5))


def _bca_quantiles(changes: NDArray[np.int64], observed: int, acceleration: float, level: float) -> list[float]:
    from scipy import stats

    below = (np.count_nonzero(changes < observed) + np.count_nonzero(changes <= observed)) / (2 * changes.size)
    bias = float(stats.norm.ppf(below))
    ends = [bias + float(stats.norm.ppf(share)) for share in ((1 - level) / 2, (1 + level) / 2)]
    return [float(stats.norm.cdf(bias + end / (1 - acceleration * end))) for end in ends]

"""McNemar's test of two models on the same images, and the images that only one of them has right.

`correct` is (N,) bool, one value an image, in the same order of images for both models. `a` is the baseline.
"""

import numpy as np
from numpy.typing import NDArray

from expdb.report.stats.comparison import Test

ABOUT_MODELS = "about these two trained models, not about how they were trained"


def mcnemar(correct_a: NDArray[np.bool_], correct_b: NDArray[np.bool_]) -> Test:
    """Compare two accuracies by McNemar's exact test.

    Raises:
        ValueError: the vectors are empty, not boolean, or not of the same length.
    """
    return mcnemar_counts(*discordant(correct_a, correct_b))


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
        note=ABOUT_MODELS,
    )


def discordant(correct_a: NDArray[np.bool_], correct_b: NDArray[np.bool_]) -> tuple[int, int, int]:
    """Return how many images only a has right, how many only b, and how many there are."""
    a, b = np.asarray(correct_a), np.asarray(correct_b)
    for correct in (a, b):
        if correct.dtype != np.bool_ or correct.ndim != 1 or not correct.size:
            raise ValueError(f"correctness is a boolean an image, not {correct.dtype} of shape {correct.shape}")
    if a.shape != b.shape:
        raise ValueError(f"not the same images: {a.size:,} and {b.size:,}")
    return int(np.count_nonzero(a & ~b)), int(np.count_nonzero(b & ~a)), a.size

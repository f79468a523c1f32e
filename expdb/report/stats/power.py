"""How large a difference so few seeds, or images, can show at all."""

import math
from bisect import bisect_left
from functools import cache

from expdb.report.stats.intervals import check_finite, check_level

_NODES = 64  # of the quadrature: the power to five digits


def smallest_detectable(std: float, n: int, *, power: float = 0.8, level: float = 0.05) -> float:
    """Return the smallest true difference of two means that Welch's two-sided test finds with this power.

    Args:
        std: true standard deviation between seeds, the same on both sides.
        n: seeds on each side.
        level: the p below which a difference counts as found (not a confidence level).

    Raises:
        ValueError: a negative std, fewer than two seeds, a level outside (0, 1), or a power outside (level, 1).

    Source: Cohen, Statistical Power Analysis for the Behavioral Sciences (1988), chapter 2, for Student's test. With
    equal numbers Welch's statistic is Student's, and only the critical value moves, with the share of the two
    variances that is on one side: over that share, which is Beta distributed and independent of the statistic given
    both together, the power is averaged.
    """
    check_level(level)
    check_finite([std])
    if std < 0:
        raise ValueError(f"a standard deviation is not negative: {std}")
    if n < 2:
        raise ValueError(f"a t test needs two seeds on each side, not {n}")
    if not level < power < 1:
        raise ValueError(f"a power lies between the level {level} and 1, not at {power}")
    return std * _detectable_stds(n, power, level)


@cache  # rows of a table have the same few numbers of seeds
def _detectable_stds(n: int, power: float, level: float) -> float:
    """Return the smallest difference that is found in standard deviations; as `smallest_detectable`."""
    import numpy as np
    from scipy import optimize, stats  # type: ignore[import-untyped]

    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    share = stats.beta.ppf((nodes + 1) / 4, (n - 1) / 2, (n - 1) / 2)  # up to 0.5: the other half is its mirror
    critical = stats.t.isf(level / 2, (n - 1) / (share**2 + (1 - share) ** 2))

    def missing_power(shift: float) -> float:
        # The square of noncentral t, both tails at once: scipy's far tail of t itself is nan for some shifts.
        return power - float(weights @ stats.ncf.sf(critical**2, 1, 2 * (n - 1), shift**2)) / 2

    upper = float(critical.min())
    while missing_power(upper) > 0:
        upper *= 2
    return math.sqrt(2 / n) * float(optimize.brentq(missing_power, 1e-9, upper))


def most_discordant(right_a: int, right_b: int, num_images: int, level: float = 0.05) -> int | None:
    """Return of how many images at most only one of two models may be right for McNemar's exact p to be below a level.

    None: of as many as there can be; -1: of none.

    Args:
        right_a: images that the one gets right.
        right_b: images that the other gets right.
        num_images: images in all.
        level: the p below which a difference counts as found (not a confidence level).

    Source: McNemar, Note on the sampling error of the difference between correlated proportions or percentages (1947).
    """
    from scipy import special

    difference = abs(right_a - right_b)
    most = min(right_a, right_b, num_images - right_a, num_images - right_b)  # that only the worse one gets right

    def is_found(only_worse: int) -> bool:
        return 2 * float(special.bdtr(only_worse, 2 * only_worse + difference, 0.5)) < level

    found = bisect_left(range(most + 1), x=True, key=lambda only_worse: not is_found(only_worse)) - 1
    return None if found == most else -1 if found < 0 else 2 * found + difference

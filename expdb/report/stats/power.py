"""How large a difference so few seeds, or images, can show at all."""

import math
from bisect import bisect_left
from collections.abc import Callable
from functools import cache

from expdb.report.stats.comparison import Test
from expdb.report.stats.intervals import check_finite, check_level

FEWEST = 3  # values on each side: the spread of two says too little of what more of them would show
_NODES = 128  # of the quadrature: the power to five digits
_HALVINGS = 50


def least_shown(test: Test) -> float | None:
    """Return the smallest true difference that another comparison like this one finds in 80 % of cases, at p < 0.05.

    The spread of its values is taken for the true one. None where there is no spread or test, or of less than three
    values a side.
    """
    if not test.spread or test.p is None or min(test.num_a, test.num_b) < FEWEST:
        return None
    if test.name == "paired t":
        return smallest_paired(test.spread, test.num_a)
    return smallest_detectable(test.spread, test.num_a, test.num_b)


def smallest_detectable(
    std: float, n: int, num_others: int | None = None, *, power: float = 0.8, level: float = 0.05
) -> float:
    """Return the smallest true difference of two means that Welch's two-sided test finds with this power.

    Args:
        std: true standard deviation between seeds, the same on both sides.
        n: seeds on one side.
        num_others: seeds on the other side; None: as many.
        power: share of the cases in which it is found.
        level: the p below which a difference counts as found (not a confidence level).

    Raises:
        ValueError: a negative std, fewer than two seeds, a level outside (0, 1), or a power outside (level, 1).

    Source: Cohen, Statistical Power Analysis for the Behavioral Sciences (1988), chapter 2, for Student's test. Given
    the share of the squares that is on one side, which is Beta distributed, Welch's statistic is Student's times a
    number (1 for equal numbers of seeds), against a critical value of its own; over that share the power is averaged.
    """
    num_others = n if num_others is None else num_others
    _check(std, min(n, num_others), power, level)
    return std * _detectable_stds(n, num_others, power, level)


def smallest_paired(std: float, n: int, *, power: float = 0.8, level: float = 0.05) -> float:
    """Return the smallest true mean difference that Student's two-sided test on n pairs finds with this power.

    Args:
        std: true standard deviation of the differences.
        n: pairs.
        power: share of the cases in which it is found.
        level: the p below which a difference counts as found (not a confidence level).

    Raises:
        ValueError: as `smallest_detectable`.

    Source: Cohen (1988), chapter 2: the noncentral t distribution.
    """
    _check(std, n, power, level)
    return std * _paired_stds(n, power, level)


def _check(std: float, n: int, power: float, level: float) -> None:
    check_level(level)
    check_finite([std])
    if std < 0:
        raise ValueError(f"a standard deviation is not negative: {std}")
    if n < 2:
        raise ValueError(f"a t test needs two seeds on each side, not {n}")
    if not level < power < 1:
        raise ValueError(f"a power lies between the level {level} and 1, not at {power}")


@cache  # rows of a table have the same few numbers of seeds
def _detectable_stds(a: int, b: int, power: float, level: float) -> float:
    """Return the smallest difference that is found in standard deviations; as `smallest_detectable`."""
    import numpy as np
    from scipy import special  # type: ignore[import-untyped]

    freedom, unit = a + b - 2, 1 / a + 1 / b
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    share = special.betaincinv((a - 1) / 2, (b - 1) / 2, (nodes + 1) / 2)
    of_a, of_b = share / (a * (a - 1)), (1 - share) / (b * (b - 1))
    own_freedom = (of_a + of_b) ** 2 / (of_a**2 / (a - 1) + of_b**2 / (b - 1))
    # The square of Welch's critical value, as one of Student's statistic.
    critical = special.stdtrit(own_freedom, level / 2) ** 2 * (of_a + of_b) * freedom / unit

    def power_of(shift: float) -> float:
        # The square of noncentral t, both tails at once.
        return 1 - float(weights @ special.ncfdtr(1, freedom, shift**2, critical)) / 2

    return math.sqrt(unit) * _least(power_of, power)


@cache
def _paired_stds(n: int, power: float, level: float) -> float:
    from scipy import special

    critical = special.stdtrit(n - 1, level / 2) ** 2
    return _least(lambda shift: 1 - float(special.ncfdtr(1, n - 1, shift**2, critical)), power) / math.sqrt(n)


def _least(power_of: Callable[[float], float], power: float) -> float:
    """Return the smallest shift that is found with this power, to the digits of a float."""
    low, high = 0.0, 1.0
    while power_of(high) < power:
        low, high = high, 2 * high
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if power_of(middle) >= power else (middle, high)
    return high


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

"""Tests of two means over a few seeds: Welch's t, and Student's on pairs; and how small a p so few seeds can give.

Values are in any unit, results in the same. In every test `a` is the baseline and the difference is b - a.
"""

import math
from collections.abc import Mapping
from dataclasses import replace

from expdb.domain.group import Sample
from expdb.domain.value_text import ROUNDING
from expdb.report.stats.comparison import Test, difference_of
from expdb.report.stats.intervals import check_finite, check_level, sample_of, student_interval


def welch(a: Sample, b: Sample, level: float = 0.95) -> Test:
    """Compare two means by Welch's t; without a p where a side has one value, or neither side any spread.

    Raises:
        ValueError: the level is not between 0 and 1.

    Source: Welch, The generalization of "Student's" problem when several different population variances are involved
    (1947), with the degrees of freedom of Satterthwaite (1946).
    """
    check_level(level)
    difference, nums = difference_of(a.mean, b.mean), (a.n, b.n)
    if a.std is None or b.std is None:
        return _untested("Welch's t", difference, nums, _too_few(*nums))
    if max(a.std, b.std) <= ROUNDING * max(abs(a.mean), abs(b.mean)):
        return _untested("Welch's t", difference, nums, "no spread between the seeds of either side: no test")
    error_a, error_b = a.std / math.sqrt(a.n), b.std / math.sqrt(b.n)
    error = math.hypot(error_a, error_b)
    df = 1 / ((error_a / error) ** 4 / (a.n - 1) + (error_b / error) ** 4 / (b.n - 1))
    tested = _t_test("Welch's t", difference, nums, error, df, level, "")
    limit = _rests(tested, f"{a.n} seeds against {b.n}", smallest_permutation_p(*nums), level)
    pooled = math.sqrt(((a.n - 1) * a.std**2 + (b.n - 1) * b.std**2) / (a.n + b.n - 2))
    return replace(tested, note=limit, spread=pooled)


def paired_t(a: Mapping[int, float], b: Mapping[int, float], level: float = 0.95) -> Test:
    """Compare two means by Student's t on the pairs that share a seed; other seeds are left out, as the note says.

    Args:
        a: seed -> value.

    Raises:
        ValueError: no seed is shared, a value is not finite, or the level is not between 0 and 1.
    """
    check_level(level)
    check_finite([*a.values(), *b.values()])
    seeds = sorted(a.keys() & b.keys())
    if not seeds:
        raise ValueError(f"no seed is shared by {sorted(a)} and {sorted(b)}")
    sample = sample_of(difference_of(a[seed], b[seed]) for seed in seeds)
    nums = (sample.n, sample.n)
    alone = len(a.keys() ^ b.keys())
    left_out = f"{_count(alone, 'seed')} had no partner" if alone else ""
    if sample.std is None:
        why = "a paired test needs two pairs, has 1"
    elif sample.std <= ROUNDING * max(max(abs(a[seed]), abs(b[seed])) for seed in seeds):
        why = "the same difference in every pair: no test"
    else:
        why = ""
    if sample.std is None or why:
        untested = _untested("paired t", sample.mean, nums, _joined(left_out, why))
        return replace(untested, left_out=left_out)
    least = smallest_paired_p(sample.n)
    error = sample.std / math.sqrt(sample.n)
    tested = _t_test("paired t", sample.mean, nums, error, sample.n - 1, level, "")
    limit = _rests(tested, f"{sample.n} pairs", least, level)
    return replace(tested, note=_joined(left_out, limit), left_out=left_out, spread=sample.std)


def smallest_permutation_p(num_a: int, num_b: int) -> float:
    """Return the smallest two-sided p that an exact permutation test of two means can give: 2 / C(a + b, a), at most 1.

    Raises:
        ValueError: a negative number.
    """
    if min(num_a, num_b) < 0:
        raise ValueError(f"a number of seeds is not negative: {num_a}, {num_b}")
    return min(1.0, 2 / math.comb(num_a + num_b, num_a))


def smallest_paired_p(n: int) -> float:
    """Return the smallest two-sided p that flipping the signs of n paired differences can give: 2 / 2^n, at most 1.

    Raises:
        ValueError: a negative number.
    """
    if n < 0:
        raise ValueError(f"a number of pairs is not negative: {n}")
    return min(1.0, 2.0 ** (1 - n))


def _t_test(
    name: str, difference: float, nums: tuple[int, int], error: float, df: float, level: float, note: str
) -> Test:
    from scipy import special  # type: ignore[import-untyped]

    return replace(
        _untested(name, difference, nums, note),
        interval=student_interval(difference, error, df, level, f"{name}, df = {df:.3g}"),
        p=2 * float(special.stdtr(df, -abs(difference) / error)),
        df=float(df),
    )


def _untested(name: str, difference: float, nums: tuple[int, int], note: str) -> Test:
    return Test(name=name, difference=difference, num_a=nums[0], num_b=nums[1], note=note)


def _too_few(num_a: int, num_b: int) -> str:
    return f"a test needs two seeds on each side, has {num_a} against {num_b}"


def _rests(test: Test, few: str, least: float, level: float) -> str:
    """Return what a p rests on that no test without assumptions could give with so few values; empty: it could."""
    if test.p is None or test.p >= least or not _is_out_of_reach(least, level):
        return ""
    return f"with {few}, a p below {least:.3g} rests on the assumption of normal values"


def _is_out_of_reach(least: float, level: float) -> bool:
    return least + level > 1 + 1e-9  # 1 - 0.9 is a little less than 0.1


def _joined(*notes: str) -> str:
    return "; ".join(note for note in notes if note)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"

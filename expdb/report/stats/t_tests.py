"""Statistics of a few seeds: intervals, tests of two means, and what so few seeds can show at all.

Values are in any unit, results in the same. In every test `a` is the baseline and the difference is b - a.
"""

import math
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from expdb.domain.group import Sample
from expdb.report.value_text import ROUNDING, exact

MOST_PERMUTATIONS = 20_000


@dataclass(frozen=True, kw_only=True)
class Interval:
    """A confidence interval; `level` is a fraction, `method` says in words how it came about."""

    low: float
    high: float
    level: float
    method: str


@dataclass(frozen=True, kw_only=True)
class Test:
    """A comparison of b with its baseline a.

    Attributes:
        difference: b - a.
        interval: of the difference; None where there is none.
        p: two-sided; None where there is no test.
        num_a: values (or pairs, or images) of a; `num_b`: of b.
        df: degrees of freedom of Student's t.
        note: what the reader must know, in words; empty if nothing.
        left_out: of this, which values the difference is not of.
    """

    name: str
    difference: float
    interval: Interval | None = None
    p: float | None = None
    num_a: int
    num_b: int
    df: float | None = None
    note: str = ""
    left_out: str = ""


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
    return _around(sample.mean, sample.std / math.sqrt(sample.n), sample.n - 1, level, f"Student's t, n = {sample.n}")


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


def difference_of(a: float, b: float) -> float:
    """Return b - a in decimals, as both are printed: 0.8275 - 0.81125 is 0.01625, not a little less."""
    return float(exact(b) - exact(a))


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
    return _t_test("Welch's t", difference, nums, error, df, level, _least_note(*nums, level))


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
    limit = f"{sample.n} pairs cannot get a sign-flip p below {least:.3g}" if _is_out_of_reach(least, level) else ""
    error = sample.std / math.sqrt(sample.n)
    tested = _t_test("paired t", sample.mean, nums, error, sample.n - 1, level, _joined(left_out, limit))
    return replace(tested, left_out=left_out)


def permutation(a: Sequence[float], b: Sequence[float]) -> Test:
    """Compare two means by the exact two-sided permutation test; without a p where a side has one value.

    Raises:
        ValueError: more than `MOST_PERMUTATIONS` ways to deal the values out, no value, or one that is not finite.

    Source: Fisher, The Design of Experiments (1935), section 21; twice the smaller tail, as scipy has it.
    """
    import numpy as np
    from scipy import stats

    difference, nums = difference_of(sample_of(a).mean, sample_of(b).mean), (len(a), len(b))
    if min(nums) < 2:
        return _untested("permutation", difference, nums, _too_few(*nums))
    if math.comb(sum(nums), len(a)) > MOST_PERMUTATIONS:
        raise ValueError(
            f"{nums[0]} seeds and {nums[1]} can be dealt out in more than {MOST_PERMUTATIONS:,} ways: use Welch's t"
        )
    # scipy takes statistics within 2e-14 of their size for equal. Beside the offset that is more than what sums in
    # another order differ by; of the plain difference of means, which is near 0, it would be less.
    offset = 2 * max(abs(float(value)) for value in [*a, *b])
    found = stats.permutation_test(
        (np.asarray(a, dtype=float), np.asarray(b, dtype=float)),
        lambda _, moved, axis: moved.mean(axis=axis) + offset,
        n_resamples=np.inf,
        vectorized=True,
    )
    return replace(_untested("permutation", difference, nums, _least_note(*nums, 0.95)), p=float(found.pvalue))


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


def _around(centre: float, error: float, df: float, level: float, method: str) -> Interval:
    from scipy import special  # not stats, which takes four times as long to import

    half = -error * float(special.stdtrit(df, (1 - level) / 2))
    return Interval(low=centre - half, high=centre + half, level=level, method=method)


def _t_test(
    name: str, difference: float, nums: tuple[int, int], error: float, df: float, level: float, note: str
) -> Test:
    from scipy import special

    return replace(
        _untested(name, difference, nums, note),
        interval=_around(difference, error, df, level, f"{name}, df = {df:.3g}"),
        p=2 * float(special.stdtr(df, -abs(difference) / error)),
        df=float(df),
    )


def _untested(name: str, difference: float, nums: tuple[int, int], note: str) -> Test:
    return Test(name=name, difference=difference, num_a=nums[0], num_b=nums[1], note=note)


def _too_few(num_a: int, num_b: int) -> str:
    return f"a test needs two seeds on each side, has {num_a} against {num_b}"


def _least_note(num_a: int, num_b: int, level: float) -> str:
    least = smallest_permutation_p(num_a, num_b)
    if not _is_out_of_reach(least, level):
        return ""
    return f"{num_a} seeds against {num_b} cannot get a permutation p below {least:.3g}"


def _is_out_of_reach(least: float, level: float) -> bool:
    return least + level > 1 + 1e-9  # 1 - 0.9 is a little less than 0.1


def _joined(*notes: str) -> str:
    return "; ".join(note for note in notes if note)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"

"""Tests of seeds, held against published worked examples, scipy, and counting in whole numbers."""

import math
from itertools import combinations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats as scipy_stats

from expdb.report.stats.means import (
    Sample,
    newcombe_interval,
    paired_t,
    permutation,
    sample_of,
    smallest_paired_p,
    smallest_permutation_p,
    t_interval,
    welch,
    wilson_interval,
)

# Wikipedia, "Welch's t-test", first example (equal variances and numbers).
A1 = [27.5, 21.0, 19.0, 23.6, 17.0, 17.9, 16.9, 20.1, 21.9, 22.6, 23.1, 19.6, 19.0, 21.7, 21.4]
A2 = [27.1, 22.0, 20.8, 23.4, 23.4, 23.5, 25.8, 22.0, 24.8, 20.2, 21.9, 22.1, 22.9, 20.5, 24.4]

# Student, The probable error of a mean (1908): hours of sleep gained by ten patients with two drugs (R's `sleep`).
SLEEP_1 = dict(enumerate([0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]))
SLEEP_2 = dict(enumerate([1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]))

# Accuracies of 10,000 images.
accuracies = st.integers(0, 10_000).map(lambda right: right / 10_000)
groups = st.lists(accuracies, min_size=2, max_size=6)


def test_sample_has_the_standard_deviation_of_n_minus_1():
    # The eight values of Wikipedia, "Standard deviation": sum of squares 32 about a mean of 5.
    assert sample_of([2, 4, 4, 4, 5, 5, 7, 9]) == Sample(n=8, mean=5.0, std=math.sqrt(32 / 7))


def test_single_value_has_no_standard_deviation():
    assert sample_of([0.79]) == Sample(n=1, mean=0.79, std=None)


@given(value=st.floats(-1e6, 1e6), n=st.integers(2, 30))
def test_equal_values_have_exactly_no_spread(value, n):
    assert sample_of([value] * n) == Sample(n=n, mean=value, std=0.0)


def test_sample_is_exact_where_the_mean_is_large_beside_the_spread():
    # NIST StRD, univariate summary statistics, NumAcc4: mean 10000000.2, standard deviation 0.1.
    found = sample_of([10_000_000.2, *[10_000_000.1, 10_000_000.3] * 500])

    assert found.mean == 10_000_000.2
    assert found.std == pytest.approx(0.1, rel=1e-8)


@pytest.mark.parametrize(("n", "half"), [(2, 1.80), (3, 0.50), (5, 0.25), (10, 0.14)])
def test_t_interval_of_few_seeds_is_wide(n, half):
    found = t_interval(Sample(n=n, mean=79.0, std=0.2))

    assert (found.low, found.high) == pytest.approx((79 - half, 79 + half), abs=0.005)
    assert (found.level, found.method) == (0.95, f"Student's t, n = {n}")


def test_t_interval_of_one_seed_is_none():
    assert t_interval(sample_of([0.79])) is None


@given(values=groups, level=st.floats(0.01, 0.999))
def test_t_interval_is_scipys(values, level):
    assume(len(set(values)) > 1)
    expected = scipy_stats.t.interval(level, len(values) - 1, scipy_stats.tmean(values), scipy_stats.sem(values))

    found = t_interval(sample_of(values), level)

    assert (found.low, found.high) == pytest.approx(tuple(map(float, expected)), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize(
    ("percent", "low", "high"),
    [
        (79.05, 78.24, 79.84),
        (80.00, 79.20, 80.77),
        (81.62, 80.85, 82.37),
        (82.85, 82.10, 83.58),
        (81.91, 81.14, 82.65),
    ],
)
def test_wilson_interval_of_ten_thousand_images(percent, low, high):
    found = wilson_interval(percent / 100, 10_000)

    assert (round(100 * found.low, 2), round(100 * found.high, 2)) == (low, high)
    assert found.method == "Wilson, 10,000 images"


@pytest.mark.parametrize(
    ("right", "num_images", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_interval_is_newcombes(right, num_images, low, high):
    # Newcombe, Two-sided confidence intervals for the single proportion (1998), table I, method 3.
    found = wilson_interval(right / num_images, num_images)

    assert (round(found.low, 4), round(found.high, 4)) == (low, high)


def test_wilson_interval_stays_between_0_and_1():
    assert wilson_interval(0.0, 10).low == 0
    assert wilson_interval(1.0, 10).high == 1


def test_welch_is_the_published_example():
    # t = -2.46, df = 25.0, p = 0.021; the difference here is the second less the first.
    found = welch(sample_of(A1), sample_of(A2))

    assert found.p == pytest.approx(0.021, abs=5e-4)
    assert found.df == pytest.approx(25.0, abs=0.05)
    error = (found.interval.high - found.difference) / scipy_stats.t.ppf(0.975, found.df)
    assert found.difference / error == pytest.approx(2.46, abs=0.005)
    assert (found.num_a, found.num_b, found.note) == (15, 15, "")


@pytest.mark.filterwarnings("ignore:Precision loss occurred:RuntimeWarning")  # scipy's, where one side has no spread
@given(a=groups, b=groups, level=st.floats(0.5, 0.99))
def test_welch_is_scipys(a, b, level):
    assume(len(set(a)) > 1 or len(set(b)) > 1)
    expected = scipy_stats.ttest_ind(b, a, equal_var=False)

    found = welch(sample_of(a), sample_of(b), level)

    assert found.p == pytest.approx(expected.pvalue, rel=1e-6)
    assert found.df == pytest.approx(expected.df, rel=1e-6)
    ends = tuple(expected.confidence_interval(level))
    assert (found.interval.low, found.interval.high) == pytest.approx(ends, rel=1e-6, abs=1e-9)


def test_welch_of_one_seed_says_why_there_is_no_test():
    found = welch(sample_of([0.79]), sample_of([0.80, 0.81, 0.82]))

    assert (found.p, found.interval, found.df) == (None, None, None)
    assert found.difference == pytest.approx(0.02)
    assert found.note == "a test needs two seeds on each side, has 1 against 3"


def test_welch_without_any_spread_is_no_test():
    found = welch(sample_of([0.79, 0.79]), sample_of([0.80, 0.80]))

    assert (found.p, found.interval) == (None, None)
    assert found.note == "no spread between the seeds of either side: no test"


def test_welch_takes_a_spread_of_rounding_for_none():
    assert welch(sample_of([0.1 + 0.2, 0.3]), sample_of([0.8, 0.8])).p is None


def test_paired_t_is_students_sleep_data():
    # R, ?t.test: t = 4.0621, df = 9, p = 0.002833, interval 0.7001142 to 2.4598858, mean difference 1.58.
    found = paired_t(SLEEP_1, SLEEP_2)

    assert found.p == pytest.approx(0.002833, abs=5e-7)
    assert found.df == 9
    assert found.difference == pytest.approx(1.58)
    assert (found.interval.low, found.interval.high) == pytest.approx((0.7001142, 2.4598858), abs=5e-8)
    assert found.interval.method == "paired t, df = 9"
    assert found.note == ""


@given(pairs=st.lists(st.tuples(accuracies, accuracies), min_size=2, max_size=8))
def test_paired_t_is_scipys(pairs):
    assume(len({round(10_000 * (b - a)) for a, b in pairs}) > 1)
    a, b = zip(*pairs, strict=True)
    expected = scipy_stats.ttest_rel(b, a)

    found = paired_t(dict(enumerate(a)), dict(enumerate(b)))

    assert found.p == pytest.approx(expected.pvalue, rel=1e-6)
    ends = tuple(expected.confidence_interval(0.95))
    assert (found.interval.low, found.interval.high) == pytest.approx(ends, rel=1e-6, abs=1e-9)


def test_paired_t_pairs_by_seed_not_by_order():
    a, b = {0: 0.79, 1: 0.80, 2: 0.82}, {2: 0.83, 1: 0.82, 0: 0.80}

    assert paired_t(a, b) == paired_t(a, dict(sorted(b.items())))


def test_paired_t_leaves_out_seeds_without_partner_and_says_so():
    a, b = {0: 0.79, 1: 0.80, 2: 0.82, 7: 0.1}, {0: 0.80, 1: 0.82, 2: 0.83, 8: 0.9, 9: 0.9}

    found = paired_t(a, b)

    assert (found.num_a, found.num_b) == (3, 3)
    assert found.difference == pytest.approx((0.01 + 0.02 + 0.01) / 3)
    assert found.note == "3 seeds had no partner; 3 pairs cannot get a sign-flip p below 0.25"


@pytest.mark.parametrize(
    ("a", "b", "note"),
    [
        ({0: 0.79, 1: 0.80}, {0: 0.81}, "1 seed had no partner; a paired test needs two pairs, has 1"),
        # 0.80 - 0.79 and 0.82 - 0.81 differ in the last bit, no more.
        ({0: 0.79, 1: 0.81, 2: 0.5}, {0: 0.80, 1: 0.82, 2: 0.51}, "the same difference in every pair: no test"),
    ],
)
def test_paired_t_without_spread_has_no_p(a, b, note):
    found = paired_t(a, b)

    assert (found.p, found.interval, found.df, found.note) == (None, None, None, note)


@pytest.mark.parametrize(
    ("num_a", "num_b", "p"),
    [(3, 3, 0.1), (2, 2, 1 / 3), (4, 4, 2 / 70), (5, 1, 1 / 3), (1, 1, 1), (0, 5, 1), (0, 0, 1)],
)
def test_smallest_permutation_p(num_a, num_b, p):
    assert smallest_permutation_p(num_a, num_b) == pytest.approx(p)
    assert smallest_permutation_p(num_b, num_a) == pytest.approx(p)


@pytest.mark.parametrize(("n", "p"), [(0, 1), (1, 1), (2, 0.5), (3, 0.25), (5, 0.0625), (6, 0.03125)])
def test_smallest_paired_p(n, p):
    assert smallest_paired_p(n) == p


def test_permutation_of_groups_apart_gives_the_smallest_p():
    found = permutation([0.79, 0.80, 0.81], [0.82, 0.83, 0.84])

    assert found.p == pytest.approx(smallest_permutation_p(3, 3))
    assert found.difference == pytest.approx(0.03)
    assert found.note == "3 seeds against 3 cannot get a permutation p below 0.1"


def test_few_seeds_are_noted_only_where_they_cannot_reach_the_level():
    three, four = sample_of([0.79, 0.80, 0.81]), sample_of([0.79, 0.80, 0.81, 0.82])

    assert welch(three, three).note == "3 seeds against 3 cannot get a permutation p below 0.1"
    assert welch(three, three, level=0.9).note == ""
    assert welch(four, four).note == ""


def counted_p(a: list[int], b: list[int]) -> float:
    """Return the exact two-sided permutation p of whole numbers, by counting: twice the smaller tail."""
    sums = [sum(chosen) for chosen in combinations(a + b, len(b))]
    below, above = sum(value <= sum(b) for value in sums), sum(value >= sum(b) for value in sums)
    return min(1.0, 2 * min(below, above) / len(sums))


@given(
    a=st.lists(st.integers(-20, 20), min_size=2, max_size=5),
    b=st.lists(st.integers(-20, 20), min_size=2, max_size=5),
    unit=st.sampled_from([1, 10, 7000]),
)
def test_permutation_counts_ties_as_ties(a, b, unit):
    found = permutation([value / unit for value in a], [value / unit for value in b])

    assert found.p == pytest.approx(counted_p(a, b))


def test_permutation_of_one_seed_is_no_test():
    found = permutation([0.79], [0.80, 0.81])

    assert (found.p, found.note) == (None, "a test needs two seeds on each side, has 1 against 2")


def test_permutation_of_many_seeds_is_refused():
    with pytest.raises(ValueError, match="9 seeds and 10 can be dealt out in more than 20,000 ways"):
        permutation([0.1] * 9, [0.2] * 10)


SAMPLE = Sample(n=2, mean=0.8, std=0.1)


@pytest.mark.parametrize(
    ("call", "value"),
    [
        (lambda: sample_of([]), "not 0"),
        (lambda: sample_of([0.1, math.nan]), "nan"),
        (lambda: sample_of([math.inf]), "inf"),
        (lambda: Sample(n=0, mean=0.1, std=None), "not 0"),
        (lambda: Sample(n=1, mean=0.1, std=0.1), "a sample of 1 cannot have the standard deviation 0.1"),
        (lambda: Sample(n=3, mean=0.1, std=None), "a sample of 3 cannot have the standard deviation None"),
        (lambda: Sample(n=3, mean=0.1, std=-0.1), "-0.1"),
        (lambda: Sample(n=3, mean=math.nan, std=0.1), "nan"),
        (lambda: t_interval(SAMPLE, 95), "a level is a fraction between 0 and 1, not 95"),
        (lambda: t_interval(sample_of([0.1]), 0), "not 0"),
        (lambda: wilson_interval(79.05, 10_000), "79.05"),
        (lambda: wilson_interval(math.nan, 10_000), "nan"),
        (lambda: wilson_interval(0.5, 0), "not 0"),
        (lambda: wilson_interval(0.5, 10, math.nan), "nan"),
        (lambda: welch(SAMPLE, SAMPLE, 1.0), "1.0"),
        (lambda: paired_t({0: 0.1}, {1: 0.2}), r"no seed is shared by \[0\] and \[1\]"),
        (lambda: paired_t({0: 0.1}, {0: math.nan}), "nan"),
        (lambda: paired_t({0: 0.1}, {0: 0.2}, -1), "-1"),
        (lambda: permutation([], [0.1]), "not 0"),
        (lambda: permutation([0.1, math.inf], [0.1, 0.2]), "inf"),
        (lambda: smallest_permutation_p(-1, 3), "-1, 3"),
        (lambda: smallest_paired_p(-2), "-2"),
    ],
)
def test_impossible_input_is_refused_with_its_value(call, value):
    with pytest.raises(ValueError, match=value):
        call()


def test_differences_are_taken_in_decimals_as_they_are_printed():
    assert 0.8275 - 0.81125 != 0.01625
    assert welch(sample_of([0.81125] * 2), sample_of([0.8275] * 2)).difference == 0.01625
    assert paired_t({0: 0.81125}, {0: 0.8275}).difference == 0.01625


def test_the_least_p_of_few_pairs_is_not_rounded_down():
    found = paired_t({0: 0.1, 1: 0.2, 2: 0.3, 3: 0.4}, {0: 0.2, 1: 0.2, 2: 0.5, 3: 0.4})

    assert found.note == "4 pairs cannot get a sign-flip p below 0.125"


@pytest.mark.parametrize(
    ("a", "b", "low", "high"),
    # Newcombe (1998), table II, method 10; the first and the second sample change places, as b - a has it.
    [
        ((48, 80), (56, 70), 0.0524, 0.3339),
        ((3, 10), (9, 10), 0.1705, 0.8090),
        ((0, 29), (5, 56), -0.0381, 0.1926),
        ((0, 10), (10, 10), 0.6075, 1.0),
    ],
)
def test_newcombes_interval_is_that_of_his_table(a, b, low, high):
    found = newcombe_interval(a[0] / a[1], a[1], b[0] / b[1], b[1])

    assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)

"""Tests of seeds, held against published worked examples and scipy."""

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats as scipy_stats

from expdb.domain.group import Sample
from expdb.report.stats.intervals import sample_of
from expdb.report.stats.t_tests import paired_t, smallest_paired_p, smallest_permutation_p, welch

# Wikipedia, "Welch's t-test", first example (equal variances and numbers).
A1 = [27.5, 21.0, 19.0, 23.6, 17.0, 17.9, 16.9, 20.1, 21.9, 22.6, 23.1, 19.6, 19.0, 21.7, 21.4]

A2 = [27.1, 22.0, 20.8, 23.4, 23.4, 23.5, 25.8, 22.0, 24.8, 20.2, 21.9, 22.1, 22.9, 20.5, 24.4]

# Student, The probable error of a mean (1908): hours of sleep gained by ten patients with two drugs (R's `sleep`).
SLEEP_1 = dict(enumerate([0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]))

SLEEP_2 = dict(enumerate([1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]))

SAMPLE = Sample(n=2, mean=0.8, std=0.1)

# Accuracies of 10,000 images.
accuracies = st.integers(0, 10_000).map(lambda right: right / 10_000)
groups = st.lists(accuracies, min_size=2, max_size=6)


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
    assert found.note == "3 seeds had no partner; with 3 pairs, a p below 0.25 rests on the assumption of normal values"


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


def test_few_seeds_are_noted_only_where_they_cannot_reach_the_level():
    three, four = sample_of([0.79, 0.80, 0.81]), sample_of([0.79, 0.80, 0.81, 0.82])
    more, most = sample_of([0.89, 0.90, 0.91]), sample_of([0.89, 0.90, 0.91, 0.92])

    assert welch(three, more).note == "with 3 seeds against 3, a p below 0.1 rests on the assumption of normal values"
    assert welch(three, three).note == ""  # its p is not below
    assert welch(three, more, level=0.9).note == ""
    assert welch(four, most).note == ""


def test_differences_are_taken_in_decimals_as_they_are_printed():
    assert 0.8275 - 0.81125 != 0.01625
    assert welch(sample_of([0.81125] * 2), sample_of([0.8275] * 2)).difference == 0.01625
    assert paired_t({0: 0.81125}, {0: 0.8275}).difference == 0.01625


def test_the_least_p_of_few_pairs_is_not_rounded_down():
    found = paired_t({0: 0.1, 1: 0.2, 2: 0.3, 3: 0.4}, {0: 0.3, 1: 0.4, 2: 0.6, 3: 0.6})

    assert found.note == "with 4 pairs, a p below 0.125 rests on the assumption of normal values"


@pytest.mark.parametrize(
    ("call", "value"),
    [
        (lambda: welch(SAMPLE, SAMPLE, 1.0), "1.0"),
        (lambda: paired_t({0: 0.1}, {1: 0.2}), r"no seed is shared by \[0\] and \[1\]"),
        (lambda: paired_t({0: 0.1}, {0: math.nan}), "nan"),
        (lambda: paired_t({0: 0.1}, {0: 0.2}, -1), "-1"),
        (lambda: smallest_permutation_p(-1, 3), "-1, 3"),
        (lambda: smallest_paired_p(-2), "-2"),
    ],
)
def test_impossible_input_is_refused_with_its_value(call, value):
    with pytest.raises(ValueError, match=value):
        call()

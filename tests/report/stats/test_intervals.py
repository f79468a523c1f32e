"""Intervals, held against published tables and scipy."""

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats as scipy_stats

from expdb.domain.group import Sample
from expdb.report.stats.intervals import newcombe_interval, sample_of, t_interval, wilson_interval

# Accuracies of 10,000 images.
accuracies = st.integers(0, 10_000).map(lambda right: right / 10_000)
groups = st.lists(accuracies, min_size=2, max_size=6)
SAMPLE = Sample(n=2, mean=0.8, std=0.1)


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
    ],
)
def test_impossible_input_is_refused_with_its_value(call, value):
    with pytest.raises(ValueError, match=value):
        call()

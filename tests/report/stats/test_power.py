"""What few seeds can find, what many comparisons cost, and what choosing the best adds."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats as scipy_stats

from expdb.domain.group import Sample
from expdb.report.stats.power import least_shown, most_discordant, smallest_detectable, smallest_paired
from expdb.report.stats.t_tests import paired_t, welch


# Simulation of Welch's test (200,000 draws) finds these in 79.9, 80.0, 80.1 and 79.9 % of cases.
@pytest.mark.parametrize(("n", "points"), [(2, 2.078), (3, 0.701), (5, 0.417), (10, 0.266)])
def test_few_seeds_find_large_differences_only(n, points):
    assert smallest_detectable(0.2, n) == pytest.approx(points, abs=0.0005)


# Simulation of Welch's test (200,000 draws) finds these in 80.0, 79.9, 80.2 and 80.0 % of cases.
@pytest.mark.parametrize(("a", "b", "stds"), [(3, 10, 2.839), (2, 5, 6.679), (4, 3, 3.034), (3, 30, 3.040)])
def test_sides_of_other_numbers_find_what_simulation_says(a, b, stds):
    assert smallest_detectable(1.0, a, b) == smallest_detectable(1.0, b, a) == pytest.approx(stds, abs=0.0005)


# Student's test (G*Power, R's power.t.test): 2.02, 1.32 and 0.91; Welch's needs a little more of few seeds.
@pytest.mark.parametrize(("n", "students"), [(5, 2.02), (10, 1.32), (20, 0.91)])
def test_welchs_test_needs_hardly_more_than_students(n, students):
    assert students - 0.005 <= smallest_detectable(1.0, n) < 1.04 * students


# G*Power's t test of the difference from a constant, or of matched pairs.
@pytest.mark.parametrize(("n", "stds"), [(3, 3.264), (5, 1.682), (10, 0.996), (20, 0.660)])
def test_pairs_find_the_published_differences(n, stds):
    assert smallest_paired(1.0, n) == pytest.approx(stds, abs=0.0005)


def test_a_comparison_could_show_what_its_own_spread_and_seeds_say():
    a, b = Sample(n=3, mean=0.80, std=0.01), Sample(n=5, mean=0.81, std=0.02)
    pooled = math.sqrt((2 * 0.01**2 + 4 * 0.02**2) / 6)
    of_pairs = paired_t({0: 0.80, 1: 0.82, 2: 0.81}, {0: 0.81, 1: 0.82, 2: 0.84})

    assert least_shown(welch(a, b)) == pytest.approx(smallest_detectable(pooled, 3, 5))
    assert of_pairs.spread == pytest.approx(0.0152753, rel=1e-5)
    assert least_shown(of_pairs) == pytest.approx(smallest_paired(0.0152753, 3), rel=1e-5)


@pytest.mark.parametrize(
    "test",
    [
        welch(Sample(n=2, mean=0.8, std=0.01), Sample(n=9, mean=0.8, std=0.01)),
        welch(Sample(n=3, mean=0.8, std=0.0), Sample(n=3, mean=0.8, std=0.0)),
        welch(Sample(n=1, mean=0.8, std=None), Sample(n=3, mean=0.8, std=0.01)),
        paired_t({0: 0.80, 1: 0.82}, {0: 0.81, 1: 0.82}),
    ],
)
def test_too_few_seeds_or_no_spread_say_nothing_of_what_could_be_shown(test):
    assert least_shown(test) is None


@pytest.mark.parametrize(("difference", "n"), [(0.8, 26), (0.5, 64), (0.2, 394)])
def test_number_needed_for_cohens_effects_is_the_published_one(difference, n):
    # Cohen (1988), table 2.4.1: 26, 64 and 393; R's power.t.test says 25.5, 63.8 and 393.4, so 394 in whole.
    assert smallest_detectable(1.0, n) <= difference < smallest_detectable(1.0, n - 1)


def test_no_spread_lets_any_difference_be_found():
    assert smallest_detectable(0.0, 3) == 0


@given(
    n=st.integers(2, 200),
    level=st.floats(1e-4, 0.2),
    share=st.floats(0.01, 0.999),
)
def test_more_seeds_find_smaller_differences(n, level, share):
    power = level + share * (0.999 - level)

    assert (
        0
        < smallest_detectable(1.0, n + 1, power=power, level=level)
        < smallest_detectable(1.0, n, power=power, level=level)
    )


@pytest.mark.parametrize(("a", "b", "most"), [(7905, 8000, 2299), (6778, 6764, 44), (8102, 8191, 2015)])
def test_mcnemars_test_finds_a_difference_of_up_to_so_many_discordant_images(a, b, most):
    def p(discordant):
        return scipy_stats.binomtest((discordant - abs(a - b)) // 2, discordant).pvalue

    assert most_discordant(a, b, 10_000) == most
    assert p(most) < 0.05 <= p(most + 2)


def test_a_large_difference_needs_no_count_of_discordant_images_and_a_small_one_has_none():
    assert most_discordant(7905, 8162, 10_000) is None
    assert most_discordant(354, 356, 360) == -1
    assert most_discordant(360, 360, 360) == -1


@pytest.mark.parametrize(
    ("call", "value"),
    [
        (lambda: smallest_detectable(-0.1, 3), "-0.1"),
        (lambda: smallest_detectable(math.nan, 3), "nan"),
        (lambda: smallest_detectable(0.2, 1), "not 1"),
        (lambda: smallest_detectable(0.2, 3, level=5), "not 5"),
        (lambda: smallest_detectable(0.2, 3, power=80), "80"),
        (lambda: smallest_detectable(0.2, 3, power=0.05), "a power lies between the level 0.05 and 1, not at 0.05"),
    ],
)
def test_impossible_settings_are_refused_with_their_value(call, value):
    with pytest.raises(ValueError, match=value):
        call()

"""Two models on the same images, held against published examples, scipy, and counting in whole numbers."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats as scipy_stats

from expdb.report.stats.error_consistency import kappa
from expdb.report.stats.mcnemar import mcnemar, mcnemar_counts
from expdb.report.stats.paired_bootstrap import paired_bootstrap


def answers(both: int, only_a: int, only_b: int, neither: int) -> tuple[np.ndarray, np.ndarray]:
    """Return two models' correctness with these numbers of images, in a mixed order."""
    counts = (both, only_a, only_b, neither)
    order = np.random.default_rng(0).permutation(sum(counts))
    a = np.repeat([True, True, False, False], counts)[order]
    b = np.repeat([True, False, True, False], counts)[order]
    return a, b


vectors = st.integers(1, 60).flatmap(
    lambda n: st.tuples(*[st.lists(st.booleans(), min_size=n, max_size=n).map(np.array)] * 2)
)


def test_mcnemar_of_agrestis_approval_ratings():
    # Agresti, Categorical Data Analysis, section 10.1: 794, 150, 86, 570 of 1,600; difference -0.04, z^2 = 17.36.
    # R, mcnemar.test (with the correction of continuity): p = 4.115e-05.
    found = mcnemar(*answers(794, 150, 86, 570))

    assert found.difference == pytest.approx(-0.04)
    assert found.p == pytest.approx(2 * sum(math.comb(236, k) for k in range(87)) / 2**236, rel=1e-9)
    assert found.p == pytest.approx(4.115e-05, rel=0.1)
    assert (found.num_a, found.num_b, found.interval, found.df) == (1600, 1600, None, None)


@given(only_a=st.integers(0, 300), only_b=st.integers(0, 300))
def test_mcnemar_is_the_binomial_test_of_the_discordant_images(only_a, only_b):
    found = mcnemar_counts(only_a, only_b, 1000)

    expected = scipy_stats.binomtest(only_a, only_a + only_b, 0.5).pvalue if only_a + only_b else 1
    assert found.p == pytest.approx(expected, rel=1e-9)
    assert found.difference == pytest.approx((only_b - only_a) / 1000)


@pytest.mark.parametrize("count", [0, 1, 17, 5000])
def test_mcnemar_of_as_many_lost_as_gained_is_1(count):
    assert mcnemar_counts(count, count, 10_000).p == 1


@pytest.mark.parametrize(("only_a", "only_b", "p"), [(553, 648, 0.007), (1127, 1222, 0.052)])
def test_mcnemar_depends_on_how_many_images_are_discordant(only_a, only_b, p):
    # 79.05 % against 80.00 % of 10,000 images, 12 % and 23.5 % of them discordant.
    found = mcnemar_counts(only_a, only_b, 10_000)

    assert found.difference == pytest.approx(0.0095)
    assert round(found.p, 3) == p


@given(both=vectors)
def test_difference_is_that_of_the_accuracies(both):
    a, b = both

    assert mcnemar(a, b).difference == pytest.approx(b.mean() - a.mean(), abs=1e-12)
    assert paired_bootstrap(a, b, draws=200).difference == mcnemar(a, b).difference
    assert mcnemar(b, a).p == mcnemar(a, b).p


def test_tests_of_one_pair_of_models_say_what_they_are_about():
    a, b = answers(700, 100, 120, 80)

    note = "about these two trained models, not about how they were trained"
    assert mcnemar(a, b).note == paired_bootstrap(a, b).note == note


@pytest.mark.parametrize(("lost", "gained"), [(60, 90), (30, 30), (4, 60), (60, 4), (0, 12), (1, 0)])
def test_bootstrap_interval_of_the_same_draws_is_scipys(lost, gained):
    n, shares = 500, np.array([lost, gained, 500 - lost - gained]) / 500
    a, b = answers(300, lost, gained, n - 300 - lost - gained)
    change = b.astype(float) - a.astype(float)
    drawn = np.random.default_rng(7).multinomial(n, shares, size=2000)
    first = scipy_stats.bootstrap((change,), np.mean, n_resamples=2, method="percentile", rng=0)
    same = replace(first, bootstrap_distribution=(drawn[:, 1] - drawn[:, 0]) / n)
    expected = scipy_stats.bootstrap(
        (change,), np.mean, n_resamples=0, bootstrap_result=same, method="BCa", confidence_level=0.99
    )

    found = paired_bootstrap(a, b, level=0.99, draws=2000, seed=7).interval

    assert (found.low, found.high) == pytest.approx(tuple(expected.confidence_interval), abs=1e-12)
    assert found.method == "BCa, 2,000 draws of 500 images"


@pytest.mark.parametrize(("lost", "gained"), [(60, 90), (4, 60)])
def test_bootstrap_draws_images_as_scipy_does(lost, gained):
    n = 500
    a, b = answers(300, lost, gained, n - 300 - lost - gained)
    change, rng = b.astype(float) - a.astype(float), np.random.default_rng(5)
    expected = scipy_stats.bootstrap((change,), np.mean, n_resamples=20_000, method="BCa", rng=rng, batch=2000)

    found = paired_bootstrap(a, b, draws=20_000).interval

    ends = tuple(expected.confidence_interval)
    assert (found.low, found.high) == pytest.approx(ends, abs=1.01 / n)  # one image


def test_bootstrap_interval_of_many_images_is_nearly_normal():
    found = paired_bootstrap(*answers(7352, 553, 648, 1447), draws=100_000)

    error = math.sqrt(553 + 648 - 95**2 / 10_000) / 10_000
    ends = (0.0095 - 1.96 * error, 0.0095 + 1.96 * error)
    assert (found.interval.low, found.interval.high) == pytest.approx(ends, abs=2e-4)
    assert found.p is None


def test_bootstrap_of_identical_answers_is_0_to_0():
    a, _ = answers(700, 100, 120, 80)

    found = paired_bootstrap(a, a)

    assert (found.difference, found.interval.low, found.interval.high) == (0, 0, 0)


@pytest.mark.parametrize(("lost", "gained", "difference"), [(0, 20, 1.0), (20, 0, -1.0)])
def test_bootstrap_of_nothing_but_gains_or_losses_is_a_point(lost, gained, difference):
    found = paired_bootstrap(*answers(0, lost, gained, 0))

    assert (found.interval.low, found.difference, found.interval.high) == (difference, difference, difference)


def test_bootstrap_of_few_discordant_images_is_said_to_be_rough():
    # McNemar's p is 0.06 here, and yet the interval does not hold 0.
    found = paired_bootstrap(*answers(900, 0, 5, 95))

    assert found.interval.low > 0
    assert mcnemar_counts(0, 5, 1000).p == 0.0625
    assert found.note.startswith("only 5 discordant images: the interval is rough; about these two")


def test_bootstrap_is_the_same_for_the_same_seed():
    a, b = answers(300, 60, 90, 50)

    assert paired_bootstrap(a, b, seed=3) == paired_bootstrap(a, b, seed=3)
    assert paired_bootstrap(a, b, seed=3) != paired_bootstrap(a, b, seed=4)


@given(both=vectors, seed=st.integers(0, 5))
def test_bootstrap_interval_is_ordered_and_possible(both, seed):
    found = paired_bootstrap(*both, draws=400, seed=seed)

    assert -1 <= found.interval.low <= found.interval.high <= 1


def test_kappa_of_a_model_with_itself_is_1():
    a, _ = answers(700, 100, 120, 80)

    assert kappa(a, a) == 1


def test_kappa_of_opposite_errors_is_minus_1():
    assert kappa(*answers(0, 5, 5, 0)) == -1


@pytest.mark.parametrize("right", [True, False])
def test_kappa_of_answers_all_alike_is_none(right):
    assert kappa(np.full(10, right), np.full(10, right)) is None


def test_kappa_with_a_model_that_is_always_right_is_0():
    assert kappa(np.full(4, True), np.array([True, False, True, True])) == 0


def test_kappa_is_the_worked_example():
    # Wikipedia, "Cohen's kappa", simple example: 20, 5, 10, 15 give 0.4.
    assert kappa(*answers(20, 5, 10, 15)) == pytest.approx(0.4)


def test_kappa_of_independent_models_is_about_0():
    rng = np.random.default_rng(0)
    a, b = rng.random(50_000) < 0.79, rng.random(50_000) < 0.80

    assert kappa(a, b) == pytest.approx(0, abs=0.015)


A = np.array([True, False, True])


@pytest.mark.parametrize("compare", [mcnemar, paired_bootstrap, kappa])
@pytest.mark.parametrize(
    ("a", "b", "value"),
    [
        (A, A[:2], "not the same images: 3 and 2"),
        (A, A.astype(float), "float64"),
        (A[:0], A[:0], r"\(0,\)"),
        (A[None], A[None], r"\(1, 3\)"),
    ],
)
def test_other_than_one_boolean_an_image_is_refused(compare, a, b, value):
    with pytest.raises(ValueError, match=value):
        compare(a, b)


@pytest.mark.parametrize(
    ("call", "value"),
    [
        (lambda: mcnemar_counts(-1, 3, 10), "-1 and 3 discordant images of 10"),
        (lambda: mcnemar_counts(6, 5, 10), "6 and 5 discordant images of 10"),
        (lambda: mcnemar_counts(0, 0, 0), "of 0"),
        (lambda: paired_bootstrap(A, A, level=95), "not 95"),
        (lambda: paired_bootstrap(A, A, draws=100), "level 0.95 needs 200 draws, not 100"),
        (lambda: paired_bootstrap(A, A, level=0.9999), "needs 100,000 draws, not 10,000"),
    ],
)
def test_impossible_counts_and_settings_are_refused(call, value):
    with pytest.raises(ValueError, match=value):
        call()

"""Paired tests of what two runs got of every item, whatever the metric is."""

import numpy as np
import pytest
from scipy import stats

from expdb.data.outcomes import Outcomes, outcomes_of
from expdb.domain.table import ColumnChoice
from expdb.report.predictions.item_tests import compare_outcomes
from expdb.report.stats.mcnemar import mcnemar
from expdb.report.stats.paired_bootstrap import paired_bootstrap, paired_bootstrap_of_scores

RNG = np.random.default_rng(0)
A = RNG.beta(5, 2, 300)
B = np.clip(A + RNG.normal(0.02, 0.1, 300), 0, 1)
OF_MEANS = "of means over 300 items, which are not the metric itself"


def scored(values: np.ndarray, items: np.ndarray | None = None) -> Outcomes:
    return outcomes_of(values, items)


def means(*outcomes: Outcomes) -> tuple[float | None, float | None]:
    a, b = (float(one.values.mean()) for one in outcomes)
    return a, b


def test_the_interval_of_scores_is_scipys_bca() -> None:
    found = paired_bootstrap_of_scores(A, B)
    expected = stats.bootstrap((B - A,), np.mean, method="BCa", n_resamples=10_000, rng=0).confidence_interval

    assert found.difference == pytest.approx(float((B - A).mean()))
    assert found.interval is not None
    assert [found.interval.low, found.interval.high] == pytest.approx([expected.low, expected.high], rel=1e-9)
    assert (found.interval.method, found.num_a) == ("BCa, 10,000 draws of 300 items", 300)


def test_the_interval_of_right_and_wrong_lies_where_that_of_images_does() -> None:
    a, b = A > 0.7, B > 0.7
    scores, images = paired_bootstrap_of_scores(a.astype(float), b.astype(float)), paired_bootstrap(a, b)

    assert scores.difference == pytest.approx(images.difference)
    assert scores.interval is not None
    assert images.interval is not None
    assert [scores.interval.low, scores.interval.high] == pytest.approx(
        [images.interval.low, images.interval.high], abs=1.01 / 300 * 2
    )


def test_an_interval_scales_with_its_scores() -> None:
    one, thousand = paired_bootstrap_of_scores(A, B), paired_bootstrap_of_scores(1e-9 * A, 1e-9 * B)

    assert one.interval is not None
    assert thousand.interval is not None
    assert thousand.interval.low == pytest.approx(1e-9 * one.interval.low)


def test_scores_that_differ_alike_everywhere_have_an_interval_of_no_width() -> None:
    for shift in (0.0, 0.25):
        found = paired_bootstrap_of_scores(A, A + shift)
        assert found.interval is not None
        assert (found.difference, found.interval.low, found.interval.high) == pytest.approx((shift, shift, shift))


def test_more_items_than_can_be_drawn_so_often_are_drawn_less_and_that_is_said() -> None:
    many = np.arange(50_000) % 7.0
    found = paired_bootstrap_of_scores(many, many[::-1].copy())

    assert found.interval is not None
    assert found.interval.method == "BCa, 4,000 draws of 50,000 items"


@pytest.mark.parametrize(("a", "b"), [(A, A[:-1]), (A[:0], A[:0]), (A, np.where(A > 0.5, np.inf, A))])
def test_scores_of_other_items_or_not_finite_are_refused(a: np.ndarray, b: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"not the same items|must be finite"):
        paired_bootstrap_of_scores(a, b)


def test_mcnemar_takes_outcomes_that_are_right_and_wrong_and_refuses_scores() -> None:
    right = scored(A > 0.7), scored(B > 0.7)

    found = compare_outcomes(*right, "mcnemar", metric=means(*right))
    refused = compare_outcomes(scored(A), scored(B), "mcnemar", metric=(None, None))

    assert found == mcnemar(A > 0.7, B > 0.7)
    assert refused == "McNemar's test is of outcomes that are 0 or 1; test = 'bootstrap' takes any"


def test_outcomes_of_other_items_are_never_tested() -> None:
    ids = np.arange(300)
    told = {
        compare_outcomes(scored(A, ids), scored(B, ids[::-1]), "bootstrap", metric=(None, None)),
        compare_outcomes(scored(A), scored(B[1:]), "bootstrap", metric=(None, None)),
    }

    assert told == {
        "outcomes of other items, or in another order",
        "outcomes of 300 and of 299 items: not the same ones",
    }
    assert not isinstance(compare_outcomes(scored(A, ids), scored(B), "bootstrap", metric=(None, None)), str)


def test_a_metric_that_is_no_mean_over_items_is_told_of() -> None:
    a, b = scored(A), scored(B)

    own = compare_outcomes(a, b, "bootstrap", metric=means(a, b))
    other = compare_outcomes(a, b, "bootstrap", metric=(0.9, 0.95))  # as mIoU is, over classes

    assert not isinstance(own, str)
    assert not isinstance(other, str)
    assert (own.left_out, other.left_out) == ("", OF_MEANS)


@pytest.mark.parametrize("key", ["metrics.test/miou", "top5", "nll"])
def test_columns_of_single_items_take_a_test_over_them(key: str) -> None:
    assert ColumnChoice(key=key, shows="interval", test="bootstrap").test == "bootstrap"
    with pytest.raises(ValueError, match="it does not go with key = 'macro_f1'"):
        ColumnChoice(key="macro_f1", shows="interval", test="bootstrap")

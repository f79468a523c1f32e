"""Pairs of runs: counts, tests and kappas on the same images, and why two cannot be compared."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from expdb.analysis.agreement_pairs import pairs_of
from expdb.store.store import Store
from tests.store_runs import add_finished

FIRST = np.arange(200) % 4 > 0  # right about these
SECOND = np.arange(200) % 6 > 0
START = {"num_test_images": 200}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(f"sqlite:///{tmp_path / 'runs.db'}", artifact_root=tmp_path / "runs.artifacts") as opened:
        yield opened


def test_a_pair_is_counted_tested_and_compared_with_chance(store: Store):
    ids = [add_finished(store, correct=correct, start=START, seed=n) for n, correct in enumerate((FIRST, SECOND))]

    (pair,) = pairs_of(store, [store.run(number) for number in ids], images=0)

    counts = pair["all"]
    assert counts is not None
    both, only_first, only_second, none = (
        int(np.count_nonzero(some)) for some in (FIRST & SECOND, FIRST & ~SECOND, ~FIRST & SECOND, ~FIRST & ~SECOND)
    )
    assert [counts["n11"], counts["n01"], counts["n10"], counts["n00"]] == [both, only_first, only_second, none]
    assert pair["p"] == pytest.approx(stats.binomtest(only_second, only_first + only_second).pvalue)
    a, b = FIRST.mean(), SECOND.mean()
    expected = a * b + (1 - a) * (1 - b)
    assert counts["kappa"] == pytest.approx(((both + none) / 200 - expected) / (1 - expected))
    assert pair["overlap"] == pytest.approx(none / (200 - both))
    assert pair["same_mistake"] == 1  # both take a class for the next one
    assert pair["disagreement"] == pytest.approx((only_first + only_second) / 200)
    assert sum(one["num_images"] for one in pair["classes"]) == 200
    assert [sum(one[key] for one in pair["classes"]) for key in ("n11", "n00")] == [both, none]


def test_every_run_is_compared_with_each_later_one_and_none_with_itself(store: Store):
    ids = [add_finished(store, correct=FIRST, start=START, seed=seed) for seed in range(3)]
    runs = [store.run(number) for number in (*ids, ids[0])]

    pairs = pairs_of(store, runs, images=0)

    assert [(pair["first"], pair["second"]) for pair in pairs] == [(1, 2), (1, 3), (2, 3)]
    assert {pair["all"] and pair["all"]["kappa"] for pair in pairs} == {1}


def test_networks_that_make_no_mistakes_have_no_overlap_of_them(store: Store):
    ids = [add_finished(store, correct=np.ones(50, dtype=bool), start=START, seed=seed) for seed in range(2)]

    (pair,) = pairs_of(store, [store.run(number) for number in ids], images=0)

    assert (pair["overlap"], pair["same_mistake"], pair["p"]) == (None, None, 1)
    assert pair["all"] is not None
    assert pair["all"]["kappa"] is None


def test_runs_of_other_images_are_not_compared(store: Store):
    ids = [
        add_finished(store, correct=FIRST, start=START),
        add_finished(store, correct=FIRST, start=START, data__dataset="cifar10"),
    ]

    (pair,) = pairs_of(store, [store.run(number) for number in ids], images=0)

    assert pair["reason"] == "runs 1 and 2 were tested on other datasets: digits and cifar10"
    assert pair["all"] is None

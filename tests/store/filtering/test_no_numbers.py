"""Filters find the runs whose metric ended with no number, on every back end."""

import math

import pytest

from expdb.domain.events import Logged, PointsLogged
from expdb.domain.run import Environment, ReportedRun
from expdb.errors import FilterError
from tests.factories import make_spec, tracked_start


@pytest.fixture(scope="module")
def ended(shared_store):
    """Runs 1 to 4 that end with NaN, inf, -inf and a number; 5 logged nothing, 6 is a row of a document."""
    for seed, last in enumerate((math.nan, math.inf, -math.inf, 0.5)):
        run_id = shared_store.tracked.add(tracked_start(seed=seed))
        shared_store.tracked.begin(run_id, Environment())
        rows = [Logged(at, None, {"reward": value, "top1": value}) for at, value in enumerate((0.25, last), start=1)]
        shared_store.record(run_id, PointsLogged(rows=tuple(rows)))
        shared_store.points.add(run_id, [Logged(2, None, {"balanced_accuracy": last})])
    shared_store.add_run(make_spec())
    shared_store.add_reported(
        ReportedRun(
            name="p/1",
            group="p",
            source="a paper",
            quote={},
            dataset="camvid",
            model="segnet",
            metrics={"reward": 7.5},
        )
    )
    return shared_store


@pytest.mark.parametrize("name", ["metrics.reward", "top1", "balanced_accuracy", "metrics.balanced_accuracy"])
@pytest.mark.parametrize(
    ("said", "ids"),
    [
        ("= nan", {1}),
        ("= NaN", {1}),
        ("!= nan", {2, 3, 4, 5, 6}),
        ("= inf", {2}),
        ("= -inf", {3}),
        ("!= -inf", {1, 2, 4, 5, 6}),
        ("in (nan, inf)", {1, 2}),
        ("= 0.5", {4}),
        ("< 1", {4}),
    ],
)
def test_a_last_value_that_is_no_number_is_found_by_its_name(ended, name, said, ids):
    assert ended.ids(f"{name} {said}") == ids


def test_a_metric_is_null_where_nothing_was_logged_or_stated(ended):
    assert ended.ids("metrics.reward = null") == {5}
    assert ended.ids("metrics.reward != null") == {1, 2, 3, 4, 6}


@pytest.mark.parametrize("said", ["< nan", ">= inf", "~ nan"])
def test_no_number_is_not_ordered(ended, said):
    with pytest.raises(FilterError, match=r"'(nan|inf)' at position 1[6-9] of the filter: \w+ goes with = and != only"):
        ended.ids(f"metrics.reward {said}")


def test_what_is_no_metric_has_a_number(ended):
    with pytest.raises(FilterError, match="lr is"):
        ended.ids("lr = nan")

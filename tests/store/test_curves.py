import math

import pytest

from expdb.domain.events import Logged, PointsLogged
from expdb.domain.run import Environment
from expdb.errors import NotFoundError, SpecError
from expdb.store.store import Store
from tests.factories import tracked_start
from tests.store.events import epoch, running, started
from tests.store_runs import add_finished


@pytest.fixture
def store(database_url):
    with Store.open(database_url) as store:
        yield store


def test_a_short_curve_is_whole(store):
    run_id = add_finished(store, curve=[0.1, 0.4, 0.3])

    assert store.curves([run_id], "top1").values == {run_id: {1: 0.1, 2: 0.4, 3: 0.3}}


@pytest.mark.parametrize("num_epochs", [7, 10, 11, 23])
def test_a_long_curve_is_thinned_evenly_and_keeps_its_last_value(store, num_epochs):
    values = [number / 100 for number in range(1, num_epochs + 1)]
    run_id = add_finished(store, curve=values)

    curve = store.curves([run_id], "top1", points=5).values[run_id]

    step = -(-num_epochs // 5)
    assert curve == {epoch: values[epoch - 1] for epoch in range(num_epochs, 0, -step)}
    assert len(curve) <= 5


@pytest.mark.parametrize(
    ("every", "num_epochs", "points", "expected"),
    [
        (3, 8, 30, [3, 6, 8]),
        (5, 20, 30, [5, 10, 15, 20]),
        (2, 20, 5, [4, 8, 12, 16, 20]),
        (3, 20, 3, [9, 18, 20]),
        (7, 3, 30, [3]),
    ],
)
def test_a_curve_of_a_run_that_is_evaluated_now_and_then_has_what_there_is(store, every, num_epochs, points, expected):
    run_id = running(store, epochs=num_epochs, eval__every=every)
    store.record(run_id, started())
    for number in range(1, num_epochs + 1):
        is_evaluated = number % every == 0 or number == num_epochs
        store.record(run_id, epoch(number, top1=number / 100 if is_evaluated else None))

    assert store.curves([run_id], "top1", points=points).values == {
        run_id: {number: number / 100 for number in expected}
    }
    assert len(store.curves([run_id], "train_loss").values[run_id]) == num_epochs


def test_curves_of_more_runs_than_are_looked_up_one_by_one_are_the_same(store, monkeypatch):
    ids = [add_finished(store, curve=[0.1] * length + [0.9], seed=length) for length in range(1, 8)]
    expected = store.curves(ids[:5], "top1", points=3).values

    monkeypatch.setattr("expdb.store.curves._MOST_BY_ID", 2)

    assert store.curves(ids[:5], "top1", points=3).values == expected


def test_a_run_without_epochs_or_without_the_value_has_no_curve(store):
    queued, finished = add_finished(store, status="queued"), add_finished(store, curve=[0.1, 0.2], seed=1)

    assert store.curves([queued, finished], "val_top1").values == {}
    assert list(store.curves([queued, finished], "top1").values) == [finished]


def test_no_runs_have_no_curves(store):
    assert store.curves([], "top1").values == {}


@pytest.mark.parametrize(
    ("field", "points", "words"), [("flux", 30, "flux"), ("run_id", 30, "run_id"), ("top1", 1, "1")]
)
def test_a_curve_that_cannot_be_is_refused(store, field, points, words):
    with pytest.raises(SpecError, match=words):
        store.curves([1], field, points=points)


def logged(store, *rows, seed=0):
    """Return the id of a run of a script that logged these rows."""
    run_id = store.tracked.add(tracked_start(seed=seed))
    store.tracked.begin(run_id, Environment())
    store.record(run_id, PointsLogged(rows=rows))
    return run_id


def test_a_metric_of_a_script_has_a_curve_by_its_steps(store):
    run_id = logged(store, *(Logged(None, step, {"miou": step / 100}) for step in range(1, 13)))

    curves = store.curves([run_id], "metrics.miou", points=4)

    assert (curves.axis, curves.values) == ("step", {run_id: {3: 0.03, 6: 0.06, 9: 0.09, 12: 0.12}})


@pytest.mark.parametrize("name", ["balanced_accuracy", "energy_kwh", "metrics.energy_kwh"])
def test_a_metric_of_a_task_has_a_curve_by_its_epochs_in_trained_runs(store, name):
    run_id = add_finished(store, curve=[0.1] * 9)
    store.points.add(run_id, [Logged(at, None, {name.removeprefix("metrics."): at / 10}) for at in range(1, 10)])

    curves = store.curves([run_id], name, points=3)

    assert (curves.axis, curves.values) == ("epoch", {run_id: {3: 0.3, 6: 0.6, 9: 0.9}})


def test_a_long_curve_by_steps_and_epochs_has_the_last_value_of_every_so_many_epochs(store):
    mixed = [Logged(1 + step // 10, step, {"loss": step, "train_loss": step}) for step in range(100)]
    first = logged(store, *mixed)
    second = logged(store, *(Logged(at, None, {"loss": at}) for at in range(1, 11)), seed=1)

    curves = store.curves([first, second], "metrics.loss", points=5)

    assert curves.axis == "epoch"
    assert curves.values == {
        first: {2: 19, 4: 39, 6: 59, 8: 79, 10: 99},
        second: {2: 2, 4: 4, 6: 6, 8: 8, 10: 10},
    }
    assert store.curves([first], "train_loss", points=5).values == {first: curves.values[first]}


def test_a_curve_with_gaps_and_no_numbers_is_no_longer_than_asked_for_and_ends_with_its_last_number(store):
    steps = [*range(0, 50, 7), *range(50, 90), 1000, 1001]
    rows = [Logged(None, step, {"loss": math.nan if step in (60, 1001) else step}) for step in steps]
    run_id = logged(store, *rows)

    curve = store.curves([run_id], "metrics.loss", points=10).values[run_id]

    assert len(curve) <= 10
    assert list(curve)[-1] == 1000
    assert all(step == value and step in steps for step, value in curve.items())
    assert 60 not in store.curves([run_id], "metrics.loss", points=100).values[run_id]


def test_a_metric_that_nobody_logged_has_no_curve(store):
    assert store.curves([add_finished(store)], "metrics.miuo").values == {}


def test_epochs_of_an_unknown_run_are_refused(store):
    with pytest.raises(NotFoundError):
        store.epochs(99)

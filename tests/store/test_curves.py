import pytest

from expdb.errors import NotFoundError, SpecError
from expdb.store.store import Store
from tests.store.events import epoch, running, started
from tests.store_runs import add_finished


@pytest.fixture
def store(database_url):
    with Store.open(database_url) as store:
        yield store


def test_a_short_curve_is_whole(store):
    run_id = add_finished(store, curve=[0.1, 0.4, 0.3])

    assert store.curves([run_id], "top1") == {run_id: {1: 0.1, 2: 0.4, 3: 0.3}}


@pytest.mark.parametrize("num_epochs", [7, 10, 11, 23])
def test_a_long_curve_is_thinned_evenly_and_keeps_its_last_value(store, num_epochs):
    values = [number / 100 for number in range(1, num_epochs + 1)]
    run_id = add_finished(store, curve=values)

    curve = store.curves([run_id], "top1", points=5)[run_id]

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

    assert store.curves([run_id], "top1", points=points) == {run_id: {number: number / 100 for number in expected}}
    assert len(store.curves([run_id], "train_loss")[run_id]) == num_epochs


def test_curves_of_more_runs_than_are_looked_up_one_by_one_are_the_same(store, monkeypatch):
    ids = [add_finished(store, curve=[0.1] * length + [0.9], seed=length) for length in range(1, 8)]
    expected = store.curves(ids[:5], "top1", points=3)

    monkeypatch.setattr("expdb.store.curves._MOST_BY_ID", 2)

    assert store.curves(ids[:5], "top1", points=3) == expected


def test_a_run_without_epochs_or_without_the_value_has_no_curve(store):
    queued, finished = add_finished(store, status="queued"), add_finished(store, curve=[0.1, 0.2], seed=1)

    assert store.curves([queued, finished], "val_top1") == {}
    assert list(store.curves([queued, finished], "top1")) == [finished]


def test_no_runs_have_no_curves(store):
    assert store.curves([], "top1") == {}


@pytest.mark.parametrize(
    ("field", "points", "words"), [("flux", 30, "flux"), ("run_id", 30, "run_id"), ("top1", 1, "1")]
)
def test_a_curve_that_cannot_be_is_refused(store, field, points, words):
    with pytest.raises(SpecError, match=words):
        store.curves([1], field, points=points)


def test_epochs_of_an_unknown_run_are_refused(store):
    with pytest.raises(NotFoundError):
        store.epochs(99)

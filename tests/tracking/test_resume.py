"""Going on with a run of a script: the same one, by its attempts."""

import pytest

import expdb
from expdb.errors import LaunchError, NotFoundError, RunFinishedError, SpecError
from expdb.store.store import Store
from tests.store_runs import add_finished

PARAMETERS = {"model": "net", "dataset": "set", "seed": 0, "lr": 0.1}


def begin(store: Store, *, epochs: int = 3) -> int:
    """A run named `one` that fails after some epochs; returns its id."""
    run = expdb.track(**PARAMETERS, name="one")
    for epoch in range(1, epochs + 1):
        run.log(epoch=epoch, test_acc=epoch / 10)
        run.log(loss=1.0)
    run.end(ValueError("no more"))
    assert store.run("one").status == "failed"
    return store.run("one").id


@pytest.mark.parametrize("ref", [{"name": "one"}, {"run": 1}, {"run": "one"}], ids=["name", "id", "run"])
def test_a_run_goes_on_by_name_or_id(store: Store, ref: dict[str, object]):
    begin(store)
    with expdb.track(**PARAMETERS, resume="must", **ref) as run:
        assert run.id == 1
        run.log(epoch=4, test_acc=0.9)

    assert [epoch.top1 for epoch in store.epochs(1)] == [0.1, 0.2, 0.3, 0.9]
    assert [(one.number, one.status) for one in store.attempts.of(1)] == [(1, "failed"), (2, "finished")]
    assert (store.run(1).status, store.run(1).error_type) == ("finished", None)


def test_epochs_that_are_done_again_take_the_place_of_the_earlier_ones(store: Store):
    begin(store)
    with expdb.track(**PARAMETERS, name="one", resume="must") as run:
        run.log(epoch=2, test_acc=0.7)

    assert [epoch.top1 for epoch in store.epochs(1)] == [0.1, 0.7]
    assert [epoch.top1 for epoch in store.attempts.superseded_epochs(1)] == [0.2, 0.3]
    assert store.run(1).results.epochs_done == 2


def test_values_without_a_place_go_on_after_the_last_step(store: Store):
    begin(store)
    with expdb.track(**PARAMETERS, name="one", resume="must") as run:
        run.log(loss=0.5)

    assert [point.step for point in store.points.of([1], ["loss"])] == [0, 1, 2, 3]


def test_a_run_that_ended_well_may_go_on(store: Store):
    expdb.track(**PARAMETERS, name="one").finish()
    with expdb.track(**PARAMETERS, name="one", resume="allow") as run:
        run.log(epoch=1, test_acc=0.5)

    assert [found.results.top1 for found in store.runs()] == [0.5]


def test_allow_begins_a_run_where_there_is_none(store: Store):
    with expdb.track(**PARAMETERS, name="one", resume="allow") as run:
        assert run.id == 1
    assert store.run("one").status == "finished"


def test_never_begins_a_new_one_and_a_name_stays_its_runs(store: Store):
    begin(store)
    with pytest.raises(SpecError, match="name 'one' is taken by run 1"):
        expdb.track(**PARAMETERS, name="one")
    expdb.track(**PARAMETERS, name="two").finish()

    assert [run.id for run in store.runs()] == [1, 2]


def test_must_needs_a_run_of_a_script(store: Store):
    with pytest.raises(NotFoundError, match="unknown run 'one'"):
        expdb.track(**PARAMETERS, resume="must", name="one")
    trained = add_finished(store, name="trained")
    with pytest.raises((RunFinishedError, SpecError)):
        expdb.track(**PARAMETERS, resume="must", run=trained)


def test_a_run_goes_on_with_its_own_parameters_alone(store: Store):
    begin(store)
    with pytest.raises(SpecError, match=r"run 1 has other parameters \(lr: 0.1 → 0.2\)"):
        expdb.track(**{**PARAMETERS, "lr": 0.2}, name="one", resume="must")
    with expdb.track(**PARAMETERS, output_dir="/elsewhere", name="one", resume="must") as run:
        assert run.id == 1


def test_a_run_that_goes_on_elsewhere_is_not_taken_over(store: Store):
    with expdb.track(**PARAMETERS, name="one"), pytest.raises(LaunchError, match="stop that first"):
        expdb.track(**PARAMETERS, name="one", resume="must")

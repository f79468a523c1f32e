"""Going on with a run of a script: the same one, by its attempts."""

from typing import Any

import pytest

import expdb
from expdb.domain.scripts.tracked_params import read_parameters
from expdb.domain.tracked import TrackedStart
from expdb.errors import LaunchError, NotFoundError, RunFinishedError, SpecError
from expdb.store.store import Store
from tests.store_runs import add_finished
from tests.tracking.conftest import Script, saying

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


def test_tags_note_and_name_that_are_given_when_a_run_goes_on_are_applied(store: Store):
    expdb.track(**PARAMETERS, name="one", tags=["a"], note="old").finish()
    with saying() as said:
        expdb.track(**PARAMETERS, run=1, resume="must", tags=["b", "a"], note="new", name="two").finish()

    found = store.run(1)
    assert (found.name, found.tags, found.note, said) == ("two", ("a", "b"), "new", [])


def test_what_is_not_given_when_a_run_goes_on_stays(store: Store):
    expdb.track(**PARAMETERS, name="one", tags=["a"], note="old").finish()
    expdb.track(**PARAMETERS, name=" one ", resume="must").finish()

    found = store.run(1)
    assert (found.name, found.tags, found.note) == ("one", ("a",), "old")


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"name": "other"}, "name 'other' is taken by run 2"),
        ({"name": "7"}, "would be taken for an id"),
        ({"note": "x" * 10_001}, "the note has 10001 characters"),
        ({"tags": [" "]}, "tag ' ' is empty"),
        ({"group": "another"}, "the group or the seed"),
    ],
    ids=str,
)
def test_what_a_run_that_goes_on_cannot_have_is_refused_before_it_does(store: Store, given: dict[str, Any], told: str):
    expdb.track(**PARAMETERS, name="one", note="old").finish()
    expdb.track(**PARAMETERS, name="other").finish()
    with pytest.raises(SpecError, match=told):
        expdb.track(**PARAMETERS, run=1, resume="must", **given)

    found = store.run(1)
    assert (found.name, found.note, len(store.attempts.of(1))) == ("one", "old", 1)


def test_a_run_that_another_process_is_about_to_begin_is_told_so(store: Store):
    read = read_parameters(PARAMETERS)
    start = TrackedStart(
        dataset="set", model="net", seed=0, name="one", digest=read.digest, group_digest=read.group_digest
    )
    store.tracked.add(start)
    with pytest.raises(LaunchError, match="run 1 is being recorded by another process, which begins it now"):
        expdb.track(**PARAMETERS, name="one", resume="allow")


def test_of_two_processes_that_begin_one_run_at_once_the_other_is_told_who_records_it(store: Store, script: Script):
    code = """
        import expdb

        print("ready", flush=True)
        input()
        try:
            run = expdb.track(model="net", dataset="set", name="one", resume="allow")
            print("began", run.id, flush=True)
            input()
        except expdb.errors.ExpdbError as error:
            print(error, flush=True)
    """
    both = [script(code), script(code)]
    for process in both:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in both:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    said = [process.stdout.readline() for process in both if process.stdout is not None]
    for process in both:
        process.communicate("\n")

    (told,) = (line for line in said if line != "began 1\n")
    assert told.startswith("run 1 is being recorded by another process")
    assert [run.status for run in store.runs()] == ["finished"]

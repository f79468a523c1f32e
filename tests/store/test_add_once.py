"""A spec is queued once, however many ask for it."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from expdb.domain.codec import digest
from expdb.domain.run import Environment
from expdb.errors import SpecError
from expdb.store.store import Store
from tests.factories import make_spec
from tests.store.events import FINISHED, epoch, failed, started


def test_a_new_spec_is_queued_with_its_labels(store: Store):
    run_id = store.add_run_once(make_spec(seed=1), group="tiny", tags=["a", "b"], note="for the table")

    assert run_id is not None
    run = store.run(run_id)
    assert (run.status, run.group, run.tags, run.note) == ("queued", "tiny", ("a", "b"), "for the table")
    assert (run.digest, run.artifact_dir) == (digest(make_spec(seed=1)), run.uuid)


def test_a_spec_that_is_queued_running_or_finished_is_not_queued_again(store: Store):
    run_id = store.add_run_once(make_spec())
    assert run_id is not None
    assert store.add_run_once(make_spec()) is None

    store.start_run(run_id, Environment())
    assert store.add_run_once(make_spec()) is None

    store.record(run_id, started())
    store.record(run_id, epoch(1))
    store.record(run_id, FINISHED)
    assert store.add_run_once(make_spec()) is None
    assert [run.id for run in store.runs()] == [run_id]


def test_another_seed_is_another_spec(store: Store):
    assert store.add_run_once(make_spec(seed=0)) != store.add_run_once(make_spec(seed=1)) is not None


def test_a_spec_whose_runs_failed_or_were_removed_is_queued_again(store: Store):
    first = store.add_run_once(make_spec())
    assert first is not None
    store.record(first, failed())
    second = store.add_run_once(make_spec())
    assert second is not None

    store.edits.remove(second)
    third = store.add_run_once(make_spec())

    assert third is not None
    assert len({first, second, third}) == 3


def test_a_run_queued_by_the_ordinary_way_counts(store: Store):
    store.add_run(make_spec())
    assert store.add_run_once(make_spec()) is None


def test_a_label_that_cannot_be_printed_is_refused(store: Store):
    with pytest.raises(SpecError, match="not printable"):
        store.add_run_once(make_spec(), group="a\x00b")
    assert store.runs() == []


def test_many_that_ask_for_one_spec_at_once_queue_it_once(database_url: str):
    num_asking, num_specs = 8, 5
    with Store.open(database_url):
        pass  # created
    barrier = Barrier(num_asking)

    def ask(_: int) -> list[int | None]:
        with Store.open(database_url) as store:
            answers = []
            for seed in range(num_specs):
                spec = make_spec(seed=seed)
                barrier.wait(60)
                answers.append(store.add_run_once(spec))
            return answers

    with ThreadPoolExecutor(num_asking) as pool:
        answers = list(pool.map(ask, range(num_asking)))

    queued = [[run_id for run_id in of_seed if run_id is not None] for of_seed in zip(*answers, strict=True)]
    assert [len(ids) for ids in queued] == [1] * num_specs
    with Store.open(database_url) as store:
        assert [run.fields["seed"] for run in store.runs(sort=["seed"])] == list(range(num_specs))

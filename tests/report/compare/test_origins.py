"""Runs of one row that came from other commits, code or images are told; who agrees, or says nothing, is not."""

from typing import Any

from expdb.domain.run import Environment
from expdb.domain.table import TableDefinition
from expdb.report.tables.build import build_table
from expdb.store.store import Store
from tests.factories import make_spec
from tests.store.events import FINISHED, epoch, failed, started

ONE, OTHER = "1" * 40, "2" * 40


def add(store: Store, seed: int, environment: Environment, **settings: Any) -> int:
    run_id = store.add_run(make_spec(seed=seed, **settings))
    store.start_run(run_id, environment)
    store.record(run_id, started())
    store.record(run_id, epoch(2))
    store.record(run_id, FINISHED)
    return run_id


def told(store: Store, begin: str) -> list[str]:
    definition = TableDefinition.model_validate({"name": "t", "columns": ["model", "top1"]})
    return [note.text for note in build_table(store, definition).notes if note.text.startswith(begin)]


def test_commits_that_differ_within_a_row_are_told_with_their_runs(store: Store) -> None:
    for seed, commit in enumerate((ONE, ONE, OTHER)):
        add(store, seed, Environment(git_commit=commit, git_dirty=False))

    assert told(store, "Commits") == ["Commits differ within a row (runs 1, 2 at 11111111; run 3 at 22222222)."]


def test_uncommitted_changes_are_another_state_of_a_commit(store: Store) -> None:
    add(store, 0, Environment(git_commit=ONE, git_dirty=False))
    add(store, 1, Environment(git_commit=ONE, git_dirty=True))

    assert told(store, "Commits") == [
        "Commits differ within a row (run 1 at 11111111; run 2 at 11111111 with uncommitted changes)."
    ]


def test_of_many_rows_the_first_is_told(store: Store) -> None:
    for number in range(3):
        for seed, commit in enumerate((ONE, OTHER)):
            add(store, seed, Environment(git_commit=commit), optim__lr=0.1 + number)

    assert told(store, "Commits") == [
        "Commits differ within a row (run 1 at 11111111; run 2 at 22222222; and in 2 more rows)."
    ]


def test_rows_of_other_commits_and_runs_without_one_say_nothing(store: Store) -> None:
    add(store, 0, Environment(git_commit=ONE))
    add(store, 1, Environment())
    add(store, 0, Environment(git_commit=OTHER), optim__lr=0.2)

    assert told(store, "Commits") == []


def test_of_a_row_the_runs_that_changed_images_on_the_way_are_named(store: Store) -> None:
    add(store, 0, Environment())
    changed = store.add_run(make_spec(seed=1))
    store.start_run(changed, Environment())
    store.record(changed, started(data_digest="a" * 16))
    store.record(changed, epoch(1))
    store.record(changed, failed())
    store.resume_run(changed, Environment())
    store.record(changed, started(data_digest="b" * 16, first_epoch=2))
    store.record(changed, epoch(2))
    store.record(changed, FINISHED)

    assert told(store, "Trained on two data") == ["Trained on two data, for the images were changed on the way: run 2."]

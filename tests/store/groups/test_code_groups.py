"""Runs of two known codes are never one group; runs of before codes were recorded join one at most."""

from collections.abc import Callable

import pytest

from expdb.domain.codec import group_digest, settings_digest, with_code
from expdb.domain.spec import RunSpec
from expdb.store.store import Store
from tests.factories import make_spec

A, B = "a" * 16, "b" * 16


def own(code: str | None, *, seed: int = 0) -> RunSpec:
    spec = make_spec(seed=seed)
    model = spec.model.model_copy(update={"name": "own_net:build", "arch": "own_net:build", "code": code})
    return spec.model_copy(update={"model": model})


@pytest.fixture
def add(store: Store) -> Callable[..., str | None]:
    def added(code: str | None, *, seed: int = 0) -> str | None:
        return store.run(store.add_run(own(code, seed=seed))).group_digest

    return added


def test_a_run_of_known_code_joins_older_runs_of_its_settings(add: Callable[..., str]) -> None:
    older = add(None)

    assert older == settings_digest(own(A))
    assert add(A, seed=1) == older
    assert add(A, seed=2) == older


def test_two_known_codes_are_two_groups(add: Callable[..., str]) -> None:
    assert add(A) == group_digest(own(A))
    assert add(B) == group_digest(own(B))
    assert add(A, seed=1) != add(B, seed=1)


def test_of_two_codes_only_the_first_joins_older_runs(add: Callable[..., str]) -> None:
    older = add(None)

    assert add(A, seed=1) == older
    assert add(B, seed=2) == group_digest(own(B))
    assert add(None, seed=3) == older
    assert add(A, seed=4) == older


def test_a_code_that_has_a_group_stays_in_it_when_runs_without_code_come(add: Callable[..., str]) -> None:
    alone = add(A)

    assert add(None, seed=1) == settings_digest(own(A)) != alone
    assert add(A, seed=2) == alone


def test_a_removed_run_keeps_its_code_in_the_group(store: Store, add: Callable[..., str]) -> None:
    older = add(None)
    assert add(A, seed=1) == older
    store.edits.remove(2)

    assert add(B, seed=2) != older


def test_where_a_run_would_go_is_told_before_it_is_added(store: Store, add: Callable[..., str]) -> None:
    older = add(None)
    assert store.own_code.group_of(own(A)) == older
    assert add(A, seed=1) == store.own_code.group_of(own(A))
    assert add(B, seed=1) == store.own_code.group_of(own(B))

    assert store.own_code.groups_of_settings(own(None)) == [older, group_digest(own(B))]
    assert store.own_code.groups_of_settings(make_spec()) == []


def test_the_same_seed_of_other_code_is_no_repetition(store: Store, add: Callable[..., str]) -> None:
    assert store.add_run_once(own(A)) is not None
    assert store.add_run_once(own(A)) is None
    assert store.add_run_once(own(B)) is not None


def test_other_settings_have_the_group_that_they_had(store: Store) -> None:
    run = store.run(store.add_run(make_spec()))

    assert run.group_digest == group_digest(make_spec())
    assert with_code(own(A), None) == own(None)

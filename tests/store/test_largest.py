"""The choice of the database among groups that share a cell, held against the same choice in Python."""

from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from expdb.catalog.reported import reported_runs
from expdb.domain.group import Measure, RunGroup
from expdb.errors import SpecError
from expdb.store.store import Store
from tests.store_runs import add_finished, add_seeds

TOP1 = Measure(field="top1")

planned = st.fixed_dictionaries(
    {
        "optim__lr": st.sampled_from([0.1, 0.2, 0.3]),
        "epochs": st.sampled_from([2, 3]),
        "seed": st.integers(0, 2),
        "status": st.sampled_from(["finished", "finished", "finished", "failed", "queued", "running"]),
        "top1": st.floats(0, 1, allow_subnormal=False),
    }
)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(planned, min_size=1, max_size=10))
def test_the_group_with_most_seeds_is_chosen_and_of_equals_the_newest(store: Store, runs: list[dict[str, object]]):
    where = f"id >= {min(add_finished(store, **run) for run in runs)}"

    found = store.largest(where, [TOP1], fields=["epochs"])

    groups = store.groups(where, [TOP1])
    counting = [group for group in groups if group.seeds]
    best: dict[int | None, RunGroup] = {}
    for group in sorted(counting, key=lambda one: (len(one.seeds), one.run.id)):
        best[group.run.epochs] = group
    chosen = [group for group in groups if group in best.values()]
    assert found.groups == tuple(chosen)
    assert found.others == tuple(group for group in counting if group not in chosen)
    assert found.num_others == len(found.others)
    assert found.left_out == Counter(status for group in groups for status in group.left_out.values())


def test_rows_from_documents_compete_with_nothing(store: Store):
    add_seeds(store, [0.4, 0.6])
    first, second = (store.add_reported(run) for run in reported_runs()[:2])

    found = store.largest("", [TOP1], fields=["kind"])

    assert [group.run_ids for group in found.groups] == [(1, 2), (first,), (second,)]
    assert found.num_others == 0


def test_of_many_that_are_passed_over_only_some_are_read(store: Store):
    for number in range(1, 14):
        add_finished(store, optim__lr=number / 10)

    found = store.largest("", [TOP1], fields=["model"])

    assert [group.run.id for group in found.groups] == [13]
    assert [group.run.id for group in found.others] == list(range(1, 11))
    assert found.num_others == 12


def test_more_groups_than_a_statement_can_name_are_found_all_the_same(store: Store, monkeypatch: pytest.MonkeyPatch):
    for lr in (0.1, 0.2, 0.3):
        add_seeds(store, [0.4, 0.6], optim__lr=lr)
    named = store.largest("", [TOP1], fields=["lr"])

    monkeypatch.setattr("expdb.store.largest._MOST_NAMED", 2)

    assert store.largest("", [TOP1], fields=["lr"]) == named


@pytest.mark.parametrize("field", ["accuracy", "settings"])
def test_what_groups_cannot_agree_on_is_refused(store: Store, field: str):
    with pytest.raises(SpecError, match=f"'{field}' is no field of a run"):
        store.largest("", [TOP1], fields=[field])

"""The heads of groups, held against the groups read whole."""

from collections import Counter
from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from expdb.catalog.labels import SETTINGS
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
def test_heads_say_of_groups_what_these_say_themselves(store: Store, runs: Sequence[dict[str, object]]):
    where = f"id >= {min(add_finished(store, **run) for run in runs)}"

    found = store.heads(where, [TOP1], fields=["epochs", "lr"])

    groups = store.groups(where, [TOP1])
    counting: list[RunGroup] = sorted((group for group in groups if group.seeds), key=lambda one: one.oldest)
    assert [head.key for head in found.heads] == [group.key for group in counting]
    for head, group in zip(found.heads, counting, strict=True):
        assert (head.newest, head.oldest, head.num_runs, head.means) == (
            group.run.id,
            group.oldest,
            len(group.seeds),
            group.means_of([TOP1]),
        )
        known = {"kind": "measured", "epochs": group.run.fields["epochs"], "lr": group.run.fields["lr"]}
        assert head.fields == known
    assert found.left_out == Counter(status for group in groups for status in group.left_out.values())


def test_each_run_has_a_head_in_whatever_state_it_is(store: Store):
    for status in ("finished", "failed", "queued"):
        add_finished(store, status=status, top1=0.5)

    heads = store.heads("", [TOP1], fields=["status"], is_single=True).heads

    assert [(head.key, head.oldest, head.num_runs, head.fields["status"]) for head in heads] == [
        ("run 1", 1, 1, "finished"),
        ("run 2", 2, 1, "failed"),
        ("run 3", 3, 1, "queued"),
    ]
    assert heads[0].means == (0.5,)


def test_rows_from_documents_are_groups_of_their_own_and_known_whole(store: Store):
    add_seeds(store, [0.4, 0.6])
    first, second = (store.add_reported(run) for run in reported_runs()[:2])

    heads = store.heads("", [TOP1], fields=["model"]).heads

    assert [head.key for head in heads[1:]] == [f"run {first}", f"run {second}"]
    assert [head.fields["quote"] for head in heads[1:]] == [store.run(first).quote, store.run(second).quote]


def test_groups_are_read_by_key(store: Store, monkeypatch: pytest.MonkeyPatch):
    for lr in (0.1, 0.2, 0.3):
        add_seeds(store, [0.4, 0.6], optim__lr=lr)
    reported = store.add_reported(reported_runs()[0])
    keys = [head.key for head in store.heads("", [], fields=[]).heads]

    some = store.groups("", [TOP1], keys=[keys[0], f"run {reported}"])

    assert [group.key for group in some] == [keys[0], keys[3]]
    assert store.groups("", keys=["run 1"]) == []  # which is of a group of seeds
    monkeypatch.setattr("expdb.store.statement_size._MOST_PARAMETERS", 1)
    assert store.groups("", [TOP1], keys=[keys[0], f"run {reported}"]) == some


@pytest.mark.parametrize("is_single", [False, True])
def test_tags_documents_and_the_environment_are_read_of_the_run_that_stands_for_a_group(store: Store, is_single: bool):
    first, second = add_seeds(store, [0.4, 0.6])
    store.edits.change_tags(second, add=["b", "a"])
    fields = ["tags", "settings", "metrics", "unparsed", "packages", "git_commit", "lr"]

    run = store.heads(f"id in ({first}, {second})", [], fields=fields, is_single=is_single).heads[-1].fields

    whole = store.run(second)
    for field in ("tags", "settings", "metrics", "unparsed", "lr"):
        assert run[field] == whole.fields[field], field
    assert run["tags"] == ("a", "b")
    assert run["packages"] == whole.environment.packages
    assert run["git_commit"] == whole.environment.git_commit


def test_many_fields_of_single_runs_are_those_of_their_groups(store: Store):
    for lr in (0.1, 0.2):
        add_seeds(store, [0.4, 0.6], optim__lr=lr)
    add_finished(store, status="queued", optim__lr=0.1, seed=7)
    reported = store.add_reported(reported_runs()[0])

    heads = store.heads("id != 1", [TOP1], fields=(*SETTINGS, "seed", "spec_json"), is_single=True).heads

    assert [head.newest for head in heads] == [2, 3, 4, 5, reported]
    for head in heads:
        whole = store.run(head.newest)
        assert [head.fields[field] for field in (*SETTINGS, "seed", "spec_json")] == [
            whole.fields[field] for field in (*SETTINGS, "seed", "spec_json")
        ]
    assert heads[-1].fields["quote"] == store.run(reported).quote


def test_an_unknown_field_is_refused(store: Store):
    with pytest.raises(SpecError, match="'accuracy' is no field of a run"):
        store.heads("", [TOP1], fields=["accuracy"])

"""Grouping and averaging by the database, on every back end, held against numpy on the same values."""

from dataclasses import dataclass
from operator import itemgetter

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from expdb.catalog.reported import reported_runs
from expdb.domain.group import Measure, Sample
from expdb.errors import SpecError
from expdb.store.store import Store
from tests.store_runs import add_finished, add_seeds

TOP1, LOSS = Measure(field="top1"), Measure(field="train_loss", is_higher_better=False)
SECONDS = Measure(field="train_seconds")
accuracies = st.floats(0, 1, allow_subnormal=False)


@dataclass(frozen=True)
class Planned:
    lr: float
    seed: int
    status: str
    top1: float
    loss: float


planned = st.builds(
    Planned,
    lr=st.sampled_from([0.1, 0.2, 0.3]),
    seed=st.integers(0, 3),
    status=st.sampled_from(["finished", "finished", "finished", "failed", "killed", "queued", "running"]),
    top1=accuracies,
    loss=st.floats(0, 100, allow_subnormal=False),
)


@pytest.mark.parametrize(("losses", "mean"), [((0.0, 2e-271), 1e-271), ((1e-160, 3e-160), 2e-160)])
def test_a_spread_too_small_for_a_number_is_none(store: Store, losses: tuple[float, ...], mean: float):
    for seed, loss in enumerate(losses):
        add_finished(store, seed=seed, last={"train_loss": loss})

    [group] = store.groups("", [LOSS])

    assert group.samples[LOSS] == Sample(n=2, mean=mean, std=0.0)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(planned, min_size=1, max_size=8))
def test_means_and_deviations_are_numpys(store: Store, runs: list[Planned]):
    ids = {
        add_finished(
            store, optim__lr=run.lr, seed=run.seed, status=run.status, top1=run.top1, last={"train_loss": run.loss}
        ): run
        for run in runs
    }
    least = min(ids)

    groups = store.groups(f"id >= {least}", [TOP1, LOSS])

    assert [group.run.fields["lr"] for group in groups] == list(dict.fromkeys(run.lr for run in runs))
    for group in groups:
        of_group = {run_id: run for run_id, run in ids.items() if run.lr == group.run.fields["lr"]}
        ended = {run_id: run for run_id, run in of_group.items() if run.status == "finished"}
        newest = {run.seed: run_id for run_id, run in sorted(ended.items())}
        finished = {run_id: run for run_id, run in ended.items() if newest[run.seed] == run_id}
        left_out = {run_id: run for run_id, run in of_group.items() if run_id not in finished}
        assert group.seeds == {run_id: run.seed for run_id, run in finished.items()}
        assert group.left_out == {i: "repeated" if i in ended else run.status for i, run in left_out.items()}
        assert group.run.id == max(finished or of_group)
        for measure, values in (
            (TOP1, [run.top1 for run in finished.values()]),
            (LOSS, [run.loss for run in finished.values()]),
        ):
            if not values:
                assert measure not in group.samples
                continue
            sample = group.samples[measure]
            assert sample.n == len(values)
            assert sample.mean == pytest.approx(np.mean(values), rel=1e-13, abs=1e-300)
            assert (sample.std is None) == (len(values) == 1)
            if sample.std is not None:
                scale = max(map(abs, values))
                assert sample.std == pytest.approx(np.std(values, ddof=1), rel=1e-9, abs=1e-14 * scale)


@given(st.lists(st.integers(0, 2**40), min_size=2, max_size=6))
@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_large_values_with_a_small_spread_lose_no_digits(store: Store, offsets: list[int]):
    values = [1e9 + offset / 2**40 for offset in offsets]
    ids = [add_finished(store, seed=n, last={"train_seconds": value}) for n, value in enumerate(values)]

    (group,) = store.groups(f"id in ({', '.join(map(str, ids))})", [SECONDS])

    assert group.samples[SECONDS].std == pytest.approx(np.std(values, ddof=1), rel=1e-6, abs=2e-7)


def test_equal_values_have_their_own_mean_and_no_spread(store: Store):
    add_seeds(store, [0.1] * 7)

    (group,) = store.groups("", [TOP1])

    assert group.samples[TOP1] == Sample(n=7, mean=0.1, std=0.0)


def test_runs_that_differ_in_more_than_the_seed_are_never_averaged(store: Store):
    for settings_ in ({}, {"optim__lr": 0.2}, {"epochs": 3}, {"aug__label_smoothing": 0.1}, {"optim__name": "adamw"}):
        add_seeds(store, [0.4, 0.6], **settings_)

    groups = store.groups("", [TOP1])

    assert [group.run_ids for group in groups] == [(1, 2), (3, 4), (5, 6), (7, 8), (9, 10)]


def test_a_seed_that_was_run_again_is_no_second_sample(store: Store):
    first, second = add_finished(store, top1=0.4), add_finished(store, top1=0.6)

    (group,) = store.groups("", [TOP1])

    assert (group.seeds, group.left_out) == ({second: 0}, {first: "repeated"})
    assert group.samples[TOP1] == Sample(n=1, mean=0.6, std=None)


def test_crashed_runs_do_not_count(store: Store):
    crashed = add_finished(store, status="crashed")
    finished = add_finished(store)

    (group,) = store.groups("", [TOP1])

    assert (group.run_ids, group.left_out) == ((finished,), {crashed: "crashed"})


def test_removed_runs_are_in_no_group_until_they_are_restored(store: Store):
    ids = add_seeds(store, [0.4, 0.5, 0.6])
    store.edits.remove(ids[0])

    assert store.groups("", [TOP1])[0].run_ids == tuple(ids[1:])
    assert store.groups("", [TOP1])[0].left_out == {}

    store.edits.restore(ids[0])
    assert store.groups("", [TOP1])[0].run_ids == tuple(ids)


def test_reported_rows_are_groups_of_their_own_even_if_equal(store: Store):
    rows = reported_runs()
    for number, run in enumerate((rows[0], rows[0], rows[1])):
        store.add_reported(run.__class__(**{**run.__dict__, "name": f"r{number}"}))

    groups = store.groups("", [TOP1])

    assert [group.run.kind for group in groups] == ["reported"] * 3
    assert [group.samples[TOP1] for group in groups] == [
        Sample(n=1, mean=top1, std=None) for top1 in (0.7905, 0.7905, 0.8)
    ]


def test_best_is_the_best_epoch_in_the_measures_direction(store: Store):
    add_finished(store, curve=[0.2, 0.7, 0.5], epochs=3)
    best = Measure(field="top1", at="best")
    worst = Measure(field="top1", at="best", is_higher_better=False)

    (group,) = store.groups("", [TOP1, best, worst])

    assert [group.samples[measure].mean for measure in (TOP1, best, worst)] == [0.5, 0.7, 0.2]


@pytest.mark.parametrize(("k", "mean"), [(1, 0.5), (2, 0.6), (3, 0.5), (99, 0.5)])
def test_mean_of_the_last_epochs(store: Store, k: int, mean: float):
    add_finished(store, curve=[0.3, 0.7, 0.5], epochs=3)
    measure = Measure(field="top1", at=f"mean-{k}")

    assert store.groups("", [measure])[0].samples[measure].mean == pytest.approx(mean)
    assert store.values([1], measure) == pytest.approx({1: mean})


def test_best_of_a_document_is_what_it_states(store: Store):
    store.add_reported(reported_runs()[0])
    best, mean = Measure(field="top1", at="best"), Measure(field="top1", at="mean-5")

    assert {measure: sample.mean for measure, sample in store.groups("", [best, mean])[0].samples.items()} == {
        best: 0.7905,
        mean: 0.7905,
    }


def test_groups_can_be_asked_for_by_digest(store: Store):
    first = add_finished(store)
    add_finished(store, optim__lr=0.2)
    digest = str(store.run(first).group_digest)

    assert [group.run_ids for group in store.groups("", keys=[digest, "none"])] == [(first,)]
    assert store.groups("", keys=[]) == []


def test_values_of_single_runs_leave_out_what_is_not_known(store: Store):
    ids = add_seeds(store, [0.25, 0.75])
    queued = add_finished(store, status="queued")

    assert store.values([*ids, queued], TOP1) == dict(zip(ids, [0.25, 0.75], strict=True))
    assert store.values([], TOP1) == {}
    assert store.values(list(range(1, 40_000)), TOP1) == dict(zip(ids, [0.25, 0.75], strict=True))


def test_a_group_with_no_finished_run_is_led_by_its_newest(store: Store):
    add_finished(store, status="failed")
    newest = add_finished(store, status="queued", seed=1)

    (group,) = store.groups("", [TOP1])

    assert (group.run.id, group.seeds, group.samples) == (newest, {}, {})


@pytest.mark.parametrize(
    ("measure", "words"),
    [
        (Measure(field="model"), "'model' is not a number of a run"),
        (Measure(field="nothing"), "'nothing' is not a number"),
        (Measure(field="created_at"), "not a number"),
        (Measure(field="train_seconds", at="best"), "not recorded every epoch"),
    ],
)
def test_what_is_no_measure_is_refused(store: Store, measure: Measure, words: str):
    with pytest.raises(SpecError, match=words):
        store.groups("", [measure])


def test_ids_are_those_of_the_filter_without_removed_ones(store: Store):
    ids = add_seeds(store, [0.4, 0.9, 0.95])
    store.edits.remove(ids[2])

    assert store.ids("top1 > 80%") == {ids[1]}


def test_groups_that_do_not_agree_on_a_field_have_their_members(store: Store):
    for seed, tags in ((0, ["a"]), (1, []), (2, ["a"])):
        add_finished(store, seed=seed, tags=tags, start={"driver": "1" if seed else None, "num_params": 5})
    add_finished(store, seed=0, optim__lr=0.2, start={"driver": "1"})
    add_finished(store, seed=1, optim__lr=0.2, start={"driver": "1"})
    add_finished(store, seed=1, optim__lr=0.2, status="failed", start={"driver": "2"})

    first, second = store.groups("", [TOP1], fields=["driver", "num_params", "lr", "git_dirty", "settings"])

    assert [run["driver"] for run in first.members] == [None, "1", "1"]
    assert first.values(itemgetter("driver")) == [None, "1"]
    assert second.members == ()
    assert second.values(itemgetter("driver")) == ["1"]
    assert [run["tags"] for run in store.groups("", fields=["tags"])[0].members] == [("a",), (), ("a",)]
    assert store.groups("", [TOP1])[0].members == ()

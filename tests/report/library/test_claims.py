"""Verdicts over real groups: runs on digits in an SQLite store."""

from collections.abc import Iterator, Sequence

import pytest

from expdb.catalog.reported import reported_runs
from expdb.domain.claim import Claim, ClaimTest
from expdb.domain.run import Environment
from expdb.errors import SpecError
from expdb.report.library.claims import Verdict, claim_verdict
from expdb.store.store import Store
from tests.factories import make_spec
from tests.store.events import FINISHED, epoch, started

A, B = "model = resnet_mini", "model = senet_mini"


@pytest.fixture
def store(tmp_path) -> Iterator[Store]:
    with Store.open(f"sqlite:///{tmp_path}/runs.db") as opened:
        yield opened


def train(store: Store, accuracies: Sequence[float], *, num_params: int = 467_474, **settings) -> None:
    for seed, top1 in enumerate(accuracies):
        run_id = store.add_run(make_spec(**{"seed": seed, **settings}))
        store.start_run(run_id, Environment())
        store.record(run_id, started(num_params=num_params))
        store.record(run_id, epoch(1, top1=0.0))
        store.record(run_id, epoch(2, top1=top1))
        store.record(run_id, FINISHED)


def verdict(store: Store, *, a: str = A, b: str = B, metric: str = "top1", **bounds) -> Verdict:
    test = ClaimTest(metric=metric, a=a, b=b, **(bounds or {"at_least": 0.01, "at_most": 0.02}))
    return claim_verdict(store, Claim(key="K1", sentence="It helps.", source="us", status="supported", test=test))


def test_an_interval_inside_what_the_claim_says_supports_it(store):
    train(store, [0.500, 0.501, 0.502])
    train(store, [0.515, 0.516, 0.517], model__name="senet_mini")

    found = verdict(store)

    assert found.status == "supported"
    assert found.reason == (
        "difference +1.50 points, 95 % interval +1.27 points to +1.73 points with n = 3 and 3; "
        "the claim says at least +1.00 points and at most +2.00 points"
    )
    assert [group.run_ids for group in (*found.a, *found.b)] == [(1, 2, 3), (4, 5, 6)]


def test_an_interval_outside_of_what_the_claim_says_contradicts_it(store):
    train(store, [0.500, 0.501, 0.502])
    train(store, [0.535, 0.536, 0.537], model__name="senet_mini")

    assert verdict(store).status == "contradicted"
    assert verdict(store, at_least=0.01).status == "supported"
    assert verdict(store, at_most=0).status == "contradicted"


def test_an_interval_across_a_bound_cannot_be_told_yet(store):
    train(store, [0.50, 0.51, 0.52])
    train(store, [0.51, 0.53, 0.52], model__name="senet_mini")

    found = verdict(store)

    assert found.status == "untested"
    assert found.reason.startswith("cannot be told yet: difference +1.00 points, 95 % interval −1.27 points to")
    assert "n = 3 and 3" in found.reason


def test_one_seed_is_no_result(store):
    train(store, [0.50, 0.51])
    train(store, [0.52], model__name="senet_mini")

    found = verdict(store)
    assert (found.status, found.reason) == ("untested", f"one seed is not a result: {B} has run 3 alone")


def test_a_seed_that_was_run_twice_is_one(store):
    train(store, [0.50, 0.51])
    train(store, [0.52], model__name="senet_mini")
    train(store, [0.53], model__name="senet_mini")

    assert verdict(store).reason == f"one seed is not a result: {B} has run 4 alone"


def test_no_runs_leave_a_claim_untested(store):
    train(store, [0.50, 0.51])
    assert (verdict(store).status, verdict(store).reason) == (
        "untested",
        f"no run has {B}: did you mean resnet_mini?",
    )

    store.add_run(make_spec(model__name="senet_mini"))
    assert (verdict(store).status, verdict(store).reason) == ("untested", f"no finished measured runs of {B}")


def test_a_claim_names_the_term_that_leaves_none_of_a_side(store):
    train(store, [0.50, 0.51])

    told = verdict(store, b=f"{A} and lr > 1 and epochs = 2").reason
    assert told == "no run has lr > 1: it is 0.1"


def test_reported_rows_never_decide(store):
    for run in reported_runs():
        store.add_reported(run)

    found = verdict(store, a="model = ResNet50", b="model = SENet50")
    assert (found.status, found.reason) == ("untested", "no finished measured runs of model = ResNet50")
    assert (found.a, found.b) == ((), ())


def test_several_settings_that_differ_confound(store):
    train(store, [0.50, 0.51])
    train(store, [0.52, 0.53], model__name="senet_mini", epochs=3)

    found = verdict(store)
    assert found.status == "confounded"
    assert found.reason.startswith("the two sides differ in 2 settings: ")
    assert "epochs 2 → 3" in found.reason


def test_several_groups_on_a_side_confound(store):
    train(store, [0.50, 0.51])
    train(store, [0.50, 0.51], batch_size=64)
    train(store, [0.52, 0.53], model__name="senet_mini")

    found = verdict(store)
    assert (found.status, found.reason) == ("confounded", f"2 groups of runs fit {A}: they differ in batch_size")


def test_a_whole_preset_is_one_setting(store):
    train(store, [0.500, 0.501, 0.502])
    train(store, [0.515, 0.516, 0.517], aug__preset="autoaugment")

    assert verdict(store, a="aug = standard", b="aug = autoaugment").status == "supported"


def test_the_same_runs_on_both_sides_say_nothing(store):
    train(store, [0.50, 0.51])

    assert verdict(store, b=A).reason == "both filters give the same runs"


def test_seeds_without_spread_have_no_test(store):
    train(store, [0.50, 0.50])
    train(store, [0.52, 0.52], model__name="senet_mini")

    found = verdict(store)
    assert found.status == "untested"
    assert "no spread between the seeds" in found.reason


def test_counts_need_no_second_seed(store):
    train(store, [0.50], num_params=1_000_000)
    train(store, [0.51], num_params=1_200_000, model__name="senet_mini")

    found = verdict(store, metric="num_params", at_least=100_000)
    assert (found.status, found.reason) == (
        "supported",
        "difference +200,000, counted; the claim says at least +100,000",
    )


def test_a_claim_without_a_test_is_as_its_writer_judged(store):
    claim = Claim(key="K1", sentence="It helps.", source="us", status="contradicted", known="It does not.")

    found = claim_verdict(store, claim)
    assert (found.status, found.reason) == ("contradicted", "It does not.")


def test_a_test_that_is_not_understood_names_its_claim(store):
    for values in ({"a": "modell = x"}, {"metric": "model"}):
        with pytest.raises(SpecError, match="claim K1: "):
            verdict(store, **values)


@pytest.mark.parametrize(
    ("started_with", "metric", "told"),
    [
        ({"data_digest": "b" * 8, "precision": "bf16"}, "top1", "(other test images)"),
        ({"device_name": "another"}, "train_seconds", "device a processor → another"),
    ],
)
def test_sides_that_were_tested_otherwise_are_confounded(store, started_with, metric, told):
    for model, values in (("resnet_mini", {}), ("senet_mini", started_with)):
        for seed in range(3):
            run_id = store.add_run(make_spec(seed=seed, model__name=model))
            store.start_run(run_id, Environment())
            store.record(run_id, started(**{"data_digest": "a" * 8, **values}))
            store.record(run_id, epoch(2, top1=0.8 + seed / 1000 + 0.015 * (model == "senet_mini")))
            store.record(run_id, FINISHED)

    found = verdict(store, metric=metric, at_least=-10.0)

    assert found.status == "confounded"
    assert told in found.reason


def test_a_side_whose_own_seeds_are_on_other_data_is_confounded(store):
    for model in ("resnet_mini", "senet_mini"):
        for seed in range(3):
            run_id = store.add_run(make_spec(seed=seed, model__name=model))
            store.start_run(run_id, Environment())
            store.record(run_id, started(data_digest="b" * 8 if seed == 0 and model == "senet_mini" else "a" * 8))
            store.record(run_id, epoch(2, top1=0.8 + seed / 1000))
            store.record(run_id, FINISHED)

    found = verdict(store)

    assert (found.status, found.reason) == ("confounded", f"{B}: its own seeds differ in data")


def test_side_that_was_evaluated_on_a_part_of_the_test_images_decides_nothing(store):
    train(store, [0.500, 0.501, 0.502])
    train(store, [0.515, 0.516, 0.517], data__test_limit=50)

    found = verdict(store, a="test_limit = null", b="test_limit = 50")

    assert (found.status, found.reason) == (
        "confounded",
        "cannot be decided: the two sides are never tested against each other (other test images)",
    )

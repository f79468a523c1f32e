"""A definition is read once, without a source: what it means, and all that is wrong with it by itself."""

import pytest

from expdb.domain.group import Measure
from expdb.errors import ExpdbError
from expdb.report.tables.plan import plan_of
from expdb.report.tables.rows import rows_of
from expdb.store.store import Store
from tests.report.built import define
from tests.store_runs import add_finished


@pytest.mark.parametrize(
    ("definition", "told"),
    [
        (define("nonsense"), "unknown column 'nonsense'"),
        (define("top1", rows=("top1",)), "rows 'top1': each run of a group has its own"),
        (define("top1", rows=("model",), across=("seed",)), "across 'seed': each run of a group has its own"),
        (define("top1", section="created_at"), "section 'created_at': each run of a group has its own"),
        (define("top1", sort=("nonsense",)), "unknown column 'nonsense'"),
        (define("top1", rows=("model",), across=("dataset",), sort=("model@cifar10",)), "only measures of a pivot"),
        (define({"key": "model", "at": "best"}), "is not recorded every epoch"),
        (define("top1", targets={"top1": "much"}), "target top1 = 'much' is not understood"),
        (define("top1", targets={"top1": "much"}, notes=False), "target top1 = 'much' is not understood"),
        (define("top1", specs=({"epochs": 2}, {"epochs": 2, "seed": 1})), "specs 1 and 2 of table 't' are one row"),
    ],
)
def test_what_is_wrong_with_a_definition_by_itself_is_refused_without_any_run(definition, told: str):
    with pytest.raises(ExpdbError, match=told.replace("(", r"\(")):
        plan_of(definition)


def test_a_plan_knows_what_is_averaged_sorted_and_held_against_a_goal():
    best = {"key": "top1", "at": "best"}
    plan = plan_of(define("model", best, sort=("-top1", "epochs"), targets={"test_loss": "< 1"}))

    assert plan.measures == (Measure("top1", "best"), Measure("test_loss", is_higher_better=False))
    assert plan.sort_measures == (Measure("top1", "best"),)
    assert [(entry.known.key, entry.is_descending) for entry in plan.sort] == [("top1", True), ("epochs", False)]
    assert [(target.known.key, target.at) for target in plan.targets] == [("test_loss", "last")]


def test_a_plan_is_its_own_plan_and_another_one_with_changes():
    plan = plan_of(define("top1", rows="runs"))

    assert plan_of(plan) is plan
    assert plan.is_single
    assert not plan_of(plan, rows="groups").is_single


def test_rows_that_wait_for_their_first_run_are_told_apart_by_their_specs(store: Store):
    specs = [{"data.dataset": "digits", "model.name": "resnet_mini", "epochs": epochs} for epochs in (1, 2, 3)]
    plan = plan_of(define("model", "top1", specs=specs))

    lines = rows_of(store, plan).lines

    assert [line.identity for line in lines] == [(digest,) for digest in plan.specs]
    assert [line.name for line in lines] == [f"resnet_mini (row {number})" for number in (1, 2, 3)]


def test_a_row_has_one_name_in_every_sentence(store: Store):
    for epochs in (1, 2):
        add_finished(store, epochs=epochs)

    assert [line.name for line in rows_of(store, plan_of(define("model", "top1"))).lines] == [
        "resnet_mini (row 1)",
        "resnet_mini (row 2)",
    ]

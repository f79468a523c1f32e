"""What a table lacks, found in a real store without any training."""

from typing import Any

import pytest

from expdb.domain.codec import digest, group_digest
from expdb.domain.run import Environment, ReportedRun
from expdb.domain.spec import RunSpec
from expdb.domain.table import ColumnChoice, TableDefinition
from expdb.errors import NotFoundError, SpecError
from expdb.report.tables.missing_runs import Gap, Gaps, find_gaps
from expdb.store.store import Store
from tests.factories import make_spec
from tests.store.events import FINISHED, epoch, failed, started

TRAINED = (ColumnChoice(key="model_label"), ColumnChoice(key="top1"))


def add_finished(store: Store, spec: RunSpec, *, group: str | None = "g", tags: tuple[str, ...] = ()) -> int:
    run_id = store.add_run(spec, group=group, tags=tags)
    store.start_run(run_id, Environment())
    for event in (started(), epoch(1), FINISHED):
        store.record(run_id, event)
    return run_id


def table(**parts: Any) -> TableDefinition:
    return TableDefinition.model_validate({"name": "t", "where": "group = g", "columns": TRAINED, **parts})


def only(found: Gaps) -> Gap:
    (gap,) = found.gaps
    return gap


def test_a_row_with_too_few_seeds_lacks_the_lowest_that_it_has_not(store: Store):
    for seed in (1, 4):
        add_finished(store, make_spec(seed=seed), tags=("a",))
    add_finished(store, make_spec(model__name="senet_mini"))

    first, second = find_gaps(store, table(), num_seeds=4).gaps

    assert (first.row, first.cell, first.seeds) == ("ResNet-mini", "digits", (0, 2))
    assert (second.row, second.seeds) == ("SENet-mini", (1, 2, 3))
    assert [digest(spec) for spec in first.specs] == [digest(make_spec(seed=seed)) for seed in (0, 2)]
    assert first.like is not None
    assert (first.like.group, first.like.tags) == ("g", ("a",))


def test_rows_beyond_the_limit_are_not_looked_at(store: Store):
    for lr in (0.1, 0.2, 0.3):
        add_finished(store, make_spec(optim__lr=lr))

    found = find_gaps(store, table(limit=1), num_seeds=2)

    assert only(found).spec.optim.lr == 0.1
    assert (found.num_groups, found.num_beyond) == (1, 2)


def test_a_table_with_seeds_enough_lacks_nothing(store: Store):
    for seed in (3, 8):
        add_finished(store, make_spec(seed=seed))

    found = find_gaps(store, table(), num_seeds=2)

    assert (found.gaps, found.num_groups) == ((), 1)


def test_queued_and_running_seeds_count_as_there(store: Store):
    add_finished(store, make_spec())
    queued = store.add_run(make_spec(seed=1), group="g")
    running = store.add_run(make_spec(seed=2))
    store.start_run(running, Environment())

    found = find_gaps(store, table(), num_seeds=4)

    assert only(found).seeds == (3,)
    assert found.waiting == (queued, running)


def test_seeds_that_ended_early_or_were_removed_are_missing(store: Store):
    add_finished(store, make_spec())
    ended = store.add_run(make_spec(seed=1), group="g")
    store.record(ended, failed(status="killed", reason="interrupted"))
    store.edits.remove(add_finished(store, make_spec(seed=2)))

    gap = only(find_gaps(store, table(), num_seeds=3))

    assert gap.seeds == (1, 2)
    assert gap.ended == {1: ended}


def test_a_seed_that_diverged_is_neither_tried_again_nor_replaced(store: Store):
    add_finished(store, make_spec(seed=0))
    diverged = store.add_run(make_spec(seed=1), group="g")
    store.start_run(diverged, Environment())
    for event in (started(), epoch(1, train_loss=float("nan")), FINISHED):
        store.record(diverged, event)

    found = find_gaps(store, table(), num_seeds=3)

    assert only(found).seeds == (2,)
    assert only(found).ended == {}
    assert found.diverged == (diverged,)


def test_seeds_outside_the_filter_count_and_are_told(store: Store):
    add_finished(store, make_spec())
    elsewhere = add_finished(store, make_spec(seed=1), group="other")

    found = find_gaps(store, table(), num_seeds=3)

    assert only(found).seeds == (2,)
    assert found.outside == (("ResNet-mini", "digits", (elsewhere,)),)


def test_a_group_without_a_finished_run_is_no_row_but_is_told(store: Store):
    add_finished(store, make_spec())
    ended = store.add_run(make_spec(optim__lr=9), group="g")
    store.record(ended, failed())

    found = find_gaps(store, table(), num_seeds=1)

    assert (found.gaps, found.unlisted) == ((), (ended,))


def test_a_table_of_runs_is_filled_by_their_groups(store: Store):
    for seed in (0, 1):
        add_finished(store, make_spec(seed=seed))

    assert only(find_gaps(store, table(rows="runs"), num_seeds=3)).seeds == (2,)


def test_reported_rows_are_never_filled(store: Store):
    store.add_reported(ReportedRun(name="r", group="g", source="s", quote={}, dataset="digits", model="ResNet-8"))

    found = find_gaps(store, table(), num_seeds=3)

    assert (found.gaps, found.num_groups, found.untrained) == ((), 0, {"reported": 1})


@pytest.mark.parametrize("rows", ["groups", ["model_label"]])
def test_a_listed_spec_that_nobody_ran_is_missing(store: Store, rows: object):
    add_finished(store, make_spec())
    specs = [{"data.dataset": "digits", "epochs": 2, "model.name": name} for name in ("resnet_mini", "senet_mini")]

    first, second = find_gaps(store, table(where="", specs=specs, rows=rows), num_seeds=2).gaps

    assert (first.seeds, second.seeds) == ((1,), (0, 1))
    assert (second.row, second.cell, second.like) == ("SENet-mini", "digits", None)
    assert group_digest(second.spec) == group_digest(make_spec(model__name="senet_mini"))


@pytest.mark.parametrize(
    ("across", "here", "there"),
    [
        (["dataset"], {}, {"data.dataset": "fashion_mnist", "batch_size": 128}),
        (["dataset"], {"data.limit": 64}, {"data.dataset": "cifar10", "data.val_fraction": 0.1}),
        (["img_size"], {}, {"data.img_size": 32}),
        (["aug_label"], {}, {"aug.mixup_alpha": 0.2}),
        (["aug"], {}, {"aug.preset": "autoaugment"}),
        (["mixup_alpha"], {}, {"aug.mixup_alpha": 0.2}),
        (["optimizer"], {"optim.lr": 0.3}, {"optim.name": "adamw", "optim.lr": 0.002}),
        (["optimizer_batch"], {}, {"optim.name": "adamw", "batch_size": 64}),
        (["lr"], {}, {"optim.lr": 0.01}),
        (["schedule"], {"epochs": 20}, {"epochs": 20, "schedule.name": "multistep", "schedule.milestones": [5, 9]}),
        (["epochs"], {}, {"epochs": 30}),
        (["batch_size"], {}, {"batch_size": 32}),
        (["dataset", "epochs"], {}, {"data.dataset": "fashion_mnist", "epochs": 30}),
    ],
)
def test_an_empty_cell_is_its_row_with_what_its_column_stands_for(
    store: Store, across: list[str], here: dict[str, Any], there: dict[str, Any]
):
    here, there = ({key.replace(".", "__"): value for key, value in one.items()} for one in (here, there))
    wanted = make_spec(model__name="senet_mini", **there)
    add_finished(store, make_spec(**here))
    add_finished(store, make_spec(**there))
    add_finished(store, make_spec(model__name="senet_mini", **here))

    found = find_gaps(store, table(rows=["model_label"], across=across), num_seeds=1)

    gap = only(found)
    assert gap.spec == wanted
    assert gap.row == "SENet-mini"
    assert gap.like is not None
    assert gap.like.model == "senet_mini"


def test_an_empty_cell_keeps_the_settings_that_its_row_is_about(store: Store):
    for lr, name in ((0.1, "sgd"), (0.01, "sgd"), (0.01, "lion")):
        add_finished(store, make_spec(optim__lr=lr, optim__name=name))

    gap = only(find_gaps(store, table(rows=["lr"], across=["optimizer"]), num_seeds=1))

    assert (gap.row, gap.cell) == ("LR 0.1", "lion")
    assert gap.spec == make_spec(optim__lr=0.1, optim__name="lion")


def test_an_empty_cell_whose_spec_ran_outside_the_filter_is_not_run_again(store: Store):
    for settings in ({}, {"epochs": 3}, {"model__name": "senet_mini"}):
        add_finished(store, make_spec(**settings))
    elsewhere = add_finished(store, make_spec(model__name="senet_mini", epochs=3), group=None)

    found = find_gaps(store, table(rows=["model_label"], across=["epochs"]), num_seeds=1)

    assert found.gaps == ()
    assert found.outside == (("SENet-mini", "Epochs 3", (elsewhere,)),)


def test_a_cell_of_several_groups_lacks_nothing_but_a_choice(store: Store):
    for settings in ({}, {"optim__lr": 0.5}, {"epochs": 3}, {"model__name": "senet_mini"}):
        add_finished(store, make_spec(**settings))
    pivot = {"rows": ["model_label"], "across": ["epochs"]}

    found = find_gaps(store, table(**pivot), num_seeds=2)
    of_means = find_gaps(store, table(**pivot, cell="mean of groups"), num_seeds=2)

    [(row, cell, reason)] = found.underivable
    assert (row, cell) == ("ResNet-mini", "Epochs 2")
    assert reason.startswith("2 groups fall into this cell, which differ in lr (0.1, 0.5): add lr to rows, ")
    assert [(gap.row, gap.cell) for gap in found.gaps] == [
        ("ResNet-mini", "Epochs 3"), ("SENet-mini", "Epochs 2"), ("SENet-mini", "Epochs 3"),
    ]  # fmt: skip
    assert sorted(gap.spec.optim.lr for gap in of_means.gaps if gap.row.startswith("ResNet-mini")) == [
        0.1,
        0.1,
        0.5,
    ]
    assert of_means.underivable == ()


def test_a_column_known_from_a_document_only_is_derived_by_its_name(store: Store):
    add_finished(store, make_spec())
    store.add_reported(ReportedRun(name="r", group="g", source="s", quote={}, dataset="cifar10", model="ResNet-8"))

    found = find_gaps(store, table(rows=["model_label"], across=["dataset"]), num_seeds=1)

    assert only(found).spec == make_spec(data__dataset="cifar10")
    assert found.untrained == {"reported": 1}


@pytest.mark.parametrize(
    ("across", "settings", "reason"),
    [
        ("group", {}, "no setting decides group"),
        ("device", {}, "no setting decides device"),
        ("precision", {}, "no setting decides precision"),
        ("img_size", {"progressive": [8, 16]}, "must end at data.img_size=32"),
        ("dataset", {"distill__teacher": 1}, "distill.teacher=1 belongs to another dataset"),
        ("model_label", {}, "no run trained here tells the settings of model_label ResNet-8"),
    ],
)
def test_a_cell_that_cannot_be_derived_is_told_with_the_reason(
    store: Store, across: str, settings: dict[str, Any], reason: str
):
    add_finished(store, make_spec(**settings))
    add_finished(store, make_spec(model__name="senet_mini", data__dataset="cifar10", data__img_size=32), group="h")
    store.add_reported(ReportedRun(name="r", group="k", source="s", quote={}, dataset="digits", model="ResNet-8"))

    found = find_gaps(store, table(where="", rows=["model_label"], across=[across]), num_seeds=1)

    assert reason in " / ".join(told for _, _, told in found.underivable)


def test_a_cell_that_would_not_agree_with_its_row_is_not_derived(store: Store):
    add_finished(store, make_spec(aug__preset="standard"))
    add_finished(store, make_spec(aug__preset="autoaugment", epochs=3))

    found = find_gaps(store, table(rows=["model_aug"], across=["epochs", "aug"]), num_seeds=1)

    assert found.gaps == ()
    assert all("its model_aug would be" in reason for _, _, reason in found.underivable)
    assert len(found.underivable) == 2


def test_a_table_of_listed_specs_derives_no_others(store: Store):
    specs = [{"data.dataset": "digits", "epochs": epochs} for epochs in (2, 3)]
    add_finished(store, make_spec(model__name="resnet18"))

    found = find_gaps(
        store, table(where="", specs=specs, rows=["model_label"], across=["epochs", "batch_size"]), num_seeds=1
    )

    assert [gap.spec.epochs for gap in found.gaps] == [3]


def test_a_definition_that_cannot_be_read_is_refused(store: Store):
    with pytest.raises(SpecError, match="unknown field"):
        find_gaps(store, table(where="nothing = 1"), num_seeds=1)
    with pytest.raises(NotFoundError, match="unknown column"):
        find_gaps(store, table(rows=["nothing"]), num_seeds=1)


def test_rows_that_would_be_called_alike_are_told_apart_by_their_settings(store: Store):
    for lr in (0.1, 0.2):
        add_finished(store, make_spec(optim__lr=lr))

    found = find_gaps(store, table(), num_seeds=2)

    assert [gap.row for gap in found.gaps] == ["ResNet-mini (lr 0.1)", "ResNet-mini (lr 0.2)"]

"""Sections, and what a table points out: the best, the second, who meets a target."""

import pytest

from expdb.catalog.reported import reported_runs
from expdb.report.tables.build import build_table
from tests.report.built import CIFAR, column_of, define, general, ranks, texts
from tests.store_runs import add_finished, add_seeds


def test_sections_stand_together_and_have_a_best_of_their_own(store):
    for optimizer, lr, top1 in (("sgd", 0.1, 0.5), ("adamw", 0.1, 0.9), ("sgd", 0.2, 0.7), ("adamw", 0.2, 0.95)):
        add_finished(store, optim__name=optimizer, optim__lr=lr, top1=top1)

    table = build_table(store, define("lr", "top1", section="optimizer"))

    assert [row.section for row in table.rows] == ["sgd", "sgd", "adamw", "adamw"]
    assert column_of(table, 0) == ["0.1", "0.2", "0.1", "0.2"]
    assert ranks(table, 1) == [2, 1, 2, 1]
    assert [row.section for row in build_table(store, define("lr")).rows] == [None] * 4


def test_section_pivot_and_baseline_go_together(store):
    for model, optimizer in (("resnet18", "sgd"), ("resnet34", "sgd"), ("resnet18", "adamw")):
        for dataset in ("cifar10", "cifar100"):
            add_finished(store, model__name=model, optim__name=optimizer, data__dataset=dataset, epochs=10, top1=0.5)

    table = build_table(
        store,
        define(
            "model",
            "top1",
            {"key": "top1", "shows": "delta"},
            rows=["optimizer", "model"],
            across=["dataset"],
            section="optimizer",
            baseline="model = resnet18 and optimizer = sgd",
        ),
    )

    assert [row.section for row in table.rows] == ["sgd", "sgd", "adamw"]
    assert texts(table) == [
        ["resnet18", "50.00", "–", "50.00", "–"],
        ["resnet34", "50.00", "0.00", "50.00", "0.00"],
        ["resnet18", "50.00", "0.00", "50.00", "0.00"],
    ]


def test_best_and_second_are_pointed_out_and_ties_share(store):
    for lr, top1 in ((0.1, 0.7), (0.2, 0.9), (0.3, 0.9), (0.4, 0.8)):
        add_finished(store, optim__lr=lr, top1=top1)

    assert ranks(build_table(store, define("lr", "top1")), 1) == [0, 1, 1, 0]
    for kept, expected in (("best", [0, 1]), ("second", [2, 1]), ("none", [0, 0])):
        table = build_table(store, define("lr", "top1", where="lr < 0.25", emphasis=kept))
        assert ranks(table, 1) == expected


def test_the_direction_is_the_columns_unless_a_choice_turns_it(store):
    for lr, loss in ((0.1, 1.0), (0.2, 2.0)):
        add_finished(store, optim__lr=lr, last={"train_loss": loss, "train_seconds": loss})
    columns = (
        "train_loss",
        {"key": "train_loss", "best": "max"},
        {"key": "train_loss", "best": "none"},
        "train_seconds",
        {"key": "train_seconds", "best": "min"},
    )

    table = build_table(store, define(*columns, clear_only=False))

    assert [ranks(table, index) for index in range(5)] == [[1, 2], [2, 1], [0, 0], [0, 0], [1, 2]]


def test_nothing_is_best_where_the_best_and_the_next_cannot_be_told_apart(store):
    add_seeds(store, [0.80, 0.82, 0.84])
    add_seeds(store, [0.81, 0.83, 0.85], optim__lr=0.2)

    table = build_table(store, define("lr", "top1"))

    assert ranks(table, 1) == [0, 0]
    assert (
        "No value is bold: the best two cannot be told apart (their difference could be chance: Welch's 95 % interval "
        "contains zero; this design could show 7.01 points or more): Top-1 (last, %)." in general(table)
    )
    assert ranks(build_table(store, define("lr", "top1", clear_only=False)), 1) == [2, 1]


def test_nothing_is_best_of_a_single_run_and_a_mean(store):
    add_seeds(store, [0.80, 0.801, 0.802])
    add_finished(store, optim__lr=0.2, top1=0.9)

    table = build_table(store, define("lr", "top1"))

    assert ranks(table, 1) == [0, 0]
    assert (
        "No value is bold: of the best two, one is a single run and the other a mean over seeds (one run says nothing "
        "of chance): Top-1 (last, %)." in general(table)
    )
    assert ranks(build_table(store, define("lr", "top1", clear_only=False)), 1) == [2, 1]


@pytest.mark.parametrize("rows", ["groups", "runs"])
def test_nothing_is_best_of_single_runs_that_few_test_images_do_not_tell_apart(store, rows):
    for lr, top1 in ((0.1, 355 / 360), (0.2, 356 / 360), (0.3, 0.5)):
        add_finished(store, optim__lr=lr, top1=top1)

    table = build_table(store, define("lr", "top1", rows=rows))

    assert ranks(table, 1) == [0, 0, 0]
    assert (
        "No value is bold: the best two are single runs that cannot be told apart (other test images could turn them "
        "round: Newcombe's 95 % interval of the difference contains zero): Top-1 (last, %)." in general(table)
    )
    assert ranks(build_table(store, define("lr", "top1", rows=rows, clear_only=False)), 1) == [2, 1, 0]


def test_single_runs_that_their_test_images_tell_apart_have_a_best(store):
    for lr, top1 in ((0.1, 0.9), (0.2, 0.8)):
        add_finished(store, optim__lr=lr, top1=top1)

    assert ranks(build_table(store, define("lr", "top1")), 1) == [1, 2]


def test_reported_values_keep_their_best_however_near(store):
    for row in reported_runs()[:2]:  # 79.05 and 80.00 of 10,000 images
        store.add_reported(row)

    assert ranks(build_table(store, define("model", "top1")), 1) == [2, 1]


def test_a_clear_best_is_best(store):
    add_seeds(store, [0.80, 0.801, 0.802])
    add_seeds(store, [0.90, 0.901, 0.902], optim__lr=0.2)

    assert ranks(build_table(store, define("lr", "top1")), 1) == [2, 1]


def test_reported_values_compete_only_where_asked_for(store):
    store.add_reported(reported_runs()[3])
    add_finished(store, model__name="resnet18", top1=0.6, **CIFAR)
    add_finished(store, model__name="resnet34", top1=0.7, **CIFAR)

    assert ranks(build_table(store, define("model", "top1")), 1) == [0, 2, 1]
    assert ranks(build_table(store, define("model", "top1", rank_reported=True, notes=False)), 1) == [1, 0, 2]


def test_a_reported_row_that_a_note_calls_not_comparable_is_not_best_even_where_it_may_compete(store):
    store.add_reported(reported_runs()[3])
    add_finished(store, model__name="resnet18", top1=0.6, **CIFAR)
    add_finished(store, model__name="resnet34", top1=0.7, **CIFAR)

    table = build_table(store, define("model", "top1", rank_reported=True))

    assert any("not comparable" in note.text for note in table.notes if note.mark in table.rows[0].cells[0].marks)
    assert ranks(table, 1) == [0, 2, 1]


@pytest.mark.parametrize("rows", ["groups", "runs"])
@pytest.mark.parametrize(
    "column",
    [
        "test_loss",
        "val_top1",
        {"key": "train_seconds", "best": "min"},
        {"key": "images_per_second", "best": "max"},
    ],
    ids=str,
)
def test_of_single_runs_that_nothing_tells_apart_none_is_pointed_out(store, column, rows):
    for lr, value in ((0.1, 0.9), (0.2, 0.1)):
        last = {"test_loss": value, "val_top1": value, "train_seconds": value, "images_per_second": value}
        add_finished(store, optim__lr=lr, last=last)

    table = build_table(store, define(column, rows=rows))

    assert ranks(table, 0) == [0, 0]
    assert any(note.startswith("No value is bold: the best two are single runs ") for note in general(table))
    assert 1 in ranks(build_table(store, define(column, rows=rows, clear_only=False)), 0)


def test_losses_of_several_seeds_are_told_apart_by_the_same_rule_as_accuracies(store):
    for lr, losses in ((0.1, (0.50, 0.51, 0.52)), (0.2, (0.90, 0.91, 0.92)), (0.3, (0.50, 0.52, 0.53))):
        for seed, loss in enumerate(losses):
            add_finished(store, optim__lr=lr, seed=seed, last={"test_loss": loss})

    assert ranks(build_table(store, define("test_loss", where="lr < 0.25")), 0) == [1, 2]
    told = build_table(store, define("test_loss"))
    assert ranks(told, 0) == [0, 0, 0]
    assert any("this design could show 0.0453 or more" in note for note in general(told))


def test_counts_of_a_model_rank_as_they_are(store):
    for lr, number in ((0.1, 5_000_000), (0.2, 5_000_001)):
        add_finished(store, optim__lr=lr, start={"num_params": number})

    assert ranks(build_table(store, define({"key": "num_params", "best": "min"})), 0) == [1, 2]


@pytest.mark.parametrize("more", [{}, {"clear_only": False}, {"notes": False}, {"baseline": "lr = 0.1"}], ids=str)
def test_a_row_that_is_not_comparable_is_never_pointed_out(store, more):
    for lr, epochs, top1 in ((0.1, 2, 0.5), (0.2, 2, 0.7), (0.3, 9, 0.99)):
        add_finished(store, optim__lr=lr, epochs=epochs, top1=top1)

    assert ranks(build_table(store, define("lr", "top1", **more)), 1) == [2, 1, 0]


def test_what_the_rows_are_about_is_no_reason_to_point_none_out(store):
    for epochs, top1 in ((2, 0.5), (9, 0.99)):
        add_finished(store, epochs=epochs, top1=top1)

    assert ranks(build_table(store, define("top1")), 0) == [0, 0]
    assert ranks(build_table(store, define("top1", rows=["epochs"])), 1) == [2, 1]


def test_a_row_whose_own_seeds_are_of_two_kinds_is_never_pointed_out(store):
    for lr, digests in ((0.1, "aa"), (0.2, "aa"), (0.3, "ab")):
        for seed, digest in enumerate(digests):
            add_finished(store, optim__lr=lr, seed=seed, top1=lr + seed / 1000, start={"data_digest": digest})

    assert ranks(build_table(store, define("top1")), 0) == [2, 1, 0]


def test_times_of_another_machine_are_never_the_best(store):
    for lr, device, seconds in ((0.1, "A", 9.0), (0.2, "A", 5.0), (0.3, "B", 1.0)):
        add_finished(store, optim__lr=lr, top1=lr, start={"device_name": device}, last={"train_seconds": seconds})

    table = build_table(store, define("top1", {"key": "train_seconds", "best": "min"}, clear_only=False))

    assert ranks(table, 1) == [2, 1, 0]
    assert ranks(table, 0) == [0, 2, 1]


def test_every_dataset_has_a_best_of_its_own(store):
    for dataset, tops in (("cifar10", [0.9, 0.8]), ("cifar100", [0.5, 0.6])):
        for lr, top1 in zip((0.1, 0.2), tops, strict=True):
            add_finished(store, data__dataset=dataset, model__name="resnet18", epochs=10, optim__lr=lr, top1=top1)

    assert ranks(build_table(store, define("dataset", "top1")), 1) == [1, 2, 2, 1]


def test_rows_that_meet_the_targets_are_named(store):
    for model, top1 in (("resnet18", 0.9), ("resnet34", 0.95), ("resnet50", 0.7)):
        add_finished(store, model__name=model, top1=top1, **CIFAR)

    table = build_table(store, define("model_label", "top1", targets={"top1": ">= 90%", "num_params": "< 5M"}))

    assert general(table)[0] == "Target Top-1 >= 90% and Params < 5M: met by ResNet18, ResNet34."


def test_rows_of_one_name_are_told_by_their_number(store):
    for lr in (0.1, 0.2):
        add_finished(store, optim__lr=lr, top1=0.9)

    table = build_table(store, define("model", "lr", targets={"top1": "> 50%"}))

    assert general(table)[0] == "Target Top-1 > 50%: met by resnet_mini (row 1), resnet_mini (row 2)."


def test_columns_that_name_nobody_for_one_reason_share_a_note(store):
    for lr, shift in ((0.1, 0.0), (0.2, 0.001)):
        for seed, top1 in enumerate((0.80, 0.82, 0.85)):
            last = {"top5": 0.9 + top1 / 20, "test_loss": 1.0 - top1 / 3 - shift}
            add_finished(store, top1=top1 + shift, optim__lr=lr, seed=seed, last=last)
    table = build_table(store, define("lr", "top1", "top5", "test_loss"))

    told = [note.text for note in table.notes if note.text.startswith("No value is bold: the best two cannot")]
    assert len(told) == 1
    assert all(f"{name} (this design could show " in told[0] for name in ("Top-1 (last, %)", "Test loss"))


def test_where_too_few_are_comparable_to_be_bold_it_is_said(store):
    for lr, epochs in ((0.1, 10), (0.2, 20)):
        add_seeds(store, [0.50 + lr, 0.51 + lr, 0.52 + lr], optim__lr=lr, epochs=epochs)

    table = build_table(store, define("lr", "top1", baseline="lr = 0.1"))

    assert not any(cell.rank for row in table.rows for cell in row.cells)
    told = "fewer than two values are comparable as they stand (marks say why): Top-1 (last, %)."
    assert f"No value is bold: {told}" in general(table)
    assert any("so not ranked: other number of epochs (20 instead of 10)" in note.text for note in table.notes)

"""Where several groups fit the words of a row, a confirmation says by which of them it is."""

import pytest

from expdb.report.check.check import check_text
from expdb.report.check.check_record import tables_record
from tests.store_runs import add_finished, add_seeds

TEXT = "## CIFAR-100\n\n| Model | {} |\n|---|---|\n| ResNet18 | {} |\n"


def checked(text, store):
    [table] = check_text(text, store, [])
    return [one.status for one in table.findings], list(table.readings)


@pytest.fixture
def augmented(store):
    for aug, value in (("none", 0.70), ("standard", 0.76), ("autoaugment", 0.78)):
        add_seeds(store, [value, value + 0.01], model__name="resnet18", data__dataset="cifar100", aug__preset=aug)
    return store


@pytest.mark.parametrize(("printed", "held"), [("70.50", "1, 2 (none)"), ("76.50", "3, 4 (standard)")])
def test_confirmation_says_by_which_augmentation_it_is(augmented, printed, held):
    statuses, readings = checked(TEXT.format("Top-1", printed), augmented)

    assert statuses == ["confirmed"]
    assert readings == [f"rows do not say augmentation: held against runs {held} of 2 groups that fit"]
    assert tables_record(check_text(TEXT.format("Top-1", printed), augmented, []))["tables"][0]["readings"] == readings


@pytest.mark.parametrize(
    ("setting", "values", "told"),
    [
        ("epochs", (100, 200), "epochs: held against runs 3, 4 (epochs 200)"),
        ("optim__lr", (0.1, 0.2), "lr: held against runs 3, 4 (lr 0.2)"),
        ("batch_size", (128, 256), "batch size: held against runs 3, 4 (batch size 256)"),
        ("ema_decay", (None, 0.99), "ema decay: held against runs 3, 4 (ema decay 0.99)"),
    ],
)
def test_confirmation_says_which_setting_no_row_says(store, setting, values, told):
    for value, top1 in zip(values, (0.77, 0.78), strict=True):
        add_seeds(store, [top1, top1], model__name="resnet18", data__dataset="cifar100", **{setting: value})

    assert checked(TEXT.format("Top-1", "78.00"), store) == (
        ["confirmed"],
        [f"rows do not say {told} of 2 groups that fit"],
    )


def test_one_line_tells_all_rows_that_leave_the_same_open(augmented):
    for aug, value in (("none", 0.60), ("standard", 0.66)):
        add_finished(augmented, top1=value, model__name="resnet34", data__dataset="cifar100", aug__preset=aug)

    told = "runs 1, 2 (none), run 8 (standard) of 2 groups that fit"
    assert checked(TEXT.format("Top-1", "70.50") + "| ResNet34 | 66.00 |\n", augmented) == (
        ["confirmed"] * 2,
        [f"rows do not say augmentation: held against {told}"],
    )


def test_nothing_is_told_of_a_row_that_says_it_or_agrees_with_none(augmented):
    said = "## CIFAR-100\n\n| Model | Augmentation | Top-1 |\n|---|---|---|\n| ResNet18 | AutoAugment | 78.50 |\n"

    assert checked(said, augmented) == (["confirmed"], [])
    assert checked(TEXT.format("Top-1", "79.99"), augmented) == (["contradicted"], [])

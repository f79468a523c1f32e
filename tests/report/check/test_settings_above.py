"""Settings that are said only above a table: a group with others confirms nothing of it."""

import pytest

from expdb.report.check.check import check_text
from tests.store_runs import add_finished, add_seeds

TEXT = "## CIFAR-100\n\n{}\n\n| Model | Top-1 |\n|---|---|\n| ResNet18 | {} |\n"


@pytest.fixture
def trained(store):
    """Two models of 200 epochs, one of them with CutMix."""
    run = {"model__name": "resnet18", "data__dataset": "cifar100", "epochs": 200}
    add_seeds(store, [0.77, 0.78], **run)
    add_finished(store, top1=0.80, aug__cutmix_alpha=1.0, **run)
    return store


def found(text, store):
    return [(one.status, one.reason) for table in check_text(text, store, []) for one in table.findings]


@pytest.mark.parametrize(
    ("above", "words"),
    [
        ("All models are trained for 300 epochs.", "300 epochs"),
        ("300 에폭 학습 결과", "300 에폭"),
        ("### 300-epoch training", "300-epoch"),
        ("모든 모델은 100 에포크 동안 학습하였다.", "100 에포크"),
    ],
)
def test_group_of_other_epochs_than_are_said_above_confirms_nothing(trained, above, words):
    [(status, reason)] = found(TEXT.format(above, "77.50"), trained)

    assert status == "unknown"
    assert reason.startswith("no run of cifar100 fits this row: ")
    assert f"says “{words}”" in reason


@pytest.mark.parametrize(
    "above",
    [
        "All models are trained for 200 epochs.",
        "200 에폭 학습",
        "Mean of the last 5 epochs.",
        "With 5 epochs of warm-up.",
        "The learning rate drops every 60 epochs.",
        "We trained for 100 and 300 epochs.",
        "Trained for 300 epochs unless stated otherwise.",
        "Pretrained for 90 epochs.",
        "Not 300 epochs.",
    ],
)
def test_words_that_do_not_say_other_epochs_of_all_rows_leave_them_what_they_are(trained, above):
    assert [status for status, _ in found(TEXT.format(above, "77.50"), trained)] == ["confirmed"]


def test_column_of_epochs_says_it_before_the_words_above(trained):
    text = (
        TEXT.replace("Model |", "Model | Epochs |")
        .replace("---|", "---|---|", 1)
        .replace("ResNet18 |", "ResNet18 | 200 |")
    )
    text = text.format("Trained for 300 epochs.", "77.50")

    assert [status for status, _ in found(text, trained)] == ["confirmed"] * 2


@pytest.mark.parametrize(
    "above", ["All models use CutMix.", "### With CutMix", "Networks trained with cut-mix:", "CutMix를 사용한 결과"]
)
def test_augmentation_said_above_restricts_the_groups(trained, above):
    assert found(TEXT.format(above, "80.00"), trained) == [("confirmed", "")]
    assert found(TEXT.format(above, "77.50"), trained)[0][0] == "contradicted"


@pytest.mark.parametrize("above", ["### With AutoAugment", "All models use Mixup.", "RandAugment 적용"])
def test_augmentation_of_no_run_is_told_as_the_reason(trained, above):
    [(status, reason)] = found(TEXT.format(above, "77.50"), trained)

    assert status == "unknown"
    assert "says “" in reason


@pytest.mark.parametrize(
    "above",
    [
        "Without AutoAugment.",
        "We compare with AutoAugment below.",
        "The effect of using Mixup.",
        "No model uses Mixup, except where said.",
        "Trained with Mixup or RandAugment.",
        "AutoAugment 없이 학습",
    ],
)
def test_augmentation_that_is_not_said_of_all_rows_restricts_nothing(trained, above):
    assert [status for status, _ in found(TEXT.format(above, "77.50"), trained)] == ["confirmed"]


def test_table_that_compares_augmentations_is_not_restricted_by_a_heading(trained):
    text = TEXT.format("### With CutMix", "77.50") + "| ResNet18 + CutMix | 80.00 |\n"

    assert [status for status, _ in found(text, trained)] == ["confirmed"] * 2

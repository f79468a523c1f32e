"""Words above a plain column that say that its accuracies are of another kind, or of other images."""

import pytest

from expdb.report.check.check import check_text
from tests.store_runs import add_seeds

TEXT = "## CIFAR-100\n\n{}\n\n| Model | {} |\n|---|---|\n| ResNet18 | 77.50 |\n"


@pytest.fixture
def trained(store):
    add_seeds(store, [0.77, 0.78], model__name="resnet18", data__dataset="cifar100")
    return store


def confirmed(store, above, heading="Accuracy"):
    tables = check_text(TEXT.format(above, heading), store, [])
    return [one.printed for table in tables for one in table.findings if one.status == "confirmed"]


@pytest.mark.parametrize("heading", ["Acc.", "Accuracy (%)", "정확도"])
@pytest.mark.parametrize(
    "above",
    [
        "## Validation results",
        "Results on val",
        "Results on the validation split:",
        "검증 결과",
        "Models evaluated on val.",
        "Membership inference accuracy",
        "Rotation prediction accuracy (%)",
        "Pretext accuracy",
        "Attribute accuracy of our networks.",
        "Segmentation accuracy",
        "Table 2: Mean pixel accuracy",
        "10-fold cross-validation accuracy",
        "Accuracy with 4-bit weights",
    ],
)
def test_accuracy_of_another_kind_is_not_confirmed(trained, above, heading):
    assert not confirmed(trained, above, heading)


@pytest.mark.parametrize(
    "above",
    ["Best accuracy", "### 최고 정확도", "We report the best accuracy of each run.", "With EMA weights", "EMA 가중치"],
)
def test_result_of_best_epochs_or_averaged_weights_is_no_plain_top1(trained, above):
    assert not confirmed(trained, above)
    assert not confirmed(trained, above, "Top-1")


@pytest.mark.parametrize(
    "above",
    [
        "Test accuracy",
        "Classification accuracy (%)",
        "CIFAR-100 accuracy",
        "Final accuracy",
        "Our accuracy",
        "Mean accuracy over seeds",
        "ResNet accuracy",
        "Higher accuracy is better.",
        "The best accuracy is in bold.",
        "최고 정확도는 굵게 표시하였다.",
        "Results on the test set",
        "Training results",
        "학습 결과",
        "Without EMA weights.",
    ],
)
def test_words_about_plain_accuracies_leave_them_read(trained, above):
    assert confirmed(trained, above) == ["77.50"]

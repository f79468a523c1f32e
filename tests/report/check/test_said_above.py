"""What stands above a table says of which runs it may be."""

import pytest

from expdb.report.check.check import check_text
from tests.store_runs import add_finished, add_seeds

ROW = "| Model | Top-1 |\n|---|---|\n| ResNet-18 | {} |\n"


def add_both(store) -> None:
    add_finished(store, top1=0.9512, model__name="resnet18", data__dataset="cifar10")
    add_finished(store, top1=0.7671, model__name="resnet18", data__dataset="cifar100")


def statuses(text, store, **said):
    return [
        (one.printed, one.recorded, one.status)
        for table in check_text(text, store, [], **said)
        for one in table.findings
    ]


@pytest.mark.parametrize(
    "above",
    [
        "# CIFAR-100\n\n{}",
        "# CIFAR-100\n\n## Results\n\n{}",
        "# CIFAR-10\n\n## On CIFAR-100\n\n{}",
        "Accuracy on CIFAR-100:\n\n{}",
        "# 실험\n\n## CIFAR-100 결과\n\n{}",
    ],
)
def test_table_below_the_name_of_a_dataset_is_of_its_runs_alone(store, above):
    add_both(store)

    assert statuses(above.format(ROW.format("76.71")), store) == [("76.71", "76.71", "confirmed")]
    assert statuses(above.format(ROW.format("95.12")), store) == [("95.12", "76.71", "contradicted")]


def test_table_below_another_dataset_is_neither_confirmed_nor_contradicted(store):
    add_finished(store, top1=0.9512, model__name="resnet18", data__dataset="cifar10")

    for number in ("95.12", "95.99"):
        [table] = check_text("# CIFAR-100\n\n" + ROW.format(number), store, [])
        assert [(one.status, one.reason) for one in table.findings] == [("unknown", "no run of cifar100 fits this row")]
        assert table.readings == ("dataset cifar100, as heading 'CIFAR-100' says",)
        assert not table.is_judged


def test_section_of_a_table_says_the_dataset_of_its_rows(store):
    add_both(store)
    text = (
        "| Model | Top-1 |\n|---|---|\n| **CIFAR-10** | |\n| ResNet-18 | {} |\n"
        "| **CIFAR-100** | |\n| ResNet-18 | {} |\n"
    )

    assert [status for *_, status in statuses(text.format("95.12", "76.71"), store)] == ["confirmed"] * 2
    assert [status for *_, status in statuses(text.format("76.71", "95.12"), store)] == ["contradicted"] * 2


def test_row_that_runs_of_several_datasets_fit_is_unknown_and_says_the_way_out(store):
    add_both(store)

    [table] = check_text(ROW.format("95.12"), store, [])

    [found] = table.findings
    assert found.message == (
        "Top-1 of ResNet-18: 95.12 printed, runs of cifar10 and cifar100 fit: name the dataset above the table, "
        "or give --dataset NAME"
    )
    assert statuses(ROW.format("95.12"), store, dataset="cifar10") == [("95.12", "95.12", "confirmed")]
    assert statuses("# CIFAR-100\n\n" + ROW.format("95.12"), store, dataset="cifar10")[0][2] == "contradicted"


def test_row_that_runs_of_several_models_fit_is_unknown(store):
    add_finished(store, top1=0.9, model__name="resnet18")
    add_finished(store, top1=0.8, model__name="resnet50")

    [table] = check_text("| Epochs | Top-1 |\n|---|---|\n| 2 | 80.00 |\n", store, [])

    assert {one.status for one in table.findings} == {"unknown"}
    assert "runs of resnet18 and resnet50 fit: no column names the model" in table.findings[-1].reason


def test_numbers_of_a_row_are_all_of_one_group(store):
    add_finished(store, top1=0.90, last={"top5": 0.97}, optim__lr=0.1)
    add_finished(store, top1=0.91, last={"top5": 0.98}, optim__lr=0.2)
    text = "| Model | Top-1 | Top-5 |\n|---|---|---|\n| ResNet-mini | {} | {} |\n"

    assert {status for *_, status in statuses(text.format("90.00", "97.00"), store)} == {"confirmed"}
    assert "contradicted" in {status for *_, status in statuses(text.format("90.00", "98.00"), store)}


PIVOT = (
    "# Top-1 accuracy (%)\n\n| Model | CIFAR-10 | CIFAR-100 |\n|---|---|---|\n"
    "| ResNet-18 | {} | {} |\n| ResNet-50 | {} | {} |\n"
)


def add_pivot(store) -> None:
    add_both(store)
    add_finished(store, top1=0.9612, model__name="resnet50", data__dataset="cifar10")
    add_finished(store, top1=0.7871, model__name="resnet50", data__dataset="cifar100")


@pytest.mark.parametrize(
    ("cells", "num_wrong"),
    [
        (("95.12", "76.71", "96.12", "78.71"), 0),
        (("95.12", "76.77", "96.12", "78.71"), 1),
        (("76.71", "95.12", "78.71", "96.12"), 4),  # swapped columns
        (("96.12", "78.71", "95.12", "76.71"), 4),  # swapped rows
    ],
)
def test_pivot_of_datasets_is_checked_cell_by_cell(store, cells, num_wrong):
    add_pivot(store)

    found = [status for *_, status in statuses(PIVOT.format(*cells), store)]

    assert sorted(found) == ["confirmed"] * (4 - num_wrong) + ["contradicted"] * num_wrong


def test_pivot_of_augmentations_is_checked_cell_by_cell(store):
    add_finished(store, top1=0.95, model__name="resnet18", aug__preset="standard")
    add_finished(store, top1=0.96, model__name="resnet18", aug__preset="autoaugment")
    text = "# Top-1 accuracy (%)\n\n| Model | Baseline | AutoAugment |\n|---|---|---|\n| ResNet-18 | {} | {} |\n"

    assert [status for *_, status in statuses(text.format("95.00", "96.00"), store)] == ["confirmed"] * 2
    assert [status for *_, status in statuses(text.format("96.00", "95.00"), store)] == ["contradicted"] * 2


@pytest.mark.parametrize("heading", ["Top-1 error (%)", "Error (%)", "Top-1 err. (%)", "Top-1 (error, %)"])
def test_column_of_errors_is_compared_with_1_minus_accuracy_and_said_so(store, heading):
    add_seeds(store, [0.95, 0.96])
    text = f"| Model | {heading} |\n|---|---|\n| ResNet-mini | {{}} |\n"

    [table] = check_text(text.format("4.50 ± 0.71 (2)"), store, [])

    assert [one.status for one in table.findings] == ["confirmed"] * 3
    assert table.readings == (f"column {heading!r} is compared with 1 - top1",)
    assert [one[2] for one in statuses(text.format("95.50 ± 0.71"), store)] == ["contradicted", "confirmed"]
    assert statuses(text.format("4.60"), store) == [("4.60", "4.50", "contradicted")]


@pytest.mark.parametrize(
    "heading",
    ["Top-1 (5-shot)", "Top-1 (real)", "Robust accuracy", "Train acc", "Top-1 w/ EMA", "Top-1 (FGSM)", "Val acc (%)"],
)
def test_column_with_words_left_over_is_never_confirmed(store, heading):
    add_finished(store, top1=0.95)

    [table] = check_text(f"| Model | {heading} | Top-5 |\n|---|---|---|\n| ResNet-mini | 95.00 | 90.00 |\n", store, [])

    assert [one.status for one in table.findings if one.column == heading] == ["unknown"]


@pytest.mark.parametrize(("cells", "is_clean"), [(("0.951", "0.767"), True), (("0.951", "76.7"), False)])
def test_fractions_are_one_scale_of_a_whole_column(store, cells, is_clean):
    add_both(store)
    text = "| Dataset | Model | Top-1 |\n|---|---|---|\n| CIFAR-10 | ResNet-18 | {} |\n| CIFAR-100 | ResNet-18 | {} |\n"

    [table] = check_text(text.format(*cells), store, [])

    assert table.is_judged is is_clean
    assert {one.status for one in table.findings} <= {"confirmed" if is_clean else "unknown"}
    assert (table.readings == ("column 'Top-1' is read as fractions",)) is is_clean


def test_two_numbers_in_a_cell_are_two(store):
    add_finished(store, top1=0.95, last={"top5": 0.99})
    text = "| Model | Top-1/Top-5 |\n|---|---|\n| ResNet-mini | {} |\n"

    assert statuses(text.format("95.00/99.00"), store) == [
        ("95.00", "95.00", "confirmed"),
        ("99.00", "99.00", "confirmed"),
    ]
    assert statuses(text.format("95.00/98.00"), store)[1] == ("98.00", "99.00", "contradicted")
    assert {status for *_, status in statuses(text.format("99.00/95.00"), store)} == {"contradicted"}


@pytest.mark.parametrize("above", ["# From CIFAR-10 to CIFAR-100", "# Results\n\nWe use CIFAR-10 and CIFAR-100."])
def test_table_below_two_datasets_is_unknown_even_where_runs_of_one_fit(store, above):
    add_finished(store, top1=0.9512, model__name="resnet18", data__dataset="cifar10")

    [table] = check_text(f"{above}\n\n" + ROW.format("95.12"), store, [])

    assert [one.status for one in table.findings] == ["unknown"]
    assert table.findings[0].reason == (
        "cifar10 and cifar100 are named above the table: say which in a column “Dataset”"
    )


@pytest.mark.parametrize(
    "above",
    ["# CIFAR-10-C", "# Results on CIFAR-10.1", "# CIFAR-10 validation accuracy", "# CIFAR-10\n\nTraining accuracy:"],
)
def test_table_of_other_images_than_those_of_the_runs_is_not_confirmed(store, above):
    add_finished(store, top1=0.9512, model__name="resnet18", data__dataset="cifar10")

    assert not any(table.is_judged for table in check_text(f"{above}\n\n" + ROW.format("95.12"), store, []))


def test_section_that_names_an_augmentation_says_which_runs_its_rows_are_of(store):
    add_finished(store, top1=0.95, model__name="resnet18")
    add_finished(store, top1=0.96, model__name="resnet18", aug__preset="autoaugment")
    text = "| Model | Top-1 |\n|---|---|\n| **With AutoAugment** | |\n| ResNet-18 | {} |\n"

    assert statuses(text.format("96.00"), store) == [("96.00", "96.00", "confirmed")]
    assert statuses(text.format("95.00"), store) == [("95.00", "96.00", "contradicted")]


def test_number_of_seeds_in_a_heading_is_checked(store):
    add_seeds(store, [0.94, 0.96])
    text = "| Model | Top-1 ({} seeds) |\n|---|---|\n| ResNet-mini | 95.00 |\n"

    assert [status for *_, status in statuses(text.format(2), store)] == ["confirmed"] * 2
    assert statuses(text.format(5), store)[1] == ("5", "2", "contradicted")


def test_rows_that_a_setting_of_no_run_tells_apart_are_still_means_over_seeds(store):
    add_seeds(store, [0.94, 0.96])
    text = "| Model | Width | Top-1 |\n|---|---|---|\n| ResNet-mini | 2 | 95.00 |\n| ResNet-mini | 4 | 95.00 |\n"

    [table] = check_text(text, store, [])

    assert [(one.column, one.status) for one in table.findings] == [("Width", "unknown"), ("Top-1", "confirmed")] * 2


@pytest.mark.parametrize(
    ("above", "heading"),
    [
        ("Top-5 accuracy (%).", "Accuracy"),
        ("Top-5 accuracy on the test set:", "Test acc."),
        ("Top-5 정확도", "정확도 (%)"),
    ],
)
def test_accuracy_below_words_that_say_top_5_is_not_confirmed_as_top_1(store, above, heading):
    add_seeds(store, [0.77, 0.78], model__name="resnet18", data__dataset="cifar100")
    text = "## CIFAR-100\n\n{}\n\n| Model | {} |\n|---|---|\n| ResNet18 | 77.5 |\n"

    def confirmed(text):
        return [one for table in check_text(text, store, []) for one in table.findings if one.status == "confirmed"]

    assert not confirmed(text.format(above, heading))
    assert confirmed(text.format(above, "Top-1"))
    assert confirmed(text.format("Top-1 accuracy (%).", heading))


@pytest.mark.parametrize(
    "above",
    [
        "Best accuracy over all epochs.",
        "Accuracy at the best epoch.",
        "Ensembles of five networks.",
        "With test-time augmentation (10-crop).",
        "Maximum over three seeds.",
        "세 모델의 앙상블 정확도",
    ],
)
def test_mean_of_last_epochs_is_not_confirmed_below_words_that_say_something_else(store, above):
    add_seeds(store, [0.77, 0.78], model__name="resnet18", data__dataset="cifar100")
    text = f"## CIFAR-100\n\n{above}\n\n| Model | Top-1 |\n|---|---|\n| ResNet18 | 77.5 |\n"

    assert not [one for table in check_text(text, store, []) for one in table.findings if one.status == "confirmed"]


@pytest.mark.parametrize(
    "above", ["The best accuracy is in bold.", "Mean of two seeds.", "Without test-time augmentation."]
)
def test_words_about_the_best_or_a_mean_leave_results_what_they_are(store, above):
    add_seeds(store, [0.77, 0.78], model__name="resnet18", data__dataset="cifar100")
    text = f"## CIFAR-100\n\n{above}\n\n| Model | Top-1 |\n|---|---|\n| ResNet18 | 77.5 |\n"

    assert [one.status for table in check_text(text, store, []) for one in table.findings] == ["confirmed"]

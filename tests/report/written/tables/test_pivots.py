"""Tables with a column for each dataset or augmentation, and tables on their side."""

import pytest

from expdb.report.written.rows import stated_rows
from expdb.report.written.tables.told import told_results
from tests.report.written.tables.written_tables import read, roles, runs, told


def found(*lines, **options):
    return [(run.model, run.dataset, run.top1, dict(run.settings)) for run in runs(*lines, **options)]


def test_columns_of_datasets_are_a_run_each_and_say_by_what_they_are_read():
    lines = ["Method|CIFAR-10|CIFAR-100|ImageNet Top-1", "Mixup|96.01|78.89|77.42"]

    assert found(*lines) == [
        ("Mixup", "cifar10", 0.9601, {}),
        ("Mixup", "cifar100", 0.7889, {}),
        ("Mixup", "imagenet-1k", 0.7742, {}),
    ]
    assert told(*lines) == {
        "Method": "model",
        "CIFAR-10": "top1 of cifar10, %, as “ImageNet Top-1” says",
        "CIFAR-100": "top1 of cifar100, %, as “ImageNet Top-1” says",
        "ImageNet Top-1": "top1 of imagenet-1k, %",
    }


def test_a_pivot_keeps_what_a_row_says_beside_it_with_every_run():
    first, second = runs("Model|Params (M)|Epochs|CIFAR-10: Top-1|CIFAR-100: Top-1", "A|11.2|200|95.1 ± 0.1|77.2 ± 0.3")

    assert [(run.num_params, run.epochs, run.metrics) for run in (first, second)] == [
        (11_200_000, 200, {"top1_spread": 0.1}),
        (11_200_000, 200, {"top1_spread": 0.3}),
    ]
    assert first.quote == {"Model": "A", "Params (M)": "11.2", "Epochs": "200", "CIFAR-10: Top-1": "95.1 ± 0.1"}
    assert second.source == "1 (line 5), column “CIFAR-100: Top-1”"


def test_two_results_of_each_dataset_are_one_run():
    lines = ["Method|CIFAR-10: Top-1|CIFAR-10: Top-5|SVHN: Top-1|SVHN: Top-5", "A|95.1|99.8|96.4|99.9"]

    assert [(run.dataset, run.top1, run.top5) for run in runs(*lines)] == [
        ("cifar10", 0.951, 0.998),
        ("svhn", 0.964, 0.999),
    ]


def test_an_empty_cell_of_a_pivot_is_no_run():
    assert [run.dataset for run in runs("Model|Params (M)|CIFAR-10 acc|CIFAR-100 acc", "A|1.1|95.1|–")] == ["cifar10"]


@pytest.mark.parametrize("word", ["OOM", "diverged", "running", "발산"])
def test_a_word_in_a_pivot_is_no_result_and_is_told(word):
    lines = ["Model|Baseline|Cutout|AutoAugment", "A|95.1|96|96.4", f"B|91.2|{word}|93.5"]
    stated = stated_rows(read(*lines, caption="Test accuracy (%)"))

    assert [(row.run.model, row.run.top1, row.run.settings) for row in stated.rows] == [
        ("A", 0.951, {}),
        ("A", 0.96, {"cutout": True}),
        ("A", 0.964, {"auto_augment": True}),
        ("B", 0.912, {}),
        ("B", 0.935, {"auto_augment": True}),
    ]
    assert stated.skipped == (f"row 2 (line 6): Cutout “{word}” is no result",)


@pytest.mark.parametrize("cell", ["96.30.12", "96.3 0.12", "96.3 / 0.12", "96.3 ± ?", "9 6.3"])
def test_a_cell_with_a_mistake_makes_no_setting_of_a_pivots_column(cell):
    lines = ["Model|Baseline|Cutout|AutoAugment", "A|95.1|96.2|96.4", f"B|91.2|{cell}|93.5"]
    stated = stated_rows(read(*lines, caption="Test accuracy (%)"))

    assert [run.top1 for run in (row.run for row in stated.rows) if run.settings == {"cutout": True}] == [0.962]
    assert stated.skipped == (f"row 2 (line 6): Cutout “{cell}” is no result",)


@pytest.mark.parametrize(
    ("around", "results"),
    [
        ({"caption": "Top-1 accuracy (%)"}, (0.951, 0.964)),
        ({"caption": "표 5. 데이터셋별 정확도 (%)"}, (0.951, 0.964)),
    ],
)
def test_what_a_pivot_holds_is_said_around_it(around, results):
    lines = ["Model|CIFAR-10|SVHN", "A|95.1|96.4"]

    assert [run.top1 for run in runs(*lines, **around)] == list(results)


def test_a_pivot_of_errors_is_said_around_it():
    found = runs("Model|CIFAR-10|SVHN", "A|4.9|3.6", sentence="Test error rates in %:")

    assert [run.top1 for run in found] == [0.951, 0.964]


def test_a_pivot_that_nothing_names_is_a_result_of_its_own():
    lines = ["Model|CIFAR-10|SVHN", "A|95.1|96.4"]

    assert [(run.top1, run.metrics) for run in runs(*lines)] == [(None, {"result": 95.1}), (None, {"result": 96.4})]
    assert told(*lines)["SVHN"] == "metric of its own of svhn: nothing says what it is"
    assert told_results(read(*lines)) == "say accuracy or error in the caption, or in the sentence above the table"


def test_an_accuracy_beside_others_that_say_their_dataset_is_of_the_tables_own():
    lines = ["Model|Accuracy (%)|EMA acc. (%)|CIFAR-10 acc. (%)|SVHN acc. (%)", "A|80.0|80.5|95.1|96.4"]

    assert [(run.dataset, run.top1, run.metrics) for run in runs(*lines)] == [
        ("cifar100", 0.8, {"EMA_acc._(%)": 80.5}),
        ("cifar10", 0.951, {}),
        ("svhn", 0.964, {}),
    ]


def test_an_accuracy_of_no_dataset_beside_others_that_say_theirs_is_one_of_its_own():
    lines = ["Model|Accuracy (%)|CIFAR-10 acc. (%)|SVHN acc. (%)", "A|80.0|95.1|96.4"]

    assert [(run.dataset, run.top1, run.metrics) for run in runs(*lines, headings=("Results",))] == [
        ("cifar10", 0.951, {"Accuracy_(%)": 80.0}),
        ("svhn", 0.964, {"Accuracy_(%)": 80.0}),
    ]


def test_accuracies_under_augmentations_beside_another_are_no_settings():
    lines = ["Model|Top-1 (%)|Cutout|Mixup", "A|95.12|96.01|95.80"]
    [run] = runs(*lines)

    assert (run.top1, run.settings, run.metrics) == (0.9512, {}, {"Cutout": 96.01, "Mixup": 95.8})
    assert told(*lines)["Cutout"] == "metric of its own: its numbers are results, no settings"


def test_columns_of_augmentations_are_a_run_each():
    lines = ["Model|Baseline|Cutout|AutoAugment", "A|95.28|96.01|96.39"]

    assert found(*lines, caption="Test accuracy (%)") == [
        ("A", "cifar100", 0.9528, {}),
        ("A", "cifar100", 0.9601, {"cutout": True}),
        ("A", "cifar100", 0.9639, {"auto_augment": True}),
    ]


@pytest.mark.parametrize(
    ("headings", "settings"),
    [
        ("none|mixup|CutMix", [{}, {"mixup": True}, {"cutmix": True}]),
        ("Standard|+ Cutout|+ CutMix & Mixup", [{}, {"cutout": True}, {"cutmix": True, "mixup": True}]),
        ("기본|Cutout|RandAugment", [{}, {"cutout": True}, {"rand_augment": True}]),
        ("w/o aug|Label smoothing|w/ Mixup", [{}, {"smoothing": True}, {"mixup": True}]),
        ("Baseline: Top-1|Cutout: Top-1|CutMix: Top-1", [{}, {"cutout": True}, {"cutmix": True}]),
    ],
)
def test_augmentations_are_known_in_the_words_of_papers(headings, settings):
    lines = [f"Model|{headings}", "A|77.5|78.6|79.0"]

    assert [run.settings for run in runs(*lines, caption="Test accuracy (%)")] == settings
    assert [run.top1 for run in runs(*lines, caption="Test accuracy (%)")] == [0.775, 0.786, 0.79]


def test_an_issue_of_errors_without_a_word_of_them_is_kept_as_results():
    lines = ["Model|Baseline|Cutout|AutoAugment", "A|4.7|4.1|3.6"]

    assert [(run.metrics, run.settings) for run in runs(*lines)] == [
        ({"result": 4.7}, {}),
        ({"result": 4.1}, {"cutout": True}),
        ({"result": 3.6}, {"auto_augment": True}),
    ]


@pytest.mark.parametrize(
    ("headings", "cells"),
    [
        ("Top-1 (%)|Cutout|Mixup", "95.1|16|0.2"),
        ("Top-1 (%)|CutMix|Mixup", "95.1|1.0|0.8"),
        ("Train time (h)|CutMix|Mixup", "3.5|1.0|0.8"),
        ("Accuracy (%)|Dropout|Label smoothing", "95.1|0.5|0.1"),
    ],
)
def test_settings_beside_an_accuracy_are_no_pivot(headings, cells):
    [run] = runs(f"Model|{headings}", f"A|{cells}")

    assert len(run.settings) == 2
    assert all(isinstance(value, (int, float)) for value in run.settings.values())


@pytest.mark.parametrize(
    ("lines", "models"),
    [
        (["|ResNet-18|ResNet-50", "Top-1 (%)|95.1|95.5", "Params (M)|11.2|23.5", "Epochs|200|200"], 2),
        (["Model|ViT-Tiny|DeiT-S", "Test error (%)|3.92|3.10", "Training time (h)|1.5|4"], 2),
        (["Metric|A|B|C", "정확도|95.1|95.5|96.0", "에폭|100|100|100"], 3),
        (["|A|B", "Top-1|95.1 ± 0.1|95.5 ± 0.2", "FLOPs (G)|1.1|2.2", "MACs (G)|0.5|1.1"], 2),
    ],
)
def test_a_table_on_its_side_is_read_column_by_column(lines, models):
    table = read(*lines)
    stated = runs(*lines)

    assert table.is_turned
    assert [run.model for run in stated] == lines[0].split("|")[1:]
    assert len(stated) == models
    assert all(run.top1 is not None for run in stated)


@pytest.mark.parametrize(
    "lines",
    [
        ["Model|Top-1|Params (M)", "Accuracy-Net|95.1|11.2"],
        ["Model|Top-1|Params (M)", "A|95.1|11.2", "Top-1|95.5|23.5"],
    ],
)
def test_a_table_with_known_headings_is_not_turned(lines):
    assert roles(read(*lines)) == {"Model": "model", "Top-1": "top1", "Params (M)": "num_params"}


def test_datasets_as_rows_and_models_as_columns_are_turned_into_a_pivot():
    lines = ["Dataset|ResNet-18|ResNet-50", "CIFAR-10 top-1 (%)|95.1|95.5", "SVHN top-1 (%)|96.4|96.8"]

    assert found(*lines) == [
        ("ResNet-18", "cifar10", 0.951, {}),
        ("ResNet-18", "svhn", 0.964, {}),
        ("ResNet-50", "cifar10", 0.955, {}),
        ("ResNet-50", "svhn", 0.968, {}),
    ]

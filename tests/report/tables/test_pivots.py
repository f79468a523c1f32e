"""Pivots, and tables on their side."""

import pytest

from expdb.catalog.reported import reported_runs
from expdb.errors import SpecError
from expdb.report.tables.build import build_table
from tests.report.built import CIFAR, column_of, define, general, marked, marks, ranks, texts
from tests.store_runs import add_finished, add_seeds


@pytest.fixture
def pivot(store):
    """Two models on two datasets, of which one cell has no run."""
    for model, dataset, values in (
        ("resnet18", "cifar10", [0.92, 0.94]),
        ("resnet18", "cifar100", [0.70, 0.72]),
        ("resnet34", "cifar100", [0.80, 0.82]),
    ):
        add_seeds(store, values, model__name=model, data__dataset=dataset, epochs=10)
    return store


def test_values_of_keys_become_columns_and_missing_cells_stay_empty(pivot):
    table = build_table(pivot, define("model_label", "top1", rows=["model_label"], across=["dataset"]))

    assert [(column.under, column.heading, column.key) for column in table.columns] == [
        (None, "Model", "model_label"),
        ("cifar10", "Top-1 (last, %)", "top1@cifar10"),
        ("cifar100", "Top-1 (last, %)", "top1@cifar100"),
    ]
    assert texts(table) == [
        ["ResNet18", "93.00 ± 1.41 (2)", "71.00 ± 1.41 (2)"],
        ["ResNet34", "–", "81.00 ± 1.41 (2)"],
    ]
    assert [row.run_ids for row in table.rows] == [(1, 2, 3, 4), (5, 6)]
    assert table.rows[0].cells[2].run_ids == (3, 4)
    assert ranks(table, 1) == [0, 0]


@pytest.mark.parametrize(
    ("sort", "models"),
    [
        ("-top1", ["ResNet18", "ResNet34"]),
        ("top1", ["ResNet18", "ResNet34"]),
        ("-top1@cifar100", ["ResNet34", "ResNet18"]),
        ("top1@cifar100", ["ResNet18", "ResNet34"]),
        ("-model_label", ["ResNet34", "ResNet18"]),
    ],
)
def test_a_pivot_sorts_by_its_first_column_or_by_the_one_that_is_named(pivot, sort, models):
    table = build_table(pivot, define("model_label", "top1", rows=["model_label"], across=["dataset"], sort=[sort]))

    assert column_of(table, 0) == models


def test_sorting_by_a_column_that_the_pivot_does_not_have_names_those_it_has(pivot):
    with pytest.raises(SpecError, match="no column 'digits': it has cifar10, cifar100"):
        build_table(pivot, define("top1", rows=["model"], across=["dataset"], sort=["-top1@digits"]))


def test_a_pivot_sorts_by_what_documents_state_too(store):
    row = reported_runs()[0]
    for model, dataset, ap in (("a", "coco", 40.0), ("a", "lvis", 90.0), ("b", "coco", 50.0), ("b", "lvis", 10.0)):
        values = {"name": f"{model}{dataset}", "model": model, "dataset": dataset, "metrics": {"ap": ap}}
        store.add_reported(row.__class__(**{**row.__dict__, **values}))
    definition = define("model", "metrics.ap", rows=["model"], across=["dataset"])

    for sort, models in (("-metrics.ap", ["b", "a"]), ("-metrics.ap@lvis", ["a", "b"])):
        assert column_of(build_table(store, definition.model_copy(update={"sort": (sort,)})), 0) == models


def test_several_keys_and_measures_spread_under_common_headings(pivot):
    columns = ("model", "top1", {"key": "top5", "under": "Accuracy"})
    table = build_table(pivot, define(*columns, rows=["model"], across=["dataset", "epochs"]))

    assert [column.under for column in table.columns] == [
        None,
        *("cifar10, Epochs 10", "cifar10, Epochs 10, Accuracy"),
        *("cifar100, Epochs 10", "cifar100, Epochs 10, Accuracy"),
    ]


@pytest.mark.parametrize(
    ("key", "labels", "headings"),
    [
        ("optim__lr", {}, ["LR 1e-4", "LR 0.1"]),
        ("optim__lr", {"1e-4": "small steps"}, ["small steps", "LR 0.1"]),
        ("aug__crop_padding", {}, ["Padding 2 px", "Padding 4 px"]),
        ("batch_size", {}, ["Batch size 32", "Batch size 64"]),
        ("model__drop_path", {}, ["Drop path 0", "Drop path 0.1"]),
        ("aug__preset", {}, ["cutout", "standard"]),
    ],
)
def test_headings_of_a_pivot_say_what_a_number_is_of(store, key, labels, headings):
    values = {
        "optim__lr": (0.0001, 0.1),
        "aug__crop_padding": (2, 4),
        "batch_size": (32, 64),
        "model__drop_path": (0.0, 0.1),
        "aug__preset": ("standard", "cutout"),
    }[key]
    for value in values:
        add_finished(store, **{key: value})
    across = {"optim__lr": "lr", "aug__preset": "aug"}.get(key, key.rpartition("__")[2])

    table = build_table(store, define("top1", rows=["model"], across=[across], labels=labels))

    assert [column.under for column in table.columns[1:]] == headings


@pytest.mark.parametrize("key", ["aug", "aug_label"])
@pytest.mark.parametrize("name", ["standard", "crop + flip", "Standard"])
def test_a_pivot_sorts_by_its_column_however_its_value_is_called(store, key, name):
    grid = (("resnet18", "standard", 0.5), ("resnet18", "cutout", 0.9), ("resnet34", "standard", 0.6))
    for model, aug, top1 in grid:
        add_finished(store, **{**CIFAR, "model__name": model, "aug__preset": aug}, top1=top1)
    definition = define("model", "top1", rows=["model"], across=[key], sort=[f"-top1@{name}"])

    assert column_of(build_table(store, definition), 0) == ["resnet34", "resnet18"]


@pytest.mark.parametrize("name", ["0.0001", "1e-4", "LR 1e-4"])
def test_a_pivot_sorts_by_a_number_however_it_is_written(store, name):
    for model, lr, top1 in (("resnet18", 1e-4, 0.5), ("resnet18", 0.1, 0.9), ("resnet34", 1e-4, 0.6)):
        add_finished(store, top1=top1, model__name=model, optim__lr=lr)

    definition = define("model", "top1", rows=["model"], across=["lr"], sort=[f"-top1@{name}"])

    assert column_of(build_table(store, definition), 0) == ["resnet34", "resnet18"]


def test_what_describes_a_pivots_row_says_all_that_its_cells_say(store):
    add_finished(store, **{**CIFAR, "data__dataset": "cifar10"})
    add_finished(store, **{**CIFAR, "epochs": 20})

    table = build_table(store, define("model", "epochs", "top1", rows=["model"], across=["dataset"]))

    assert column_of(table, 1) == ["10; 20"]


def test_cells_of_a_pivot_are_compared_within_their_column(store):
    for model, epochs in (("resnet18", 10), ("resnet34", 10), ("resnet50", 20)):
        for dataset in ("cifar10", "cifar100"):
            cell_epochs = epochs if dataset == "cifar100" else 10
            add_finished(store, model__name=model, data__dataset=dataset, epochs=cell_epochs)

    table = build_table(store, define("model", "top1", rows=["model"], across=["dataset"]))

    assert [marks(table, index) for index in range(3)] == [[(), (), ()], [(), (), ()], [(), (), ("a",)]]
    assert marked(table) == {
        "a": "not comparable as it stands, so not ranked: other number of epochs (20 instead of 10)"
    }


def test_a_pivot_over_values_of_several_kinds_is_ordered(store):
    row = reported_runs()[0]
    for name, value in (("a", "x"), ("b", 2), ("c", None), ("d", [1, 2]), ("e", 0.5)):
        store.add_reported(row.__class__(**{**row.__dict__, "name": name, "settings": {"k": value}}))

    table = build_table(store, define("model", "top1", rows=["model"], across=["settings.k"]))

    assert [column.under for column in table.columns] == [None, "k 0.5", "k 2", "k 1, 2", "x", "k –"]


def test_the_number_of_runs_of_a_pivots_row_is_counted_over_its_cells(store):
    add_seeds(store, [0.5, 0.6])
    add_seeds(store, [0.7], data__dataset="cifar10")

    table = build_table(store, define({"key": "model", "shows": "n"}, "top1", rows=["model"], across=["dataset"]))

    assert texts(table)[0][:2] == ["resnet_mini", "3"]


def test_targets_of_a_pivot_are_met_by_cells(pivot):
    table = build_table(
        pivot, define("model_label", "top1", rows=["model_label"], across=["dataset"], targets={"top1": "> 80%"})
    )

    assert general(table)[0] == "Target Top-1 > 80%: met by ResNet18 (cifar10), ResNet34 (cifar100)."


def test_transposed_rows_become_columns_with_their_marks(store):
    add_seeds(store, [0.5, 0.6])
    add_finished(store, epochs=9, top1=0.9)

    columns = ("epochs", "top1", {"key": "lr", "under": "Optimizer"})
    table = build_table(store, define(*columns, transpose=True, section="aug", clear_only=False))

    assert [(column.heading, column.under) for column in table.columns] == [
        ("Epochs", None), ("2", "standard"), ("9", "standard"),
    ]  # fmt: skip
    assert [column.marks for column in table.columns] == [(), (), ("a",)]
    assert texts(table) == [["Top-1 (last, %)", "55.00 ± 7.07 (2)", "90.00"], ["Optimizer: LR", "0.1", "0.1"]]
    assert [cell.rank for cell in table.rows[0].cells] == [0, 0, 0]  # of two kinds
    assert table.rows[0].run_ids == (1, 2, 3)
    assert marked(table) == {"a": "not comparable as it stands, so not ranked: other number of epochs (9 instead of 2)"}


def test_a_transposed_table_without_rows_is_its_headings(store):
    table = build_table(store, define("model", "top1", transpose=True))

    assert texts(table) == [["Top-1 (last, %)"]]

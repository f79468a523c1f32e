"""Tables without a mark that have some columns of a saved table: what a saved table cannot say for them."""

import pytest

from expdb.domain.table import ColumnChoice, TableDefinition
from expdb.report.check.check import check_text
from expdb.report.tables.build import build_table
from expdb.report.writers.markdown import to_markdown
from tests.store_runs import add_finished

MODEL, TOP1 = ColumnChoice(key="model_label"), ColumnChoice(key="top1")
EVERY = TableDefinition(name="every", columns=(ColumnChoice(key="dataset"), MODEL, ColumnChoice(key="epochs"), TOP1))
BEST = TableDefinition(
    name="best", where="dataset = cifar100", columns=(MODEL, ColumnChoice(key="top1", at="best"), TOP1)
)
OF_ONE = TableDefinition(name="one", where="dataset = cifar100", columns=(MODEL, TOP1))
SAVED = (EVERY, BEST, OF_ONE)
RESULTS = {
    ("cifar10", "resnet18"): 0.951,
    ("cifar10", "resnet50"): 0.962,
    ("cifar100", "resnet18"): 0.772,
    ("cifar100", "resnet50"): 0.791,
}


@pytest.fixture
def store_of_two(store):
    for (dataset, model), top1 in RESULTS.items():
        add_finished(store, curve=(0.1, top1 + 0.004, top1), data__dataset=dataset, model__name=model)
    return store


def statuses(store, text):
    return [finding.status for table in check_text(text, store, SAVED) for finding in table.findings]


@pytest.mark.parametrize(
    "text",
    [
        "| Model | Top-1 |\n|---|---|\n| ResNet18 | 77.2 |\n",
        "| Model | Top-1 |\n|---|---|\n| ResNet18 | 77.2 |\n| ResNet50 | 96.2 |\n",
        "# CIFAR-10 (left), CIFAR-100 (right)\n\n| Model | Top-1 |\n|---|---|\n| ResNet18 | 77.2 |\n",
        "| Dataset | Top-1 |\n|---|---|\n| cifar10 | 95.1 |\n| cifar100 | 79.1 |\n",
    ],
    ids=["one row", "rows of two datasets", "two datasets above", "no model"],
)
def test_saved_table_says_no_dataset_or_model_of_a_table_that_says_none(store_of_two, text):
    assert set(statuses(store_of_two, text)) == {"unknown"}


@pytest.mark.parametrize("text", ["77.6", "79.5"])
def test_number_of_the_best_epoch_is_not_confirmed_where_the_heading_does_not_say_best(store_of_two, text):
    model = {"77.6": "ResNet18", "79.5": "ResNet50"}[text]
    table = f"# CIFAR-100\n\n| Model | {{}} |\n|---|---|\n| {model} | {text} |\n"

    assert statuses(store_of_two, table.format("Top-1")) == ["contradicted"]
    assert statuses(store_of_two, table.format("Last top-1")) == ["contradicted"]
    assert statuses(store_of_two, table.format("Best top-1")) == ["confirmed"]


@pytest.mark.parametrize("definition", [EVERY, BEST, OF_ONE], ids=lambda one: one.name)
def test_saved_table_that_stands_there_whole_without_its_mark_is_confirmed(store_of_two, definition):
    text = to_markdown(build_table(store_of_two, definition))

    assert set(statuses(store_of_two, text)) == {"confirmed"}


def test_saved_table_below_the_names_of_other_datasets_is_not_confirmed(store_of_two):
    text = to_markdown(build_table(store_of_two, OF_ONE))

    assert "confirmed" not in statuses(store_of_two, f"# CIFAR-10 and ImageNet\n\n{text}")
    assert set(statuses(store_of_two, f"# CIFAR-10 and CIFAR-100\n\n{text}")) == {"confirmed"}


SECTIONS = """| Model | Top-1 |
|---|---|
| **{}** | |
| ResNet18 | {} |
| **{}** | |
| ResNet18 | {} |
"""


@pytest.mark.parametrize(
    ("first", "second", "numbers", "said"),
    [
        ("CIFAR-10", "CIFAR-100", ("95.1", "77.2"), ["confirmed", "confirmed"]),
        ("CIFAR-100", "CIFAR-10", ("77.2", "95.1"), ["confirmed", "confirmed"]),
        ("CIFAR-10", "CIFAR-100", ("77.2", "95.1"), ["contradicted", "contradicted"]),
        ("CIFAR-10", "CIFAR-100", ("95.1", "78.9"), ["confirmed", "contradicted"]),
    ],
)
def test_model_that_is_in_two_sections_is_a_mean_in_each_and_not_two_runs(store, first, second, numbers, said):
    for seed, (one, other) in enumerate([(0.95, 0.77), (0.951, 0.771), (0.952, 0.775)]):
        add_finished(store, top1=one, seed=seed, data__dataset="cifar10", model__name="resnet18")
        add_finished(store, top1=other, seed=seed, data__dataset="cifar100", model__name="resnet18")

    assert statuses(store, SECTIONS.format(first, numbers[0], second, numbers[1])) == said


def test_a_marked_table_of_html_is_held_against_the_saved_one_alone(store_of_two):
    rows = "<tr><th>Dataset<th>Model<th>Top-1</tr><tr><td>cifar100<td>ResNet18<td>77.2</tr>"
    page = f"<p>\n<!-- expdb:table one -->\n<table>{rows}</table>\n<!-- /expdb:table -->"

    [table] = check_text(page, store_of_two, SAVED, name="page.html")

    assert (table.name, table.is_marked) == ("one", True)
    assert {one.status for one in table.findings} == {"confirmed"}

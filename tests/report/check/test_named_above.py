"""Headings, captions and sentences above a table that a mark names."""

import pytest

from expdb.domain.table import ColumnChoice, TableDefinition
from expdb.report.check.check import check_text
from expdb.report.check.findings import is_contradicted
from expdb.report.tables.build import build_table
from expdb.report.writers.markdown import to_markdown
from tests.store_runs import add_seeds

TOP1 = ColumnChoice(key="top1")
MODEL = ColumnChoice(key="model_label")
OF_ONE = TableDefinition(name="one", where="dataset = cifar10", columns=(MODEL, TOP1))
WITH_COLUMN = TableDefinition(name="column", columns=(ColumnChoice(key="dataset"), MODEL, TOP1))
WITH_SECTIONS = TableDefinition(name="sections", columns=(MODEL, TOP1), section="dataset")
ACROSS = TableDefinition(name="across", columns=(MODEL, TOP1), rows=("model_label",), across=("dataset",))
SAVED = (OF_ONE, WITH_COLUMN, WITH_SECTIONS, ACROSS)


def wrong(store, above, definition):
    add_seeds(store, [0.95, 0.96], model__name="resnet18", data__dataset="cifar10")
    add_seeds(store, [0.77, 0.78], model__name="resnet18", data__dataset="cifar100")
    table = to_markdown(build_table(store, definition))
    text = f"{above}\n\n<!-- expdb:table {definition.name} -->\n{table}<!-- /expdb:table -->\n"
    checked = check_text(text, store, SAVED)
    found = [one for table in checked for one in table.findings if one.status == "contradicted"]
    assert is_contradicted(checked) == bool(found)
    return [(one.column, one.printed, one.recorded) for one in found]


@pytest.mark.parametrize(
    ("above", "where", "said"),
    [
        ("## CIFAR-100", "heading 'CIFAR-100'", "cifar100"),
        ("# CIFAR-10\n\n## Results on CIFAR-100", "heading 'Results on CIFAR-100'", "cifar100"),
        ("# Results\n\nTop-1 on Tiny ImageNet:", "sentence 'Top-1 on Tiny ImageNet:'", "tiny-imagenet"),
        ("# CIFAR-100\n\n## Results", "heading 'CIFAR-100'", "cifar100"),
        ("# 결과\n\n## ImageNet 실험", "heading 'ImageNet 실험'", "imagenet-1k"),
        ("## CIFAR-10 with 40% label noise", "heading 'CIFAR-10 with 40% label noise'", "cifar10 (40% label noise)"),
    ],
)
def test_marked_table_below_the_name_of_another_dataset_is_contradicted(store, above, where, said):
    assert wrong(store, above, OF_ONE) == [(where, said, "cifar10")]


@pytest.mark.parametrize(
    "above",
    [
        "## CIFAR-10",
        "# CIFAR-100\n\n## CIFAR-10",
        "# CIFAR-10 and CIFAR-100",
        "# Results",
        "Models that were pretrained on ImageNet and fine-tuned.",
    ],
)
def test_marked_table_below_its_own_dataset_or_none_is_right(store, above):
    assert wrong(store, above, OF_ONE) == []


@pytest.mark.parametrize("definition", [WITH_COLUMN, WITH_SECTIONS, ACROSS], ids=lambda one: one.name)
def test_marked_table_that_prints_its_datasets_says_them_whatever_stands_above(store, definition):
    assert wrong(store, "# ImageNet", definition) == []

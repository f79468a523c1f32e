"""Changes of a right table, each of which must be found where measured runs know better."""

import pytest

from expdb.report.check.check import check_text
from tests.store_runs import add_seeds

TABLE = """# CIFAR-10

| Model | Epochs | Top-1 (%) | Top-5 (%) | Params (M) | MACs (G) | Train time |
|-------|--------|-----------|-----------|------------|----------|------------|
| ResNet-18 | 2 | 95.10 ± 0.14 | 99.80 ± 0.00 | 11.17M | 0.56G | 30 min |
| ResNet-50 | 2 | 96.10 ± 0.14 | 99.90 ± 0.00 | 23.52M | 1.31G | 1.5 h |
"""


def add_twins(store) -> None:
    for model, top1, top5, params, macs, seconds in (
        ("resnet18", 0.951, 0.998, 11_173_962, 556_651_008, 1800.0),
        ("resnet50", 0.961, 0.999, 23_520_842, 1_308_000_000, 5400.0),
    ):
        add_seeds(
            store,
            [top1 - 0.001, top1 + 0.001],
            model__name=model,
            data__dataset="cifar10",
            start={"num_params": params, "macs": macs},
            last={"top5": top5, "train_seconds": seconds},
        )


def wrong(text, store):
    [table] = check_text(text, store, [])
    return [(one.line, one.status) for one in table.findings if one.status != "confirmed"]


def test_clean_table_raises_nothing(store):
    add_twins(store)

    assert wrong(TABLE, store) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("95.10 ±", "95.20 ±"),  # a number
        ("96.10 ±", "69.10 ±"),
        ("95.10 ±", "-95.10 ±"),  # a sign
        ("± 0.14 |", "± 0.41 |"),
        (" ± 0.14 |", " |"),  # a dropped ±
        ("11.17M", "11.17G"),  # a unit
        ("11.17M", "11.17k"),
        ("0.56G", "0.56M"),
        ("30 min", "30 h"),
        ("30 min", "30 s"),
        ("1.5 h", "1.5 min"),
        ("| 2 | 95", "| 3 | 95"),  # a setting
        ("Top-1 (%) | Top-5 (%)", "Top-5 (%) | Top-1 (%)"),  # swapped columns
        ("Top-1 (%)", "Top-1 error (%)"),
    ],
)
def test_change_of_one_cell_or_heading_is_contradicted(store, old, new):
    add_twins(store)
    assert old in TABLE

    found = wrong(TABLE.replace(old, new, 1), store)

    assert found
    assert {status for _, status in found} == {"contradicted"}


def test_swapped_rows_are_contradicted(store):
    add_twins(store)
    text = TABLE.replace("ResNet-18", "@").replace("ResNet-50", "ResNet-18").replace("@", "ResNet-50")

    assert {status for _, status in wrong(text, store)} == {"contradicted"}
    assert len(wrong(text, store)) >= 10


@pytest.mark.parametrize("heading", ["CIFAR-100", "ImageNet", "CIFAR-100 results"])
def test_another_datasets_heading_leaves_nothing_confirmed(store, heading):
    add_twins(store)

    [table] = check_text(TABLE.replace("CIFAR-10", heading), store, [])

    assert {one.status for one in table.findings} == {"unknown"}
    assert not table.is_judged


@pytest.mark.parametrize(("old", "new"), [("Params (M)", "Params (G)"), ("MACs (G)", "MACs (M)")])
def test_changed_unit_of_a_heading_is_found_where_its_cells_say_none(store, old, new):
    add_twins(store)
    text = TABLE.replace("11.17M", "11.17").replace("23.52M", "23.52").replace("0.56G", "0.56").replace("1.31G", "1.31")

    assert wrong(text, store) == []
    assert wrong(text.replace(old, new), store) == [(5, "contradicted"), (6, "contradicted")]


@pytest.mark.parametrize(
    ("old", "new"), [("0.951", "-0.951"), ("0.951", "0.961"), ("0.951", "95.9"), ("| 0.951 |", "| 0.961 |")]
)
def test_change_in_a_column_of_fractions_is_not_confirmed(store, old, new):
    add_twins(store)
    text = "# CIFAR-10\n\n| Model | Top-1 |\n|---|---|\n| ResNet-18 | 0.951 |\n| ResNet-50 | 0.961 |\n"

    assert wrong(text, store) == []
    [table] = check_text(text.replace(old, new), store, [])
    assert [one for one in table.findings if one.status == "contradicted"] or not table.is_judged


def test_rows_told_apart_by_a_column_of_words_that_no_run_has_are_still_means_over_seeds(store):
    add_seeds(store, [0.94, 0.96], model__name="resnet18", data__dataset="cifar10", optim__lr=0.1)
    add_seeds(store, [0.91, 0.93], model__name="resnet18", data__dataset="cifar10", optim__lr=0.2)
    text = "# CIFAR-10\n\n| Model | Kernels | Top-1 |\n|---|---|---|\n| ResNet-18 | odd | 95.00 |\n"

    assert wrong(text + "| ResNet-18 | even | 92.00 |\n", store) == []
    assert wrong(text + "| ResNet-18 | even | 92.90 |\n", store) == [(6, "contradicted")]

"""A printed table of keys, held against itself: every number is confirmed, whatever its cells stand for."""

import pytest

from expdb.report.check.check import check_text
from expdb.report.tables.build import build_table
from expdb.report.writers.render import render
from tests.report.built import define
from tests.store_runs import add_finished, add_seeds

DELTA = {"key": "top1", "shows": "delta"}
P = {"key": "top1", "shows": "p"}
BASE, RES = "aug = standard", "aug = standard and model = resnet18"
MEAN = {"cell": "mean of groups"}


@pytest.fixture
def grid(store):
    """Two models with three augmentations on two datasets, of which one cell has two groups."""
    for number, model in enumerate(("resnet18", "senet50"), start=1):
        for place, aug in enumerate(("standard", "autoaugment", "cutout")):
            for dataset in ("cifar10", "cifar100"):
                top1 = 0.5 + number / 10 + place / 50 + (dataset == "cifar10") / 10
                add_seeds(store, [top1, top1 + 0.013], model__name=model, aug__preset=aug, data__dataset=dataset)
    add_finished(store, model__name="senet50", aug__preset="cutout", data__dataset="cifar10", optim__lr=0.5)
    return store


TABLES = {
    "a cell of several groups": define("top1", rows=["model_label", "aug_label"], across=["dataset"]),
    "numbers as headings": define("top1", rows=["model_label", "aug_label"], across=["dataset", "lr", "epochs"]),
    "headings of sizes": define(
        "top1", rows=["model_label", "aug_label", "lr", "dataset"], across=["img_size", "crop_padding"]
    ),
    "keys of its own": define("top1", rows=["dataset", "model", "aug", "lr"]),
    "means": define("top1", "train_seconds", "num_params", rows=["model_label"], across=["dataset"], **MEAN),
    "means and what they differ by": define("top1", DELTA, rows=["aug_label"], baseline="aug = standard", **MEAN),
    "rows set by the pivot": define("model_label", "lr", "top1", across=["dataset", "aug"]),
    "columns in another order": define(
        "model_label", "aug_label", "lr", "top1", across=["dataset"], sort=["-dataset"], order={"aug_label": ["cutout"]}
    ),
    "transposed": define("top1", rows=["model_label", "aug_label", "lr"], across=["dataset"], transpose=True),
    "a column as baseline": define(
        "top1", DELTA, P, rows=["model_label", "dataset", "lr"], across=["aug"], baseline=BASE
    ),
    "a baseline in each section": define(
        "model_label", "aug_label", "lr", "top1", DELTA, P, section="dataset", baseline=RES
    ),
    "sections": define(
        "top1", rows=["model", "dataset", "aug", "lr"], section="dataset", order={"dataset": ["cifar100"]}
    ),
}


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("form", ["md", "tex"])
def test_a_printed_table_of_keys_is_confirmed(grid, name, form):
    definition = TABLES[name]
    table = build_table(grid, definition)
    mark = {"md": "<!-- expdb:table t -->\n\n", "tex": "% expdb:table t\n"}[form]
    text = mark + render(table, "md" if form == "md" else "latex")

    [checked] = check_text(text, grid, [definition], name=f"report.{form}")

    assert {finding.status for finding in checked.findings} <= {"confirmed"}, [str(f) for f in checked.findings][:5]
    assert len(checked.findings) >= 2
    assert checked.missing == ()

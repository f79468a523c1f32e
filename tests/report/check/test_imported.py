"""A report against its own import, against other documents, and against measured runs: who says what."""

import pytest

from expdb.interop.report_document import read_report
from expdb.interop.reported.enter import enter
from expdb.report.check.check import check_text
from expdb.report.check.findings import is_contradicted
from tests.store_runs import add_seeds

TEXT = """# My study

## Results on CIFAR-10

| Model | Epochs | Top-1 | Params (M) | FPS | FLOPs (G) | Note |
|---|---|---|---|---|---|---|
| ResNet-50 | 200 | 95.1 ± 0.2 (3) | 23.5 | 812 | 1.3 | ours |
| SENet-50 | 200 | 95.8 ± 0.1 (3) | 26.1 | 644 | 1.4 | ours |
"""


def enter_report(store, text=TEXT, name="study.md"):
    enter(store, list(read_report(text, name=name).tables))


def said(text, store, name="study.md"):
    [table] = check_text(text, store, [], name=name, document=name)
    return table


def wrong(text, store):
    found = [one for one in said(text, store).findings if one.status == "contradicted"]
    return [(one.column, one.part, one.printed, one.recorded) for one in found]


def test_table_that_was_imported_is_the_same_as_its_import_and_not_confirmed(store):
    enter_report(store)

    table = said(TEXT, store)

    assert {one.status for one in table.findings} == {"same as its import"}
    assert {one.column for one in table.findings} >= {"Epochs", "Top-1", "Params (M)", "FPS", "FLOPs (G)"}
    assert table.is_judged


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("95.1 ±", "95.4 ±", ("Top-1", "", "95.4", "95.1")),
        ("± 0.1 (3)", "± 0.3 (3)", ("Top-1", "std", "0.3", "0.1")),
        ("0.1 (3)", "0.1 (5)", ("Top-1", "n", "5", "3")),
        ("95.8 ± 0.1 (3)", "95.8", ("Top-1", "std", "no ±", "0.1")),
        ("26.1", "26.1G", ("Params (M)", "", "26.1G", "26.1")),
        ("26.1", "–", ("Params (M)", "", "nothing", "26.1")),
        ("812", "813", ("FPS", "", "813", "812")),
        ("1.4 |", "-1.4 |", ("FLOPs (G)", "", "-1.4", "1.4")),
        ("| SENet-50 | 200", "| SENet-50 | 300", ("Epochs", "", "300", "200")),
        ("| SENet-50", "| SENet-101", ("Model", "text", "SENet-101", "SENet-50")),
        ("1.4 | ours", "1.4 | theirs", ("Note", "text", "theirs", "ours")),
    ],
)
def test_what_was_altered_since_the_import_is_contradicted_whatever_its_column(store, old, new, told):
    enter_report(store)
    assert old in TEXT

    assert told in wrong(TEXT.replace(old, new, 1), store)
    [finding, *_] = [one for one in said(TEXT.replace(old, new, 1), store).findings if one.status == "contradicted"]
    assert f"its import says {told[3]}" in finding.message


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Params (M)", "Params (G)"),
        ("FPS", "Images/s"),
        ("CIFAR-10", "CIFAR-100"),
        ("Top-1 | Params (M)", "Params (M) | Top-1"),
    ],
)
def test_heading_that_was_altered_since_the_import_is_contradicted(store, old, new):
    enter_report(store)

    assert is_contradicted([said(TEXT.replace(old, new), store)])


def test_rows_that_swapped_their_names_since_the_import_are_contradicted(store):
    enter_report(store)
    text = TEXT.replace("ResNet-50", "@").replace("SENet-50", "ResNet-50").replace("@", "SENet-50")

    assert len(wrong(text, store)) >= 6


def test_table_that_moved_and_got_a_row_is_still_the_same_as_its_import(store):
    enter_report(store)
    text = "Some words.\n\n" + TEXT + "| ViT-S | 300 | 96.0 | 22.0 | 500 | 4.6 | ours |\n"

    found = said(text, store).findings

    assert {one.status for one in found if one.row != "ViT-S"} == {"same as its import"}
    assert {one.status for one in found if one.row == "ViT-S"} == {"unknown"}


def test_row_of_another_document_is_as_reported_there(store):
    enter_report(store, name="vit.md")
    table = said(TEXT.replace("My study", "Mine"), store)

    top1 = [one for one in table.findings if one.column == "Top-1" and one.part == ""]
    assert [(one.status, one.ending) for one in top1] == [("as reported", "as reported in vit.md")] * 2
    [spread, *_] = [one for one in table.findings if one.part == "std"]
    assert spread.status == "as reported"
    altered = said(TEXT.replace("95.8 ± 0.1 (3)", "95.8"), store)
    assert [one.message for one in altered.findings if one.status == "contradicted"] == [
        "Top-1 (std) of SENet-50: no ± printed, run 2 says 0.1"
    ]


def test_measured_runs_judge_what_was_imported(store):
    enter_report(store)
    add_seeds(store, [0.941, 0.943], model__name="resnet50", data__dataset="cifar10", epochs=200)
    add_seeds(store, [0.957, 0.959], model__name="senet50", data__dataset="cifar10", epochs=200)

    top1 = {one.row: one for one in said(TEXT, store).findings if one.column == "Top-1" and not one.part}

    assert (top1["ResNet-50"].status, top1["ResNet-50"].recorded) == ("contradicted", "94.2")
    assert (top1["SENet-50"].status, top1["SENet-50"].document) == ("confirmed", "")
    others = {one.status for one in said(TEXT, store).findings if one.column == "FPS"}
    assert others == {"same as its import"}


def test_document_of_its_own_is_not_another_one_that_reports_it(store):
    enter_report(store)

    assert {one.status for one in said(TEXT, store, name="copy.md").findings if one.column == "Top-1"} == {
        "as reported"
    }


TWO = """# S

## CIFAR-10

| Model | Top-1 err. (%) | Top-1/Top-5 (%) | Time |
|---|---|---|---|
| A | 7.9 | 92.1/99.1 | 1h 3m |
"""
PIVOT = """# Top-1 accuracy (%)

| Model | Params | CIFAR-10 | CIFAR-100 |
|---|---|---|---|
| ResNet-20 | 0.27M | 92.1 ± 0.2 | 68.2 ± 0.3 |
| VGG-16 | 14.7M | 93.2 ± 0.1 | 70.1 ± 0.2 |
"""


@pytest.mark.parametrize("text", [TWO, PIVOT, TWO.replace("1h 3m", "< 2h"), TWO.replace("1h 3m", "~1h")])
def test_two_numbers_in_a_cell_and_pivots_are_the_same_as_their_import(store, text):
    enter_report(store, text)

    assert {one.status for one in said(text, store).findings} == {"same as its import"}


@pytest.mark.parametrize(
    ("text", "old", "new", "told"),
    [
        (TWO, "92.1/99.1", "92.1/99.4", ("Top-1/Top-5 (%)", "", "99.4", "99.1")),
        (TWO.replace("1h 3m", "< 2h"), "< 2h", "< 3h", ("Time", "", "< 3h", "< 2h")),
        (TWO, "7.9", "7.6", ("Top-1 err. (%)", "", "7.6", "7.9")),
        (TWO, "1h 3m", "1h 4m", ("Time", "", "1h 4m", "1h 3m")),
        (TWO, "err. (%)", "acc. (%)", ("Top-1 acc. (%)", "text", "Top-1 acc. (%)", "Top-1 err. (%)")),
        (PIVOT, "68.2", "68.9", ("CIFAR-100", "", "68.9", "68.2")),
        (PIVOT, "CIFAR-10 | CIFAR-100", "CIFAR-100 | CIFAR-10", ("CIFAR-100", "", "92.1", "68.2")),
        (PIVOT, "CIFAR-100", "SVHN", ("SVHN", "text", "svhn", "cifar100")),
        (PIVOT, "0.27M", "0.27G", ("Params", "", "0.27G", "0.27M")),
    ],
)
def test_altered_cells_of_two_numbers_and_of_pivots_are_contradicted(store, text, old, new, told):
    enter_report(store, text)

    assert told in wrong(text.replace(old, new, 1), store)


@pytest.mark.parametrize("above", ["Validation accuracy:", "Error rates (%):", "Accuracy under PGD attacks."])
def test_number_that_means_something_else_than_at_its_import_is_unknown(store, above):
    enter_report(store)

    table = said(TEXT.replace("| Model |", f"{above}\n\n| Model |", 1), store)

    results = [one for one in table.findings if one.column == "Top-1"]
    assert {one.status for one in results} == {"unknown"}
    assert all("it was imported as top1" in one.reason for one in results)
    assert {one.status for one in table.findings if one.column != "Top-1"} == {"same as its import"}

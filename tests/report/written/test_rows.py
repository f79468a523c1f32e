"""Rows of a written table as reported runs."""

from dataclasses import replace

import pytest

from expdb.report.written.reading.vocabulary import default_vocabulary
from expdb.report.written.rows import stated_rows
from expdb.report.written.tables.read_table import read_table
from tests.report.written.tables.written_tables import read, runs, written


def sectioned(*sections: str, headings=("Results",), dataset=None):
    table = written(
        "Model|Error (%)", *(f"A{place}|{place + 4}.5" for place in range(len(sections))), headings=headings
    )
    rows = [replace(row, section=section) for row, section in zip(table.rows, sections, strict=True)]
    return stated_rows(read_table(replace(table, rows=tuple(rows)), default_vocabulary(), dataset=dataset))


def test_a_section_names_the_dataset_of_its_rows():
    stated = sectioned("CIFAR-10", "CIFAR-10", "SVHN")

    assert [row.run.dataset for row in stated.rows] == ["cifar10", "cifar10", "svhn"]
    assert [dict(row.run.settings) for row in stated.rows] == [{}, {}, {}]


def test_a_section_that_names_no_dataset_is_a_setting():
    stated = sectioned("Small models", "Large models", headings=("CIFAR-10",))

    assert [(row.run.dataset, dict(row.run.settings)) for row in stated.rows] == [
        ("cifar10", {"section": "Small models"}),
        ("cifar10", {"section": "Large models"}),
    ]


@pytest.mark.parametrize("summary", ["Mean", "Std.", "Average", "**Δ**", "Mean (3 seeds)", "평균", "표준편차", "합계"])
def test_a_row_that_says_something_of_other_rows_is_no_model(summary):
    lines = ("Model|Top-1 (%)", "A|95.1", "B|95.3", f"{summary}|95.2")
    stated = stated_rows(read(*lines))

    assert [row.run.model for row in stated.rows] == ["A", "B"]
    assert [said.endswith("is no model, but says something of other rows") for said in stated.skipped] == [True]


@pytest.mark.parametrize("model", ["Mean Teacher", "AvgPool", "Average pooling", "Total-Net", "평균 풀링"])
def test_a_model_may_be_called_like_a_mean(model):
    assert [run.model for run in runs("Model|Top-1 (%)", f"{model}|95.2")] == [model]


def test_a_row_outside_of_the_sections_that_say_a_dataset_says_none():
    stated = sectioned("CIFAR-10", "Others")

    assert [row.run.dataset for row in stated.rows] == ["cifar10"]
    assert stated.skipped == ("row 2 (line 6): says no dataset",)


@pytest.mark.parametrize(
    ("lines", "around", "dataset", "expected"),
    [
        (["Model|ImageNet top-1|Params", "A|80.1|5M"], {"headings": ("CIFAR-10",)}, "svhn", "imagenet-1k"),
        (["Model|Dataset|Top-1", "A|CIFAR-100|80.1"], {"headings": ("CIFAR-10",)}, "svhn", "cifar100"),
        (["Model|Top-1", "A|80.1"], {"headings": ("CIFAR-10", "Results")}, "svhn", "cifar10"),
        (["Model|Top-1", "A|80.1"], {"headings": ("CIFAR-10", "ImageNet")}, "svhn", "imagenet-1k"),
        (["Model|Top-1", "A|80.1"], {"headings": ("CIFAR-10",), "caption": "Top-1 on SVHN"}, "digits", "svhn"),
        (["Model|Top-1", "A|80.1"], {"headings": ("Results",), "sentence": "On CIFAR-100:"}, "svhn", "cifar100"),
        (["Model|Top-1", "A|80.1"], {"headings": ("Results",)}, "svhn", "svhn"),
        (["모델|정확도", "A|80.1"], {"headings": ("결과",), "caption": "CIFAR-10에서의 정확도"}, "svhn", "cifar10"),
    ],
)
def test_the_dataset_is_what_stands_nearest_and_the_option_speaks_last(lines, around, dataset, expected):
    [run] = runs(*lines, dataset=dataset, **around)

    assert run.dataset == expected


def test_a_heading_of_two_datasets_is_refused_and_names_both():
    stated = stated_rows(read("Model|Top-1", "A|80.1", headings=("CIFAR-10 and CIFAR-100",), dataset="svhn"))

    assert stated.rows == ()
    names = "heading 'CIFAR-10 and CIFAR-100' names cifar10 and cifar100"
    assert stated.skipped == (f"{names}: say which rows are of which, in a column “Dataset”",)


def test_a_row_is_described_by_its_cells_that_are_no_results():
    table = read("#|Model|Epochs|Top-1 (%)|ECE|Note|model", "1|A|200|80.1|0.02|x|model", links=("model",))
    [row] = stated_rows(table).rows

    assert row.described == (("model", "A"), ("epochs", "200"), ("Note", "x"))


def test_rows_of_a_pivot_are_described_by_what_they_are_of():
    first, second = stated_rows(read("Model|CIFAR-10 acc.|SVHN acc.", "A|95.1|96.4")).rows

    assert first.described == (("model", "A"), ("dataset", "cifar10"))
    assert second.described == (("model", "A"), ("dataset", "svhn"))


def test_a_corrected_result_leaves_the_description_of_a_row_as_it_is():
    lines = ["Model|Params|Top-1 (%)|wall-clock time", "A|11M|80.1|3h", "B|12M|80.2|4h"]
    old = stated_rows(read(*lines)).rows
    new = stated_rows(read(lines[0], "A|12M|81.0 ± 0.1|2h", lines[2])).rows

    assert [row.described for row in old] == [row.described for row in new]


def test_nothing_of_a_row_is_lost():
    lines = ["Model|Top-1 (%)|Params|Train time|Hardware|Ticked", "A (ours)|about 80|11M|< 2h|8 x A100|✓"]
    [run] = runs(*lines)

    assert run.quote == dict(zip(lines[0].split("|"), lines[1].split("|"), strict=True))
    assert run.unparsed == ("Top-1 (%) about 80", "Train time < 2h")
    assert run.settings == {"Hardware": "8 x A100", "Ticked": True}


def test_a_row_named_baseline_is_a_row():
    assert [run.model for run in runs("Method|Top-1 (%)", "Baseline|80.1", "None|80.2")] == ["Baseline", "None"]


@pytest.mark.parametrize(
    ("cell", "metrics"),
    [
        ("81.6 (+2.3)", {"top1_delta": 2.3}),
        ("81.6 ± 0.2 (3)", {"top1_spread": 0.2, "top1_n": 3.0}),
        ("81.6_{0.2}", {"top1_spread": 0.2}),
        ("81.60% (408/500)", {"top1_correct": 408.0, "top1_images": 500.0}),
        ("81.6 [80.9, 82.3]", {"top1_low": 80.9, "top1_high": 82.3}),
        ("**81.6**", {}),
    ],
)
def test_what_is_printed_with_a_result_is_kept_beside_it(cell, metrics):
    [run] = runs("Model|Top-1 (%)", f"A|{cell}")

    assert (run.top1, run.metrics) == (0.816, metrics)


@pytest.mark.parametrize(
    ("caption", "is_top1"),
    [
        ("Validation accuracy (%) on CIFAR-100", False),
        ("Training accuracy (%) on SVHN", False),
        ("Top-1 on the ImageNet validation set", True),
        ("Test accuracy (%) on CIFAR-100", True),
    ],
)
def test_a_split_that_the_caption_says_is_not_dropped(caption, is_top1):
    [run] = runs("Model|Top-1 (%)", "A|81.6", caption=caption)

    assert (run.top1 is not None) == is_top1
    assert is_top1 or run.metrics == {"Top-1_(%)": 81.6}


@pytest.mark.parametrize(
    ("caption", "top1"),
    [
        ("Error rates (%, single crop)", 0.733),
        ("Table 3: error rates (%)", 0.733),
        ("표 3. 오류율 (%)", 0.733),
        ("Accuracy and error rates (%)", None),
        ("Accuracies (%)", 0.267),
    ],
)
def test_a_caption_says_whether_results_are_errors(caption, top1):
    [run] = runs("Model|Top-1|Params", "A|26.7|5M", caption=caption)

    assert run.top1 == top1


def test_a_heading_that_says_accuracy_is_no_error_whatever_the_caption_says():
    [run] = runs("Model|Top-1 acc. (%)|Top-1 err. (%)", "A|73.3|26.7", caption="Error rates (%)")

    assert run.top1 == 0.733


@pytest.mark.parametrize(
    ("headings", "cells"),
    [
        ("Model|Dataset|Top-1 (%)|CIFAR-10 top-1 (%)", ("95.1|95.1", "78.2|95.3")),
        ("Dataset|Model|CIFAR-10 top-5 (%)|Acc. (%)", ("99.8|95.1", "99.7|78.2")),
        ("Model|Dataset|Top-1 (%)|SVHN acc. (%)", ("95.1|–", "78.2|96.3")),
        ("Model|Dataset|Top-1 (%)|CIFAR-10 error (%)", ("95.1|4.9", "78.2|4.7")),
    ],
)
def test_a_heading_of_another_dataset_does_not_take_a_row_from_its_own(headings, cells):
    first, second = ("A|CIFAR-10", "B|CIFAR-100") if headings.startswith("Model") else ("CIFAR-10|A", "CIFAR-100|B")
    stated = stated_rows(read(headings, f"{first}|{cells[0]}", f"{second}|{cells[1]}"))

    assert [(row.run.model, row.run.dataset) for row in stated.rows] == [("A", "cifar10"), ("B", "cifar100")]
    second_run = stated.rows[1].run
    assert second_run.top1 == 0.782 or 78.2 in second_run.metrics.values()
    [said] = stated.skipped
    assert said.endswith("its row cifar100")
    [left] = second_run.unparsed
    assert second_run.top5 is None
    assert left.rpartition(" ")[2] in cells[1]
    assert len(second_run.quote) == 4


def test_a_heading_given_a_meaning_keeps_no_row_of_another_dataset():
    words = default_vocabulary().with_additions(["CIFAR-10=top5"])
    table = written("Model|Dataset|Top-1 (%)|CIFAR-10", "A|CIFAR-10|95.1|99.8", "B|CIFAR-100|78.2|99.7")
    stated = stated_rows(read_table(table, words))

    assert [(row.run.dataset, row.run.top5) for row in stated.rows] == [("cifar10", 0.998), ("cifar100", None)]
    assert "CIFAR-10 “99.7” is not read: its heading says cifar10, its row cifar100" in stated.skipped[0]


def test_a_row_whose_only_result_is_of_another_dataset_states_none():
    table = read("Model|Dataset|CIFAR-10 top-1 (%)", "A|CIFAR-100|95.1", "|CIFAR-10|94.2", "B||94.3")
    stated = stated_rows(table)

    assert {row.run.dataset for row in stated.rows} == {"cifar10"}
    assert "holds no result" in " ".join(stated.skipped)


def test_a_section_of_another_dataset_than_a_heading_is_not_overruled():
    table = written("Model|CIFAR-10 top-1 (%)|Top-1 (%)", "A|95.1|95.1", "B|95.3|78.2")
    rows = [replace(row, section=name) for row, name in zip(table.rows, ("CIFAR-10", "CIFAR-100"), strict=True)]
    stated = stated_rows(read_table(replace(table, rows=tuple(rows)), default_vocabulary()))

    assert [(row.run.dataset, row.run.top1) for row in stated.rows] == [("cifar10", 0.951), ("cifar100", 0.782)]

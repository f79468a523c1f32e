"""Rows that were evaluated on a part of the test images: told, never best of all, never tested against the others."""

import numpy as np
import pytest

from expdb.analysis.correctness import correctness_of
from expdb.report.predictions.same_images import other_images
from expdb.report.tables.build import build_table
from expdb.report.tables.explain import explain_table
from tests.factories import make_run
from tests.report.built import column_of, define, marked, marks, ranks
from tests.store_runs import add_finished

PART = {"start": {"num_test_images": 50, "data_digest": "b" * 16}, "data__test_limit": 50}
NOTE = "evaluated on 50 of 360 test images: not comparable with whole test splits"


def add_seeds_of(store, values, **settings):
    for seed, top1 in enumerate(values):
        add_finished(store, top1=top1, seed=seed, **settings)


def test_row_of_a_part_says_so_and_how_many_images_there_were(store):
    add_finished(store, top1=0.9)
    add_finished(store, top1=0.95, **PART)

    table = build_table(store, define("top1", "num_test_images", rows="runs"))

    assert column_of(table, 1) == ["360", "50"]
    told = [[marked(table)[mark] for mark in row] for row in marks(table)]
    assert told[0] == []
    assert NOTE in told[1]
    assert not any("other data" in text for text in told[1])  # the limit explains another digest


def test_row_of_a_part_says_so_where_it_stands_alone(store):
    add_finished(store, top1=0.95, **PART)

    assert list(marked(build_table(store, define("top1", rows="runs"))).values()) == [NOTE]


def test_part_of_a_folder_of_unknown_size_is_told_too(store, tmp_path):
    for name in ("one", "two"):
        (tmp_path / "data" / "train" / name).mkdir(parents=True)
    add_finished(store, data__dataset=f"folder:{tmp_path / 'data'}", data__test_limit=5)

    (note,) = marked(build_table(store, define("top1", rows="runs"))).values()

    assert note == "evaluated on 5 of its test images: not comparable with whole test splits"


@pytest.mark.parametrize(
    "column", ["top1", "top5", "best_top1", "test_loss", {"key": "eval_seconds", "best": "min"}], ids=str
)
def test_row_of_a_part_is_never_best_of_rows_of_the_whole(store, column):
    best = {"top5": 0.99, "test_loss": 0.01, "eval_seconds": 0.01}
    add_finished(store, top1=0.7, optim__lr=0.1)
    add_finished(store, top1=0.8, optim__lr=0.2, last={"top5": 0.95, "test_loss": 0.5, "eval_seconds": 0.3})
    add_finished(store, top1=0.99, last=best, **PART)

    table = build_table(store, define(column, rows="runs", emphasis="second", clear_only=False))

    assert ranks(table, 0) == [2, 1, 0]


def test_rows_of_the_same_part_have_a_best(store):
    add_finished(store, top1=0.2, optim__lr=0.1, **PART)
    add_finished(store, top1=0.8, optim__lr=0.2, **PART)

    assert ranks(build_table(store, define("top1", rows="runs")), 0) == [2, 1]


def test_row_that_a_note_calls_not_comparable_is_best_in_nothing(store):
    add_finished(store, top1=0.7, last={"train_seconds": 9.0})
    add_finished(store, top1=0.8, last={"train_seconds": 3.0}, **PART)

    time = {"key": "train_seconds", "best": "min"}
    assert ranks(build_table(store, define(time, rows="runs", clear_only=False)), 0) == [0, 0]


@pytest.mark.parametrize("test", ["welch", "paired"])
def test_part_and_whole_have_a_difference_and_no_p(store, test):
    add_seeds_of(store, [0.70, 0.71, 0.73])
    add_seeds_of(store, [0.90, 0.91, 0.94], **PART)
    add_seeds_of(store, [0.80, 0.82, 0.83], optim__lr=0.3)
    shown = [{"key": "top1", "shows": shows, "test": test} for shows in ("delta", "p")]

    table = build_table(store, define("lr", "test_limit", *shown, baseline="test_limit = null and lr = 0.1"))

    assert [row.cells[2].text != "–" for row in table.rows] == [False, True, True]
    ps = {row.cells[1].text: row.cells[3].value for row in table.rows if row.cells[0].text != "0.1"}
    assert ps["–"] is not None
    assert [row.cells[3].value for row in table.rows if row.cells[1].text == "50"] == [None]
    assert any("other test images: no test" in note.text for note in table.notes)


def test_images_of_part_and_whole_are_never_paired(store):
    correct = np.arange(50) % 2 == 0
    add_finished(store, correct=correct)
    add_finished(store, correct=~correct, **PART)
    shown = {"key": "top1", "shows": "p", "test": "mcnemar"}

    table = build_table(store, define("test_limit", shown, baseline="test_limit = null"), correct=correctness_of(store))

    assert [row.cells[1].value for row in table.rows] == [None, None]


@pytest.mark.parametrize(
    ("limits", "words"),
    [((None, 50), "all and 50 chosen ones"), ((20, 50), "20 chosen ones and 50"), ((50, 50), None)],
)
def test_runs_of_other_parts_were_tested_on_other_images(limits, words):
    a, b = (make_run(id=number, test_limit=limit) for number, limit in enumerate(limits, start=1))

    reason = other_images(a, b)

    assert reason is None if words is None else words in str(reason)


def test_explanation_tests_no_part_against_the_whole(store):
    add_seeds_of(store, [0.70, 0.71, 0.73])
    add_seeds_of(store, [0.90, 0.91, 0.94], **PART)

    told = explain_table(store, define("model", "top1"))

    assert "top-1 is not compared (other test images)" in told
    assert "Welch p" not in told

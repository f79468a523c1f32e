"""Cells, headings and order of a table of single runs."""

import pytest

from expdb.domain.table import TableDefinition
from expdb.errors import NotFoundError, SpecError
from expdb.report.tables.build import build_table, check_definition, table_of_runs
from tests.factories import make_run
from tests.store_runs import add_finished


def define(*columns, **settings):
    choices = tuple({"key": item} if isinstance(item, str) else item for item in columns)
    return TableDefinition.model_validate({"name": "test", "title": "A test", "columns": choices, **settings})


def ids(table):
    return [row.run_ids for row in table.rows]


def texts(table):
    return [[cell.text for cell in row.cells] for row in table.rows]


def test_cells_hold_the_exact_value_and_its_text():
    table = table_of_runs([make_run(top1=0.76125, top5=None)], define("top1", "top5"))

    assert [(cell.value, cell.text) for cell in table.rows[0].cells] == [(0.76125, "76.13"), (None, "–")]
    assert (table.name, table.title, table.notes) == ("test", "A test", ())


def test_definition_overrides_heading_format_unit_and_decimals():
    table = table_of_runs(
        [make_run()],
        define(
            {"key": "num_params", "heading": "P", "format": "millions_cut"},
            {"key": "top1", "decimals": 1},
            {"key": "weight_decay", "unit": "per step"},
        ),
    )

    assert [column.heading for column in table.columns] == ["P", "Top-1 (last, %)", "Weight decay (per step)"]
    assert texts(table) == [["23M", "79.1", "5e-4"]]


def test_another_format_does_not_take_the_columns_own_decimals():
    table = table_of_runs([make_run(test_loss=0.00005)], define({"key": "test_loss", "format": "number"}, "test_loss"))
    changed = table_of_runs([make_run(test_loss=0.5)], define({"key": "test_loss", "format": "percent"}))

    assert texts(table) == [["0.0001", "0.0001"]]
    assert texts(changed) == [["50.00"]]


def test_numbers_are_aligned_right_and_text_left():
    table = table_of_runs([], define("top1", "model"))

    assert [column.align for column in table.columns] == ["right", "left"]
    assert table.rows == ()


def test_rows_keep_the_order_of_the_runs_unless_asked_otherwise():
    runs = [make_run(id=3), make_run(id=1), make_run(id=2)]

    assert ids(table_of_runs(runs, define("id"))) == [(3,), (1,), (2,)]
    assert ids(table_of_runs(runs, define("id", sort=("id",)))) == [(1,), (2,), (3,)]


@pytest.mark.parametrize(("sort", "expected"), [("lr", [2, 3, 1, 4]), ("-lr", [1, 2, 3, 4])])
def test_unknown_values_come_last_in_both_directions_and_ties_keep_their_order(sort, expected):
    runs = [make_run(id=1, lr=0.9), make_run(id=2, lr=0.5), make_run(id=3, lr=0.5), make_run(id=4, lr=None)]

    assert ids(table_of_runs(runs, define("id", sort=(sort,)))) == [(run_id,) for run_id in expected]


def test_rows_of_runs_sort_by_a_measure(store):
    for top1 in (0.3, 0.9, 0.5):
        add_finished(store, top1=top1)
    add_finished(store, status="queued")

    assert ids(build_table(store, define("id", rows="runs", sort=("-top1",)))) == [(2,), (3,), (1,), (4,)]


def test_first_sort_key_weighs_most():
    runs = [make_run(id=1, model="b", lr=0.1), make_run(id=2, model="A", lr=0.1), make_run(id=3, model="a", lr=0.9)]

    assert ids(table_of_runs(runs, define("id", sort=("model", "-lr")))) == [(3,), (2,), (1,)]


def test_texts_numbers_and_lists_of_one_column_can_be_sorted():
    runs = [make_run(id=n, settings={"x": value}) for n, value in enumerate(["b", 2, [1, 2], 0.5, True], start=1)]

    assert ids(table_of_runs(runs, define("id", sort=("settings.x",)))) == [(4,), (5,), (2,), (3,), (1,)]


@pytest.mark.parametrize("definition", [define("accuracy"), define("id", sort=("-accuracy",))])
def test_unknown_column_is_refused(definition):
    with pytest.raises(NotFoundError, match="unknown column 'accuracy'"):
        table_of_runs([make_run()], definition)


@pytest.mark.parametrize(
    ("columns", "settings", "words"),
    [
        (["top2"], {}, "top2"),
        (["top1"], {"rows": ["modell"]}, "modell"),
        (["top1"], {"rows": ["model"], "across": ["data"]}, "data"),
        (["top1"], {"section": "family"}, "family"),
        (["top1"], {"sort": ["-acc"]}, "acc"),
        (["top1"], {"where": "topp = 1"}, "topp"),
        (["top1"], {"baseline": "topp = 1"}, "topp"),
        (["top1"], {"marks": [{"where": "topp = 1", "mark": "x", "note": "n"}]}, "topp"),
        (["top1"], {"targets": {"accuracy": "> 1%"}}, "accuracy"),
        (["top1"], {"targets": {"top1": "82"}}, "'82' is not understood"),
        (["top1"], {"targets": {"top1": "> 82"}}, "write percent as '> 82%'"),
        (["top1"], {"targets": {"top1": "> nan"}}, "not understood"),
        (["top1"], {"targets": {"model": "> 5"}}, "is no number"),
        (["top1"], {"specs": [{"model.nam": "x"}]}, "model.nam"),
        (["top1"], {"specs": [{"model.name": "resnet18"}, {"model.name": "resnet18", "seed": 1}]}, "are one row"),
        ([{"key": "model", "shows": "delta", "against": "first"}], {}, "'model' is no number"),
        ([{"key": "num_params", "shows": "p", "against": "first"}], {}, "does not vary with the seed"),
        ([{"key": "model_label", "format": "percent"}], {}, "'model_label' is no number: format = 'percent'"),
        ([{"key": "status", "format": "integer"}], {}, "is no number"),
        ([{"key": "created_at", "format": "percent"}], {}, "is no number"),
        ([{"key": "pretrained", "format": "millions"}], {}, "is no number"),
        ([{"key": "top1", "format": "time"}], {}, "'top1' is no time"),
        ([{"key": "dataset", "format": "time"}], {}, "'dataset' is no time"),
        ([{"key": "num_params", "at": "best"}], {}, "not recorded every epoch"),
        ([{"key": "train_seconds", "at": "mean-3"}], {}, "not recorded every epoch"),
    ],
)
def test_checking_a_definition_names_what_is_wrong(store, columns, settings, words):
    with pytest.raises((SpecError, NotFoundError), match=words):
        check_definition(store, define(*columns, **settings))


def test_a_definition_that_is_right_passes_the_check(store):
    check_definition(
        store,
        define(
            "model_label",
            "changes",
            {"key": "top1", "at": "best"},
            {"key": "top1", "shows": "p"},
            where="dataset = digits",
            rows=["model_label"],
            across=["dataset"],
            section="optimizer",
            sort=["-top1@digits", "model"],
            baseline="seed = 0",
            targets={"top1": "> 82%", "train_seconds": "<= 2h"},
        ),
    )


def test_text_of_several_lines_prints_on_one():
    definition = define(
        {"key": "changes", "heading": "What\nchanged", "under": "a\tb"}, {"key": "name", "heading": "x\ny"}
    )
    table = table_of_runs([make_run(name="two\nlines")], definition.model_copy(update={"title": "of\nmany lines"}))

    assert [(column.heading, column.under) for column in table.columns] == [("What changed", "a b"), ("x y", None)]
    assert (table.title, table.rows[0].cells[1].text) == ("of many lines", "two lines")


def test_a_column_that_is_there_twice_has_keys_of_its_own():
    table = table_of_runs([make_run()], define("top1", "lr", "top1"))

    assert [column.key for column in table.columns] == ["top1", "lr", "top1#2"]


def test_a_single_row_a_run_shows_runs_in_any_state(store):
    add_finished(store, top1=0.5)
    add_finished(store, top1=0.9, status="running")
    add_finished(store, status="queued")

    table = build_table(store, define("id", "status", "top1", rows="runs"))

    assert texts(table) == [["1", "finished", "50.00"], ["2", "running", "90.00"], ["3", "queued", "–"]]
    assert [cell.rank for row in table.rows for cell in row.cells] == [0] * 9  # the only final one has no rival
    assert [(note.mark, note.text) for note in table.notes if note.mark] == [
        ("a", "not finished: running"),
        ("b", "not finished: queued"),
    ]
    assert [row.cells[0].marks for row in table.rows] == [(), ("a",), ("b",)]


def test_a_run_that_is_not_finished_meets_no_target(store):
    add_finished(store, top1=0.9, status="running")

    table = build_table(store, define("id", rows="runs", targets={"top1": "> 80%"}))

    assert table.notes[0].text == "Target Top-1 > 80%: met by no row."

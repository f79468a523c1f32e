import pytest

from expdb.domain.table import ColumnChoice, TableDefinition
from expdb.errors import NotFoundError
from expdb.report.table import build_table, sort_runs
from tests.factories import make_run


def define(*columns, sort=()):
    choices = tuple(ColumnChoice(key=item) if isinstance(item, str) else ColumnChoice(**item) for item in columns)
    return TableDefinition(name="test", title="A test", columns=choices, sort=sort)


def ids(table):
    return [row.run_id for row in table.rows]


def test_cells_hold_the_exact_value_and_its_text():
    table = build_table([make_run(top1=0.76125, top5=None)], define("top1", "top5"))

    assert [(cell.value, cell.text) for cell in table.rows[0].cells] == [(0.76125, "76.13"), (None, "–")]
    assert (table.name, table.title) == ("test", "A test")


def test_definition_overrides_heading_format_and_decimals():
    table = build_table(
        [make_run()],
        define({"key": "num_params", "heading": "P", "format": "millions_cut"}, {"key": "top1", "decimals": 1}),
    )

    assert [column.heading for column in table.columns] == ["P", "Top-1 (last, %)"]
    assert [cell.text for cell in table.rows[0].cells] == ["23M", "79.1"]


def test_another_format_does_not_take_the_columns_own_decimals():
    table = build_table([make_run(test_loss=0.00005)], define({"key": "test_loss", "format": "number"}, "test_loss"))
    changed = build_table([make_run(test_loss=0.5)], define({"key": "test_loss", "format": "percent"}))

    assert [cell.text for cell in table.rows[0].cells] == ["0.0001", "0.0001"]
    assert changed.rows[0].cells[0].text == "50.00"


def test_numbers_are_aligned_right_and_text_left():
    table = build_table([], define("top1", "model"))

    assert [column.align for column in table.columns] == ["right", "left"]
    assert table.rows == ()


def test_rows_keep_the_order_of_the_runs_unless_asked_otherwise():
    runs = [make_run(id=3), make_run(id=1), make_run(id=2)]

    assert ids(build_table(runs, define("id"))) == [3, 1, 2]
    assert ids(build_table(runs, define("id", sort=("id",)))) == [1, 2, 3]


@pytest.mark.parametrize(("sort", "expected"), [("top1", [2, 3, 1, 4]), ("-top1", [1, 2, 3, 4])])
def test_unknown_values_come_last_in_both_directions_and_ties_keep_their_order(sort, expected):
    runs = [make_run(id=1, top1=0.9), make_run(id=2, top1=0.5), make_run(id=3, top1=0.5), make_run(id=4, top1=None)]

    assert ids(build_table(runs, define("id", sort=(sort,)))) == expected


def test_first_sort_key_weighs_most():
    runs = [
        make_run(id=1, model="b", top1=0.1),
        make_run(id=2, model="a", top1=0.1),
        make_run(id=3, model="a", top1=0.9),
    ]

    assert [run.id for run in sort_runs(runs, ("model", "-top1"))] == [3, 2, 1]


@pytest.mark.parametrize("definition", [define("accuracy"), define("id", sort=("-accuracy",))])
def test_unknown_column_is_refused(definition):
    with pytest.raises(NotFoundError, match="unknown column 'accuracy'"):
        build_table([make_run()], definition)

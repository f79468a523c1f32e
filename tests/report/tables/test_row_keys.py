"""What texts ask for rows by: keys of the definition, the values of row keys, the names of runs."""

import tomllib

import pytest

from expdb.errors import SpecError
from expdb.report.tables.build import build_table, check_definition
from tests.report.built import define
from tests.store_runs import add_finished


@pytest.fixture
def filled(store):
    """Two seeds of two models, one of them with AutoAugment too."""
    for model, aug in (("resnet_mini", "standard"), ("senet_mini", "standard"), ("senet_mini", "autoaugment")):
        for seed in (0, 1):
            add_finished(store, model__name=model, aug__preset=aug, seed=seed, top1=0.8 + seed / 100)
    return store


def keys(table):
    return [row.key for row in table.rows]


def problem(store, *columns, **settings):
    table = build_table(store, define(*columns, **settings))
    assert keys(table) == [None] * len(table.rows)
    assert "\n" not in table.key_problem
    return table.key_problem


def test_a_row_of_keys_is_asked_for_by_their_values(filled):
    table = build_table(filled, define("model_label", "top1", rows=["model", "aug"]))

    assert keys(table) == ["resnet_mini/standard", "senet_mini/standard", "senet_mini/autoaugment"]


def test_a_label_is_no_key(filled):
    table = build_table(filled, define({"key": "model", "heading": "Network"}, "top1", rows=["model", "aug"]))

    assert [row.cells[0].text for row in table.rows] == ["resnet_mini", "senet_mini", "senet_mini"]
    assert len(set(keys(table))) == 3


def test_a_run_is_asked_for_by_its_name_or_its_number(filled):
    filled.edits.rename(2, "best")

    assert keys(build_table(filled, define("top1", rows="runs", where="id <= 3"))) == ["1", "best", "3"]


def test_a_row_of_a_pivot_is_asked_for_by_its_own_keys(filled):
    table = build_table(filled, define("model", "top1", "top5", rows=["model"], across=["aug"]))

    assert keys(table) == ["resnet_mini", "senet_mini"]
    assert [column.address for column in table.columns] == [
        *("model", "top1@autoaugment", "top5@autoaugment", "top1@standard", "top5@standard"),
    ]


def test_keys_of_the_definition_come_first_and_groups_without_one_have_none(filled):
    given = {"ours": "model = senet_mini and aug = autoaugment"}

    assert keys(build_table(filled, define("top1", rows=["model", "aug"], keys=given)))[1:] == [
        *("senet_mini/standard", "ours"),
    ]
    assert keys(build_table(filled, define("top1", keys=given))) == [None, None, "ours"]


def test_a_run_that_is_added_does_not_change_a_key(filled):
    definition = define("top1", keys={"base": "model = resnet_mini"})
    before = keys(build_table(filled, definition))
    add_finished(filled, model__name="resnet_mini", seed=7, top1=0.1)

    assert keys(build_table(filled, definition)) == before == ["base", None, None]


def test_a_transposed_table_keeps_the_keys_of_its_rows(filled):
    table = build_table(filled, define("model", "top1", rows=["model", "aug"], transpose=True))

    assert table.upright is not None
    assert keys(table.upright)[0] == "resnet_mini/standard"


def test_groups_without_any_key_say_which_to_add(filled):
    assert problem(filled, "model", "top1") == (
        "the rows of table 't' are groups, which a text cannot ask for: give them keys in its definition "
        "(expdb tables export t), as in keys.ours = 'model = resnet_mini and aug = standard'"
    )


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"x": "model = vit"}, "key 'x' (model = vit) of table 't' picks none of its rows: no run has model = vit"),
        (
            {"x": "model = senet_mini"},
            "picks 2 rows (senet_mini (row 2): runs 3, 4, senet_mini (row 3): runs 5, 6): add",
        ),
        (
            {"x": "id = 1", "y": "id = 2"},
            "key 'y' (id = 2) of table 't' picks the row of key 'x' (resnet_mini: runs 1, 2)",
        ),
        ({"x": "moodel = vit"}, "moodel"),
    ],
)
def test_a_key_that_picks_no_row_several_or_one_that_has_a_key_is_named(filled, given, words):
    assert words in problem(filled, "model", "top1", keys=given)


def test_two_rows_of_the_same_key_are_named_with_a_way_out(filled):
    add_finished(filled, model__name="resnet_mini", aug__preset="autoaugment", optim__lr=0.05)
    add_finished(filled, model__name="resnet_mini", aug__preset="autoaugment", optim__lr=0.0500000001)
    told = problem(
        filled, "lr", {"key": "lr", "decimals": 3}, "top1", rows=["model", "aug"],
        keys={"resnet_mini/standard": "aug = autoaugment and model = senet_mini"},
    )  # fmt: skip

    assert "two rows of table 't' would be asked for by 'resnet_mini/standard'" in told
    assert "keys.ours = " in told


def test_a_filter_of_a_key_is_checked_when_a_table_is_added(filled):
    with pytest.raises(SpecError, match="moodel"):
        check_definition(filled, define("top1", keys={"x": "moodel = vit"}))


def test_a_table_whose_keys_pick_nothing_is_still_printed(filled):
    table = build_table(filled, define("model", "top1", keys={"x": "model = vit"}))

    assert len(table.rows) == 3


def test_the_key_that_is_proposed_works_as_it_stands(filled):
    proposed = problem(filled, "model", "top1").partition(", as in ")[2]

    assert keys(build_table(filled, define("top1", **tomllib.loads(proposed)))) == ["ours", None, None]

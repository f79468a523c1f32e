"""What a table's definition takes, and what it says of one that it does not take."""

import pytest
from pydantic import ValidationError

from expdb.domain.table import ColumnChoice, TableDefinition


def define(**settings):
    return TableDefinition.model_validate({"name": "t", "columns": ["top1"], **settings})


def test_a_column_may_be_a_bare_key():
    assert define(columns=["top1", {"key": "lr", "decimals": 1}]).columns == (
        ColumnChoice(key="top1"),
        ColumnChoice(key="lr", decimals=1),
    )


def test_version_1_prints_as_it_did():
    old = {"version": 1, "name": "t", "columns": [{"key": "top1", "heading": None, "format": None, "decimals": None}]}

    read = TableDefinition.model_validate(old)

    assert (read.version, read.rows, read.emphasis, read.notes) == (2, "runs", "none", False)
    assert TableDefinition.model_validate_json(read.model_dump_json()) == read


def test_a_definition_of_today_collapses_seeds_and_has_notes():
    assert (define().rows, define().emphasis, define().notes, define().clear_only) == ("groups", "second", True, True)


@pytest.mark.parametrize("key", ["top1", "settings.lr", "metrics.AP^b", "changes"])
def test_keys_of_columns(key):
    assert ColumnChoice(key=key).key == key


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"columns": []}, "at least 1"),
        ({"columns": ["1top"]}, "pattern"),
        ({"columns": ["a b"]}, "pattern"),
        ({"columns": [{"key": "top1", "at": "middle"}]}, "pattern"),
        ({"columns": [{"key": "top1", "at": "mean-0"}]}, "pattern"),
        ({"columns": [{"key": "top1", "decimals": 99}]}, "less than or equal to 12"),
        ({"columns": [{"key": "top1", "colour": "red"}]}, "Extra inputs"),
        ({"version": 3}, "Input should be 2"),
        ({"name": "../x"}, "pattern"),
        ({"across": ["dataset"], "rows": "runs"}, r"across = \['dataset'\] needs rows = \[KEYS\], not rows = 'runs'"),
        ({"cell": "mean of groups"}, r"cell = 'mean of groups' is of rows = \[KEYS\]"),
        ({"cell": "mean of groups", "rows": ["aug"], "columns": [{"key": "top1", "shows": "p"}]}, "and no p"),
        ({"cell": "mean of groups", "rows": ["aug"], "columns": ["changes"]}, "is of no mean of groups"),
        ({"rows": "seeds"}, "runs"),
        ({"rows": []}, "names no key"),
        ({"where": "lr = 1", "specs": [{}]}, "give one of them"),
        ({"rows": "runs", "specs": [{}]}, "do not go with rows = 'runs'"),
        ({"columns": [{"key": "top1", "shows": "delta"}]}, "is compared with a baseline: say baseline = 'FILTER'"),
        ({"marks": [{"where": "", "mark": "four", "note": ""}]}, "at most 3"),
        ({"marks": [{"where": "", "mark": "x", "note": ""}], "notes": False}, "no effect with notes = false"),
        ({"emphasis": "third"}, "best"),
        ({"footnotes": [" "]}, "at least 1 character"),
    ],
)
def test_what_does_not_fit_together_is_said(settings, words):
    with pytest.raises(ValidationError, match=words):
        define(**settings)


def test_comparisons_with_the_first_or_previous_row_need_no_baseline():
    for against in ("first", "previous"):
        assert define(columns=[{"key": "top1", "shows": "p", "against": against}]).baseline == ""


def test_parts_of_specs_may_be_nested():
    nested = define(
        specs=[{"model": {"name": "resnet18", "kwargs": {"a": 1}}, "optim.lr": 0.1, "model.kwargs": {"b": 2}}]
    )

    assert nested.specs == ({"model.name": "resnet18", "model.kwargs": {"b": 2}, "optim.lr": 0.1},)

"""Definitions put together on the command line."""

import pytest

from expdb.cli.table_options import changed_definition, parse_columns
from expdb.domain.table import TableDefinition
from expdb.errors import SpecError

SAVED = TableDefinition.model_validate(
    {
        "name": "t",
        "baseline": "lr = 0.1",
        "columns": [
            "model",
            {"key": "top1", "at": "best", "heading": "Acc"},
            {"key": "top1", "shows": "delta", "decimals": 1},
            {"key": "top1", "shows": "p", "test": "paired"},
        ],
    }
)


def shown(columns) -> list[tuple[str, str, str]]:
    return [(choice.key, choice.shows, choice.at) for choice in columns]


def test_a_column_of_a_saved_table_is_as_it_is_there():
    value, delta, other = parse_columns("top1,top1:delta=Gain,top5", SAVED)

    assert (value.shows, value.at, value.heading) == ("value", "best", "Acc")
    assert (delta.shows, delta.decimals, delta.heading) == ("delta", 1, "Gain")
    assert other.shows == "value"


def test_a_suffix_that_shows_nothing_is_named_with_those_that_do():
    with pytest.raises(SpecError, match="'foo' is nothing to show of a column: use delta, interval, p, n"):
        parse_columns("top1:foo", SAVED)


def test_a_baseline_compares_what_the_table_shows():
    best = SAVED.model_copy(update={"columns": SAVED.columns[:2], "baseline": ""})

    with_best = changed_definition(best, baseline="lr = 0.1")
    given = changed_definition(best, baseline="lr = 0.1", columns="model,top1,top1:n")
    without = changed_definition(best, baseline="lr = 0.1", columns="model,top5")

    added = [("top1", "value", "best"), ("top1", "delta", "best"), ("top1", "p", "best")]
    assert shown(with_best.columns)[1:] == added
    assert shown(given.columns)[1:] == [*added, ("top1", "n", "last")]
    assert shown(without.columns) == [("model", "value", "last"), ("top5", "value", "last")]

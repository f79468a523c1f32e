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


def parsed(text):
    return [(choice.key, choice.shows, choice.decimals, choice.heading) for choice in parse_columns(text, PLAIN)]


EPOCHS = ("epochs", "value", None, None)
PLAIN = TableDefinition(name="t", columns=parse_columns("model", SAVED))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("top1:2=Acc., test", [("top1", "value", 2, "Acc., test")]),
        ("model=Model,top1:1", [("model", "value", None, "Model"), ("top1", "value", 1, None)]),
        ("top1:delta:1=Gain, in points,epochs", [("top1", "delta", 1, "Gain, in points"), EPOCHS]),
        ("top1:1:delta", [("top1", "delta", 1, None)]),
        ("top1=p = 0.05, two-sided", [("top1", "value", None, "p = 0.05, two-sided")]),
        ('top1="Acc., epochs",epochs', [("top1", "value", None, "Acc., epochs"), EPOCHS]),
        ("settings.lr=LR, as stated,epochs", [("settings.lr", "value", None, "LR, as stated"), EPOCHS]),
    ],
)  # fmt: skip
def test_a_column_takes_decimals_and_a_heading_with_commas(text, expected):
    assert parsed(text) == expected


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("top1=Acc,epohcs", 'did you mean epochs.*in quotes: top1="Acc,epohcs"'),
        ('top1="Acc, epochs', "begins and ends with one"),
        ('top1="Acc" more', "begins and ends with one"),
        ("model:2", "without decimals of its own choice: leave out :2"),
        ("top1:p:2", "without decimals of its own choice: leave out :2"),
        ("top1:13", "at most 12 decimals"),
        ("top1:2:3", "'3' is nothing to show of a column: use delta, interval, p, n, or a number of decimals"),
    ],
)
def test_a_list_of_columns_that_can_be_read_in_two_ways_is_refused(text, told):
    with pytest.raises(SpecError, match=told):
        parsed(text)


def test_title_labels_and_notes_of_a_saved_table_are_changed_for_one_print():
    marked = SAVED.model_copy(update={"labels": {"none": "No"}})
    made = changed_definition(marked, title="Ours", labels=["crop + flip=Standard"], has_notes=False)

    assert (made.title, made.notes, made.marks) == ("Ours", False, ())
    assert made.labels == {"none": "No", "crop + flip": "Standard"}


@pytest.mark.parametrize("text", ["crop", "=Standard", "crop ="])
def test_a_label_of_another_form_is_refused(text):
    with pytest.raises(SpecError, match="'PRINTED=LABEL'"):
        changed_definition(SAVED, labels=[text])

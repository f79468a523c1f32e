"""Mistakes in definitions are told in one line, in the words of the file."""

import pytest

from expdb.domain.table import TableDefinition
from expdb.domain.validation import checked
from expdb.errors import SpecError

GOOD = {"name": "t", "columns": ["top1"]}


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"wher": "x"}, "t.toml: unknown key 'wher': did you mean where?"),
        ({"columns": [{"key": "aug", "heding": 1}]}, "t.toml: columns.0: unknown key 'heding': did you mean heading?"),
        ({"marks": [{"zzz": 1}]}, "t.toml: marks.0.where is missing"),
        ({"columns": []}, "t.toml: columns is empty: name at least one"),
        ({"name": "a b"}, "t.toml: name 'a b': use letters, digits, '.', '_' and '-', at most 64"),
        ({"across": ["aug"], "rows": "runs"}, "t.toml: across = ['aug'] needs rows = [KEYS], not rows = 'runs'"),
        ({"rows": "row"}, "t.toml: rows: Input should be 'runs' or 'groups' (got 'row')"),
        ({"limit": -1}, "t.toml: limit: Input should be greater than or equal to 0 (got -1)"),
    ],
)
def test_the_first_mistake_is_told_with_its_place(changed: dict[str, object], told: str) -> None:
    with pytest.raises(SpecError) as caught:
        checked(TableDefinition, {**GOOD, **changed}, place="t.toml")

    assert str(caught.value) == told


def test_an_unknown_key_that_is_like_none_names_all_that_are_known() -> None:
    with pytest.raises(SpecError, match="unknown key 'zzz': choose version, name, title, where,"):
        checked(TableDefinition, {**GOOD, "zzz": 1})


def test_values_without_a_mistake_are_returned_as_the_model() -> None:
    assert checked(TableDefinition, GOOD) == TableDefinition.model_validate(GOOD)

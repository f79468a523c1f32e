from pathlib import Path
from typing import Any

import numpy as np
import pytest

from expdb.data.outcomes import OUTCOMES_FILE, outcomes_of, read_outcomes, write_outcomes
from expdb.errors import DataError

SCORES = np.array([0.25, 0.5, 1.0])
NAMES = np.array(["a.png", "b.png", "c.png"])


def test_outcomes_come_back_by_the_names_of_their_metrics(tmp_path: Path) -> None:
    write_outcomes(tmp_path, "test/miou", outcomes_of(SCORES, NAMES))
    write_outcomes(tmp_path, "hit", outcomes_of(np.array([True, False, True])))
    write_outcomes(tmp_path, "test/miou", outcomes_of(SCORES / 2, NAMES))  # instead of what was there

    found = read_outcomes(tmp_path)

    assert {name: one.values.tolist() for name, one in found.items()} == {
        "test/miou": [0.125, 0.25, 0.5],
        "hit": [1.0, 0.0, 1.0],
    }
    assert [one.is_binary for one in found.values()] == [False, True]
    assert (found["test/miou"].items, found["hit"].items) == (outcomes_of(SCORES, NAMES).items, "")


def test_items_are_known_by_their_ids_and_their_order() -> None:
    digest = outcomes_of(SCORES, NAMES).items

    assert digest != outcomes_of(SCORES, NAMES[::-1]).items
    assert digest != outcomes_of(SCORES, np.array(["a.png", "b.png", "d.png"])).items
    assert outcomes_of(SCORES, np.array([1, 2, 3])).items == outcomes_of(SCORES, np.array([1, 2, 3], np.uint8)).items


@pytest.mark.parametrize(
    ("values", "items", "said"),
    [
        (np.zeros((2, 2)), None, r"have the shape \(2, 2\) of float64: give one number an item"),
        (np.zeros(0), None, r"have the shape \(0,\)"),
        (np.array(["a"]), None, "of <U1"),
        (np.array([1.0, np.nan, np.inf]), None, "the outcomes of 2 of 3 items are not finite: leave these items out"),
        (SCORES, NAMES[:2], r"3 outcomes, and items of the shape \(2,\)"),
        (SCORES, SCORES, "give an id of each item"),
        (SCORES, np.array(["a", "b", "a"]), "item 'a' stands there 2 times: name each item once"),
        (SCORES, np.array([7, 7, 7]), "item '7' stands there 3 times"),
    ],
)
def test_what_is_no_outcome_is_refused(values: Any, items: Any, said: str) -> None:
    with pytest.raises(DataError, match=said):
        outcomes_of(values, items)


@pytest.mark.parametrize("content", [None, b"", b"no archive"])
def test_a_file_that_holds_no_outcomes_is_named(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / OUTCOMES_FILE).write_bytes(content)

    with pytest.raises(DataError, match=r"no outcomes in .*outcomes\.npz"):
        read_outcomes(tmp_path)


def test_arrays_that_are_no_outcomes_are_refused(tmp_path: Path) -> None:
    about = '[{"metric": "x", "items": ""}]'
    for values in (np.array([np.nan]), np.array([1, 2]), np.zeros((1, 1))):
        np.savez(tmp_path / OUTCOMES_FILE, about=np.array(about), values_0=values)
        with pytest.raises(DataError, match="no outcomes in "):
            read_outcomes(tmp_path)

"""Ids of runs in a text: in short, in a sentence, in an address, and read back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expdb.report.run_ids import in_order, parse, runs_text, short


@pytest.mark.parametrize(
    ("ids", "text"),
    [([], ""), ([7], "7"), ([4, 3], "3, 4"), ([7, 3, 5, 4], "3-5, 7"), ([1, 2, 4, 5, 6, 6], "1, 2, 4-6")],
)
def test_three_in_a_row_are_a_range(ids, text):
    assert short(ids) == text


@given(st.sets(st.integers(1, 30)))
def test_what_is_listed_in_short_is_read_back(ids):
    assert parse(short(ids), most=30) == (sorted(ids), [])


@given(st.lists(st.integers(1, 30), unique=True))
def test_an_address_keeps_the_order(ids):
    assert parse(in_order(ids), most=30) == (ids, [])


@pytest.mark.parametrize(
    ("ids", "text"),
    [
        ([7], "run 7"),
        ([7, 7], "run 7"),
        ([7, 8], "runs 7, 8"),
        (range(1, 100), "runs 1-99"),
        (range(1, 21, 2), "runs 1, 3, 5, 7, 9, 11, 13, 15 and 2 more"),
        ([*range(1, 15, 2), *range(20, 30), *range(40, 50)], "runs 1, 3, 5, 7, 9, 11, 13, 20-29 and 10 more"),
    ],
)
def test_a_sentence_lists_the_first_ones_and_counts_the_others(ids, text):
    assert runs_text(ids) == text


def test_a_sentence_lists_all_where_it_must():
    assert runs_text(range(1, 21, 2), most=None) == "runs 1, 3, 5, 7, 9, 11, 13, 15, 17, 19"


@pytest.mark.parametrize(
    ("text", "ids", "odd"),
    [
        ("3,4,7", [3, 4, 7], []),
        (" 3  4;7 , 3", [3, 4, 7], []),
        ("3-5, 9", [3, 4, 5, 9], []),
        ("3 - 5", [3, 4, 5], []),
        ("1-999999999", list(range(1, 22)), []),
        ("", [], []),
        ("a,-3,1e3,5", [5], ["a", "-3", "1e3"]),
        ("9" * 30, [], ["9" * 30]),
    ],
)
def test_ids_are_read_from_text(text, ids, odd):
    assert parse(text, most=20) == (ids, odd)

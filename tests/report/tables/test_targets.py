"""Targets: how they are read, and who meets them."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expdb.errors import NotFoundError, SpecError
from expdb.report.tables.targets import read_targets, targets_met


@pytest.mark.parametrize(
    ("key", "text", "operator", "limit"),
    [
        ("top1", "> 82%", ">", "0.82"),
        ("top1", " >=0.5 ", ">=", "0.5"),
        ("train_seconds", "<= 2h", "<=", "7200"),
        ("train_seconds", "< 1h 30m 5s", "<", "5405"),
        ("train_seconds", "< 90 min", "<", "5400"),
        ("train_seconds", "< 1.5h", "<", "5400"),
        ("train_seconds", "< 7200", "<", "7200"),
        ("num_params", "< 5M", "<", "5000000"),
        ("num_params", "< 1,500K", "<", "1500000"),
        ("macs", "<= 1.5G", "<=", "1500000000"),
        ("seed", "= 3", "=", "3"),
    ],
)
def test_goals_are_read_in_the_columns_unit(key, text, operator, limit):
    (target,) = read_targets({key: text})

    assert (target.operator, target.limit) == (operator, Decimal(limit))


@pytest.mark.parametrize(
    ("key", "text", "example"),
    [
        ("num_params", "< 5m", "< 5M"),
        ("train_seconds", "<= 2M", "<= 2h"),
        ("train_seconds", "<= 80%", "<= 2h"),
        ("top1", "> 2h", "> 82%"),
        ("gpu_hours", "<= 2h", "<= 2.5"),
        ("images_per_second", "> 5m", "<"),
    ],
)
def test_a_unit_that_the_column_is_not_measured_in_is_refused(key, text, example):
    with pytest.raises(SpecError, match=f"target {key} = '{text}' is not understood: write it as '{example}"):
        read_targets({key: text})


def test_no_share_is_above_all():
    with pytest.raises(SpecError, match="no share is above 100%"):
        read_targets({"top1": "< 150%"})


@pytest.mark.parametrize("text", ["82%", "> ", "> x", "=> 5", "> nan", "> inf", "> 5MM", "> 5 %%", ""])
def test_what_is_no_goal_is_refused(text):
    with pytest.raises(SpecError, match="is not understood: write it as"):
        read_targets({"top1": text})


def test_percent_without_its_sign_is_refused_because_it_could_never_be_met():
    with pytest.raises(SpecError, match="write percent as '> 82%'"):
        read_targets({"top1": "> 82"})


def test_an_unknown_column_is_refused():
    with pytest.raises(NotFoundError, match="unknown column 'top'"):
        read_targets({"top": "> 1"})


@given(st.floats(0, 1), st.integers(0, 100))
def test_a_goal_is_met_as_the_decimals_compare(value, percent):
    more, least, same, less, most = (
        read_targets({"top1": f"{operator} {percent}%"})[0].is_met(value) for operator in (">", ">=", "=", "<", "<=")
    )

    assert (more, less, same).count(True) == 1
    assert (least, most) == (more or same, less or same)
    assert same == (Decimal(repr(value)) * 100 == percent)


@pytest.mark.parametrize("value", [None, float("nan"), "0.9", True, datetime.now(UTC)])
def test_what_is_no_number_meets_no_goal(value):
    assert not read_targets({"top1": ">= 0%"})[0].is_met(value)


def test_the_row_that_comes_closest_is_said():
    targets = read_targets({"top1": "> 82%", "train_seconds": "<= 2h"})
    fast, good = {"top1": 0.5, "train_seconds": 60.0}, {"top1": 0.9, "train_seconds": 9000.0}

    assert targets_met(targets, ["a", "b"], [fast, good]) == (
        "Target Top-1 > 82% and Train time <= 2h: met by no row; b misses Train time (2h 30m 0s)."
    )
    assert targets_met(targets, ["a"], [fast]) == (
        "Target Top-1 > 82% and Train time <= 2h: met by no row; a misses Top-1 (50.00)."
    )
    assert targets_met(targets, ["b"], [{**good, "train_seconds": None}]) == (
        "Target Top-1 > 82% and Train time <= 2h: met by no row; b misses Train time (–)."
    )


def test_very_many_winners_are_not_all_named():
    targets = read_targets({"top1": "> 82%"})

    told = targets_met(targets, [f"r{n}" for n in range(20)], [{"top1": 0.9}] * 20)

    assert told == "Target Top-1 > 82%: met by r0, r1, r2, r3, r4, r5, r6, r7 and 12 more."
    assert targets_met((), ["a"], [{}]) is None
    assert targets_met(targets, [], []) == "Target Top-1 > 82%: met by no row."

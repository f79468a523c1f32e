from datetime import timedelta

import pytest

from expdb.report.columns import COLUMNS
from expdb.report.local_time import in_zone
from expdb.report.run_list import column_values, facet_values, narrowed, plain_table
from expdb.report.writers.csv_json import to_csv
from tests.factories import NOW, make_run


def test_filters_offer_each_known_value_once():
    runs = [make_run(tags=("b", "a")), make_run(tags=("a",), group="g", optimizer=None), make_run(kind="reported")]

    assert facet_values(runs, ("tags", "group", "optimizer", "state")) == {
        "tags": ("a", "b"),
        "group": ("g",),
        "optimizer": ("sgd",),
        "state": ("finished", "reported"),
    }


def test_a_run_passes_with_one_of_the_values_of_every_filter():
    runs = [make_run(id=1, tags=("a", "b")), make_run(id=2, tags=("b",), dataset="digits"), make_run(id=3)]

    assert [run.id for run in narrowed(runs, {"tags": ["b"]})] == [1, 2]
    assert [run.id for run in narrowed(runs, {"tags": ["b"], "dataset": ["digits", "x"]})] == [2]
    assert [run.id for run in narrowed(runs, {"tags": []})] == [1, 2, 3]


def test_removed_runs_are_called_archived_beside_their_status():
    run = make_run(removed_at=NOW)

    assert column_values([run], "state") == [["finished", "archived"]]
    assert narrowed([run], {"state": ["archived"]}) == [run]


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("top1", 0.76125, 76.125),
        ("top1", 0.29, 29.0),  # 28.999999999999996 as a float's multiple
        ("num_params", 23_705_252, 23.705252),
        ("macs", 1_298_000_000, 1.298),
        ("train_seconds", 4046.4, timedelta(seconds=4046)),
        ("lr", 5e-5, 5e-5),
        ("epochs", 200, 200),
        ("note", "two\nlines", "two lines"),
        ("pretrained", True, "yes"),
        ("created_at", NOW, NOW),
        ("top5", None, None),
        ("test_loss", float("nan"), None),
    ],
)
def test_values_are_in_the_unit_of_their_heading(key, value, expected):
    assert column_values([make_run(**{key: value})], key) == [expected]


@pytest.mark.parametrize("key", COLUMNS)
def test_every_column_can_be_listed(key):
    assert len(column_values([make_run(), make_run(kind="reported", policy=None)], key)) == 2


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        ("Asia/Seoul", "2026-11-21 21:00:00 KST"),
        ("UTC", "2026-11-21 12:00:00 UTC"),
        (None, "2026-11-21 12:00:00 UTC"),
        ("Nowhere/Land", "2026-11-21 12:00:00 UTC"),
        ("../../etc/passwd", "2026-11-21 12:00:00 UTC"),
    ],
)
def test_times_are_in_the_zone_asked_for_or_in_utc(zone, expected):
    assert in_zone(NOW, zone) == expected


def test_plain_rows_become_a_csv_that_runs_no_formulas():
    table = plain_table("x", ("a", "b"), [("=1+1", 0.5), (None, "two\nlines")])

    assert to_csv(table) == "a,b\n'=1+1,0.5\n,two lines\n"

"""What formats for programs, and a pointer over a page, hold of tables built from a store."""

import csv
import io
import json
import re

import pytest

from expdb.domain.table import TableDefinition
from expdb.report.stats.intervals import sample_of, t_interval, wilson_interval
from expdb.report.stats.t_tests import welch
from expdb.report.tables.build import build_table
from expdb.report.writers.render import render
from tests.store_runs import add_finished, add_seeds

LEFT, RIGHT = [0.80, 0.81, 0.82], [0.84, 0.86, 0.85]


def build(store, *columns, **settings):
    return build_table(store, TableDefinition.model_validate({"name": "t", "columns": columns, **settings}))


def in_json(table, **options):
    return json.loads(render(table, "json", **options))


def in_csv(table, **options):
    return list(csv.DictReader(io.StringIO(render(table, "csv", **options))))


def test_intervals_of_means_and_of_single_runs_are_exact(store):
    add_seeds(store, LEFT)
    add_finished(store, optim__lr=0.2, top1=0.7, start={"num_test_images": 200})
    table = build(store, {"key": "top1", "spread": "interval"})
    expected = [t_interval(sample_of(LEFT)), wilson_interval(0.7, 200)]

    assert [(row["top1"]["low"], row["top1"]["high"]) for row in in_json(table)] == [
        pytest.approx((each.low, each.high)) for each in expected
    ]
    headings = ("Top-1 (last, %) low", "Top-1 (last, %) high")
    assert [[float(row[heading]) for heading in headings] for row in in_csv(table)] == [
        pytest.approx([100 * each.low, 100 * each.high]) for each in expected
    ]


def test_the_interval_of_a_difference_is_exact(store):
    add_seeds(store, LEFT)
    add_seeds(store, RIGHT, optim__lr=0.2)
    shown = {"key": "top1", "shows": "interval", "against": "first"}
    table = build(store, shown)
    test = welch(sample_of(LEFT), sample_of(RIGHT))
    (key,) = in_json(table)[1].keys() - {"is_reported", "marks"}

    told = in_json(table)[1][key]
    assert (told["value"], told["low"], told["high"]) == pytest.approx(
        (test.difference, test.interval.low, test.interval.high)
    )
    assert told["runs"] == [4, 5, 6]
    assert list(in_csv(table)[1]) == [f"Δ Top-1, 95 % (Welch){end}" for end in ("", " low", " high")]


def test_a_transposed_tables_numbers_are_written_upright(store):
    add_seeds(store, LEFT)
    add_finished(store, optim__lr=0.2, top1=0.7)
    upright, aside = (build(store, "lr", "top1", "train_seconds", transpose=turned) for turned in (False, True))

    for form in ("csv", "tsv", "json"):
        assert render(aside, form, link=True) == render(upright, form, link=True)
    titles = [re.findall(r' title="([^"]*n = 3; runs 1-3)"', render(table, "html")) for table in (upright, aside)]
    assert titles[0] == titles[1]
    assert len(titles[0]) == 2


def test_runs_of_a_transposed_table_stand_below_their_column(store):
    add_seeds(store, LEFT)
    add_finished(store, optim__lr=0.2, top1=0.7)
    table = build(store, "lr", "top1", transpose=True, notes=False)

    assert render(table, "md", link=True).splitlines()[-1] == "| Runs | 1-3 | 4 |"


def test_every_cell_of_a_pivot_knows_its_own_runs(store):
    add_seeds(store, LEFT)
    add_finished(store, data__dataset="cifar10", top1=0.7)
    delta = {"key": "top1", "shows": "delta", "against": "first"}
    table = build(store, "model", "top1", delta, rows=["model"], across=["dataset"])

    (row,) = in_json(table, link=True)
    assert row["top1@cifar10"]["runs"] == [4]
    assert row["top1@digits"]["runs"] == [1, 2, 3]
    assert row["runs"] == {"cifar10": [4], "digits": [1, 2, 3]}
    assert "cifar10: 4; digits: 1-3" in render(table, "md", link=True)


def test_a_run_whose_value_is_unknown_is_not_behind_the_mean(store):
    add_seeds(store, LEFT)
    add_finished(store, seed=3, last={"peak_memory_bytes": None})
    top1, memory = build(store, "top1", "peak_memory_bytes").rows[0].cells

    assert (top1.n, top1.run_ids) == (4, (1, 2, 3, 4))
    assert (memory.n, memory.run_ids) == (3, (1, 2, 3))


def test_the_baseline_of_changes_is_written(store):
    add_finished(store)
    add_finished(store, optim__lr=0.2)

    assert [row["changes"] for row in in_json(build(store, "changes"))] == ["baseline", "+ lr 0.2"]


def test_a_small_spread_of_times_and_its_mean_are_printed_with_a_decimal(store):
    for seed, seconds in enumerate([6.0, 6.4, 6.8]):
        add_finished(store, seed=seed, epochs=1, last={"train_seconds": seconds})

    assert build(store, "train_seconds").rows[0].cells[0].text == "6.4s ± 0.4s (3)"

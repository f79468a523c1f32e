"""Columns of metrics that scripts log: by what is known of them, and never more."""

import math
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from expdb.domain.events import Logged, MetricsDefined, PointsLogged, RunFinished
from expdb.domain.metric import Metric
from expdb.domain.run import Environment, ReportedRun
from expdb.domain.table import TableDefinition
from expdb.errors import SpecError
from expdb.report.table import Table
from expdb.report.tables.build import build_table
from expdb.store.store import Store
from tests.factories import tracked_start

MIOU = {"unit": "fraction", "split": "test", "higher_is_better": True}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(f"sqlite:///{tmp_path}/runs.db", artifact_root=tmp_path / "artifacts") as opened:
        yield opened


def log(store: Store, model: str, *values: float, name: str = "miou", **known: Any) -> None:
    """Track a run a value, each of its own seed."""
    for seed, value in enumerate(values):
        run_id = store.tracked.add(tracked_start(seed=seed, model=model, group_digest=model, digest=f"{model}{seed}"))
        store.tracked.begin(run_id, Environment())
        store.record(run_id, MetricsDefined(metrics=(Metric(key=name, **known),)))
        store.record(run_id, PointsLogged(rows=(Logged(1, None, {name: value / 2}), Logged(2, None, {name: value}))))
        store.record(run_id, RunFinished())


def table(store: Store, *columns: Any, **parts: Any) -> Table:
    return build_table(store, TableDefinition(name="t", columns=("model", *columns), **parts))


def texts(built: Table, place: int = 1) -> list[str]:
    return [row.cells[place].text for row in built.rows]


def test_a_metric_that_is_known_is_averaged_ranked_subtracted_and_tested(store: Store):
    log(store, "unet", 0.5, 0.51, 0.52, **MIOU)
    log(store, "fcn", 0.4, 0.41, 0.42, **MIOU)
    key = "metrics.miou"

    built = table(
        store,
        key,
        {"key": key, "shows": "delta"},
        {"key": key, "shows": "p"},
        sort=(f"-{key}",),
        baseline="model = fcn",
    )

    assert built.columns[1].heading == "miou (%)"
    assert texts(built) == ["51.00 ± 1.00 (3)", "41.00 ± 1.00 (3)"]
    assert [row.cells[1].rank for row in built.rows] == [1, 2]
    assert texts(built, 2) == ["+10.00", "–"]
    assert texts(built, 3)[0] == "< 0.001"


def test_a_metric_of_which_less_is_better_is_best_where_it_is_least(store: Store):
    log(store, "a", 1.5, 1.25, split="test", higher_is_better=False)
    log(store, "b", 4.5, 4.25, split="test", higher_is_better=False)

    built = table(store, "metrics.miou", {"key": "metrics.miou", "at": "best"})

    assert [row.cells[1].rank for row in built.rows] == [1, 2]
    assert texts(built, 2) == ["0.6875 ± 0.0884 (2)", "2.1875 ± 0.0884 (2)"]


@pytest.mark.parametrize(
    ("split", "heading"), [("test", "miou (%)"), ("val", "miou (val, %)"), ("train", "miou (train, %)")]
)
def test_a_heading_says_the_split_where_it_is_not_the_test_split(store: Store, split: str, heading: str):
    log(store, "unet", 0.5, **{**MIOU, "split": split})

    assert table(store, "metrics.miou").columns[1].heading == heading


@pytest.mark.parametrize(
    ("split", "direction", "shows"),
    [
        (split, direction, shows)
        for split, direction, shows in product(
            ("unstated", "test", "val"), (None, True, False), ("delta", "p", "interval")
        )
        if split == "unstated" or direction is None
    ],
)
def test_what_nobody_stated_is_never_ranked_subtracted_or_tested(store: Store, split: Any, direction: Any, shows: Any):
    log(store, "unet", 0.5, 0.5, 0.5, split=split, higher_is_better=direction)
    log(store, "fcn", 0.25, 0.25, 0.25, split=split, higher_is_better=direction)

    built = table(store, "metrics.miou")

    assert texts(built) == ["0.5000 ± 0.0000 (3)", "0.2500 ± 0.0000 (3)"]
    assert [row.cells[1].rank for row in built.rows] == [0, 0]
    for choice in ({"shows": shows}, {"at": "best"}, {"best": "max"}):
        with pytest.raises(SpecError, match=r"is shown and never compared: nobody said .*run\.define\('miou'"):
            table(store, {"key": "metrics.miou", **choice}, baseline="model = fcn")


def test_a_difference_and_its_interval_are_called_and_print_as_the_value_beside_them(store: Store):
    log(store, "unet", 0.5, 0.51, 0.52, **MIOU)
    log(store, "fcn", 0.4, 0.41, 0.42, **MIOU)
    key = "metrics.miou"
    value = {"key": key, "heading": "IoU (ours)", "format": "number", "decimals": 3}
    compared = [{"key": key, "shows": shows} for shows in ("delta", "interval", "p")]

    built = table(store, value, *compared, baseline="model = fcn")

    assert [column.heading for column in built.columns[2:]] == ["Δ IoU", "Δ IoU, 95 % (Welch)", "Δ IoU, p (Welch)"]
    assert [cell.text for cell in built.rows[0].cells[2:4]] == ["+0.100", "[+0.077, +0.123]"]


@pytest.mark.parametrize("form", ["number", "percent"])
def test_an_interval_prints_in_the_unit_of_the_difference_beside_it(store: Store, form: str):
    log(store, "unet", 0.5, 0.51, 0.52, split="test", higher_is_better=True)
    log(store, "fcn", 0.4, 0.41, 0.42, split="test", higher_is_better=True)
    key = "metrics.miou"

    delta = {"key": key, "shows": "delta", "format": form, "decimals": 2}
    built = table(store, key, delta, {"key": key, "shows": "interval"}, baseline="model = fcn")

    shown = {row.cells[0].text: [cell.text for cell in row.cells[2:]] for row in built.rows}["unet"]
    assert shown == (["+0.10", "[+0.08, +0.12]"] if form == "number" else ["+10.00", "[+7.73, +12.27]"])


@pytest.mark.parametrize(("value", "text"), [(math.nan, "NaN"), (math.inf, "inf"), (-math.inf, "-inf")])
def test_of_runs_that_ended_with_no_number_there_is_no_mean_and_nothing_is_best(store: Store, value: float, text: str):
    log(store, "odd", 0.9, value, 0.9, **MIOU)
    log(store, "unet", 0.5, 0.51, 0.52, **MIOU)
    log(store, "fcn", 0.4, 0.41, 0.42, **MIOU)
    key = "metrics.miou"

    built = table(store, key, {"key": key, "shows": "p"}, baseline="model = fcn")
    single = table(store, key, rows="runs", where="model = odd")

    assert texts(built)[0] == f"{text} (1 of 3)"
    assert any(note.text == f"miou (%) of run 2 is {text}: there is no mean" for note in built.notes)
    assert [row.cells[1].rank for row in built.rows] == [0, 1, 2]
    assert texts(built, 2)[0] == "–"
    assert texts(single) == ["90.00", text, "90.00"]


def test_what_documents_state_under_the_name_is_in_units_of_their_own(store: Store):
    log(store, "unet", 0.5, 0.51, **MIOU)
    row = {"name": "p/1", "group": "p", "source": "a paper", "quote": {}, "dataset": "camvid", "model": "segnet"}
    store.add_reported(ReportedRun(**row, metrics={"miou": 45.2, "recall": 0.5}))

    built = table(store, "metrics.miou", "metrics.recall", rank_reported=True)

    assert texts(built) == ["50.50 ± 0.71 (2)", "–"]
    assert texts(built, 2) == ["–", "0.5"]
    assert any("metrics.miou" in note.text and "units of their own" in note.text for note in built.notes)


def test_goals_are_read_in_the_unit_of_the_metric(store: Store):
    log(store, "unet", 0.5, **MIOU)

    built = table(store, "metrics.miou", targets={"metrics.miou": "> 40 %"})

    assert any("> 40 %: met by unet" in note.text for note in built.notes)

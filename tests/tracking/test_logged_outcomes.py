"""What a script logs of single items is the metric too, at the end, unless it logs that itself."""

from typing import Any

import numpy as np
import pytest

import expdb
from expdb.store.store import Store
from tests.tracking.conftest import saying


def last(store: Store, metric: str) -> float | None:
    """The last value of a metric of the newest run."""
    run = store.runs()[-1]
    found = store.points.summaries([run.id]).get(run.id, {}).get(metric)
    return None if found is None else found.last


@pytest.mark.parametrize(
    ("name", "key", "values", "mean"),
    [
        ("test/hit", "test/hit", [True, False, True, True], 0.75),
        ("test/miou", "test/miou", np.array([0.25, 0.5]), 0.375),
        ("test_mae", "test_mae", [3, 5], 4.0),
        ("test/acc", "top1", [1, 0], 0.5),
    ],
)
def test_outcomes_that_are_not_logged_otherwise_are_recorded_by_their_mean(
    store: Store, name: str, key: str, values: Any, mean: float
):
    with saying() as said, expdb.track(model="net", dataset="set") as run:
        run.log(epoch=1, train_loss=1.0)
        run.log(epoch=2, train_loss=0.5)
        run.log_outcomes(name, [0.0, 1.0])
        run.log_outcomes(name, values)  # in place of these

    assert said == []
    assert last(store, key) == mean
    assert [(point.epoch, point.value) for point in store.points.of([1], [key])] == [(2, mean)]


def test_a_mean_is_a_column_and_a_filter(store: Store):
    with expdb.track(model="net", dataset="set") as run:
        run.log_outcomes("test/hit", [True, False])

    assert expdb.runs("metrics.test/hit = 0.5", columns=["metrics.test/hit"])["metrics.test/hit"].tolist() == [0.5]


@pytest.mark.parametrize("is_first", [True, False])
def test_what_the_script_logs_itself_stays_and_another_mean_is_said(store: Store, is_first: bool):
    with saying() as said, expdb.track(model="net", dataset="set") as run:
        for is_value in (True, False) if is_first else (False, True):
            if is_value:
                run.log(epoch=1, **{"test/miou": 0.9})
            else:
                run.log_outcomes("test/miou", [0.5, 0.7])

    assert last(store, "test/miou") == 0.9
    (line,) = said
    assert line.startswith(
        "test/miou was logged last as 0.9, and the mean of its outcomes is 0.6: tables show the value"
    )


def test_a_logged_mean_is_said_nothing_of(store: Store):
    hits = np.random.default_rng(0).random(1000) < 0.3
    with saying() as said, expdb.track(model="net", dataset="set") as run:
        run.log(epoch=1, **{"test/hit": np.float32(hits.mean())})
        run.log_outcomes("test/hit", hits)

    assert said == []
    assert store.points.summaries([1])[1]["test/hit"].n == 1


def test_a_resumed_run_gets_the_new_mean_in_place_of_the_old_one_and_keeps_what_was_logged(store: Store):
    for hits in ([True, False], [True, True]):
        with saying() as said, expdb.track(model="net", dataset="set", name="one", resume="allow") as run:
            run.log_outcomes("test/hit", hits)
            run.log_outcomes("test/miou", hits)
            if hits == [True, False]:
                run.log(**{"test/miou": 0.4})

    assert (last(store, "test/hit"), last(store, "test/miou")) == (1.0, 0.4)
    assert [line.split(",")[0] for line in said] == ["test/miou was logged last as 0.4"]


@pytest.mark.parametrize(("name", "split"), [("val/hit", "val"), ("validation_acc", "val"), ("train_iou", "train")])
def test_outcomes_of_another_split_are_refused_in_one_line(store: Store, name: str, split: str):
    with saying() as said, expdb.track(model="net", dataset="set") as run:
        run.log_outcomes(name, [True, False])

    (line,) = said
    assert line.startswith(f"outcomes of {name!r} are not logged: its name says {split}, and outcomes are of the test ")
    assert store.points.summaries([1]).get(1, {}) == {}


def test_items_that_stand_twice_are_refused(store: Store):
    with saying() as said, expdb.track(model="net", dataset="set") as run:
        run.log_outcomes("test/hit", [True, False], items=["a", "a"])

    (line,) = said
    assert line.startswith("outcomes of 'test/hit' are not logged: item 'a' stands there 2 times: name each item once")
    assert last(store, "test/hit") is None


def test_seeds_with_other_numbers_of_items_are_averaged_and_not_tested_item_by_item(store: Store):
    for model, shift in (("net", 0.0), ("wide", 0.125)):
        for seed, number in enumerate((6, 8)):
            with expdb.track(model=model, dataset="set", seed=seed) as run:
                run.log_outcomes("test/miou", np.linspace(0, 0.5, number + (model == "wide")) + shift)

    columns = ["model", "metrics.test/miou", "metrics.test/miou:p"]
    item_wise = [*columns[:2], {"key": "metrics.test/miou", "shows": "interval", "test": "bootstrap"}]
    found = expdb.table({"columns": columns, "baseline": "model = net"}).to_dataframe()
    assert found["metrics.test/miou.n"].tolist() == [2, 2]
    told = expdb.table({"columns": item_wise, "baseline": "model = net"}).to_markdown()
    assert "outcomes of 6 and of 7 items: not the same ones" in told

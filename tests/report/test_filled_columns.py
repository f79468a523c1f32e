"""Which columns a list has that nobody described: those that its runs fill, and the primary metrics of scripts."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from expdb.domain.events import Logged, MetricsDefined, PointsLogged, RunFinished
from expdb.domain.metric import Metric
from expdb.domain.run import Environment
from expdb.domain.table import ColumnChoice
from expdb.report.filled_columns import FilledColumns, filled_columns, read_of
from expdb.store.store import Store
from tests.factories import tracked_start

USUAL = tuple(ColumnChoice(key=key) for key in ("id", "model", "aug_label", "top1", "num_params", "name"))
MIOU = Metric(key="test/miou", unit="fraction", split="test", higher_is_better=True, heading="mIoU")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(f"sqlite:///{tmp_path}/runs.db", artifact_root=tmp_path / "artifacts") as opened:
        yield opened


def track(store: Store, *metrics: Metric, typed: dict[str, float] | None = None) -> int:
    """Track a run that logs these metrics, and these values of known names."""
    seed = len(store.ids(""))
    run_id = store.tracked.add(tracked_start(seed=seed, model="net", digest=f"d{seed}"))
    store.tracked.begin(run_id, Environment())
    store.record(run_id, MetricsDefined(metrics=metrics))
    values = {metric.key: 0.5 for metric in metrics} | (typed or {})
    store.record(run_id, PointsLogged(rows=(Logged(1, None, values),)))
    store.record(run_id, RunFinished())
    return run_id


def found(store: Store, *, most: int = 2) -> FilledColumns:
    return filled_columns(USUAL, store.run_parts("", read_of(USUAL)), store.points, most=most)


def keys(shown: FilledColumns) -> list[str]:
    return [choice.key for choice in shown.choices]


def test_columns_that_no_run_fills_give_their_place_to_the_metrics_of_the_scripts(store: Store):
    track(store, MIOU, Metric(key="grad_norm"))

    shown = found(store)

    assert keys(shown) == ["id", "model", "metrics.test/miou"]
    assert shown.others == ("metrics.grad_norm",)


def test_what_can_be_ranked_comes_first_and_what_is_of_the_training_split_last(store: Store):
    track(
        store,
        Metric(key="plain"),
        Metric(key="train/iou", split="train", higher_is_better=True),
        Metric(key="val/iou", split="val", higher_is_better=True),
        Metric(key="test/rmse", split="test", higher_is_better=False),
        MIOU,
    )

    assert keys(found(store, most=9))[2:] == ["metrics.test/miou", "metrics.test/rmse", "metrics.val/iou"]
    assert keys(found(store, most=1))[2:] == ["metrics.test/miou"]
    assert found(store, most=1).others == (
        "metrics.test/rmse",
        "metrics.val/iou",
        "metrics.plain",
        "metrics.train/iou",
    )


def test_what_nobody_stated_is_shown_where_there_is_nothing_else(store: Store):
    track(store, Metric(key="reward"), Metric(key="train/iou", split="train", higher_is_better=True))

    assert keys(found(store))[2:] == ["metrics.reward"]


def test_a_list_of_classifiers_alone_keeps_its_columns(store: Store):
    track(store, Metric(key="reward"), typed={"top1": 0.5})

    assert keys(found(store)) == ["id", "model", "top1"]
    assert found(store).others == ("metrics.reward",)


def test_runs_of_several_tasks_have_a_metric_each_beside_top1(store: Store):
    track(store, typed={"top1": 0.5})
    track(store, MIOU, Metric(key="test/pixacc", split="test", higher_is_better=True))
    track(store, Metric(key="reward"))

    assert keys(found(store, most=3))[2:] == ["top1", "metrics.test/miou", "metrics.test/pixacc", "metrics.reward"]


def test_a_known_name_that_is_no_usual_column_stands_in_too(store: Store):
    track(store, Metric(key="perplexity"), typed={"test_loss": 2.0, "train_loss": 1.0})

    assert keys(found(store))[2:] == ["test_loss"]


def test_runs_that_no_script_tracks_change_nothing(store: Store):
    assert filled_columns(USUAL, [], store.points, most=2) == FilledColumns(choices=USUAL)


def test_of_many_other_metrics_a_few_are_named():
    many = FilledColumns(choices=USUAL, others=tuple(f"metrics.m{number}" for number in range(8)))

    assert many.others_text == "metrics.m0, metrics.m1, metrics.m2, metrics.m3, metrics.m4 and 3 more"

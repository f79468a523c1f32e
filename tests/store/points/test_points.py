"""Points: kept as they come with what sums them up, whoever logs them, on every back end."""

import math
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from expdb.domain.events import Logged, MetricsDefined, PointsLogged
from expdb.domain.group import Measure
from expdb.domain.metric import Metric
from expdb.domain.points import Place
from expdb.domain.run import Environment
from expdb.errors import LaunchError, NotFoundError
from expdb.store.points import write_points
from expdb.store.store import Store
from tests.factories import make_spec, tracked_start
from tests.store.events import FINISHED, epoch, failed, running, silence, started

MIOU = Metric(key="test/miou", unit="fraction", split="test", higher_is_better=True, heading="mIoU")


def tracked(store: Store, **values: Any) -> int:
    """Begin a tracked run and return its id."""
    run_id = store.tracked.add(tracked_start(**values))
    store.tracked.begin(run_id, Environment())
    return run_id


def log(store: Store, run_id: int, *rows: Logged, **event: Any) -> str:
    return store.record(run_id, PointsLogged(rows=rows), **event)


def by_epoch(number: int, **values: float) -> Logged:
    return Logged(number, None, values)


def summed_up(store: Store, run_id: int) -> dict[str, Any]:
    return dict(store.points.summaries([run_id]).get(run_id, {}))


def test_points_are_read_back_by_place(store: Store):
    run_id = tracked(store)

    log(store, run_id, Logged(None, 10, {"loss": 0.5}), Logged(2, 20, {"loss": 0.25}), by_epoch(1, top1=0.5))

    assert [(one.metric, one.epoch, one.step, one.value) for one in store.points.of([run_id])] == [
        ("loss", None, 10, 0.5),
        ("loss", 2, 20, 0.25),
        ("top1", 1, None, 0.5),
    ]
    assert store.points.of([run_id], ["top1"])[0].attempt == 1


def test_a_summary_knows_last_least_and_greatest_and_where(store: Store):
    run_id = tracked(store)
    log(store, run_id, by_epoch(1, f1=0.5), by_epoch(2, f1=0.75))
    log(store, run_id, by_epoch(3, f1=0.625))

    (summary,) = summed_up(store, run_id).values()

    assert (summary.n, summary.num_special) == (3, 0)
    assert (summary.last, summary.last_at) == (0.625, Place(3, None))
    assert (summary.least, summary.least_at) == (0.5, Place(1, None))
    assert (summary.greatest, summary.greatest_at) == (0.75, Place(2, None))


@pytest.mark.parametrize("special", [math.nan, math.inf, -math.inf], ids=str)
def test_what_is_no_number_is_kept_as_it_is_and_never_best(store: Store, special: float):
    run_id = tracked(store)

    log(store, run_id, by_epoch(1, f1=0.5), by_epoch(2, f1=special))

    assert [str(one.value) for one in store.points.of([run_id])] == ["0.5", str(special)]
    summary = summed_up(store, run_id)["f1"]
    assert (summary.n, summary.num_special, str(summary.last)) == (2, 1, str(special))
    assert (summary.least, summary.greatest) == (0.5, 0.5)
    assert "f1" not in store.run(run_id).fields["metrics"]
    assert store.values([run_id], Measure("metrics.f1")) == {}
    assert store.values([run_id], Measure("metrics.f1", "best")) == {run_id: 0.5}
    assert store.values([run_id], Measure("metrics.f1", "mean-2")) == {}


def test_the_same_place_again_counts_instead_of_what_was_said_before(store: Store):
    run_id = tracked(store)
    log(store, run_id, by_epoch(1, f1=0.875), by_epoch(2, f1=0.5))

    log(store, run_id, by_epoch(1, f1=0.25))

    summary = summed_up(store, run_id)["f1"]
    assert (summary.n, summary.last, summary.least, summary.greatest) == (2, 0.5, 0.25, 0.5)


_VALUES = st.sampled_from([0.0, 0.25, 0.5, 1.0, math.nan, math.inf])
_ROWS = st.lists(
    st.builds(
        Logged,
        st.integers(1, 4),
        st.one_of(st.none(), st.integers(0, 4)),
        st.dictionaries(st.sampled_from(["a", "b"]), _VALUES, min_size=1),
    ),
    max_size=5,
)


@given(batches=st.lists(st.tuples(st.booleans(), _ROWS), max_size=5))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_sums_points_up_is_what_counting_them_anew_gives(batches: list[Any], sqlite_url: str):
    """Whatever comes in whatever order, from one attempt or the next."""
    with Store.open(sqlite_url) as store:
        run_id = tracked(store)
        for is_resumed, rows in batches:
            if is_resumed:
                store.record(run_id, failed())
                store.tracked.resume(run_id, Environment())
            log(store, run_id, *rows)
        as_kept = summed_up(store, run_id)

        with store._database.writing() as connection:
            write_points.sum_up_anew(connection, run_id)

        assert repr(as_kept) == repr(summed_up(store, run_id))


def test_a_new_attempt_takes_the_place_of_older_points_from_where_it_goes_on(store: Store):
    run_id = tracked(store)
    log(store, run_id, *(Logged(number, None, {"top1": number / 8, "loss": 1.0}) for number in (1, 2, 3)))
    log(store, run_id, Logged(3, 300, {"grad_norm": 3.0}))
    store.record(run_id, failed())
    store.tracked.resume(run_id, Environment())

    log(store, run_id, by_epoch(2, top1=0.125))

    counted = [(one.metric, one.attempt, one.epoch) for one in store.points.of([run_id])]
    assert counted == [("grad_norm", 1, 3), ("loss", 1, 1), ("top1", 1, 1), ("top1", 2, 2)]
    assert len(store.points.of([run_id], superseded=True)) == 8
    run = store.run(run_id)
    assert (run.results.top1, run.results.best_top1, run.results.best_epoch) == (0.125, 0.125, 1)
    assert summed_up(store, run_id)["loss"].n == 1


def test_late_points_of_an_older_attempt_count_where_no_later_one_has_been(store: Store):
    run_id = tracked(store)
    log(store, run_id, by_epoch(1, f1=0.5), attempt=1, sequence=1)
    silence(store, run_id)
    store.tracked.resume(run_id, Environment())
    log(store, run_id, by_epoch(4, f1=1.0), attempt=2, sequence=1)

    outcome = log(store, run_id, by_epoch(2, f1=0.625), by_epoch(5, f1=0.125), attempt=1, sequence=2)

    assert outcome == "late"
    assert [(one.attempt, one.epoch) for one in store.points.of([run_id])] == [(1, 1), (1, 2), (2, 4)]
    assert summed_up(store, run_id)["f1"].n == 3


def test_a_trained_run_that_goes_on_leaves_points_behind_it_out(store: Store):
    run_id = running(store, epochs=4)
    store.record(run_id, started())
    store.record(run_id, epoch(1))
    log(store, run_id, by_epoch(1, calibration=0.5))
    store.record(run_id, epoch(2))
    log(store, run_id, by_epoch(2, calibration=0.25))
    store.record(run_id, failed())
    store.resume_run(run_id, Environment())

    store.record(run_id, started(first_epoch=2))

    assert summed_up(store, run_id)["calibration"].last == 0.5
    assert store.run(run_id).results.epochs_done == 1


def test_what_is_known_of_a_metric_is_kept_and_added_to(store: Store):
    run_id = tracked(store)
    log(store, run_id, by_epoch(1, **{"test/miou": 0.5}))
    assert store.points.metrics()["test/miou"] == Metric(key="test/miou", is_point=True)

    store.record(run_id, MetricsDefined(metrics=(MIOU,)))
    store.points.define([Metric(key="test/miou")])

    known = store.points.metrics()["test/miou"]
    assert (known.unit, known.split, known.higher_is_better, known.heading) == ("fraction", "test", True, "mIoU")


def test_a_metric_of_a_task_is_what_the_task_says(store: Store):
    run_id = tracked(store)

    store.points.define([Metric(key="top1", higher_is_better=False)])
    log(store, run_id, by_epoch(1, top1=0.5))

    assert store.points.metrics() == {}
    assert "top1" not in store.run(run_id).fields["metrics"]


def test_a_tracked_run_fills_the_columns_that_trained_ones_have(store: Store):
    run_id = tracked(store, columns={"lr": 0.5, "epochs": 3}, settings={"lr": 0.5, "width": 16})
    for number, (val, test) in enumerate([(0.5, 0.25), (0.75, 0.375), (0.625, 0.5)], 1):
        log(store, run_id, by_epoch(number, train_loss=1 / number, top1=test, val_top1=val))
    store.record(run_id, FINISHED)

    run = store.run(run_id)

    assert (run.kind, run.status, run.spec, run.fields["lr"], run.fields["epochs"]) == (
        *("tracked", "finished", None),
        *(0.5, 3),
    )
    results = run.results
    assert (results.top1, results.val_top1, results.train_loss) == (0.5, 0.625, 1 / 3)
    assert (results.best_top1, results.best_epoch, results.best_by) == (0.375, 2, "val")
    assert results.epochs_done == 3
    assert [(one.epoch, one.top1, one.lr) for one in store.epochs(run_id)] == [
        (1, 0.25, None),
        (2, 0.375, None),
        (3, 0.5, None),
    ]


def test_seeds_of_a_tracked_run_are_averaged_last_best_and_over_the_last_ones(store: Store):
    for seed in (0, 1, 2):
        run_id = tracked(store, seed=seed)
        log(store, run_id, *(by_epoch(n, **{"test/miou": n / 8 + seed / 64, "top1": n / 8}) for n in (1, 3, 2)))
        store.record(run_id, FINISHED)
    measures = [Measure("metrics.test/miou", at) for at in ("last", "best", "mean-2")]

    (group,) = store.groups("", [*measures, Measure("top1", "mean-2")])

    assert [group.samples[measure].mean for measure in measures] == [3 / 8 + 1 / 64, 3 / 8 + 1 / 64, 5 / 16 + 1 / 64]
    assert group.samples[measures[0]].n == 3
    assert group.samples[Measure("top1", "mean-2")].mean == 5 / 16
    (head,) = store.heads("", measures, fields=["model", "metrics"]).heads
    assert head.means[0] == 3 / 8 + 1 / 64
    assert head.fields["metrics"]["test/miou"] == 3 / 8 + 2 / 64


def test_free_metrics_are_filtered_and_sorted_by(store: Store):
    for value in (0.25, 0.75, 0.5):
        log(store, tracked(store), by_epoch(1, **{"test/miou": value}))
    store.add_run(make_spec())

    assert [run.id for run in store.runs("metrics.test/miou > 0.3", sort=["-metrics.test/miou"])] == [2, 3]
    (part,) = store.run_parts("metrics.test/miou = 0.75", ["metrics"])
    assert part.fields["metrics"] == {"test/miou": 0.75}


def test_what_is_measured_after_the_end_is_added(store: Store):
    run_id = running(store, epochs=1)
    store.record(run_id, started())
    store.record(run_id, epoch(1))
    store.record(run_id, FINISHED)

    store.points.add(run_id, [by_epoch(1, calibration=0.125)])

    assert store.run(run_id).fields["metrics"] == {"calibration": 0.125}
    with pytest.raises(NotFoundError, match="no run 99"):
        store.points.add(99, [by_epoch(1, calibration=0.125)])
    with pytest.raises(LaunchError, match="was not started"):
        store.points.add(store.add_run(make_spec()), [by_epoch(1, calibration=0.125)])


def test_points_go_with_a_run_that_is_deleted_for_good(store: Store):
    run_id = tracked(store)
    log(store, run_id, by_epoch(1, f1=0.5))
    store.record(run_id, FINISHED)

    store.purging.purge([run_id])

    assert store.points.of([run_id]) == []
    assert summed_up(store, run_id) == {}


def test_curves_are_over_steps_where_every_value_has_one_else_over_epochs(store: Store):
    first, second = tracked(store), tracked(store, seed=1)
    steps = [Logged(1 + step // 10, step, {"loss": 1 / step, "mixed": step}) for step in range(1, 21)]
    log(store, first, *steps, Logged(3, 21, {"loss": math.nan}))
    log(store, second, by_epoch(1, mixed=0.5))

    by_step = store.curves([first, second], "metrics.loss", points=100)
    by_both = store.curves([first, second], "metrics.mixed", points=100)

    assert (by_step.axis, list(by_step.values)) == ("step", [first])
    assert list(by_step.values[first]) == list(range(1, 21))
    assert (by_both.axis, by_both.values) == ("epoch", {first: {1: 9, 2: 19, 3: 20}, second: {1: 0.5}})
    thinned = store.curves([first], "metrics.loss", points=5).values[first]
    assert len(thinned) <= 6
    assert list(thinned)[-1] == 20

"""Runs of scripts on the pages: their curves, what they measured under names of their own, and Compare."""

import math

import pytest

from expdb.domain.events import Logged, MetricsDefined, PointsLogged, RunFinished
from expdb.domain.metric import Metric
from expdb.domain.run import Environment
from expdb.launch.recorder import Recorder
from expdb.store.store import Store
from tests.dashboard.opened import open_page, shown_text
from tests.factories import tracked_start

MIOU = Metric(key="test/miou", unit="fraction", split="test", higher_is_better=True, heading="Test mIoU")


def record(recorder, seed, epochs, *, first=1):
    for epoch in range(first, first + epochs):
        values = {"top1": 0.1 * epoch, "train_loss": 1 / epoch, "test/miou": 0.05 * epoch + 0.01 * seed}
        values["balanced_accuracy"] = values["top1"] - 0.01 * seed
        by_step = {"grad_norm": math.nan if epoch == 2 else 1.0 * epoch}
        rows = (Logged(epoch, None, values), Logged(epoch, 100 * epoch, by_step))
        recorder.record(PointsLogged(rows=rows))


@pytest.fixture
def tracked(url):
    """Two networks of a script with three seeds each (1-3 unet, 4-6 fpn)."""
    with Store.open(url) as store:
        for model, digest in (("unet", "a" * 16), ("fpn", "b" * 16)):
            for seed in range(3):
                start = tracked_start(seed=seed, model=model, digest=f"{digest[:-1]}{seed}", group_digest=digest)
                with Recorder(store, store.tracked.add(start), Environment(), resume=False, kind="tracked") as recorder:
                    recorder.record(MetricsDefined(metrics=(MIOU,)))
                    record(recorder, seed, 4 + (model == "fpn"))
                    recorder.record(RunFinished())
    return url


def alts(app):
    return [chart.proto.alt for chart in app.get("plotly_chart")]


def frame(app, heading):
    return next(table.value for table in app.dataframe if heading in table.value.columns)


def test_a_tracked_run_shows_curves_of_its_own_metrics_by_epoch_or_step(tracked):
    found = alts(open_page("views/run.py", run="1"))

    assert {"test/miou of run 1 by epoch", "grad_norm of run 1 by step", "loss of run 1 by epoch"} <= set(found)


def test_the_curve_of_a_tasks_metric_has_its_heading_and_unit(tracked):
    charts = open_page("views/run.py", run="1").get("plotly_chart")
    spec = next(chart.proto.spec for chart in charts if chart.proto.alt.startswith("balanced_accuracy"))

    assert "Balanced acc" in spec
    assert '"tickformat":".1~%"' in spec


def test_a_tracked_run_shows_its_parameters_and_what_it_measured(tracked):
    settings = frame(open_page("views/run.py", run="1", part="Settings"), "Setting")
    measured = frame(open_page("views/run.py", run="1", part="Measured"), "Metric")

    assert dict(zip(settings["Setting"], settings["Value"], strict=True))["width"] == "16"
    assert list(measured["Metric"]) == ["grad_norm", "Test mIoU"]
    assert list(measured["Best"]) == ["–", "20.00%"]
    assert list(measured["Values"]) == ["4 (1 no number)", "4"]


def test_curves_of_a_metric_of_another_task_are_compared(tracked):
    app = open_page("views/compare.py", runs="1,4", curve="metrics.test/miou", part="Curves")

    assert "Test mIoU by epoch of 2 runs or groups" in alts(app)
    assert "Lines are means over n seeds" in shown_text(app)


def test_compare_offers_what_was_measured_beside_accuracy_where_it_has_a_mean(tracked):
    app = open_page("views/compare.py", runs="1,4", metric="balanced_accuracy", part="Parallel coordinates")

    offered = next(box for box in app.selectbox if box.label == "Metric").options
    assert "balanced_accuracy" in offered
    assert "metrics.grad_norm" not in offered
    assert "Balanced acc" in app.subheader[0].value
    assert len(app.dataframe[0].value) == 2


def test_a_run_that_is_tracked_elsewhere_grows_in_an_open_page(url):
    with Store.open(url) as store:
        run_id = store.tracked.add(tracked_start())
        with Recorder(store, run_id, Environment(), resume=False, kind="tracked") as recorder:
            record(recorder, 0, 1)
            app = open_page("views/run.py", run=str(run_id), part="Measured")
            before = list(frame(app, "Metric")["Values"])
            record(recorder, 0, 2, first=2)
            app.run()

            assert before == ["1", "1"]
            assert list(frame(app, "Metric")["Values"]) == ["3 (1 no number)", "3"]
            recorder.record(RunFinished())

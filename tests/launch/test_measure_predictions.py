"""What is measured of stored predictions: at the end of a run, and later of runs that ended before that was."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from expdb.analysis.measure_predictions import measure_run, with_metrics
from expdb.analysis.stored_predictions import stored_predictions
from expdb.data.predictions import write_predictions
from expdb.domain.events import PointsLogged, RunFinished
from expdb.domain.run import Environment
from expdb.domain.table import TableDefinition
from expdb.errors import DataError, NotFoundError, TrainingWarning
from expdb.launch.execute import execute_run
from expdb.report.predictions.class_metrics import prediction_metrics
from expdb.report.tables.build import build_table
from expdb.store.store import Store
from expdb.tracking.logged_predictions import predictions_of
from tests.factories import make_run, make_spec
from tests.store_runs import add_finished

KEYS = ("balanced_accuracy", "macro_f1", "nll", "ece")


def add_predicted(store: Store, seed: int, strength: float, **settings: object) -> int:
    """Add a finished run whose predictions on 60 images of 3 classes, most of them of the first, are this good."""
    rng = np.random.default_rng(seed)
    labels = np.repeat([0, 0, 0, 0, 1, 2], 10)
    logits = rng.normal(size=(60, 3))
    logits[np.arange(60), labels] += strength
    run_id = add_finished(store, correct=np.zeros(0, dtype=np.bool_), seed=seed, **settings)
    write_predictions(predictions_of(labels, logits), store.artifact_dir(run_id) / "predictions.npz")
    return run_id


def values_of(store: Store, run_ids: Sequence[int], key: str) -> list[float]:
    return [store.run(run_id).fields[key] for run_id in run_ids]


def test_a_trained_run_has_the_metrics_of_its_predictions_when_it_ends(lite: Store, tmp_path: Path) -> None:
    run_id = lite.add_run(make_spec(data__limit=64, batch_size=32, epochs=1))
    seen = []

    execute_run(lite, run_id, data_dir=tmp_path, environment=Environment(), on_event=seen.append)

    run = lite.run(run_id)
    expected = prediction_metrics(stored_predictions(lite, run))
    assert [type(event) for event in seen[-2:]] == [PointsLogged, RunFinished]
    assert {key: run.fields[key] for key in KEYS} == expected
    assert run.fields["nll"] == pytest.approx(run.results.test_loss, rel=1e-5)
    assert {(point.epoch, point.step) for point in lite.points.of([run_id], KEYS)} == {(1, None)}


def test_a_run_that_ended_before_is_measured_once_however_often_it_is_asked(store: Store) -> None:
    run_id = add_predicted(store, 0, 1.0)
    before = store.run(run_id)

    measured = [measure_run(store, run_id) for _ in range(2)]

    after = store.run(run_id)
    assert before.fields["macro_f1"] is None
    assert measured[0] == measured[1] == {key: after.fields[key] for key in KEYS}
    assert {one.n for one in store.points.summaries([run_id])[run_id].values()} == {1}
    assert (after.digest, after.group_digest, after.status) == (before.digest, before.group_digest, "finished")


def test_metrics_of_predictions_are_filtered_sorted_averaged_and_tested_over_seeds(store: Store) -> None:
    sides = [[add_predicted(store, seed, 2.0 + lr, optim__lr=lr) for seed in range(3)] for lr in (0.1, 1.0)]
    for run_id in sides[0] + sides[1]:
        measure_run(store, run_id)
    columns = (
        "lr",
        "balanced_accuracy",
        *({"key": key, "shows": "p", "adjust": "none"} for key in ("balanced_accuracy", "nll")),
        {"key": "ece", "shows": "delta"},
    )

    table = build_table(
        store,
        TableDefinition.model_validate(
            {"name": "t", "baseline": "lr = 0.1", "columns": columns, "sort": ["-macro_f1"]}
        ),
    )

    better, base = table.rows
    low, high = (values_of(store, side, "balanced_accuracy") for side in sides)
    losses = [values_of(store, side, "nll") for side in sides]
    assert [base.cells[1].value, better.cells[1].value] == [pytest.approx(np.mean(low)), pytest.approx(np.mean(high))]
    assert better.cells[1].std == pytest.approx(np.std(high, ddof=1))
    assert better.cells[2].value == pytest.approx(stats.ttest_ind(low, high, equal_var=False).pvalue)
    assert better.cells[3].value == pytest.approx(stats.ttest_ind(*losses, equal_var=False).pvalue)
    gaps = [np.mean(values_of(store, side, "ece")) for side in sides]
    assert better.cells[4].value == pytest.approx(gaps[1] - gaps[0])
    least = max(low)
    assert [run.id for run in store.runs(f"balanced_accuracy > {least!r}", sort=["nll"])] == sorted(
        (run_id for run_id in sides[0] + sides[1] if store.run(run_id).fields["balanced_accuracy"] > least),
        key=lambda run_id: store.run(run_id).fields["nll"],
    )


def test_runs_on_other_test_images_are_not_tested_against_each_other(store: Store) -> None:
    for limit, lr in ((None, 0.1), (60, 1.0)):
        for seed in range(2):
            measure_run(store, add_predicted(store, seed, lr, optim__lr=lr, data__test_limit=limit))
    columns = ("lr", {"key": "macro_f1", "shows": "p"})

    table = build_table(
        store, TableDefinition.model_validate({"name": "t", "baseline": "lr = 0.1", "columns": columns})
    )

    assert [row.cells[1].value for row in table.rows] == [None, None]
    assert any("other test images" in note.text for note in table.notes)


def test_what_a_document_calls_ece_is_not_the_fraction_that_is_measured_here() -> None:
    reported = make_run(kind="reported", metrics={"ece": 4.5})

    assert reported.fields["ece"] is None
    assert reported.fields["metrics.ece"] == 4.5
    assert make_run(metrics={"ece": 0.045}).fields["ece"] == 0.045


def test_a_run_without_predictions_is_refused_and_nothing_is_recorded(store: Store) -> None:
    waits, lost = add_finished(store, status="queued"), add_finished(store)

    with pytest.raises(NotFoundError, match=f"run {waits} has no predictions: it is queued"):
        measure_run(store, waits)
    with pytest.raises(DataError, match=f"the predictions of run {lost} are not on this machine"):
        measure_run(store, lost)
    assert store.points.of([waits, lost]) == []


def test_predictions_that_cannot_be_read_back_do_not_fail_a_trained_run(tmp_path: Path) -> None:
    end = RunFinished(weights_file=None, predictions_file="predictions.npz")

    with pytest.warns(TrainingWarning, match="nothing was measured of the predictions"):
        assert list(with_metrics(iter([end]), tmp_path, 3)) == [end]
    no_file = RunFinished(weights_file="w", predictions_file=None)
    assert list(with_metrics(iter([no_file]), tmp_path, 3)) == [no_file]

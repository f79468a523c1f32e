"""Paired tests over the items of the test split, of what scripts logged and of what stored predictions say."""

from pathlib import Path

import numpy as np
import pytest

import expdb
from expdb.analysis.correctness import correctness_of
from expdb.data.outcomes import OUTCOMES_FILE
from expdb.data.predictions import write_predictions
from expdb.domain.group import Measure
from expdb.domain.table import TableDefinition, TestName
from expdb.report.stats import comparison
from expdb.report.stats.mcnemar import mcnemar
from expdb.report.stats.paired_bootstrap import paired_bootstrap, paired_bootstrap_of_scores
from expdb.report.tables.build import build_table
from expdb.report.tables.comparisons import compare
from expdb.store.store import Store
from expdb.tracking.logged_predictions import predictions_of
from tests.store_runs import add_finished

RNG = np.random.default_rng(1)
NUM_ITEMS = 200
IDS = np.array([f"{number}.png" for number in range(NUM_ITEMS)])
SCORES = {0.1: RNG.beta(5, 2, NUM_ITEMS), 0.2: RNG.beta(6, 2, NUM_ITEMS)}


@pytest.fixture
def database(tmp_path: Path) -> str:
    """Scripts of two learning rates with two seeds each, which log what they got of every item."""
    url = f"sqlite:///{tmp_path}/runs.db"
    for lr, scores in SCORES.items():
        for seed in range(2):
            shifted = np.roll(scores, seed)
            with expdb.track(model="unet", dataset="parts", seed=seed, lr=lr, db=url) as run:
                run.log({"test/miou": shifted.mean(), "test/acc": (shifted > 0.7).mean(), "test/dice": 0.5}, epoch=1)
                run.log_outcomes("test/miou", shifted, items=IDS)
                run.log_outcomes("test/acc", shifted > 0.7)
    return url


def compared(store: Store, field: str, name: TestName) -> comparison.Test:
    measure = Measure(field=field)
    base, group = sorted(store.groups("", [measure]), key=lambda one: one.run.fields["lr"])
    found = compare(group, base, measure, name, source=store, correct=correctness_of(store))
    assert found is not None
    return found


def test_the_bootstrap_over_items_compares_any_metric_of_scripts(database: str) -> None:
    with Store.open(database) as store:
        found = compared(store, "metrics.test/miou", "bootstrap")

    expected = paired_bootstrap_of_scores(SCORES[0.1], SCORES[0.2])  # of the lowest seed that both have
    assert (found.difference, found.interval) == (expected.difference, expected.interval)
    assert (found.left_out, found.note) == ("", "")


def test_a_table_prints_the_interval_over_items_of_a_scripts_metric(database: str) -> None:
    column = {"key": "metrics.test/miou", "shows": "interval", "test": "bootstrap"}
    asked = TableDefinition.model_validate({"name": "t", "baseline": "lr = 0.1", "columns": ("lr", column)})
    with Store.open(database) as store:
        table = build_table(store, asked, correct=correctness_of(store))

    interval = paired_bootstrap_of_scores(SCORES[0.1], SCORES[0.2]).interval
    assert interval is not None
    cell = table.rows[1].cells[1]
    assert (cell.low, cell.high) == (interval.low, interval.high)
    assert any("paired bootstrap (BCa) over test items against the baseline" in note.text for note in table.notes)


def test_right_and_wrong_of_a_script_is_tested_as_predictions_are(database: str) -> None:
    right = SCORES[0.1] > 0.7, SCORES[0.2] > 0.7
    with Store.open(database) as store:
        found = [compared(store, "top1", name) for name in ("mcnemar", "bootstrap")]

    assert found[0].p == mcnemar(*right).p
    assert found[1].interval == paired_bootstrap(*right).interval


def test_scores_have_no_mcnemar_and_a_metric_without_outcomes_no_test_over_items(database: str) -> None:
    with Store.open(database) as store:
        scores, none = (compared(store, field, "mcnemar") for field in ("metrics.test/miou", "metrics.test/dice"))

    assert (scores.p, scores.note) == (
        None,
        "McNemar's test is of outcomes that are 0 or 1; test = 'bootstrap' takes any",
    )
    assert none.p is None


def test_top5_and_likelihood_of_stored_predictions_are_tested_image_by_image(tmp_path: Path) -> None:
    labels = np.arange(60) % 10
    logits = {lr: RNG.normal(size=(60, 10)) + 2 * lr * np.eye(10)[labels] for lr in (0.1, 1.0)}
    with Store.open(f"sqlite:///{tmp_path}/runs.db") as store:
        for lr, given in logits.items():
            run_id = add_finished(store, correct=np.zeros(0, dtype=np.bool_), optim__lr=lr)
            write_predictions(predictions_of(labels, given), store.artifact_dir(run_id) / "predictions.npz")
        top5, loss = compared(store, "top5", "mcnemar"), compared(store, "test_loss", "bootstrap")

    hits = [(np.argsort(-given, axis=1)[:, :5] == labels[:, None]).any(axis=1) for given in logits.values()]
    losses = [np.log(np.exp(given).sum(axis=1)) - given[np.arange(60), labels] for given in logits.values()]
    assert top5.p == mcnemar(*hits).p
    assert loss.difference == pytest.approx(losses[1].mean() - losses[0].mean(), abs=1e-6)
    assert loss.interval is not None


def test_outcomes_that_are_none_are_told_of_and_do_not_stop_a_script(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with expdb.track(model="unet", dataset="parts", db=f"sqlite:///{tmp_path}/runs.db") as run:
        run.log_outcomes("test/miou", [0.5, float("nan")])
        run.log_outcomes(" ", [0.5])
        run.log_outcomes("test/iou", [1, 0, 1], items=["a", "b", "c"])
        assert run.folder is not None
        files = {path.name for path in run.folder.iterdir()}
    run.log_outcomes("test/iou", [1])

    told = capfd.readouterr().err
    assert "outcomes of 'test/miou' are not logged: the outcomes of 1 of 2 items are not finite" in told
    assert "outcomes of ' ' are not logged: its name is empty" in told
    assert "has ended: log_outcomes records nothing any more" in told
    assert OUTCOMES_FILE in files


def test_predictions_of_a_script_are_measured_as_those_of_training_are(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/runs.db"
    with expdb.track(model="unet", dataset="parts", db=url) as run:
        run.log(epoch=1, test_loss=0.5)
        run.log_predictions([0, 0, 1], [[2.0, 0.0], [0.0, 1.0], [0.0, 3.0]])

    with Store.open(url) as store:
        fields = store.run(run.id).fields
        assert [store.run(one.id).id for one in store.runs("balanced_accuracy = 0.75")] == [run.id]
    assert (fields["balanced_accuracy"], fields["macro_f1"]) == (0.75, pytest.approx(2 / 3))
    assert fields["nll"] == pytest.approx(np.log1p(np.exp([-2.0, 1.0, -3.0])).mean(), rel=1e-6)

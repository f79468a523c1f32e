"""A script that knows nothing of our trainer gets what our own runs get: the table, p, checks, Compare and curves."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

import expdb
from expdb.analysis.correctness import correctness_of
from expdb.cli.main import main
from expdb.data.predictions import write_predictions
from expdb.domain.run import Environment
from expdb.store.store import Store
from expdb.tracking.logged_predictions import predictions_of
from tests.factories import make_spec
from tests.store.events import FINISHED, epoch, started

MODELS = {"resnet_mini": (0.80, 0.82, 0.81), "wrn_16_4": (0.90, 0.91, 0.93)}
NUM_IMAGES, EPOCHS = 200, 3
COLUMNS = "model,epochs,top1,best_top1,best_epoch,test_loss,top5,top1:delta,top1:interval,top1:p,top1:n"


def trained(model: str, seed: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64], list[float]]:
    """Labels, logits and a curve of test top-1, as any training may give them."""
    random = np.random.default_rng([len(model), seed])
    labels = np.arange(NUM_IMAGES) % 10
    is_right = np.zeros(NUM_IMAGES, bool)
    is_right[random.permutation(NUM_IMAGES)[: round(MODELS[model][seed] * NUM_IMAGES)]] = True
    logits = random.normal(size=(NUM_IMAGES, 10))
    logits[np.arange(NUM_IMAGES), np.where(is_right, labels, (labels + 1) % 10)] += 8
    last = float(is_right.mean())
    return labels, logits, [last / 2, last + 0.01, last]


def by_our_trainer(folder: Path) -> str:
    url = f"sqlite:///{folder / 'ours.db'}"
    with Store.open(url) as store:
        for model in MODELS:
            for seed in range(3):
                labels, logits, curve = trained(model, seed)
                run_id = store.add_run(make_spec(model__name=model, seed=seed, epochs=EPOCHS))
                store.start_run(run_id, Environment())
                store.record(run_id, started())
                for number, top1 in enumerate(curve, start=1):
                    values = {"top1": top1, "top5": 0.95, "train_loss": 1 / number, "test_loss": 2 / number, "lr": 0.1}
                    store.record(run_id, epoch(number, **values))
                folder_of_run = store.artifact_dir(run_id, create=True)
                write_predictions(predictions_of(labels, logits), folder_of_run / str(FINISHED.predictions_file))
                store.record(run_id, FINISHED)
    return url


def by_a_script(folder: Path) -> str:
    url = f"sqlite:///{folder / 'theirs.db'}"
    for model in MODELS:
        for seed in range(3):
            labels, logits, curve = trained(model, seed)
            with expdb.track(model=model, dataset="digits", seed=seed, epochs=EPOCHS, lr=0.1, db=url) as run:
                for number, top1 in enumerate(curve, start=1):
                    test = {"test/top1": top1, "test_top5": 0.95, "test/loss": 2 / number, "test/miou": top1 / 2}
                    run.log(test, epoch=number, train_loss=1 / number, lr=0.1)
                run.log_predictions(labels, logits)
    return url


@pytest.fixture(scope="module")
def urls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The same numbers in two databases."""
    folder = tmp_path_factory.mktemp("same")
    return {"ours": by_our_trainer(folder), "theirs": by_a_script(folder)}


def printed(url: str, capfd: pytest.CaptureFixture[str], *words: str) -> str:
    capfd.readouterr()
    with pytest.raises(SystemExit) as left:
        main(["--db", url, *words])
    out, err = capfd.readouterr()
    assert left.value.code == 0, err
    return out


def test_the_table_is_the_same_with_differences_intervals_and_p(urls: dict[str, str], capfd):
    words = ("table", "--columns", COLUMNS, "--baseline", "model = resnet_mini", "--format", "csv")

    ours, theirs = (printed(url, capfd, *words) for url in urls.values())

    assert theirs == ours
    assert "wrn_16_4" in ours


def test_the_notes_differ_in_what_a_script_does_not_say_alone(urls: dict[str, str], capfd):
    words = ("table", "--columns", COLUMNS, "--baseline", "model = resnet_mini", "--format", "md")

    ours, theirs = (printed(url, capfd, *words).splitlines() for url in urls.values())

    assert [line for line in theirs if line.startswith("|")] == [line for line in ours if line.startswith("|")]
    assert [line for line in theirs if line not in ours] == ["- By scripts that do not state: image size, precision."]


def test_a_report_of_the_one_is_confirmed_by_the_other(urls: dict[str, str], tmp_path: Path, capfd):
    report = tmp_path / "report.md"
    report.write_text(printed(urls["ours"], capfd, "table", "--columns", "model,epochs,top1,test_loss"))

    ours, theirs = (printed(url, capfd, "check", str(report)) for url in urls.values())

    assert "confirmed" in ours
    assert theirs.replace("confirmed by tracked runs", "confirmed") == ours


def test_curves_and_epochs_are_the_same(urls: dict[str, str]):
    with Store.open(urls["ours"], is_read_only=True) as ours, Store.open(urls["theirs"], is_read_only=True) as theirs:
        for run_id in range(1, 7):
            shown = [
                [(one.epoch, one.lr, one.train_loss, one.test_loss, one.top1, one.top5) for one in store.epochs(run_id)]
                for store in (ours, theirs)
            ]
            assert shown[0] == shown[1]
        for name in ("top1", "train_loss", "test_loss"):
            assert theirs.curves([1, 6], name) == ours.curves([1, 6], name)


def test_what_was_right_of_each_image_is_the_same(urls: dict[str, str]):
    with Store.open(urls["ours"], is_read_only=True) as ours, Store.open(urls["theirs"], is_read_only=True) as theirs:
        for run_id in range(1, 7):
            right = [correctness_of(store)(run_id) for store in (ours, theirs)]
            assert right[0] is not None
            assert right[1] is not None
            assert (right[0] == right[1]).all()


def test_results_by_class_are_the_same(urls: dict[str, str], capfd):
    ours, theirs = (printed(url, capfd, "show", "1", "--per-class") for url in urls.values())

    assert theirs == ours


def test_differences_of_two_runs_are_told_alike(urls: dict[str, str], capfd):
    told = [
        [line.split() for line in printed(url, capfd, "diff", "1", "4").splitlines() if "top1" in line]
        for url in urls.values()
    ]

    assert told[0] == told[1] != []


def test_seeds_of_a_script_are_one_group_and_models_are_two(urls: dict[str, str]):
    with Store.open(urls["theirs"], is_read_only=True) as store:
        assert [group.run_ids for group in store.groups()] == [(1, 2, 3), (4, 5, 6)]


def test_a_curve_of_many_epochs_is_thinned_and_keeps_its_last(tmp_path: Path):
    url = f"sqlite:///{tmp_path / 'long.db'}"
    with expdb.track(model="net", db=url) as run:
        for number in range(1, 101):
            run.log(epoch=number, test_acc=number / 100)
    with Store.open(url, is_read_only=True) as store:
        curve = store.curves([1], "top1", points=10).values[1]

    assert list(curve) == list(range(10, 101, 10))
    assert curve[100] == 1.0


def test_a_metric_of_another_task_has_a_column_a_rank_and_a_p(urls: dict[str, str], capfd):
    words = ("--columns", "model,metrics.test/miou,metrics.test/miou:p", "--baseline", "model = resnet_mini")

    lines = printed(urls["theirs"], capfd, "table", *words, "--format", "md").splitlines()

    assert lines[2:4] == [
        "| resnet_mini | <ins>0.4050 ± 0.0050 (3)</ins> | – |",
        "| wrn_16_4 | **0.4567 ± 0.0076 (3)** | 0.001<sup>a</sup> |",
    ]

"""The recipe for timm's train.py in docs/integrations.md, run as it stands, in processes as people start them."""

import csv
import os
import subprocess
import sys
from pathlib import Path

import pytest

import expdb
from tests.extras.digit_images import write_folders
from tests.extras.page_blocks import block_of
from tests.extras.shown_alike import ByHand, curves, log_by_hand, shown

SCRIPT = Path(os.environ.get("TIMM_TRAIN") or Path(__file__).with_name("timm_script.py"))
MODELS, SEEDS = ("test_resnet", "test_convnext"), (0, 1, 2)


def start(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Start the recipe of the page with a training script."""
    (folder / "track_timm.py").write_text(block_of("timm's train.py"), encoding="utf-8")
    return subprocess.run(
        [sys.executable, "track_timm.py", str(SCRIPT), *arguments],
        cwd=folder, capture_output=True, text=True, env={**os.environ, "EXPDB_URL": f"sqlite:///{folder / 'runs.db'}"},
    )  # fmt: skip


def arguments_of(folder: Path, model: str, seed: int) -> list[str]:
    values = {
        "--data-dir": folder / "images", "--model": model, "--num-classes": 10, "--img-size": 32, "--batch-size": 40,
        "--lr": 0.05, "--epochs": 2, "--warmup-epochs": 0, "--seed": seed, "--workers": 0, "--device": "cpu",
        "--output": folder / "out", "--experiment": f"{model}-{seed}",
    }  # fmt: skip
    return [str(word) for pair in values.items() for word in pair]


def test_tables_curves_and_checks_are_those_of_a_script_that_logs_by_hand(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_folders(tmp_path / "images")
    trainings = []
    for model in MODELS:
        for seed in SEEDS:
            done = start(tmp_path, *arguments_of(tmp_path, model, seed))
            assert done.returncode == 0, done.stderr
            with (tmp_path / "out" / f"{model}-{seed}" / "summary.csv").open(newline="") as file:
                rows = list(csv.DictReader(file))
            epochs = [
                {
                    "train_loss": float(row["train_loss"]), "test_loss": float(row["eval_loss"]),
                    "top1": float(row["eval_top1"]) / 100, "top5": float(row["eval_top5"]) / 100,
                    "lr": float(row["lr"]),
                }
                for row in rows
            ]  # fmt: skip
            params = {"model": model, "dataset": "images", "seed": seed, "epochs": 2, "img_size": 32}
            trainings.append(ByHand(params=params, epochs=epochs))
    log_by_hand(tmp_path / "by_hand.db", trainings)

    theirs = shown(capsys, tmp_path / "runs.db", tmp_path / "report.md", baseline=MODELS[0])
    by_hand = shown(capsys, tmp_path / "by_hand.db", tmp_path / "report.md", baseline=MODELS[0])

    assert theirs == by_hand
    assert "(3)" in theirs["table"]  # seeds collapse
    assert curves(tmp_path / "runs.db") == curves(tmp_path / "by_hand.db")
    (run, *_) = expdb.runs(db=tmp_path / "runs.db").to_dict("records")
    assert (run["status"], run["epochs"], run["batch_size"], run["optimizer"]) == ("finished", 2, 40, "sgd")


def test_a_training_that_fails_is_a_failed_run(tmp_path: Path) -> None:
    done = start(tmp_path, *arguments_of(tmp_path, "test_resnet", 0))  # there are no images

    (run,) = expdb.runs(db=tmp_path / "runs.db").to_dict("records")
    assert done.returncode == 1
    assert run["status"] == "failed"

"""Trainings by Hugging Face's Trainer are recorded as a script that logs the same by hand is."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import Trainer, TrainerCallback, TrainingArguments, ViTConfig, ViTForImageClassification, set_seed

import expdb
from expdb.integrations.hugging_face import ExpdbCallback
from tests.extras.digit_images import digits
from tests.extras.page_blocks import block_of
from tests.extras.shown_alike import ByHand, curves, log_by_hand, points, shown

SEEDS, EPOCHS = (0, 1, 2), 2


class Digits(torch.utils.data.Dataset[dict[str, Any]]):
    def __init__(self, split: str) -> None:
        self.images, self.labels = digits()[split]

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> dict[str, Any]:
        return {"pixel_values": self.images[index], "labels": self.labels[index]}


class Stops(TrainerCallback):
    """Ends a training in its second epoch by an error."""

    def on_epoch_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        if state.epoch == 1:
            raise ValueError("the data ended")


def accuracy(evaluated: Any) -> dict[str, float]:
    return {"accuracy": float((evaluated.predictions.argmax(1) == evaluated.label_ids).mean())}


def make_trainer(folder: Path, depth: int, seed: int, callbacks: list[Any], **arguments: Any) -> Trainer:
    set_seed(seed)
    config = ViTConfig(
        image_size=8, patch_size=4, num_channels=1, hidden_size=16, num_hidden_layers=depth, num_attention_heads=2,
        intermediate_size=16, num_labels=10,
    )  # fmt: skip
    by_epoch = {"eval_strategy": "epoch", "logging_strategy": "epoch", "save_strategy": "no"}
    return Trainer(
        model=ViTForImageClassification(config),
        args=TrainingArguments(
            str(folder / "out"), use_cpu=True, seed=seed, num_train_epochs=EPOCHS, learning_rate=0.01, report_to="none",
            per_device_train_batch_size=40, per_device_eval_batch_size=120, disable_tqdm=True, **(by_epoch | arguments),
        ),
        train_dataset=Digits("train"),
        eval_dataset=Digits("test"),
        compute_metrics=accuracy,
        callbacks=callbacks,
    )  # fmt: skip


def measured(trainer: Trainer) -> list[dict[str, float]]:
    """What the trainer itself keeps of each epoch, under names of ours."""
    epochs: list[dict[str, float]] = [{} for _ in range(EPOCHS)]
    names = {"eval_accuracy": "top1", "eval_loss": "test_loss", "loss": "train_loss", "learning_rate": "lr"}
    for entry in trainer.state.log_history:
        epochs[int(entry["epoch"]) - 1] |= {names[name]: entry[name] for name in entry if name in names}
    return epochs


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("EXPDB_URL", f"sqlite:///{tmp_path / 'runs.db'}")
    return tmp_path / "runs.db"


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, list[ByHand]]]:
    """Three seeds of two models by Hugging Face's Trainer, with what each measured."""
    folder = tmp_path_factory.mktemp("hugging_face")
    trainings = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EXPDB_URL", f"sqlite:///{folder / 'runs.db'}")
        for depth in (1, 2):
            for seed in SEEDS:
                name = f"vit-{depth}"
                with ExpdbCallback(model=name, dataset="digits", eval_split="test") as callback:
                    trainer = make_trainer(folder, depth, seed, [callback])
                    trainer.train()
                    predicted = trainer.predict(Digits("test"), metric_key_prefix="predict")
                    callback.run.log_predictions(predicted.label_ids, predicted.predictions)
                params = {"model": name, "dataset": "digits", "seed": seed, "epochs": EPOCHS, "img_size": 8}
                predictions = (predicted.label_ids, np.asarray(predicted.predictions))
                trainings.append(ByHand(params=params, epochs=measured(trainer), predictions=predictions))
    return folder / "runs.db", trainings


def test_tables_tests_and_checks_are_those_of_a_script_that_logs_by_hand(
    trained: tuple[Path, list[ByHand]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    database, trainings = trained
    log_by_hand(tmp_path / "by_hand.db", trainings)

    theirs = shown(capsys, database, tmp_path / "report.md", baseline="vit-1")
    by_hand = shown(capsys, tmp_path / "by_hand.db", tmp_path / "report.md", baseline="vit-1")

    assert theirs == by_hand
    assert "(3)" in theirs["table"]  # seeds collapse
    assert "confirmed" in theirs["check"]


def test_curves_are_those_of_a_script_that_logs_by_hand(trained: tuple[Path, list[ByHand]], tmp_path: Path) -> None:
    database, trainings = trained
    log_by_hand(tmp_path / "by_hand.db", trainings)

    assert curves(database) == curves(tmp_path / "by_hand.db")
    assert [len(epochs) for epochs in curves(database)] == [EPOCHS] * 6
    names = ("top1", "test_loss", "train_loss")
    assert points(database, *names) == points(tmp_path / "by_hand.db", *names)


def test_the_block_of_the_page_trains_and_is_recorded(database: Path) -> None:
    made = make_trainer(database.parent, 1, 0, [])
    names = {"Trainer": Trainer, "model": made.model, "args": made.args, "metrics": accuracy}
    names |= {split: Digits(split) for split in ("train", "test")}

    exec(compile(block_of("Hugging Face's Trainer"), "docs/integrations.md", "exec"), names)

    (run,) = expdb.runs().to_dict("records")
    assert (run["status"], run["model"], run["dataset"], run["epochs_done"]) == ("finished", "vit-tiny", "digits", 2)
    assert run["top1"] > 0
    assert expdb.run(1).predictions is not None


def test_what_is_logged_every_so_many_steps_is_of_its_step(database: Path) -> None:
    steps = {"eval_strategy": "steps", "eval_steps": 3, "logging_strategy": "steps", "logging_steps": 3}
    with ExpdbCallback(model="vit", dataset="digits", eval_split="val") as callback:
        make_trainer(database.parent, 1, 0, [callback], **steps).train()

    places = [(1, 3), (1, 6), (2, 9), (2, 12)]
    assert [point[2:4] for point in points(database, "val_top1")] == places
    assert [point[2:4] for point in points(database, "train_loss")] == places


def test_a_split_that_nobody_says_stays_unstated(database: Path) -> None:
    with ExpdbCallback(model="vit", dataset="digits") as callback:
        make_trainer(database.parent, 1, 0, [callback]).train()

    (run,) = expdb.runs().to_dict("records")
    assert run["metrics.eval_accuracy"] > 0
    assert np.isnan(run["top1"])
    assert np.isnan(run["val_top1"])


def test_a_training_that_fails_is_a_failed_run(database: Path) -> None:
    with (
        pytest.raises(ValueError, match="the data ended"),
        ExpdbCallback(model="vit", dataset="digits") as callback,
    ):
        make_trainer(database.parent, 1, 0, [callback, Stops()]).train()

    (run,) = expdb.runs().to_dict("records")
    assert (run["status"], run["epochs_done"]) == ("failed", 1)


def test_another_training_with_the_same_callback_is_another_run(database: Path) -> None:
    callback = ExpdbCallback(model="vit", dataset="digits", eval_split="test")
    for seed in (0, 1):
        make_trainer(database.parent, 1, seed, [callback]).train()
    callback.finish()

    assert expdb.runs()[["status", "seed", "epochs"]].values.tolist() == [["finished", 0, 2], ["finished", 1, 2]]


def test_its_arguments_are_its_parameters_and_paths_tell_no_runs_apart(
    database: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for seed, place in ((0, "here"), (1, "there")):
        with ExpdbCallback(dataset="digits", note_of_mine="x", weight_decay=0.5) as callback:
            make_trainer(database.parent / place, 1, seed, [callback], warmup_steps=2).train()

    first, second = expdb.runs().to_dict("records")
    assert (first["model"], first["lr"], first["batch_size"], first["optimizer"]) == (
        "vit",
        0.01,
        40,
        "adamw_torch_fused",
    )
    assert (first["settings.warmup_steps"], first["settings.config.hidden_size"]) == (2, 16)
    assert first["weight_decay"] == 0.5  # what is given to the callback stands before what the trainer says
    assert first["group_digest"] == second["group_digest"]

"""Trainings by Lightning are recorded as a script that logs the same by hand is."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import lightning.pytorch as pl
import pytest
import torch
from torch import nn

import expdb
from expdb.integrations.lightning import ExpdbLogger
from tests.extras.digit_images import loader
from tests.extras.page_blocks import block_of
from tests.extras.shown_alike import ByHand, curves, log_by_hand, points, shown

SEEDS, EPOCHS = (0, 1, 2), 2


class Classifier(pl.LightningModule):
    """A linear layer, or two; keeps by itself what it logs."""

    def __init__(self, width: int, lr: float = 0.5) -> None:
        super().__init__()
        self.save_hyperparameters()
        layers = [nn.Linear(64, 10)] if width == 0 else [nn.Linear(64, width), nn.ReLU(), nn.Linear(width, 10)]
        self.net = nn.Sequential(nn.Flatten(), *layers)
        self.kept: list[dict[str, float]] = []
        self.outputs: list[tuple[torch.Tensor, torch.Tensor]] = []

    def training_step(self, batch: Any, _: int) -> torch.Tensor:
        loss = nn.functional.cross_entropy(self.net(batch[0]), batch[1])
        self.log("train_loss", loss, on_step=True, on_epoch=True)
        return loss

    def validation_step(self, batch: Any, _: int) -> None:
        self._measure(batch, "test")

    def test_step(self, batch: Any) -> None:
        self._measure(batch, "test")
        self.outputs.append((batch[1], self.net(batch[0])))

    def on_test_epoch_end(self) -> None:
        if self.logger is not None:
            self.logger.experiment.log_predictions(*self.predictions())

    def predictions(self) -> tuple[torch.Tensor, torch.Tensor]:
        labels, logits = zip(*self.outputs, strict=True)
        return torch.cat(labels), torch.cat(logits)

    def on_train_epoch_end(self) -> None:
        values = {name: float(value) for name, value in self.trainer.callback_metrics.items()}
        self.kept.append({name: values[name] for name in ("test_loss", "test_acc", "train_loss_epoch")})

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.parameters(), lr=self.hparams["lr"], momentum=0.5)

    def _measure(self, batch: Any, split: str) -> None:
        logits = self.net(batch[0])
        self.log(f"{split}_loss", nn.functional.cross_entropy(logits, batch[1]))
        self.log(f"{split}_acc", (logits.argmax(1) == batch[1]).float().mean())


class Stops(pl.Callback):
    """Ends a training in its second epoch by an error."""

    def __init__(self, error: BaseException) -> None:
        self.error = error

    def on_train_epoch_start(self, trainer: pl.Trainer, module: pl.LightningModule) -> None:
        if trainer.current_epoch == 1:
            raise self.error


def trainer(logger: Any, **more: Any) -> pl.Trainer:
    quiet = {"enable_progress_bar": False, "enable_model_summary": False, "enable_checkpointing": False}
    return pl.Trainer(logger=logger, max_epochs=EPOCHS, accelerator="cpu", log_every_n_steps=2, **quiet, **more)


def fit(module: Classifier, logger: Any, seed: int, **more: Any) -> pl.Trainer:
    made = trainer(logger, **more)
    made.fit(module, loader("train", seed=seed), loader("test"))
    return made


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EXPDB_URL", f"sqlite:///{tmp_path / 'runs.db'}")
    return tmp_path / "runs.db"


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, list[ByHand]]]:
    """Three seeds of two models by Lightning, with what each measured."""
    folder = tmp_path_factory.mktemp("lightning")
    trainings = []
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("EXPDB_URL", f"sqlite:///{folder / 'runs.db'}")
        for model, width in (("linear", 0), ("mlp", 16)):
            for seed in SEEDS:
                pl.seed_everything(seed)
                module = Classifier(width)
                with ExpdbLogger(model=model, dataset="digits") as logger:
                    made = fit(module, logger, seed)
                    made.test(module, loader("test"), verbose=False)
                params = {"model": model, "dataset": "digits", "seed": seed, "epochs": EPOCHS, "width": width}
                trainings.append(ByHand(params=params, epochs=module.kept, predictions=module.predictions()))
    return folder / "runs.db", trainings


def test_tables_tests_and_checks_are_those_of_a_script_that_logs_by_hand(
    trained: tuple[Path, list[ByHand]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    database, trainings = trained
    log_by_hand(tmp_path / "by_hand.db", trainings)

    theirs = shown(capsys, database, tmp_path / "report.md", baseline="linear")
    by_hand = shown(capsys, tmp_path / "by_hand.db", tmp_path / "report.md", baseline="linear")

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


def test_the_parameters_are_those_of_module_trainer_and_optimizer(trained: tuple[Path, list[ByHand]]) -> None:
    run = expdb.runs(db=trained[0]).to_dict("records")[-1]

    assert (run["model"], run["dataset"], run["seed"], run["status"]) == ("mlp", "digits", 2, "finished")
    assert (run["lr"], run["epochs"], run["optimizer"], run["momentum"]) == (0.5, EPOCHS, "sgd", 0.5)
    assert run["settings.width"] == 16


def test_the_block_of_the_page_trains_and_is_recorded(database: Path) -> None:
    names = {
        "Trainer": pl.Trainer,
        "module": Classifier(0),
        "train_loader": loader("train"),
        "test_loader": loader("test"),
    }

    exec(compile(block_of("Lightning"), "docs/integrations.md", "exec"), names)

    (run,) = expdb.runs().to_dict("records")
    assert (run["status"], run["model"], run["dataset"], run["epochs_done"]) == ("finished", "mlp", "digits", 2)
    assert expdb.run(1).predictions is not None


def test_a_module_without_hyperparameters_is_called_by_its_class(database: Path) -> None:
    class Plain(Classifier):
        def __init__(self) -> None:
            super().__init__(0)
            self._log_hyperparams = False

    with ExpdbLogger(dataset="digits") as logger:
        fit(Plain(), logger, 0)

    assert expdb.runs()["model"].tolist() == ["Plain"]


@pytest.mark.parametrize(("error", "status"), [(ValueError("no more"), "failed"), (KeyboardInterrupt(), "killed")])
def test_a_training_that_fails_ends_its_run_at_once(database: Path, error: BaseException, status: str) -> None:
    logger = ExpdbLogger(model="linear", dataset="digits")
    with pytest.raises((type(error), SystemExit)):
        fit(Classifier(0), logger, 0, callbacks=[Stops(error)])

    (run,) = expdb.runs().to_dict("records")
    assert (run["status"], run["epochs_done"]) == (status, 1), run["reason"]


def test_another_training_with_the_same_logger_is_another_run(database: Path) -> None:
    logger = ExpdbLogger(model="linear", dataset="digits")
    for seed in (0, 1):
        fit(Classifier(0), logger, pl.seed_everything(seed))
    logger.finish()

    assert expdb.runs()[["status", "seed"]].values.tolist() == [["finished", 0], ["finished", 1]]


def test_several_validations_of_an_epoch_are_by_step(database: Path) -> None:
    with ExpdbLogger(model="linear", dataset="digits") as logger:
        fit(Classifier(0), logger, 0, val_check_interval=0.5)

    # Lightning counts steps from 0.
    assert [point[2:4] for point in points(database, "top1")] == [(1, 2), (1, 5), (2, 8), (2, 11)]


def test_a_hyperparameter_that_no_text_names_is_told_of_and_left_out(database: Path) -> None:
    class Modules(Classifier):
        def __init__(self, tokenizer: object) -> None:
            super().__init__(0)
            self.save_hyperparameters()

    with (
        pytest.warns(RuntimeWarning, match="not recorded: parameter 'tokenizer' is an object of builtins.object"),
        ExpdbLogger(dataset="digits") as logger,
    ):
        fit(Modules(object()), logger, 0)

    (run,) = expdb.runs().to_dict("records")
    assert (run["status"], run["settings.width"]) == ("finished", 0)


def test_tests_after_training_without_a_block_are_of_the_same_run(database: Path) -> None:
    loggers = [ExpdbLogger(model="linear", dataset="digits", seed=seed) for seed in (0, 1)]
    for logger in loggers:
        module = Classifier(0)
        fit(module, logger, 0).test(module, loader("test"), verbose=False)
    loggers[1].finish()

    runs = expdb.runs()
    assert runs[["status", "attempt"]].values.tolist() == [["finished", 1], ["finished", 1]]
    assert expdb.run(1).predictions is not None


def test_a_run_is_not_begun_by_looking_at_it(database: Path) -> None:
    logger = ExpdbLogger(model="linear", dataset="digits")
    trainer(logger)

    assert logger.experiment is not None
    assert (logger.name, logger.version, logger.save_dir) == (None, None, None)
    assert not database.exists()


def test_what_is_logged_within_an_epoch_is_of_its_step(trained: tuple[Path, list[ByHand]]) -> None:
    within = [point[2:4] for point in points(trained[0], "train_loss_step") if point[0] == 1]

    assert within == [(1, 1), (1, 3), (1, 5), (2, 7), (2, 9), (2, 11)]

"""Nothing of a loss or a logit that is not finite is taken for a result."""

import math
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from expdb.domain.codec import spec_to_json
from expdb.domain.events import EpochEnded, Event
from expdb.domain.spec import RunSpec
from expdb.errors import DataError, TrainingError
from expdb.train.evaluate import evaluate
from expdb.train.finite import require_finite
from expdb.train.loop import train
from expdb.train.model.teacher import start_from
from tests.factories import make_spec
from tests.train.forked import Trainer
from tests.train.runs import finish, make_small_engine, run_epoch

QUICK: dict[str, Any] = {"epochs": 1, "data__limit": 96, "data__img_size": 8, "batch_size": 32}

# A linear network that says `value` of one class of one image, at one of the batches that it is evaluated on.
SOURCE = """
import torch

class Net(torch.nn.Linear):
    def __init__(self, num_classes, at_batch, value, label, scale):
        super().__init__(64, num_classes)
        self.scale = scale
        self.at_batch, self.value, self.label, self.num_batches = at_batch, float(value), label, 0

    def forward(self, images):
        logits = self.scale * super().forward(images.flatten(1))
        if not self.training and len(images) > 8:
            self.num_batches += 1
            if self.num_batches == self.at_batch:
                logits = torch.where(torch.arange(logits.numel()).view_as(logits) == self.label, self.value, logits)
        return logits

def build(num_classes, in_chans, img_size, at_batch, value, label=3, scale=1):
    return Net(num_classes, at_batch, value, label, scale)
"""


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    (tmp_path / "odd_nets.py").write_text(SOURCE)
    monkeypatch.chdir(tmp_path)
    yield
    sys.modules.pop("odd_nets", None)


def diverge(spec: RunSpec, out_dir: Path) -> tuple[list[EpochEnded], TrainingError]:
    """Return the epochs that a run told, and how it ended."""
    events: list[Event] = []
    with pytest.raises(TrainingError) as caught:
        events.extend(train(spec, data_dir=Path(), out_dir=out_dir, checkpoint_seconds=0))
    assert caught.value.reason == "diverged"
    return [event for event in events if isinstance(event, EpochEnded)], caught.value


def odd(at_batch: int, value: str, **settings: Any) -> RunSpec:
    arguments = {"at_batch": at_batch, "value": value}
    return make_spec(**(QUICK | settings), model__name="odd_nets:build", model__kwargs=arguments)


def assert_untested(epoch: EpochEnded) -> None:
    assert (epoch.test_loss, epoch.top1, epoch.top5, epoch.val_loss, epoch.val_top1) == (None,) * 5


def test_learning_rate_of_ten_billion_ends_as_diverged_although_its_training_loss_is_finite(tmp_path: Path) -> None:
    spec = make_spec(**(QUICK | {"batch_size": 96}), optim__lr=1e10, schedule__warmup_epochs=0)

    (epoch,), error = diverge(spec, tmp_path / "out")

    assert math.isfinite(epoch.train_loss)
    assert_untested(epoch)
    assert "test split, epoch 1: 360 of 360 images" in str(error)
    assert "lower optim.lr (now 1e+10)" in str(error)
    assert "\n" not in str(error)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("value", ["nan", "inf", "-inf"])
def test_one_logit_of_one_image_that_is_not_finite_ends_a_run(tmp_path: Path, value: str) -> None:
    (epoch,), error = diverge(odd(2, value), tmp_path / "out")

    assert math.isfinite(epoch.train_loss)
    assert_untested(epoch)
    assert "test split, epoch 1: 1 of 360 images have logits or a loss that are not finite" in str(error)
    assert not (tmp_path / "out").exists()


def test_what_is_not_finite_in_validation_alone_ends_a_run_before_it_is_tested(tmp_path: Path) -> None:
    (epoch,), error = diverge(odd(1, "nan", data__val_fraction=0.05), tmp_path / "out")

    assert_untested(epoch)
    assert epoch.eval_seconds > 0
    assert "validation split, epoch 1: 1 of 72 images" in str(error)


def test_second_epoch_that_diverges_leaves_the_checkpoint_of_the_first(tmp_path: Path) -> None:
    # 360 test images are six batches: the seventh is the first of the second epoch.
    (first, second), error = diverge(odd(7, "inf", epochs=3), tmp_path / "out")

    assert first.top1 is not None
    assert_untested(second)
    assert "epoch 2" in str(error)
    assert [path.name for path in (tmp_path / "out" / "checkpoints").iterdir()] == ["000001"]
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["checkpoints"]


def test_weights_that_are_not_finite_end_an_epoch_that_is_not_evaluated(tmp_path: Path) -> None:
    settings = {"epochs": 4, "batch_size": 96, "eval__every": 3, "schedule__warmup_epochs": 0, "optim__lr": 3e38}
    steep = {"model__name": "odd_nets:build", "model__kwargs": {"at_batch": 0, "value": "nan", "scale": 1e3}}

    (epoch,), error = diverge(make_spec(**(QUICK | settings | steep)), tmp_path / "out")

    assert math.isfinite(epoch.train_loss)
    assert (epoch.test_loss, epoch.eval_seconds) == (None, 0.0)
    assert "weights of the model are not finite after epoch 1" in str(error)
    assert not (tmp_path / "out").exists()


def test_averaged_weights_alone_that_are_not_finite_are_found() -> None:
    engine = make_small_engine(ema_decay=0.9)
    trained = run_epoch(engine)
    with torch.no_grad():
        next(engine.evaluated_model.parameters())[0] = math.nan
    assert all(parameter.isfinite().all() for parameter in engine.model.parameters())

    found = finish(evaluate(engine, "test", epoch=1, trained=trained))

    assert found.num_not_finite == 360
    with pytest.raises(TrainingError, match="360 of 360 images"):
        require_finite(engine, 1, {"test": found})


@pytest.mark.slow
def test_two_processes_end_alike_where_one_of_them_sees_what_is_not_finite(tmp_path: Path, trainer: Trainer) -> None:
    spec = make_spec(**(QUICK | {"batch_size": 96}), optim__lr=1e10, schedule__warmup_epochs=0, gpus=2, device="cpu")

    codes = trainer.run({"num_processes": 2, "specs": {"far": spec_to_json(spec)}, "out_dir": str(tmp_path / "out")})

    # Each leaves by its own error: one that waited for the other would have been killed.
    assert codes == [1, 1]
    assert not (tmp_path / "out").exists()


def test_weights_of_a_run_that_diverged_teach_nobody(tmp_path: Path) -> None:
    from safetensors.torch import save_file

    model = torch.nn.Linear(2, 2)
    save_file({"weight": torch.full((2, 2), math.inf), "bias": torch.zeros(2)}, tmp_path / "weights.safetensors")
    spec = make_spec(model__init_from=7)

    with pytest.raises(DataError, match=r"model\.init_from=7: its weights .* are not all finite"):
        start_from(model, spec, {7: (spec, tmp_path / "weights.safetensors")})

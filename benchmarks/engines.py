"""The trainer of this project, built for measuring: an engine on given images, driven an epoch at a time."""

from collections import deque
from pathlib import Path

import torch

from benchmarks.images import training_data
from expdb.catalog.compose_spec import compose_spec
from expdb.domain.spec import RunSpec
from expdb.train.device import choose_device
from expdb.train.distributed import Team
from expdb.train.engine import Engine, make_engine
from expdb.train.epoch import train_epoch
from expdb.train.input.splits import TrainingData


def bench_spec(model: str, *, aug: str, batch_size: int, amp: bool = True, compile_model: bool = False) -> RunSpec:
    """Return the spec of a model on CIFAR-10 (long enough that the schedule never ends)."""
    return compose_spec(
        {
            "data.dataset": "cifar10",
            "model.name": model,
            "aug.preset": aug,
            "batch_size": batch_size,
            "amp": amp,
            "compile": compile_model,
            "epochs": 1000,
        }
    )


class BenchEngine:
    """An engine that trains one epoch after the other."""

    def __init__(self, spec: RunSpec, data: TrainingData) -> None:
        self.engine: Engine = make_engine(spec, data, team=Team(), device=choose_device(spec), teachers={})
        self._epoch = 0

    def epoch(self) -> None:
        """Train the next epoch."""
        self._epoch += 1
        deque(train_epoch(self.engine, self._epoch), maxlen=0)


def data_for(spec: RunSpec, *, num_images: int, data_dir: Path | None) -> TrainingData:
    """Return training images, as many as fill whole batches: nobody has a smaller last one then.

    Raises:
        DataError: the dataset is not in the folder.
    """
    whole = max(spec.batch_size, num_images // spec.batch_size * spec.batch_size)
    return training_data(spec, num_images=whole, data_dir=data_dir)


def forward_backward_step(engine: Engine, images: torch.Tensor, labels: torch.Tensor) -> None:
    """Do one step on normalised images: what no trainer can leave out."""
    loss = torch.nn.functional.cross_entropy(engine.logits(engine.training_model, images), labels)
    loss.backward()  # type: ignore[no-untyped-call]
    engine.optimizer.step()
    engine.optimizer.zero_grad(set_to_none=True)

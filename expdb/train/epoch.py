"""One pass over the training split."""

from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass

import torch
from torch.nn import functional

from expdb.domain.events import Progress
from expdb.train.clock import Stopwatch
from expdb.train.distributed import average_buffers, sum_over
from expdb.train.engine import Engine
from expdb.train.optim import lr_at
from expdb.train.seeds import derive_seed


@dataclass(frozen=True, kw_only=True)
class TrainedEpoch:
    """What an epoch of training gave. `loss` is the mean over images of all processes; `lr` of the last step.

    Attributes:
        seconds: of this process, the device's work included, time spent by whoever takes the events excluded.
    """

    loss: float
    lr: float
    seconds: float
    num_images: int


def train_epoch(engine: Engine, epoch: int) -> Generator[Progress, None, TrainedEpoch]:
    """Train one epoch (1-based), saying now and then how far it is."""
    spec, optimizer = engine.spec, engine.optimizer
    torch.manual_seed(derive_seed(spec.seed, epoch, engine.team.rank, "dropout"))
    engine.model.train()
    watch = Stopwatch(engine.device)
    loss_sum = torch.zeros((), dtype=torch.float64, device=engine.device)
    num_images = num_own_images = 0
    lr = spec.optim.lr
    watch.start()
    with closing(engine.feed.train_batches(epoch)) as batches:
        for step, batch in enumerate(batches):
            lr = lr_at((epoch - 1) * engine.steps_per_epoch + step, spec=spec, steps_per_epoch=engine.steps_per_epoch)
            for group in optimizer.param_groups:
                group["lr"] = lr
            loss = _loss(engine, batch.images, batch.labels, epoch=epoch, step=step)
            num_own = len(batch.labels)
            # Processes average their gradients; where the last batch does not divide evenly, this makes it exact.
            share = num_own * engine.team.size / batch.num_images
            (loss if share == 1 else loss * share).backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
            loss_sum += loss.detach() * num_own
            num_images += batch.num_images
            num_own_images += num_own
            if engine.rhythm.is_due():
                watch.stop()
                yield Progress(
                    epoch=epoch,
                    step=step + 1,
                    num_steps=engine.steps_per_epoch,
                    loss=loss_sum.item() / num_own_images,
                    images_per_second=num_images / watch.seconds,
                )
                watch.start()
    average_buffers(engine.model, engine.team)
    loss_mean = sum_over(engine.team, loss_sum).item() / num_images
    watch.stop()
    return TrainedEpoch(loss=loss_mean, lr=lr, seconds=watch.seconds, num_images=num_images)


def _loss(engine: Engine, images: torch.Tensor, labels: torch.Tensor, *, epoch: int, step: int) -> torch.Tensor:
    """Return the batch's mean cross entropy, with label smoothing, mixup and CutMix as the spec says."""
    inputs = engine.normalise(images)
    if engine.mixer.is_on:
        inputs, targets = engine.mixer.mix(inputs, labels, seed=engine.spec.seed, epoch=epoch, step=step)
        return functional.cross_entropy(engine.logits(engine.training_model, inputs), targets)
    logits = engine.logits(engine.training_model, inputs)
    return functional.cross_entropy(logits, labels, label_smoothing=engine.spec.aug.label_smoothing)

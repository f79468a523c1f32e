"""One pass over the training split."""

from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass

import torch

from expdb.domain.events import Progress
from expdb.train.clock import CpuMeter, MeanReader, Stopwatch
from expdb.train.distributed import average_buffers, sum_over
from expdb.train.engine import Engine
from expdb.train.random_streams import derive_seed
from expdb.train.step import take_step


@dataclass(frozen=True, kw_only=True)
class TrainedEpoch:
    """What an epoch of training gave. `loss` is the mean over images of all processes; `lr` of the last step.

    Attributes:
        seconds: of this process, the device's work included; on a CPU without the time spent by whoever takes the
            events (a GPU works on meanwhile).
        cpu_seconds, wait_seconds: of this process (see `CpuMeter`), without the time of whoever takes the events.
    """

    loss: float
    lr: float
    seconds: float
    cpu_seconds: float
    wait_seconds: float
    num_images: int


def train_epoch(engine: Engine, epoch: int) -> Generator[Progress, None, TrainedEpoch]:
    """Train one epoch (1-based), saying now and then how far it is."""
    spec = engine.spec
    torch.manual_seed(derive_seed(spec.seed, epoch, engine.team.rank, "dropout"))
    engine.model.train()
    watch, meter, reader = Stopwatch(engine.device), CpuMeter(), MeanReader(engine.device)
    loss_sum = torch.zeros((), dtype=torch.float64, device=engine.device)
    num_images = num_own_images = 0
    lr = spec.optim.lr
    meter.start()
    watch.start()
    with closing(engine.feed.train_batches(epoch)) as batches:
        for step, batch in enumerate(batches):
            lr = engine.schedule.prepare(engine.optimizer, (epoch - 1) * engine.steps_per_epoch + step)
            loss_sum += take_step(engine, batch, epoch=epoch, step=step)
            num_images += batch.num_images
            num_own_images += len(batch.labels)
            if engine.rhythm.is_due():
                loss = reader.read(loss_sum, num_own_images)
                if loss is None:
                    continue
                watch.pause()
                meter.stop()
                yield Progress(
                    epoch=epoch,
                    step=step + 1,
                    num_steps=engine.steps_per_epoch,
                    loss=loss,
                    images_per_second=num_images / watch.seconds,
                )
                meter.start()
                watch.resume()
    average_buffers(engine.model, engine.team)
    if engine.average is not None:
        engine.average.copy_buffers()
    loss_mean = sum_over(engine.team, loss_sum).item() / num_images
    engine.schedule.end_epoch(loss_mean)
    watch.stop()
    meter.stop()
    return TrainedEpoch(
        loss=loss_mean,
        lr=lr,
        seconds=watch.seconds,
        cpu_seconds=meter.cpu_seconds,
        wait_seconds=meter.wait_seconds,
        num_images=num_images,
    )

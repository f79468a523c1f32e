"""Evaluation on a split: loss, accuracies, and what was said about each image."""

import math
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional

from expdb.data.predictions import Predictions
from expdb.domain.events import MOST_CLASSES_WITHOUT_TOP5, Progress
from expdb.train.augment.progressive import resize
from expdb.train.clock import Stopwatch
from expdb.train.distributed import sum_over
from expdb.train.engine import Engine
from expdb.train.epoch import TrainedEpoch
from expdb.train.input.batches import EvalSplit


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """The model on a split: mean cross entropy, and shares of images in [0, 1].

    Attributes:
        top5: None where there are no more than five classes: it would be 1 whatever the model says.
        num_not_finite: images whose logits or loss are not finite; unless there is none, nothing else here counts.
    """

    loss: float
    top1: float
    top5: float | None
    num_not_finite: int
    seconds: float
    predictions: Predictions


Evaluations = dict[EvalSplit, Evaluation]


def evaluate(
    engine: Engine, split: EvalSplit, *, epoch: int, trained: TrainedEpoch | None = None
) -> Generator[Progress, None, Evaluation]:
    """Look at every image of a split once; images are shared out over the processes, results gathered.

    Args:
        trained: what is told of the epoch meanwhile; None: it was trained by another process.
    """
    num_images = engine.num_val if split == "val" else engine.num_test
    num_guesses = min(5, engine.spec.data.num_classes)
    team, device = engine.team, engine.device
    labels = torch.zeros(num_images, dtype=torch.int64, device=device)
    guesses = torch.zeros(num_images, num_guesses, dtype=torch.int64, device=device)
    confidences = torch.zeros(num_images, num_guesses, dtype=torch.float32, device=device)
    losses = torch.zeros(num_images, dtype=torch.float32, device=device)
    # Kept on the device, and looked at once a split: a look at every batch would make the device wait.
    is_finite = torch.ones(num_images, dtype=torch.bool, device=device)
    model, side = engine.evaluated_model.eval(), engine.spec.data.img_size
    watch = Stopwatch(device)
    num_steps = -(-num_images // (engine.eval_batch_size * team.size))
    watch.start()
    with closing(engine.feed.eval_batches(split, batch_size=engine.eval_batch_size)) as batches:
        position = team.rank
        for step, batch in enumerate(batches):
            with torch.no_grad():
                logits = engine.logits(model, resize(engine.normalise(batch.images), side))
            own = slice(position, position + len(batch.labels) * team.size, team.size)
            labels[own] = batch.labels
            guesses[own] = best = logits.topk(num_guesses).indices
            confidences[own] = logits.softmax(1).gather(1, best)
            losses[own] = loss_of_each = functional.cross_entropy(logits, batch.labels, reduction="none")
            # An infinite logit of a wrong class leaves the loss finite.
            is_finite[own] = logits.isfinite().all(1) & loss_of_each.isfinite()
            position = own.stop
            if engine.rhythm.is_due():
                watch.pause()
                yield Progress(
                    epoch=epoch,
                    step=step + 1,
                    num_steps=num_steps,
                    loss=trained.loss if trained else math.nan,
                    images_per_second=trained.num_images / trained.seconds if trained else 0.0,
                    phase="test",
                )
                watch.resume()
    # Every process filled in its own images and left zeros elsewhere: the sum is the whole.
    labels, guesses, confidences, losses = (sum_over(team, tensor) for tensor in (labels, guesses, confidences, losses))
    num_not_finite = int(sum_over(team, (~is_finite).sum()).item())
    is_hit = guesses == labels[:, None]
    top1 = is_hit[:, 0].double().mean().item()
    top5 = is_hit.any(1).double().mean().item() if engine.spec.data.num_classes > MOST_CLASSES_WITHOUT_TOP5 else None
    loss = losses.double().mean().item()
    watch.stop()
    predictions = Predictions(
        label=labels.cpu().numpy().astype(np.uint16),
        top5=guesses.cpu().numpy().astype(np.uint16),
        probability=(-losses).exp().cpu().numpy(),
        confidence=confidences.cpu().numpy(),
    )
    return Evaluation(
        loss=loss,
        top1=top1,
        top5=top5,
        num_not_finite=num_not_finite,
        seconds=watch.seconds,
        predictions=predictions,
    )

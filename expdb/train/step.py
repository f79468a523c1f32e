"""One step of training: the gradients of a batch, in parts if asked, and what is done with them."""

import torch
from torch.nn.utils import clip_grad_norm_

from expdb.train.augment.progressive import resize, side_at
from expdb.train.distributed import averaging
from expdb.train.engine import Engine
from expdb.train.input.batches import Batch
from expdb.train.input.epoch_order import part_sizes
from expdb.train.loss import distillation_loss, label_loss


def take_step(engine: Engine, batch: Batch, *, epoch: int, step: int) -> torch.Tensor:
    """Learn from one batch; nothing here waits for the device.

    Args:
        epoch: 1-based.
        step: counted from 0 within the epoch.

    Returns:
        () float32, this process's sum of its images' losses, on the device.
    """
    if engine.spec.cuda_graphs:
        # The graph may use the memory of the last step again.
        torch.compiler.cudagraph_mark_step_begin()  # type: ignore[no-untyped-call]
    loss_sum = _add_gradients(engine, batch, epoch=epoch, step=step)
    largest = engine.spec.optim.clip_grad_norm
    if largest is not None:
        clip_grad_norm_(engine.model.parameters(), largest)
    engine.optimizer.step()
    engine.optimizer.zero_grad(set_to_none=True)
    if engine.average is not None:
        engine.average.follow((epoch - 1) * engine.steps_per_epoch + step)
    return loss_sum


def _add_gradients(engine: Engine, batch: Batch, *, epoch: int, step: int) -> torch.Tensor:
    """Compute the gradient of the mean loss over the whole batch of all processes, part by part."""
    inputs, targets = engine.normalise(batch.images), batch.labels
    if engine.mixer.is_on:
        inputs, targets = engine.mixer.mix(inputs, targets, seed=engine.spec.seed, epoch=epoch, step=step)
    side = side_at(epoch, engine.spec)
    sizes = part_sizes(len(inputs), engine.spec.grad_accumulation)
    loss_sum = torch.zeros((), device=engine.device)
    parts = zip(torch.split(inputs, sizes), torch.split(targets, sizes), strict=True)
    for number, (some_inputs, some_targets) in enumerate(parts, start=1):
        with averaging(engine.training_model, is_on=number == len(sizes)):
            loss = _loss(engine, some_inputs, some_targets, side=side)
            # Processes average their gradients and parts add up: this makes it the mean, however uneven they are.
            share = len(some_inputs) * engine.team.size / batch.num_images
            (loss if share == 1 else loss * share).backward()  # type: ignore[no-untyped-call]
        loss_sum += loss.detach() * len(some_inputs)
    return loss_sum


def _loss(engine: Engine, inputs: torch.Tensor, targets: torch.Tensor, *, side: int) -> torch.Tensor:
    """Return the mean loss: the labels' term, and the teacher's.

    Args:
        inputs: (B, C, H, W) float32, normalised, mixed.
        targets: (B,) int64 classes, or (B, num_classes) float32 with label smoothing in them.
    """
    spec = engine.spec
    logits = engine.logits(engine.training_model, resize(inputs, side))
    loss = label_loss(logits, targets, spec=spec)
    if engine.teacher is None:
        return loss
    with torch.no_grad():
        teacher_logits = engine.logits(engine.teacher, resize(inputs, spec.data.img_size))
    term = distillation_loss(logits, teacher_logits, temperature=spec.distill.temperature)
    return (1 - spec.distill.weight) * loss + spec.distill.weight * term

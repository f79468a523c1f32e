"""Optimizers and the learning rate of every step."""

import math
from typing import Any

import torch
from timm.optim._optim_factory import create_optimizer_v2
from torch import nn

from expdb.catalog.optimizers import optimizer as optimizer_entry
from expdb.domain.spec import RunSpec
from expdb.errors import SpecError

# torch's own, which have one kernel for all parameters.
_HAS_FUSED = ("sgd", "adam", "adamw")


def make_optimizer(spec: RunSpec, model: nn.Module, *, device: torch.device) -> torch.optim.Optimizer:
    """Return the spec's optimizer over all parameters, weight decay on each of them (norms and biases too)."""
    optim, entry = spec.optim, optimizer_entry(spec.optim.name)
    kwargs: dict[str, Any] = {}
    if entry.momentum is not None:
        kwargs["momentum"] = optim.momentum or 0.0  # left out, timm would take 0.9
    if entry.has_nesterov:
        kwargs["nesterov"] = optim.nesterov
    if device.type == "cuda" and optim.name in _HAS_FUSED:
        kwargs["fused"] = True
    try:
        # The parameters, not the model: given the model, timm exempts some of them from weight decay.
        return create_optimizer_v2(
            list(model.parameters()), opt=optim.name, lr=optim.lr, weight_decay=optim.weight_decay, **kwargs
        )
    except (ValueError, TypeError) as error:
        raise SpecError(f"optim.name={optim.name} refuses these settings: {error}") from error


def lr_at(step: int, *, spec: RunSpec, steps_per_epoch: int) -> float:
    """Return the learning rate of a step, counted from 0 over the whole run.

    Linear from `warmup_lr` to `lr` over the warm-up; then a half cosine to `min_lr` at the end of the run, or a
    drop by `decay_rate` every `decay_epochs` epochs (counted from the start of the run), or constant.

    Raises:
        SpecError: the step schedule lacks `decay_epochs` or `decay_rate`.

    Source: Loshchilov and Hutter 2017, equation 5 (cosine, one period); Goyal et al. 2017, section 2.2 (warm-up).
    """
    schedule, peak = spec.schedule, spec.optim.lr
    num_warmup = round(schedule.warmup_epochs * steps_per_epoch)
    if step < num_warmup:
        return schedule.warmup_lr + (peak - schedule.warmup_lr) * step / num_warmup
    match schedule.name:
        case "cosine":
            done = (step - num_warmup) / (spec.epochs * steps_per_epoch - num_warmup)
            return schedule.min_lr + (peak - schedule.min_lr) * (1 + math.cos(math.pi * done)) / 2
        case "step":
            if schedule.decay_epochs is None or schedule.decay_rate is None:
                raise SpecError("schedule.name=step needs schedule.decay_epochs and schedule.decay_rate")
            return float(peak * schedule.decay_rate ** (step // steps_per_epoch // schedule.decay_epochs))
    return peak

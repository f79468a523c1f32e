"""The optimizer of a run, built by timm."""

from importlib.util import find_spec
from typing import Any

import torch
from timm.optim._optim_factory import create_optimizer_v2
from torch import nn

from expdb.catalog.optimizers import optimizer as optimizer_entry
from expdb.domain.spec import RunSpec
from expdb.errors import SpecError

# torch's own, which have one kernel for all parameters.
_HAS_FUSED = ("sgd", "momentum", "nesterov", "adam", "adamw")


def make_optimizer(spec: RunSpec, model: nn.Module, *, device: torch.device) -> torch.optim.Optimizer:
    """Return the spec's optimizer over all trainable parameters.

    Weight decay is on each of them, or, without `decay_norm_and_bias`, on those alone that are no norm, no bias and
    not exempted by the model itself (position embeddings, say).

    Raises:
        SpecError: the optimizer refuses its settings, or a package that it needs is not installed.
    """
    optim, entry = spec.optim, optimizer_entry(spec.optim.name)
    kwargs: dict[str, Any] = {}
    if entry.momentum is not None:
        kwargs["momentum"] = optim.momentum or 0.0  # left out, timm would take 0.9
    if entry.has_nesterov:
        kwargs["nesterov"] = optim.nesterov
    if optim.betas is not None:
        kwargs["betas"] = optim.betas
    if device.type == "cuda" and optim.name in _HAS_FUSED:
        kwargs["fused"] = True
    # Given the model instead of its parameters, timm exempts some of them from weight decay.
    parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
    if entry.package and find_spec(entry.package) is None:
        raise SpecError(f"optim.name={optim.name} needs the package {entry.package}: install it or choose another one")
    try:
        return create_optimizer_v2(
            parameters if optim.decay_norm_and_bias else model,
            opt=optim.name,
            lr=optim.lr,
            weight_decay=optim.weight_decay,
            **kwargs,
        )
    except (ValueError, TypeError) as error:
        raise SpecError(f"optim.name={optim.name} refuses these settings: {error}") from error

"""The size of a network: its parameters and multiply-accumulates, and how fine it still sees at its end."""

from dataclasses import dataclass

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from expdb.catalog.models import is_own_model
from expdb.domain.spec import RunSpec
from expdb.errors import SpecError
from expdb.train.model.build import build_model
from expdb.train.model.custom import error_line
from expdb.train.model.last_grid import GridObserver


@dataclass(frozen=True, kw_only=True)
class ModelSummary:
    """A model's size.

    Attributes:
        macs: multiply-accumulates of one image's forward pass; None if they cannot be counted.
        last_grid: height and width of the last feature map, or of the grid of tokens; None if there is neither.
    """

    num_params: int
    num_trainable_params: int
    macs: int | None
    last_grid: tuple[int, int] | None


def describe_model(spec: RunSpec) -> ModelSummary:
    """Count parameters and multiply-accumulates on the meta device: no memory, no weights, no computing.

    Raises:
        SpecError: as `build_model`, or the network does not take images of this size.
    """
    # A network of the user's own may compute while it is built, which the meta device cannot.
    device = torch.device("cpu" if is_own_model(spec.model.arch) else "meta")
    with device:
        model = build_model(spec, device).eval()
    num_params = sum(parameter.numel() for parameter in model.parameters())
    num_trainable_params = sum(parameter.numel() for parameter in model.parameters() if parameter.requires_grad)
    observer = GridObserver(model)
    macs = _count_macs(model, spec, device)
    return ModelSummary(
        num_params=num_params,
        num_trainable_params=num_trainable_params,
        macs=macs,
        last_grid=observer.last_grid(),
    )


def _count_macs(model: nn.Module, spec: RunSpec, device: torch.device) -> int | None:
    size = spec.data.img_size
    image = torch.zeros(1, spec.data.channels, size, size, device=device)
    try:
        with torch.no_grad(), FlopCounterMode(display=False) as counter:
            model(image)
    except Exception as error:
        if isinstance(error, NotImplementedError) or "meta" in str(error):
            return None  # it reads values while it computes, and the meta device has none
        raise SpecError(
            f"model {spec.model.name} does not take images of data.img_size={size}: {error_line(error)}"
        ) from error
    return int(counter.get_total_flops()) // 2

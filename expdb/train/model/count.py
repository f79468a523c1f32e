"""The size of a network: its parameters and multiply-accumulates, and how fine it still sees at its end."""

from dataclasses import dataclass

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from expdb.catalog.models import is_own_model
from expdb.domain.spec import RunSpec
from expdb.errors import SpecError
from expdb.train.model.build import build_model
from expdb.train.model.first_pass import check_own_model, check_whole_batch, pass_forward, require_fresh
from expdb.train.model.fitting_size import advise_size
from expdb.train.model.last_grid import GridObserver
from expdb.train.model.own_code import own_code_digest


@dataclass(frozen=True, kw_only=True)
class ModelSummary:
    """A model's size.

    Attributes:
        macs: multiply-accumulates of one image's forward pass; None if they cannot be counted.
        last_grid: height and width of the last feature map, or of the grid of tokens; None if there is neither.
        code: digest of the user's own code that it was built by; None for other networks.
    """

    num_params: int
    num_trainable_params: int
    macs: int | None
    last_grid: tuple[int, int] | None
    code: str | None


def describe_model(spec: RunSpec) -> ModelSummary:
    """Count parameters and multiply-accumulates on the meta device: no memory, no weights, no computing.

    A network of the user's own may compute while it is built, which the meta device cannot: it is built on the CPU, and
    tried as a run will use it.

    Raises:
        SpecError: as `build_model`, or the network does not take images of this size, or does not return logits.
        DataError: as `build_model`.
    """
    is_own = is_own_model(spec.model.arch)
    device = torch.device("cpu" if is_own else "meta")
    with device:
        model = _built(spec, device).eval()
    num_params = sum(parameter.numel() for parameter in model.parameters())
    num_trainable_params = sum(parameter.numel() for parameter in model.parameters() if parameter.requires_grad)
    if is_own:
        again = _built(spec, device)
        require_fresh(model, again, spec)
        check_own_model(model, spec)
        check_whole_batch(again, spec)
    observer = GridObserver(model)
    return ModelSummary(
        num_params=num_params,
        num_trainable_params=num_trainable_params,
        macs=_count_macs(model, spec, device),
        last_grid=observer.last_grid(),
        code=own_code_digest(spec.model.arch, model) if is_own_model(spec.model.arch) else None,
    )


def _built(spec: RunSpec, device: torch.device) -> nn.Module:
    try:
        return build_model(spec, device)
    except SpecError as error:
        if error.__cause__ is None:
            raise
        raise advise_size(spec, error) from error.__cause__


def _count_macs(model: nn.Module, spec: RunSpec, device: torch.device) -> int | None:
    model.requires_grad_(requires_grad=False)  # torch's counter looks for gradients, and trips over CaiT's and PiT's
    try:
        with torch.no_grad(), FlopCounterMode(display=False) as counter:
            logits = pass_forward(model, spec, device)
    except Exception:  # noqa: BLE001 - that the counter fails says nothing about the network
        _try_uncounted(model, spec, device)
        return None
    return None if logits is None else int(counter.get_total_flops()) // 2


def _try_uncounted(model: nn.Module, spec: RunSpec, device: torch.device) -> None:
    try:
        with torch.no_grad():
            pass_forward(model, spec, device)
    except SpecError as error:
        raise advise_size(spec, error) from error.__cause__

"""The network of a run: built through timm, the zoo or the user's own function; its size counted."""

from dataclasses import dataclass
from typing import Any

import timm
import torch
from timm.layers.drop import DropPath
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from expdb.catalog.models import is_own_model
from expdb.catalog.zoo import ZOO
from expdb.domain.spec import RunSpec
from expdb.errors import DataError, SpecError
from expdb.train.model.custom import build_by_name, error_line
from expdb.train.model.last_grid import GridObserver
from expdb.train.model.stem import change_stem, stem_of


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


def build_model(spec: RunSpec, device: torch.device) -> nn.Module:
    """Build the spec's network; fresh weights are drawn from torch's global random state.

    Raises:
        SpecError: it cannot be built with these arguments, or a setting of `spec.model` has no effect on it.
        DataError: its pretrained weights could not be had.
    """
    stem = stem_of(spec)
    arguments = dict(spec.model.kwargs)
    if stem is not None and "img_size" in arguments:
        arguments["img_size"] *= stem.shrinks_by
    if spec.model.drop_path:
        arguments["drop_path_rate"] = spec.model.drop_path
    if is_own_model(spec.model.arch) or spec.model.arch in ZOO:
        model = _build_by_name(spec, arguments)
    else:
        model = _build_by_timm(spec, arguments, has_weights=spec.model.pretrained and device.type != "meta")
    if stem is not None:
        change_stem(model, stem)
    if spec.model.drop_path and not any(isinstance(module, DropPath) for module in model.modules()):
        raise SpecError(f"model.drop_path={spec.model.drop_path:g} has no effect: {spec.model.arch} drops no paths")
    if spec.model.grad_checkpointing:
        _checkpoint_gradients(model, spec)
    return model.to(device)


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


def _build_by_name(spec: RunSpec, arguments: dict[str, Any]) -> nn.Module:
    if spec.model.pretrained:
        raise SpecError(f"model.pretrained: there are no pretrained weights of {spec.model.arch}; use model.init_from")
    base = {"num_classes": spec.data.num_classes, "in_chans": spec.data.channels}
    known = ZOO.get(spec.model.arch)
    if known is None:
        return build_by_name(spec.model.arch, {**base, "img_size": spec.data.img_size, **arguments})
    size = {"img_size": spec.data.img_size} if known.has_fixed_size else {}
    return build_by_name(known.builder, {**base, **size, **known.kwargs, **arguments})


def _build_by_timm(spec: RunSpec, arguments: dict[str, Any], *, has_weights: bool) -> nn.Module:
    if spec.model.pretrained and not timm.models.is_model_pretrained(spec.model.arch):
        raise SpecError(f"model.pretrained: timm has no weights of {spec.model.arch}; use model.init_from or leave it")
    try:
        model: nn.Module = timm.create_model(
            spec.model.arch,
            pretrained=has_weights,
            num_classes=spec.data.num_classes,
            in_chans=spec.data.channels,
            **arguments,
        )
    except Exception as error:  # timm and its models raise anything
        if has_weights:
            raise DataError(
                f"model.pretrained: timm's weights of {spec.model.arch} are not in the local cache and could not be "
                f"loaded: {error_line(error)}"
            ) from error
        raise SpecError(
            f"model {spec.model.name} ({spec.model.arch}) cannot be built with model.kwargs={arguments}: "
            f"{error_line(error)}"
        ) from error
    return model


def _checkpoint_gradients(model: nn.Module, spec: RunSpec) -> None:
    try:
        model.set_grad_checkpointing(enable=True)  # type: ignore[operator]  # timm's, not torch's
    except (AttributeError, AssertionError) as error:
        raise SpecError(f"model.grad_checkpointing has no effect: {spec.model.arch} cannot do it") from error


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

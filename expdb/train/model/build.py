"""The network of a run: built through timm, the zoo or the user's own function."""

from typing import Any

import timm
import torch
from timm.layers.drop import DropPath
from torch import nn

from expdb.catalog.models import is_own_model
from expdb.catalog.zoo import ZOO
from expdb.domain.spec import RunSpec
from expdb.errors import DataError, SpecError
from expdb.train.model.custom import build_by_name, error_line
from expdb.train.model.stem import change_stem, stem_of


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

"""The network of a run: built through timm, the zoo or the user's own function."""

from typing import Any

import timm
import torch
from timm.layers.drop import DropPath
from torch import nn

from expdb.catalog.models import is_hub_model, is_own_model
from expdb.catalog.zoo import ZOO
from expdb.domain.spec import RunSpec
from expdb.errors import SpecError
from expdb.train.model.custom import build_by_name, error_line
from expdb.train.model.pretrained import PretrainedFile, find_hub_model, find_pretrained, refuse_other_weights
from expdb.train.model.stem import change_stem, stem_of

# Where timm would look for weights: it is given the file, or none.
_NO_SOURCE = dict.fromkeys(("url", "file", "hf_hub_id", "hf_hub_filename", "source")) | {"custom_load": False}

_OF_THE_DATA = ("num_classes", "in_chans")


def build_model(spec: RunSpec, device: torch.device) -> nn.Module:
    """Build the spec's network; fresh weights are drawn from torch's global random state.

    Raises:
        SpecError: it cannot be built with these arguments, or a setting of `spec.model` has no effect on it.
        DataError: its pretrained weights could not be had.
    """
    refuse_other_weights(spec)
    for key in _OF_THE_DATA:
        if key in spec.model.kwargs:
            raise SpecError(f"model.kwargs.{key}={spec.model.kwargs[key]!r} follows from the dataset: leave it out")
    stem = stem_of(spec)
    arguments = dict(spec.model.kwargs)
    if stem is not None and isinstance(arguments.get("img_size"), int):
        arguments["img_size"] *= stem.shrinks_by
    if spec.model.drop_path:
        arguments["drop_path_rate"] = spec.model.drop_path
    if is_own_model(spec.model.arch) or spec.model.arch in ZOO:
        model = _build_by_name(spec, arguments)
    else:
        model = _build_by_timm(spec, arguments, None if device.type == "meta" else find_pretrained(spec))
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


def _build_by_timm(spec: RunSpec, arguments: dict[str, Any], weights: PretrainedFile | None) -> nn.Module:
    name = spec.model.arch
    if is_hub_model(name):
        described = find_hub_model(spec)
        name = f"local-dir:{described.folder}"  # timm would look for a newer one on the net
        arguments = {**({"img_size": spec.data.img_size} if described.is_fixed else {}), **arguments}
    elif spec.model.pretrained and not timm.models.is_model_pretrained(name):
        raise SpecError(f"model.pretrained: timm has no weights of {name}; use model.init_from or leave it")
    try:
        model: nn.Module = timm.create_model(
            name,
            pretrained=weights is not None,
            pretrained_cfg_overlay={**_NO_SOURCE, "file": weights and str(weights.path)},
            num_classes=spec.data.num_classes,
            in_chans=spec.data.channels,
            **arguments,
        )
    except Exception as error:  # timm and its models raise anything
        given = f"model {spec.model.name} ({spec.model.arch})"
        if weights is not None:
            raise SpecError(
                f"model.pretrained: the weights {weights.tag} do not fit {given} at {spec.data.img_size} px with "
                f"model.kwargs={arguments}: {error_line(error)}"
            ) from error
        raise SpecError(f"{given} cannot be built with model.kwargs={arguments}: {error_line(error)}") from error
    return model


def _checkpoint_gradients(model: nn.Module, spec: RunSpec) -> None:
    try:
        model.set_grad_checkpointing(enable=True)  # type: ignore[operator]  # timm's, not torch's
    except (AttributeError, AssertionError) as error:
        raise SpecError(f"model.grad_checkpointing has no effect: {spec.model.arch} cannot do it") from error

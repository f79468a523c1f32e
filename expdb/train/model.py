"""The network of a run: built through timm, its stem exchanged for small images, its size counted."""

from dataclasses import dataclass

import timm
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from expdb.domain.spec import RunSpec
from expdb.errors import SpecError


@dataclass(frozen=True, kw_only=True)
class ModelSummary:
    """A model's size. `macs`: multiply-accumulates of one image's forward pass; None if they cannot be counted."""

    num_params: int
    num_trainable_params: int
    macs: int | None


def build_model(spec: RunSpec, device: torch.device) -> nn.Module:
    """Build the spec's network with fresh weights from torch's global random state.

    Raises:
        SpecError: timm cannot build it with these arguments, or it has no stem to exchange.
    """
    try:
        model: nn.Module = timm.create_model(
            spec.model.arch,
            num_classes=spec.data.num_classes,
            in_chans=spec.data.channels,
            **spec.model.kwargs,
        )
    except Exception as error:  # timm and its models raise anything
        raise SpecError(
            f"model {spec.model.name} ({spec.model.arch}) cannot be built with model.kwargs={spec.model.kwargs}: "
            f"{_first_line(error)}"
        ) from error
    if spec.model.stem == "cifar":
        _exchange_stem(model, spec)
    return model.to(device)


def describe_model(spec: RunSpec) -> ModelSummary:
    """Count parameters and multiply-accumulates on the meta device: no memory, no weights, no computing.

    Raises:
        SpecError: as `build_model`, or the network does not take images of this size.
    """
    with torch.device("meta"):
        model = build_model(spec, torch.device("meta")).eval()
    return ModelSummary(
        num_params=sum(parameter.numel() for parameter in model.parameters()),
        num_trainable_params=sum(parameter.numel() for parameter in model.parameters() if parameter.requires_grad),
        macs=_count_macs(model, spec),
    )


def _count_macs(model: nn.Module, spec: RunSpec) -> int | None:
    size = spec.data.img_size
    image = torch.empty(1, spec.data.channels, size, size, device="meta")
    try:
        with torch.no_grad(), FlopCounterMode(display=False) as counter:
            model(image)
    except Exception as error:
        if isinstance(error, NotImplementedError) or "meta" in str(error):
            return None  # it reads values while it computes, and the meta device has none
        raise SpecError(
            f"model {spec.model.name} does not take images of data.img_size={size}: {_first_line(error)}"
        ) from error
    return int(counter.get_total_flops()) // 2


def _exchange_stem(model: nn.Module, spec: RunSpec) -> None:
    """Put a 3x3 convolution of stride 1 in place of the stem, and nothing in place of the max-pool.

    Source: He et al. 2016, section 4.2, as usual in CIFAR versions of ResNet.
    """
    norm = getattr(model, "bn1", None)
    if not isinstance(norm, nn.Module) or not hasattr(model, "conv1") or not hasattr(model, "maxpool"):
        raise SpecError(f"model.stem=cifar: {spec.model.arch} has no ResNet stem to exchange; use model.stem=default")
    num_features = int(norm.num_features)  # type: ignore[arg-type]  # of every norm that timm's ResNets take
    stem = nn.Conv2d(spec.data.channels, num_features, kernel_size=3, stride=1, padding=1, bias=False)
    nn.init.kaiming_normal_(stem.weight, mode="fan_out", nonlinearity="relu")  # as timm initialises its own
    model.conv1, model.maxpool = stem, nn.Identity()


def _first_line(error: Exception) -> str:
    return (str(error) or type(error).__name__).strip().splitlines()[0]

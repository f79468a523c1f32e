"""Convolutions whose stride is longer than the image: torch's bfloat16 on a CPU leaves their gradients half written."""

from types import MethodType

import torch
from torch import nn


def guard_small_inputs(model: nn.Module) -> None:
    """Let convolutions compute in float32 where their input is smaller than their stride.

    There the weights of the kernel's border meet padding only, and oneDNN writes no gradient of them in bfloat16: what
    was in the memory before is taken for it, now and then infinite or no number (seen with torch 2.15, at inputs of
    1 px and stride 2, and below 4 px and stride 4, for every kernel; never otherwise, nor in float32).
    """
    for module in model.modules():
        if isinstance(module, nn.Conv2d) and max(module.stride) > 1:
            module.forward = MethodType(_forward, module)  # type: ignore[method-assign]  # copies of it are bound anew


def _forward(convolution: nn.Conv2d, images: torch.Tensor) -> torch.Tensor:
    compute = type(convolution).forward
    if min(images.shape[-2:]) >= max(convolution.stride):
        return compute(convolution, images)
    with torch.autocast(images.device.type, enabled=False):
        return compute(convolution, images.float())

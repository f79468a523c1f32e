"""Feature maps of convolutional networks and hybrids, and tokens that lie on a grid as one."""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from expdb.analysis.subject import NotApplicableError

_FINE = 7  # places a side from which a map can show where something is
_MOST_PREFIX_TOKENS = 5  # a class token and four registers (DINOv2)
_POOLINGS = (nn.AdaptiveAvgPool2d, nn.AdaptiveMaxPool2d)


@dataclass(frozen=True, kw_only=True)
class SeenMap:
    """A module's output of four dimensions, in one forward pass.

    Attributes:
        name: of the module.
        side, channels: of the map.
        num_convolutions: that looked beyond their own patch before it.
    """

    name: str
    side: int
    channels: int
    num_convolutions: int


@dataclass(frozen=True, kw_only=True)
class TokenGrid:
    """How tokens lie: `side` rows and columns after `prefix` tokens that stand for no place."""

    side: int
    prefix: int


def token_grid(num_tokens: int, *, model: nn.Module) -> TokenGrid | None:
    """Return the square grid that so many tokens of a model make; None where they make none."""
    known = getattr(model, "num_prefix_tokens", None)
    first = [known] if isinstance(known, int) else []
    for prefix in (*first, *range(_MOST_PREFIX_TOKENS + 1)):
        side = math.isqrt(max(0, num_tokens - prefix))
        if side > 1 and side**2 == num_tokens - prefix:
            return TokenGrid(side=side, prefix=prefix)
    return None


def as_map(features: torch.Tensor, *, model: nn.Module) -> torch.Tensor | None:
    """Return features as (B, C, h, w): a map, channels first or last, or tokens on a grid; None of anything else."""
    if features.ndim == 4:
        is_last = features.shape[1] == features.shape[2] != features.shape[3]
        return features.permute(0, 3, 1, 2) if is_last else features
    grid = token_grid(features.shape[1], model=model) if features.ndim == 3 else None
    if grid is None:
        return None
    tokens = features[:, grid.prefix :].transpose(1, 2)
    return tokens.reshape(len(features), -1, grid.side, grid.side)


def convolutional_maps(model: nn.Module, inputs: torch.Tensor) -> list[SeenMap]:
    """Return the maps that come after a convolution which looks beyond its own patch, in the order in which they come.

    A patch embedding is none, and what attention computes inside is no map.
    """
    seen: list[SeenMap] = []
    count = 0

    def look(name: str, module: nn.Module) -> Callable[..., None]:
        def hook(_module: nn.Module, _inputs: Any, output: Any) -> None:
            nonlocal count
            if isinstance(module, nn.Conv2d) and any(
                kernel > stride for kernel, stride in zip(module.kernel_size, module.stride, strict=True)
            ):
                count += 1
            is_map = isinstance(output, torch.Tensor) and output.ndim == 4 and output.shape[2] == output.shape[3] > 1
            if is_map and count and len(output) == len(inputs) and not isinstance(module, _POOLINGS):
                seen.append(SeenMap(name=name, side=output.shape[2], channels=output.shape[1], num_convolutions=count))

        return hook

    outside = _outside_attention(model)
    handles = [module.register_forward_hook(look(name, module)) for name, module in outside]
    try:
        with torch.no_grad():
            model(inputs)
    finally:
        for handle in handles:
            handle.remove()
    names = [one.name for one in seen]
    return [one for one in seen if names.count(one.name) == 1]  # what is called twice stands for no layer


def _outside_attention(model: nn.Module) -> list[tuple[str, nn.Module]]:
    """Return all modules by name but the network itself, attention and what is in it."""
    inside = [name for name, module in model.named_modules() if name and hasattr(module, "num_heads")]
    return [
        (name, module)
        for name, module in model.named_modules()
        if name and not any(name == other or name.startswith(f"{other}.") for other in inside)
    ]


def in_order_of_use(maps: list[SeenMap]) -> list[SeenMap]:
    """Return maps as they suit an explanation: the deepest of 7 by 7 places or more first, then the finest others.

    What comes before the second convolution is a stem, and comes last.
    """

    def rank(place: int) -> tuple[bool, int, int]:
        one = maps[place]
        return one.num_convolutions < 2, -min(one.side, _FINE), -place

    return [maps[place] for place in sorted(range(len(maps)), key=rank)]


@contextmanager
def kept_output(module: nn.Module) -> Iterator[list[torch.Tensor]]:
    """Give a list that a forward pass puts the module's output into, from which gradients start.

    What comes after works on a copy, so that changes in place do not reach what is kept.
    """
    kept: list[torch.Tensor] = []

    def hook(_module: nn.Module, _inputs: Any, output: torch.Tensor) -> torch.Tensor:
        kept.append(output.detach().requires_grad_())
        return kept[-1].clone()

    handle = module.register_forward_hook(hook)
    try:
        yield kept
    finally:
        handle.remove()


def last_features(model: nn.Module, inputs: torch.Tensor) -> torch.Tensor:
    """Return the features on which a network decides, as (B, C, h, w): of timm's kind, or its last map.

    Raises:
        NotApplicableError: they lie on no grid.
    """
    own: Any = getattr(model, "forward_features", None)
    features: Any = None
    if callable(own):
        features = own(inputs)
    else:
        maps = convolutional_maps(model, inputs[:1])
        if maps:
            found: list[torch.Tensor] = []
            module = model.get_submodule(maps[-1].name)
            handle = module.register_forward_hook(lambda _module, _inputs, output: found.append(output))
            try:
                model(inputs)
            finally:
                handle.remove()
            features = found[0]
    lying = as_map(features, model=model) if isinstance(features, torch.Tensor) else None
    if lying is None:
        raise NotApplicableError(
            f"{type(model).__name__} decides on features that lie on no grid: there is no field to measure"
        )
    return lying

"""Reading what attention weighs: a fused kernel keeps no weights, so it is switched off while they are read."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import nn

from expdb.analysis.maps.feature_maps import TokenGrid, token_grid

_ROUNDING = 1e-3  # by which the sum of a row of weights may miss 1


@dataclass(frozen=True, kw_only=True)
class AttentionLayer:
    """What one attention module weighed.

    Attributes:
        name: of the module.
        weights: (B, heads, queries, keys).
        num_tokens: that went into it; None where it was not given tokens or a map.
        windows: how many parts of an image its rows are of.
    """

    name: str
    weights: torch.Tensor
    num_tokens: int | None
    windows: int


def attention_modules(model: nn.Module) -> dict[str, nn.Module]:
    """Return the modules whose weights can be read, by name: those that pass them through `attn_drop`, as timm's."""
    return {
        name: module
        for name, module in model.named_modules()
        if isinstance(getattr(module, "attn_drop", None), nn.Module)
    }


def unreadable_attention(model: nn.Module) -> list[str]:
    """Return the names of modules that have heads, and no weights that can be read."""
    readable = attention_modules(model)
    return [
        name
        for name, module in model.named_modules()
        if name
        and isinstance(getattr(module, "num_heads", None), int)
        and not any(other == name or other.startswith(f"{name}.") for other in readable)
        and not any(name.startswith(f"{other}.") for other in readable)
    ]


@contextmanager
def attention_read(model: nn.Module) -> Iterator[list[AttentionLayer]]:
    """Give a list that forward passes put the weights of every attention module into, in their order.

    Empty it between two passes. Weights that need gradients keep them.
    """
    layers: list[AttentionLayer] = []
    sizes: dict[str, tuple[int, int | None]] = {}

    def note_size(name: str) -> Callable[..., None]:
        def hook(_module: nn.Module, inputs: tuple[Any, ...]) -> None:
            given = inputs[0] if inputs and isinstance(inputs[0], torch.Tensor) else None
            if given is not None:
                tokens = given.shape[1] if given.ndim == 3 else given.shape[-2] * given.shape[-1]
                sizes[name] = len(given), tokens if given.ndim in (3, 4) else None

        return hook

    def note_weights(name: str) -> Callable[..., None]:
        def hook(_module: nn.Module, _inputs: Any, output: torch.Tensor) -> None:
            if output.requires_grad and not output.is_leaf:
                output.retain_grad()
            batch, tokens = sizes.get(name, (len(output), None))
            layers.append(
                AttentionLayer(name=name, weights=output, num_tokens=tokens, windows=len(output) // max(1, batch))
            )

        return hook

    with ExitStack() as stack:
        for name, module in attention_modules(model).items():
            if getattr(module, "fused_attn", False):
                module.fused_attn = False  # type: ignore[assignment]  # a plain flag of timm's and the zoo's
                stack.callback(partial(setattr, module, "fused_attn"), True)  # noqa: FBT003 - as setattr takes it
            stack.callback(module.register_forward_pre_hook(note_size(name)).remove)
            drop: nn.Module = module.attn_drop  # type: ignore[assignment]
            stack.callback(drop.register_forward_hook(note_weights(name)).remove)
        yield layers


def why_unusable(layers: Sequence[AttentionLayer], *, num_images: int, model: nn.Module) -> str | None:
    """Return why attention cannot be laid over the image, in a clause; None where it can."""
    names = unreadable_attention(model)
    if names:
        return f"the weights of {names[0]} cannot be read"
    for layer in layers:
        reason = _reason(layer, num_images, model)
        if reason is not None:
            return f"{layer.name} {reason}"
    return None


def _reason(layer: AttentionLayer, num_images: int, model: nn.Module) -> str | None:
    weights = layer.weights
    if weights.ndim != 4:
        return f"weighs in {weights.ndim} dimensions, not (images, heads, queries, keys)"
    queries, keys = weights.shape[2:]
    if len(weights) != num_images or layer.windows != 1:
        return f"looks at windows of {keys} places, not at the whole image"
    if queries != keys:
        return f"has {queries} queries and {keys} keys: they are not the same places"
    if layer.num_tokens not in (None, queries):
        return f"weighs {queries} channels or the like, not its {layer.num_tokens} tokens"
    if (weights.detach().sum(-1) - 1).abs().max() > _ROUNDING:
        return "weighs by rows that do not sum to 1 (heads that talk)"
    if token_grid(queries, model=model) is None:
        return f"has {queries} tokens, which make no square"
    return None


def grid_of(layer: AttentionLayer, *, model: nn.Module) -> TokenGrid:
    """Return how the tokens of a usable layer lie."""
    grid = token_grid(layer.weights.shape[-1], model=model)
    assert grid is not None  # noqa: S101 - `why_unusable` has seen to it
    return grid


def last_alike(layers: Sequence[AttentionLayer]) -> list[AttentionLayer]:
    """Return the last layers whose tokens are the same places: those before had more of them, or no class token."""
    tokens = layers[-1].weights.shape[-1]
    alike = []
    for layer in reversed(layers):
        if layer.weights.shape[-1] != tokens:
            break
        alike.append(layer)
    return alike[::-1]


def answers_from_class_token(model: nn.Module, grid: TokenGrid) -> bool:
    """Return whether a class token decides; otherwise all places do."""
    return grid.prefix > 0 and getattr(model, "global_pool", "token") in ("token", "")

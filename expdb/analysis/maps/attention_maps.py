"""Maps made of attention weights, and how far attention reaches.

Sources: rollout: Abnar and Zuidema 2020, "Quantifying Attention Flow in Transformers", section 3. Gradient attention:
Chefer et al. 2021, "Generic Attention-Model Explainability", equations 5 and 6. Distance: Dosovitskiy et al. 2021, "An
Image is Worth 16x16 Words", appendix D.7.
"""

from collections.abc import Sequence

import torch

from expdb.analysis.maps.feature_maps import TokenGrid


def rollout(weights: Sequence[torch.Tensor]) -> torch.Tensor:
    """Return how much of each token's input is in each output, (B, N, N), of layers of (B, heads, N, N).

    Half of every layer's output is its input, by the skip connection; heads count alike. It says nothing of a class.
    """
    flow: torch.Tensor | None = None
    for layer in weights:
        mixed = 0.5 * layer.mean(1) + 0.5 * torch.eye(layer.shape[-1]).to(layer)
        mixed = mixed / mixed.sum(-1, keepdim=True)
        flow = mixed if flow is None else mixed @ flow
    assert flow is not None  # noqa: S101 - our own mistake
    return flow


def gradient_attention(weights: Sequence[torch.Tensor], gradients: Sequence[torch.Tensor]) -> torch.Tensor:
    """Return what speaks for a class, (B, N, N): attention by the gradient of its logit, where both are positive.

    Args:
        weights: (B, heads, N, N) of each layer.
        gradients: of the class's logit over these.
    """
    relevance = torch.eye(weights[0].shape[-1]).to(weights[0]).expand(len(weights[0]), -1, -1)
    for layer, gradient in zip(weights, gradients, strict=True):
        relevance = relevance + (layer * gradient).relu().mean(1) @ relevance
    return relevance


def over_places(relations: torch.Tensor, grid: TokenGrid, *, from_class_token: bool) -> torch.Tensor:
    """Return relations between tokens (..., N, N) as maps (..., h, w), by the class token's row or the mean row."""
    rows = relations[..., 0, :] if from_class_token else relations[..., grid.prefix :, :].mean(-2)
    return rows[..., grid.prefix :].reshape(*rows.shape[:-1], grid.side, grid.side)


def distances(side: int, *, pixels: float) -> torch.Tensor:
    """Return the distance in pixels between any two places of a square grid, (side^2, side^2) float64.

    Args:
        side: places a side.
        pixels: between two neighbours.
    """
    axis = torch.arange(side, dtype=torch.float64)
    places = torch.cartesian_prod(axis, axis) * pixels
    return torch.cdist(places, places)


def attention_distances(weights: torch.Tensor, grid: TokenGrid, *, pixels: float) -> torch.Tensor:
    """Return the mean distance from which each head takes, (B, heads) in pixels, over all places that ask.

    Attention to tokens that stand for no place is left out, and the rest of a row sums to 1 again.
    """
    between = weights[..., grid.prefix :, grid.prefix :].double()
    between = between / between.sum(-1, keepdim=True).clamp_min(1e-30)
    return (between * distances(grid.side, pixels=pixels).to(between.device)).sum(-1).mean(-1)


def even_distance(side: int, *, pixels: float) -> float:
    """Return the mean distance of attention that weighs all places alike, in pixels."""
    return distances(side, pixels=pixels).mean().item()

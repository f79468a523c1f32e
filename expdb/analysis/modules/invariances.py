"""Inductive biases of kinds of layers, and whether a random one has the invariance that it is said to have.

Source: Battaglia et al. 2018, "Relational inductive biases, deep learning, and graph networks", table 1; the row of
attention is ours. An output that moves or is reordered as the input is (equivariance) counts as the invariance.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import torch
from torch import nn

from expdb.domain.analyses.result import Listing

TOLERANCE = 1e-9  # relative, in float64: what rounding leaves
_SEEDS = 3
_CHANNELS, _SIDE, _TOKENS, _WIDTH = 4, 8, 10, 8

# Component, entities, relations, bias, invariance.
BIASES = (
    ("fully connected", "units", "all to all", "weak", "none"),
    ("convolutional", "grid places", "local", "locality", "translation"),
    ("recurrent", "time steps", "sequential", "sequentiality", "shift in time"),
    ("graph", "nodes", "edges", "arbitrary", "order of nodes"),
    ("attention", "tokens", "all to all, by content", "weak", "order of tokens, without positions"),
)


@dataclass(frozen=True, kw_only=True)
class Invariance:
    """What became of a random layer's output when its input was changed.

    Attributes:
        layer: which kind, and what is particular of it.
        change: of the input.
        difference: norm of f(change(x)) - change(f(x)) by that of change(f(x)), the largest of the seeds.
    """

    layer: str
    change: str
    difference: float

    @property
    def holds(self) -> bool:
        """Whether nothing but rounding differs."""
        return self.difference <= TOLERANCE


def measured_invariances() -> list[Invariance]:
    """Measure random layers, float64: those that each kind is said to have, and where they end."""
    kinds: tuple[tuple[str, str, Callable[[torch.Generator], float]], ...] = (
        ("fully connected", "translation", lambda draw: _moved(_dense(), draw)),
        ("fully connected", "order of inputs", lambda draw: _reordered(_dense(), draw)),
        ("convolutional, edges joined", "translation", lambda draw: _moved(_convolution("circular"), draw)),
        ("convolutional, zeros outside", "translation", lambda draw: _moved(_convolution("zeros"), draw)),
        ("convolutional, edges joined", "order of places", _reordered_places),
        ("recurrent, starting from zero", "shift in time", _later),
        ("graph", "order of nodes", _relabelled),
        ("attention, without positions", "order of tokens", lambda draw: _attention(draw, has_positions=False)),
        ("attention, with positions", "order of tokens", lambda draw: _attention(draw, has_positions=True)),
    )
    found = []
    for layer, change, measure in kinds:
        differences = []
        for seed in range(_SEEDS):
            with torch.random.fork_rng(devices=[]), torch.no_grad():
                torch.manual_seed(seed)
                differences.append(measure(torch.Generator().manual_seed(seed)))
        found.append(Invariance(layer=layer, change=change, difference=max(differences)))
    return found


def bias_listings() -> tuple[Listing, Listing]:
    """Return the table of inductive biases, and what random layers show of it."""
    return (
        Listing(
            key="inductive_biases",
            title="Inductive biases of kinds of layers (Battaglia et al. 2018, table 1; attention: ours)",
            headings=("component", "entities", "relations", "bias", "invariance"),
            rows=BIASES,
        ),
        Listing(
            key="invariances",
            title=f"Measured on random layers: what differs, relative (it holds up to {TOLERANCE:g})",
            headings=("layer", "change of the input", "difference", "invariant"),
            rows=tuple(
                (one.layer, one.change, one.difference, "yes" if one.holds else "no") for one in measured_invariances()
            ),
        ),
    )


def _relative(one: torch.Tensor, other: torch.Tensor) -> float:
    found: float = (torch.linalg.vector_norm(one - other) / torch.linalg.vector_norm(other)).item()
    return found


def _image(draw: torch.Generator) -> torch.Tensor:
    return torch.randn(1, _CHANNELS, _SIDE, _SIDE, generator=draw, dtype=torch.float64)


def _dense() -> nn.Module:
    size = _CHANNELS * _SIDE**2
    layer = nn.Sequential(nn.Flatten(), nn.Linear(size, size), nn.ReLU(), nn.Unflatten(1, (_CHANNELS, _SIDE, _SIDE)))
    return layer.double()


def _convolution(padding: Literal["circular", "zeros"]) -> nn.Module:
    return nn.Sequential(nn.Conv2d(_CHANNELS, _CHANNELS, 3, padding=1, padding_mode=padding), nn.ReLU()).double()


def _moved(layer: nn.Module, draw: torch.Generator) -> float:
    image = _image(draw)

    def move(images: torch.Tensor) -> torch.Tensor:
        return images.roll((2, 3), dims=(2, 3))

    return _relative(layer(move(image)), move(layer(image)))


def _reordered(layer: nn.Module, draw: torch.Generator) -> float:
    image = _image(draw)
    order = torch.randperm(_SIDE**2, generator=draw)

    def reorder(images: torch.Tensor) -> torch.Tensor:
        return images.flatten(2)[..., order].reshape(images.shape)

    return _relative(layer(reorder(image)), reorder(layer(image)))


def _reordered_places(draw: torch.Generator) -> float:
    return _reordered(_convolution("circular"), draw)


def _later(draw: torch.Generator) -> float:
    """Whether an input that comes three steps later gives the same output three steps later."""
    layer = nn.RNN(_WIDTH, _WIDTH, bias=False, batch_first=True).double()  # zeros leave its state at zero
    steps = torch.randn(1, _TOKENS, _WIDTH, generator=draw, dtype=torch.float64)

    def wait(sequence: torch.Tensor) -> torch.Tensor:
        return nn.functional.pad(sequence, (0, 0, 3, 0))

    return _relative(layer(wait(steps))[0], wait(layer(steps)[0]))


def _relabelled(draw: torch.Generator) -> float:
    own, others = (nn.Linear(_WIDTH, _WIDTH).double() for _ in range(2))
    nodes = torch.randn(_TOKENS, _WIDTH, generator=draw, dtype=torch.float64)
    edges = (torch.rand(_TOKENS, _TOKENS, generator=draw) < 0.3).double()
    order = torch.randperm(_TOKENS, generator=draw)

    def layer(features: torch.Tensor, joined: torch.Tensor) -> torch.Tensor:
        output: torch.Tensor = own(features) + joined @ others(features)
        return output.relu()

    return _relative(layer(nodes[order], edges[order][:, order]), layer(nodes, edges)[order])


def _attention(draw: torch.Generator, *, has_positions: bool) -> float:
    layer = nn.MultiheadAttention(_WIDTH, 2, batch_first=True).double()
    tokens = torch.randn(1, _TOKENS, _WIDTH, generator=draw, dtype=torch.float64)
    positions = torch.randn(1, _TOKENS, _WIDTH, generator=draw, dtype=torch.float64) * has_positions
    order = torch.randperm(_TOKENS, generator=draw)

    def attend(given: torch.Tensor) -> torch.Tensor:
        placed = given + positions
        output: torch.Tensor = layer(placed, placed, placed)[0]
        return output

    return _relative(attend(tokens[:, order]), attend(tokens)[:, order])

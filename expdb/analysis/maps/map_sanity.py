"""Whether explanation maps depend on what was learnt: how like they are to those of networks with random weights.

Source: Adebayo et al. 2018, "Sanity Checks for Saliency Maps", section 3: cascading randomisation, from the output to
the input, and the rank correlation of maps before and after it.
"""

import copy
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from scipy.stats import rankdata  # type: ignore[import-untyped]
from torch import nn

from expdb.analysis.estimates import mean_of
from expdb.analysis.random_networks import random_network
from expdb.domain.analyses.result import Chart, Estimate, Line
from expdb.domain.spec import RunSpec

SHARES = (0.25, 0.5, 0.75, 1.0)  # of the layers, from the output


@dataclass(frozen=True, kw_only=True)
class Sanity:
    """How like maps are to those of partly random networks.

    Attributes:
        of_share: by share of random layers, the mean rank correlation of images, of each over the random networks.
        num_left_out: images without a correlation at the end: their map, or each random one, is the same everywhere.
    """

    of_share: dict[float, Estimate]
    num_left_out: int

    @property
    def whole(self) -> Estimate:
        """With random weights in all layers."""
        return self.of_share[SHARES[-1]]

    def chart(self, key: str, title: str) -> Chart:
        """Return the correlations as a line."""
        found = [(share, one) for share, one in self.of_share.items() if one.n]
        line = Line(
            label="rank correlation",
            x=(0.0, *(share for share, _ in found)),
            y=(1.0, *(one.value for _, one in found)),
            low=(1.0, *(one.value if one.low is None else one.low for _, one in found)),
            high=(1.0, *(one.value if one.high is None else one.high for _, one in found)),
        )
        return Chart(
            key=key,
            title=title,
            x_label="share of layers with random weights, from the output",
            y_label="rank correlation with its own maps",
            lines=(line,),
        )


def map_sanity(
    maps_of: Callable[[nn.Module], torch.Tensor], model: nn.Module, spec: RunSpec, *, networks: int, seed: int
) -> Sanity:
    """Compare maps with those after layers got random weights.

    Args:
        maps_of: gives (N, h, w) of a network, of the same images and classes each time.
        model: the trained one.
        spec: of its run.
        networks: how many random ones; of each image the mean over them counts.
        seed: of these.
    """
    own = maps_of(model)
    device = next(model.parameters()).device
    found: dict[float, list[torch.Tensor]] = {share: [] for share in SHARES}
    for number in range(networks):
        fresh = random_network(spec, seed=seed + number, device=device)
        for share in SHARES:
            found[share].append(rank_correlations(own, maps_of(partly_random(model, fresh, share=share))))
    means = {share: torch.stack(each).nanmean(0) for share, each in found.items()}
    return Sanity(
        of_share={share: _estimate(one[~one.isnan()]) for share, one in means.items()},
        num_left_out=int(means[SHARES[-1]].isnan().sum()),
    )


def partly_random(model: nn.Module, fresh: nn.Module, *, share: float) -> nn.Module:
    """Return a copy of a network in which a share of the layers, from the output, are those of another of its kind.

    A layer is a module with weights of its own; what the network itself holds (positions, a class token) belongs to the
    input.
    """
    mixed = copy.deepcopy(model)
    own = [name for name, module in model.named_modules() if _has_weights(module)]
    for name in own[len(own) - round(share * len(own)) :]:
        target, source = mixed.get_submodule(name), fresh.get_submodule(name)
        for (_, old), (_, new) in zip(_own_tensors(target), _own_tensors(source), strict=True):
            old.data.copy_(new.data)
    return mixed


def _has_weights(module: nn.Module) -> bool:
    return next(module.parameters(recurse=False), None) is not None


def _own_tensors(module: nn.Module) -> list[tuple[str, torch.Tensor]]:
    return [*module.named_parameters(recurse=False), *module.named_buffers(recurse=False)]


def rank_correlations(one: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
    """Return Spearman's rank correlation of each pair of maps (N, h, w); NaN where one is the same everywhere."""
    ranks = [rankdata(maps.flatten(1).double().numpy(), axis=1) for maps in (one, other)]
    left, right = (each - each.mean(axis=1, keepdims=True) for each in ranks)
    with np.errstate(invalid="ignore"):
        found = (left * right).sum(axis=1) / np.sqrt((left**2).sum(axis=1) * (right**2).sum(axis=1))
    return torch.from_numpy(found)


def _estimate(values: torch.Tensor) -> Estimate:
    return mean_of(values) if len(values) else Estimate(value=0.0, n=0)

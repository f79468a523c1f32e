"""Which images are shown with a map: drawn ones, and beside them those that one would pick by hand."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from expdb.analysis.network import Network

RANDOM, MISTAKE, HIT = "random", "mistake", "hit"


@dataclass(frozen=True, kw_only=True)
class ChosenImages:
    """Images that a gallery shows; an image may be in it twice, drawn and picked.

    Attributes:
        places: (K,) among the network's images.
        kinds: of each, why it is there: drawn at random, a confident mistake, a confident hit.
        true, predicted: (K,) labels.
        probability: (K,) of the predicted one.
    """

    places: torch.Tensor
    kinds: tuple[str, ...]
    true: torch.Tensor
    predicted: torch.Tensor
    probability: torch.Tensor

    def arrays(self, network: Network) -> dict[str, npt.NDArray[np.generic]]:
        """Return what a page needs to show them: `positions` count in the run's own test split."""
        return {
            "positions": network.positions[self.places].numpy(),
            "kind": np.array(self.kinds),
            "true": self.true.numpy(),
            "predicted": self.predicted.numpy(),
            "probability": self.probability.numpy().astype(np.float32),
        }


def choose_images(network: Network, *, shown: int, seed: int) -> ChosenImages:
    """Return images of a network: so many drawn, so many of its most confident mistakes and of its hits.

    Which are drawn depends on the seed and the split alone, so that other networks are shown the same.
    """
    logits = torch.cat([network.logits(network.images[some].float() / 255) for some in network.batches()])
    best = logits.double().softmax(1).max(1)
    is_right = best.indices == network.labels
    drawn = drawn_order(len(logits), seed=seed)[:shown].sort().values
    by_confidence = best.values.argsort(descending=True, stable=True)
    mistakes, hits = (by_confidence[chosen[by_confidence]][:shown] for chosen in (~is_right, is_right))
    places = torch.cat([drawn, mistakes, hits])
    return ChosenImages(
        places=places,
        kinds=(RANDOM,) * len(drawn) + (MISTAKE,) * len(mistakes) + (HIT,) * len(hits),
        true=network.labels[places],
        predicted=best.indices[places],
        probability=best.values[places],
    )


def drawn_order(number: int, *, seed: int) -> torch.Tensor:
    """Return 0 to number - 1 in an order of the seed's."""
    return torch.randperm(number, generator=torch.Generator().manual_seed(seed))


def for_images(
    network: Network, places: torch.Tensor, compute: Callable[[torch.Tensor, slice], torch.Tensor]
) -> torch.Tensor:
    """Return what is computed of images as the network takes them, part by part, and count them.

    Args:
        network: whose images.
        places: (K,) which of them.
        compute: given (B, C, H, W) and their place among the K, gives (B, ...).
    """
    found = []
    for start in range(0, len(places), network.batch_size):
        some = slice(start, min(start + network.batch_size, len(places)))
        found.append(compute(network.prepared(network.images[places[some]].float() / 255), some).detach().cpu())
        network.count(some.stop - some.start)
    return torch.cat(found)


def small_maps(maps: torch.Tensor) -> npt.NDArray[np.float16]:
    """Return maps (K, ..., h, w) as they are stored: each divided by its largest value, float16."""
    largest = maps.flatten(-2).max(-1).values[..., None, None]
    scaled: npt.NDArray[np.float16] = (maps / largest.clamp_min(1e-30)).numpy().astype(np.float16)
    return scaled

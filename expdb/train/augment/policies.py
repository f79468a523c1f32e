"""AutoAugment, RandAugment, TrivialAugment and AugMix with a draw for every image.

torchvision's own transforms draw once for a whole batch. Here every image draws an action (an operation with its
magnitude and sign) from torchvision's tables, and images that drew the same action are changed together. Draws and
groups are made on the CPU: a GPU never waits to learn who drew what.

Sources: Cubuk et al. 2019, tables 7 to 9 (AutoAugment); Cubuk et al. 2020 (RandAugment); Mueller and Hutter 2021
(TrivialAugment, wide space); Hendrycks et al. 2020, algorithm AugMix.
"""

from collections.abc import Sequence
from typing import Any, Protocol

import torch
from torchvision.transforms import v2

from expdb.domain.spec import AugSpec
from expdb.train.augment.operations import Operations
from expdb.train.augment.same_draw import blocks
from expdb.train.augment.timm_policy import TimmPolicy

_TABLES = {
    "cifar10": v2.AutoAugmentPolicy.CIFAR10,
    "imagenet": v2.AutoAugmentPolicy.IMAGENET,
    "svhn": v2.AutoAugmentPolicy.SVHN,
}
_NUM_AUTOAUGMENT_BINS = 10
_NUM_BINS = 31


class Policy(Protocol):
    """Draws for many images, then changes them as drawn."""

    def draw(self, num_images: int, random: torch.Generator) -> torch.Tensor:
        """Return what was decided, (num_images, ...), to be understood by `apply` alone."""
        ...

    def apply(self, images: torch.Tensor, drawn: torch.Tensor) -> torch.Tensor:
        """Return images (B, C, H, W) uint8 on any device, C 1 or 3, changed as drawn for each of them."""
        ...


def make_policy(aug: AugSpec, *, img_size: int, mean: Sequence[float]) -> Policy | None:
    """Return the spec's policy for square images of one size; None: there is none.

    Raises:
        SpecError: timm does not know the policy string.
    """
    match aug.policy:
        case "autoaugment":
            return AutoAugment(aug.autoaugment_policy or "cifar10", img_size=img_size)
        case "randaugment":
            magnitude = aug.randaugment_magnitude or 0
            return UniformPolicy(
                v2.RandAugment(), img_size=img_size, num_steps=aug.randaugment_num_ops or 1, bins=[magnitude]
            )
        case "trivialaugment":
            return UniformPolicy(v2.TrivialAugmentWide(), img_size=img_size, num_steps=1, bins=list(range(_NUM_BINS)))
        case "augmix":
            return AugMix(img_size=img_size)
        case "timm":
            return TimmPolicy(aug.timm_policy or "", img_size=img_size, mean=mean)
    return None


class AutoAugment:
    """Every image draws one of the table's pairs; each of the two operations happens by its own chance."""

    def __init__(self, table: str, *, img_size: int) -> None:
        transform: Any = v2.AutoAugment(_TABLES[table])
        self.operations = Operations(transform, img_size=img_size)
        pairs = transform._policies  # noqa: SLF001 - pinned by a test
        self._chances = torch.tensor([[chance for _, chance, _ in pair] for pair in pairs])
        self._numbers = torch.tensor(
            [
                [
                    self.operations.signed_numbers(name, num_bins=_NUM_AUTOAUGMENT_BINS, magnitude_bin=level or 0)
                    for name, _, level in pair
                ]
                for pair in pairs
            ]
        )

    def draw(self, num_images: int, random: torch.Generator) -> torch.Tensor:
        """Return (num_images, 2) int64: the action of every image at every step."""
        pair = torch.randint(len(self._chances), (num_images,), generator=random)
        happens = torch.rand(num_images, 2, generator=random) <= self._chances[pair]
        sign = torch.randint(2, (num_images, 2), generator=random)
        return self._numbers[pair].gather(2, sign[..., None])[..., 0] * happens

    def apply(self, images: torch.Tensor, drawn: torch.Tensor) -> torch.Tensor:
        """Return images (B, C, H, W) uint8 changed as drawn."""
        for numbers in drawn.unbind(1):
            images = self.operations.apply(images, numbers)
        return images


class UniformPolicy:
    """Every image draws an operation, one of some magnitude bins and a sign, for each step."""

    def __init__(self, transform: Any, *, img_size: int, num_steps: int, bins: Sequence[int]) -> None:
        self.operations = Operations(transform, img_size=img_size)
        self._num_steps = num_steps
        self._numbers = _all_numbers(self.operations, num_bins=_NUM_BINS, bins=bins)

    def draw(self, num_images: int, random: torch.Generator) -> torch.Tensor:
        """Return (num_images, steps) int64: the action of every image at every step."""
        return _draw_uniformly(self._numbers, (num_images, self._num_steps), random)

    def apply(self, images: torch.Tensor, drawn: torch.Tensor) -> torch.Tensor:
        """Return images (B, C, H, W) uint8 changed as drawn."""
        for numbers in drawn.unbind(1):
            images = self.operations.apply(images, numbers)
        return images


class AugMix:
    """Every image is mixed with three chains of one to three operations on it, by weights of its own.

    Severity 3, width 3, uniform weights (alpha 1): the defaults of the paper and of torchvision.
    """

    WIDTH, DEPTH, SEVERITY, NUM_BINS = 3, 3, 3, 10

    def __init__(self, *, img_size: int) -> None:
        self.operations = Operations(v2.AugMix(), img_size=img_size)
        self._numbers = _all_numbers(self.operations, num_bins=self.NUM_BINS, bins=range(self.SEVERITY))

    def draw(self, num_images: int, random: torch.Generator) -> torch.Tensor:
        """Return (num_images, 9 + 4) float64: the actions of the three chains, then the weights.

        The first weight is the image's own, all four sum to 1.
        """
        actions = _draw_uniformly(self._numbers, (num_images, self.WIDTH, self.DEPTH), random)
        depths = torch.randint(1, self.DEPTH + 1, (num_images, self.WIDTH, 1), generator=random)
        actions *= torch.arange(self.DEPTH) < depths  # the rest: the identity
        own = torch.rand(num_images, 1, generator=random)  # Beta(1, 1)
        shares = torch.empty(num_images, self.WIDTH).exponential_(generator=random)
        shares /= shares.sum(1, keepdim=True)  # Dirichlet(1, 1, 1)
        return torch.cat([actions.flatten(1).double(), own.double(), (shares * (1 - own)).double()], 1)

    def apply(self, images: torch.Tensor, drawn: torch.Tensor) -> torch.Tensor:
        """Return images (B, C, H, W) uint8 changed as drawn."""
        chains = drawn[:, : self.WIDTH * self.DEPTH].long().view(-1, self.WIDTH, self.DEPTH)
        changed = [images]
        for chain in chains.unbind(1):
            branch = images
            for numbers in chain.unbind(1):
                branch = self.operations.apply(branch, numbers)
            changed.append(branch)
        weights = drawn[:, self.WIDTH * self.DEPTH :].float().to(images.device)
        parts = [blocks(branch) for branch in changed]
        sizes = [len(part) for part in parts[0]]
        mixed = [_mix(some, weight) for *some, weight in zip(*parts, torch.split(weights, sizes), strict=True)]
        return torch.cat(mixed)


def _mix(branches: Sequence[torch.Tensor], weights: torch.Tensor) -> torch.Tensor:
    """Return the weighted sum of images (B, C, H, W) uint8 by weights (B, number of branches) float32, cut off."""
    columns = weights[:, :, None, None, None].unbind(1)
    mixed = columns[0] * branches[0]
    for weight, branch in zip(columns[1:], branches[1:], strict=True):
        mixed.add_(weight * branch)
    return mixed.to(torch.uint8)


def _all_numbers(operations: Operations, *, num_bins: int, bins: Sequence[int]) -> torch.Tensor:
    """Return (operations, bins, 2) int64: the actions of each operation at each bin with each sign."""
    return torch.tensor(
        [
            [operations.signed_numbers(name, num_bins=num_bins, magnitude_bin=level) for level in bins]
            for name in operations.names
        ]
    )


def _draw_uniformly(numbers: torch.Tensor, shape: tuple[int, ...], random: torch.Generator) -> torch.Tensor:
    """Draw operation, bin and sign for each place of the shape."""
    operation = torch.randint(len(numbers), shape, generator=random)
    level = torch.randint(numbers.shape[1], shape, generator=random)
    sign = torch.randint(2, shape, generator=random)
    return numbers[operation, level, sign]

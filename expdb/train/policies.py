"""AutoAugment, RandAugment and TrivialAugment with a draw for every image.

torchvision's own transforms draw once for a whole batch. Here every image draws an action (an operation with its
magnitude and sign) from torchvision's tables, and torchvision's kernels run once for each group of images that
drew the same action. Draws and groups are made on the CPU: a GPU never waits to learn who drew what.

Sources: Cubuk et al. 2019, tables 7 to 9 (AutoAugment); Cubuk et al. 2020 (RandAugment); Mueller and Hutter 2021
(TrivialAugment, wide space).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torchvision.transforms import v2

from expdb.domain.spec import AugSpec

_TABLES = {
    "cifar10": v2.AutoAugmentPolicy.CIFAR10,
    "imagenet": v2.AutoAugmentPolicy.IMAGENET,
    "svhn": v2.AutoAugmentPolicy.SVHN,
}
_NUM_AUTOAUGMENT_BINS = 10
_NUM_BINS = 31

_Space = Mapping[str, tuple[Callable[[int, int, int], torch.Tensor | None], bool]]


@dataclass(frozen=True)
class Action:
    """An operation by torchvision's name, with its signed magnitude."""

    operation: str
    magnitude: float


_IDENTITY = Action("Identity", 0.0)


class Policy:
    """A policy for images of one size: `draw` an action for every image and step, then `apply` them.

    Attributes:
        actions: all actions that can be drawn; draws are positions in it.
    """

    def __init__(self, aug: AugSpec, *, img_size: int) -> None:
        self.actions: list[Action] = [_IDENTITY]
        self._size = img_size
        self._num_steps = 1
        match aug.policy:
            case "autoaugment":
                self._transform: Any = v2.AutoAugment(_TABLES[aug.autoaugment_policy or "cifar10"])
                self._num_steps = 2
                self._draw = self._autoaugment()
            case "randaugment":
                self._transform = v2.RandAugment()
                self._num_steps = aug.randaugment_num_ops or 1
                self._draw = self._uniform(magnitude_bins=[aug.randaugment_magnitude or 0])
            case "trivialaugment":
                self._transform = v2.TrivialAugmentWide()
                self._draw = self._uniform(magnitude_bins=list(range(_NUM_BINS)))
            case _:
                raise ValueError(aug.policy)

    def draw(self, num_images: int, random: torch.Generator) -> torch.Tensor:
        """Return (num_images, steps) int64: the action of every image at every step."""
        return self._draw(num_images, random)

    def apply(self, images: torch.Tensor, drawn: torch.Tensor) -> torch.Tensor:
        """Return the images changed as drawn.

        Args:
            images: (B, C, H, W) uint8 on any device, C 1 or 3.
            drawn: (B, steps) int64 on the CPU, from `draw`.
        """
        images = images.clone()
        for column in drawn.unbind(1):
            order = column.argsort(stable=True)
            numbers, counts = torch.unique_consecutive(column[order], return_counts=True)
            groups = torch.split(order.to(images.device, non_blocking=True), counts.tolist())
            for number, group in zip(numbers.tolist(), groups, strict=True):
                if self.actions[number] != _IDENTITY:
                    images[group] = self.apply_action(images[group], self.actions[number])
        return images

    def apply_action(self, images: torch.Tensor, action: Action) -> torch.Tensor:
        """Return images (B, C, H, W) uint8 all changed by one action."""
        changed: torch.Tensor = self._transform._apply_image_or_video_transform(  # noqa: SLF001 - pinned by a test
            images,
            action.operation,
            action.magnitude,
            interpolation=self._transform.interpolation,
            fill=self._transform._fill,  # noqa: SLF001 - pinned by a test
        )
        return changed

    def _number_of(self, action: Action) -> int:
        if action not in self.actions:
            self.actions.append(action)
        return self.actions.index(action)

    def _signed_numbers(self, operation: str, num_bins: int, magnitude_bin: int) -> tuple[int, int]:
        """Return the actions that an operation means at a bin: with positive and with negative sign."""
        space: _Space = self._transform._AUGMENTATION_SPACE  # noqa: SLF001 - pinned by a test
        magnitudes, is_signed = space[operation]
        values = magnitudes(num_bins, self._size, self._size)
        magnitude = 0.0 if values is None else float(values[magnitude_bin])
        negative = -magnitude if is_signed else magnitude
        return self._number_of(Action(operation, magnitude)), self._number_of(Action(operation, negative))

    def _autoaugment(self) -> Callable[[int, torch.Generator], torch.Tensor]:
        """Every image draws one of the table's pairs; each of the two operations happens by its own chance."""
        pairs = self._transform._policies  # noqa: SLF001 - pinned by a test
        chances = torch.tensor([[chance for _, chance, _ in pair] for pair in pairs])
        numbers = torch.tensor(
            [
                [self._signed_numbers(name, _NUM_AUTOAUGMENT_BINS, level or 0) for name, _, level in pair]
                for pair in pairs
            ]
        )

        def draw(num_images: int, random: torch.Generator) -> torch.Tensor:
            pair = torch.randint(len(pairs), (num_images,), generator=random)
            happens = torch.rand(num_images, self._num_steps, generator=random) <= chances[pair]
            sign = torch.randint(2, (num_images, self._num_steps), generator=random)
            return numbers[pair].gather(2, sign[..., None])[..., 0] * happens

        return draw

    def _uniform(self, *, magnitude_bins: list[int]) -> Callable[[int, torch.Generator], torch.Tensor]:
        """Every image draws an operation, one of the magnitude bins and a sign, for each step."""
        space: _Space = self._transform._AUGMENTATION_SPACE  # noqa: SLF001 - pinned by a test
        numbers = torch.tensor(
            [[self._signed_numbers(name, _NUM_BINS, level) for level in magnitude_bins] for name in space]
        )

        def draw(num_images: int, random: torch.Generator) -> torch.Tensor:
            shape = (num_images, self._num_steps)
            operation = torch.randint(len(space), shape, generator=random)
            level = torch.randint(len(magnitude_bins), shape, generator=random)
            sign = torch.randint(2, shape, generator=random)
            return numbers[operation, level, sign]

        return draw

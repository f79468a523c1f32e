"""torchvision's policy operations on groups of images that drew the same one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torchvision.transforms.v2 import InterpolationMode

from expdb.train.augment.kernels import equalize, move_pixels, sharpen, solarize
from expdb.train.augment.same_draw import change_groups

_Space = Mapping[str, tuple[Callable[[int, int, int], torch.Tensor | None], bool]]
_GEOMETRIC = ("ShearX", "ShearY", "TranslateX", "TranslateY", "Rotate")


@dataclass(frozen=True)
class Action:
    """An operation by torchvision's name, with its signed magnitude."""

    operation: str
    magnitude: float


IDENTITY = Action("Identity", 0.0)


class Operations:
    """What one of torchvision's policies can do to square images of one size.

    Attributes:
        actions: all actions that can be drawn; the first is the identity. Draws are positions in it.
    """

    def __init__(self, transform: Any, *, img_size: int) -> None:
        self.actions: list[Action] = [IDENTITY]
        self._numbers = {IDENTITY: 0}
        self._transform = transform
        self._is_nearest = InterpolationMode(transform.interpolation) is InterpolationMode.NEAREST
        self._size = img_size
        self._sources: dict[tuple[Action, torch.device], torch.Tensor] = {}

    @property
    def names(self) -> list[str]:
        """The operations that the policy draws from."""
        return list(self._space)

    def signed_numbers(self, operation: str, *, num_bins: int, magnitude_bin: int) -> tuple[int, int]:
        """Return the numbers of the actions that an operation means at a bin: positive and negative sign."""
        magnitudes, is_signed = self._space[operation]
        values = magnitudes(num_bins, self._size, self._size)
        magnitude = 0.0 if values is None else float(values[magnitude_bin])
        negative = -magnitude if is_signed else magnitude
        return self._number_of(Action(operation, magnitude)), self._number_of(Action(operation, negative))

    def apply(self, images: torch.Tensor, numbers: torch.Tensor) -> torch.Tensor:
        """Return images (B, C, H, W) uint8, each changed by its action ((B,) int64 on the CPU)."""
        return change_groups(images, numbers, lambda some, number: self.apply_action(some, self.actions[number]))

    def apply_action(self, images: torch.Tensor, action: Action) -> torch.Tensor:
        """Return images (B, C, H, W) uint8 all changed by one action."""
        match action.operation:
            case "Identity":
                return images
            case "Sharpness":
                return sharpen(images, 1.0 + action.magnitude)
            case "Solarize":
                return solarize(images, 255 * action.magnitude)
            case "Equalize":
                return equalize(images)
            case operation if operation in _GEOMETRIC and self._is_nearest:
                return move_pixels(images, self._sources_of(action, images.device))
        return self._stock(images, action)

    @property
    def _space(self) -> _Space:
        space: _Space = self._transform._AUGMENTATION_SPACE  # noqa: SLF001 - pinned by a test
        return space

    def _number_of(self, action: Action) -> int:
        if action not in self._numbers:
            self._numbers[action] = len(self.actions)
            self.actions.append(action)
        return self._numbers[action]

    def _sources_of(self, action: Action, device: torch.device) -> torch.Tensor:
        """Return where torchvision takes each pixel from, see `move_pixels`, by moving an image of positions."""
        key = (action, device)
        if key not in self._sources:
            positions = 1 + torch.arange(self._size**2, dtype=torch.float32).view(1, 1, self._size, self._size)
            self._sources[key] = self._stock(positions, action).long().flatten().to(device)
        return self._sources[key]

    def _stock(self, images: torch.Tensor, action: Action) -> torch.Tensor:
        changed: torch.Tensor = self._transform._apply_image_or_video_transform(  # noqa: SLF001 - pinned by a test
            images,
            action.operation,
            action.magnitude,
            interpolation=self._transform.interpolation,
            fill=self._transform._fill,  # noqa: SLF001 - pinned by a test
        )
        return changed

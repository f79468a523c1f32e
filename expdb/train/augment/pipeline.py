"""AugmentPipeline of whole batches, each image by its own draw.

`AugmentPipeline.draw` decides, `AugmentPipeline.apply` does. All draws of an epoch are made at once from one stream, so
they depend on the seed and the epoch alone: not on chunks, devices or processes.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import torch
from torch.nn import functional

from expdb.domain.spec import AugSpec
from expdb.train.augment.boxes import draw_boxes, draw_crops, draw_squares
from expdb.train.augment.kernels import choose
from expdb.train.augment.policies import make_policy
from expdb.train.augment.same_draw import blocks, change_groups
from expdb.train.device import move


@dataclass(frozen=True, kw_only=True)
class Draws:
    """What was decided for each of B images, on the CPU; None: that step is off.

    Attributes:
        corner: (B, 2) int64, top and left of the crop in the padded image, pixels.
        box: (B, 4) int64, top, left, height, width of the part that is enlarged, pixels.
        is_flipped: (B,) bool.
        policy: (B, ...), see `Policy.draw`.
        jitter: (B, 3) float32, factors of brightness, contrast, saturation.
        hole: (B, 4) int64, top, left, height, width of the erased rectangle, pixels (height 0: none).
        cutout: (B, 4) int64, the same of the blanked square, which may reach over the border.
    """

    corner: torch.Tensor | None
    box: torch.Tensor | None
    is_flipped: torch.Tensor | None
    policy: torch.Tensor | None
    jitter: torch.Tensor | None
    hole: torch.Tensor | None
    cutout: torch.Tensor | None

    def of(self, indices: torch.Tensor) -> "Draws":
        """Return the draws of some of the images, in that order."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return Draws(**{name: value if value is None else value[indices] for name, value in values.items()})


class AugmentPipeline:
    """The augmentation of a run for square images of one size, uint8 in and out."""

    def __init__(self, aug: AugSpec, *, img_size: int, mean: Sequence[float]) -> None:
        self._aug = aug
        self._size = img_size
        self._policy = make_policy(aug, img_size=img_size, mean=mean)
        self._fill = torch.tensor([round(255 * value) for value in mean], dtype=torch.uint8)[:, None, None]

    def draw(self, num_images: int, random: torch.Generator) -> Draws:
        """Decide for `num_images` images."""
        aug, size = self._aug, self._size
        corner = box = is_flipped = policy = jitter = hole = cutout = None
        if aug.crop == "pad" and aug.crop_padding:
            corner = torch.randint(2 * aug.crop_padding + 1, (num_images, 2), generator=random)
        if aug.crop == "resized":
            box = draw_crops(num_images, height=size, width=size, min_scale=aug.crop_min_scale, random=random)
        if aug.hflip_prob:
            is_flipped = torch.rand(num_images, generator=random) < aug.hflip_prob
        if self._policy:
            policy = self._policy.draw(num_images, random)
        if aug.color_jitter:
            jitter = 1 + aug.color_jitter * torch.empty(num_images, 3).uniform_(-1, 1, generator=random)
        if aug.random_erasing_prob:
            hole, is_found = draw_boxes(
                num_images, height=size, width=size, scale=(0.02, 1 / 3), ratio=(0.3, 3.3), random=random
            )
            is_erased = torch.rand(num_images, generator=random) < aug.random_erasing_prob
            hole[:, 2] *= is_found & is_erased
        if aug.cutout_size:
            cutout = draw_squares(num_images, size=aug.cutout_size, height=size, width=size, random=random)
        return Draws(
            corner=corner, box=box, is_flipped=is_flipped, policy=policy, jitter=jitter, hole=hole, cutout=cutout
        )

    def apply(self, images: torch.Tensor, draws: Draws) -> torch.Tensor:
        """Return the images changed as drawn, in the order of the fields of `Draws`.

        Args:
            images: (B, C, H, W) uint8 on any device, C 1 or 3.
        """
        device = images.device
        if draws.corner is not None:
            images = pad_and_crop(images, draws.corner, padding=self._aug.crop_padding)
        if draws.box is not None:
            images = enlarge(images, move(draws.box, device))
        if draws.is_flipped is not None:
            images = change_groups(images, draws.is_flipped.long(), _flip)
        if draws.policy is not None and self._policy:
            images = self._policy.apply(images, draws.policy)
        if draws.jitter is not None:
            images = jitter_colors(images, move(draws.jitter, device))
        for rectangle in (draws.hole, draws.cutout):
            if rectangle is not None:
                images = erase(images, move(rectangle, device), fill=move(self._fill, device))
        return images


def pad_and_crop(images: torch.Tensor, corner: torch.Tensor, *, padding: int) -> torch.Tensor:
    """Return each image's own window of its zero-padded self: (B, C, H, W) uint8.

    Args:
        corner: (B, 2) int64 on the CPU, top and left of the window in the padded image.

    Source: He et al. 2016, section 4.2.
    """
    height, width = images.shape[2:]
    num_columns = 2 * padding + 1

    def crop(some: torch.Tensor, number: int) -> torch.Tensor:
        top, left = divmod(number, num_columns)
        return functional.pad(some, [padding] * 4)[:, :, top : top + height, left : left + width]

    return change_groups(images, corner[:, 0] * num_columns + corner[:, 1], crop)


def enlarge(images: torch.Tensor, box: torch.Tensor) -> torch.Tensor:
    """Return each image's own box scaled (bilinearly) to the image's size: (B, C, H, W) uint8."""
    size = images.shape[-1]
    top, left, height, width = box.to(torch.float32).unbind(1)
    centres = (torch.arange(size, device=images.device) + 0.5) / size
    y = _source_positions(centres, top, height, size)[:, :, None].expand(-1, -1, size)
    x = _source_positions(centres, left, width, size)[:, None, :].expand(-1, size, -1)
    scaled = functional.grid_sample(images.float(), torch.stack([x, y], 3), padding_mode="border", align_corners=False)
    return scaled.round().to(torch.uint8)


def _source_positions(centres: torch.Tensor, start: torch.Tensor, length: torch.Tensor, size: int) -> torch.Tensor:
    """Return where the pixels come from, in grid_sample's coordinates, never from outside the box: (B, size)."""
    first, span = start[:, None], length[:, None]
    pixel = (first + centres * span - 0.5).clamp(min=first, max=first + span - 1)
    return (2 * pixel + 1) / size - 1


def jitter_colors(images: torch.Tensor, factors: torch.Tensor) -> torch.Tensor:
    """Return images with their own brightness, then contrast, then saturation: (B, C, H, W) uint8.

    Each is a blend with black, with the image's mean grey and with its grey self (torchvision's definitions).
    """
    parts = blocks(images)
    each = zip(parts, torch.split(factors, [len(part) for part in parts]), strict=True)
    return torch.cat([_jitter(part, some) for part, some in each])


def erase(images: torch.Tensor, hole: torch.Tensor, *, fill: torch.Tensor) -> torch.Tensor:
    """Return images with their own rectangle set to `fill` ((C, 1, 1) uint8): (B, C, H, W) uint8."""
    parts = blocks(images)
    each = zip(parts, torch.split(hole, [len(part) for part in parts]), strict=True)
    return torch.cat([_erase(part, some, fill) for part, some in each])


def _flip(images: torch.Tensor, is_flipped: int) -> torch.Tensor:
    return images.flip(3) if is_flipped else images


def _erase(images: torch.Tensor, hole: torch.Tensor, fill: torch.Tensor) -> torch.Tensor:
    rows = torch.arange(images.shape[2], device=images.device)[None, :, None]
    columns = torch.arange(images.shape[3], device=images.device)[None, None, :]
    top, left, height, width = hole[:, :, None, None].unbind(1)
    is_inside = (rows >= top) & (rows < top + height) & (columns >= left) & (columns < left + width)
    return choose(is_inside[:, None], fill.expand(images.shape[1:]), images)


def _jitter(images: torch.Tensor, factors: torch.Tensor) -> torch.Tensor:
    brightness, contrast, saturation = factors[:, :, None, None, None].unbind(1)
    changed = (images.float() * brightness).clamp(0, 255)
    changed = _blend(changed, _grey(changed).mean((2, 3), keepdim=True), contrast)
    changed = _blend(changed, _grey(changed), saturation)
    return changed.round().to(torch.uint8)


def _grey(images: torch.Tensor) -> torch.Tensor:
    if images.shape[1] == 1:
        return images
    weights = torch.tensor([0.2989, 0.587, 0.114], device=images.device)[:, None, None]
    return (images * weights).sum(1, keepdim=True)


def _blend(images: torch.Tensor, other: torch.Tensor, factor: torch.Tensor) -> torch.Tensor:
    return (factor * images + (1 - factor) * other).clamp(0, 255)

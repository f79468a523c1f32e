"""Random rectangles: for random resized crops, random erasing and cutout."""

import math

import torch

_NUM_TRIES = 10


def draw_boxes(
    num_boxes: int,
    *,
    height: int,
    width: int,
    scale: tuple[float, float],
    ratio: tuple[float, float],
    random: torch.Generator,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Draw rectangles that lie inside an image; ten tries for each.

    Args:
        scale: least and greatest share of the area.
        ratio: least and greatest width / height (its logarithm is uniform).

    Returns:
        (num_boxes, 4) int64 top, left, height, width in pixels; (num_boxes,) bool: whether a try succeeded.

    Source: Szegedy et al. 2015, section 6 (crops); Zhong et al. 2020, algorithm 1 (erasing).
    """
    shape = (num_boxes, _NUM_TRIES)
    area = height * width * torch.empty(shape).uniform_(*scale, generator=random)
    aspect = torch.empty(shape).uniform_(math.log(ratio[0]), math.log(ratio[1]), generator=random).exp()
    heights, widths = (area / aspect).sqrt().round().long(), (area * aspect).sqrt().round().long()
    fits = (heights > 0) & (heights <= height) & (widths > 0) & (widths <= width)
    first = fits.long().argmax(1, keepdim=True)
    chosen_height, chosen_width = heights.gather(1, first)[:, 0], widths.gather(1, first)[:, 0]
    corner = torch.rand(num_boxes, 2, generator=random)
    top = (corner[:, 0] * (height - chosen_height + 1)).long()
    left = (corner[:, 1] * (width - chosen_width + 1)).long()
    return torch.stack([top, left, chosen_height, chosen_width], 1), fits.any(1)


def draw_crops(num_crops: int, *, height: int, width: int, min_scale: float, random: torch.Generator) -> torch.Tensor:
    """Draw the rectangles of random resized crops: `min_scale` to 1 of the area, width / height of 3/4 to 4/3.

    Returns:
        (num_crops, 4) int64 top, left, height, width in pixels. Where no try fitted, the largest central one.
    """
    least, greatest = 3 / 4, 4 / 3
    boxes, is_found = draw_boxes(
        num_crops, height=height, width=width, scale=(min_scale, 1.0), ratio=(least, greatest), random=random
    )
    central_height, central_width = min(height, round(width / least)), min(width, round(height * greatest))
    central = torch.tensor(
        [(height - central_height) // 2, (width - central_width) // 2, central_height, central_width]
    )
    return torch.where(is_found[:, None], boxes, central)


def draw_squares(num_squares: int, *, size: int, height: int, width: int, random: torch.Generator) -> torch.Tensor:
    """Draw squares around pixels of the image; they may reach over its border.

    Args:
        size: side in pixels.

    Returns:
        (num_squares, 4) int64 top, left, height, width in pixels; top and left may be negative.

    Source: DeVries and Taylor 2017, section 3.2.
    """
    centre = [torch.randint(side, (num_squares,), generator=random) for side in (height, width)]
    sides = torch.full((num_squares,), size)
    return torch.stack([centre[0] - size // 2, centre[1] - size // 2, sides, sides], 1)

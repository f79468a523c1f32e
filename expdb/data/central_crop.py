"""The part of an image that is looked at where nothing is drawn by chance: in evaluation, and in small pictures."""

import numpy as np
import numpy.typing as npt
from PIL import Image

Box = tuple[int, int, int, int]  # left, top, right, bottom in pixels


def central_box(width: int, height: int, *, share: float = 1.0) -> Box:
    """Return the central square whose side is that share of the short side."""
    side = max(1, round(min(width, height) * share))
    left, top = (width - side) // 2, (height - side) // 2
    return left, top, left + side, top + side


def central_squares(images: npt.NDArray[np.uint8], *, share: float, side: int) -> npt.NDArray[np.uint8]:
    """Return that part of images (N, C, H, W), scaled to (N, C, side, side), as it is done with image files."""
    box = central_box(images.shape[3], images.shape[2], share=share)
    squares = np.empty((*images.shape[:2], side, side), dtype=np.uint8)
    for index in np.ndindex(images.shape[:2]):
        squares[index] = Image.fromarray(images[index]).resize((side, side), Image.Resampling.BILINEAR, box=box)
    return squares

"""One image file as a tensor."""

from collections.abc import Callable
from pathlib import Path

import torch
from PIL import Image
from torchvision.transforms.v2 import functional

from expdb.data.central_crop import Box
from expdb.data.image_folders import BROKEN, broken, open_rgb


def read_image(path: Path, *, size: int, choose_box: Callable[[int, int], Box]) -> torch.Tensor:
    """Decode an image file to (3, size, size) uint8 RGB; EXIF (an orientation, say) is ignored.

    Args:
        choose_box: from the image's width and height to the part of it that is scaled to `size`.

    Raises:
        DataError: the file is broken.
    """
    try:
        rgb = open_rgb(path)
        scaled = rgb.resize((size, size), Image.Resampling.BILINEAR, box=choose_box(*rgb.size))
        pixels: torch.Tensor = functional.pil_to_tensor(scaled)
        return pixels
    except BROKEN as error:
        raise broken(path, error) from error

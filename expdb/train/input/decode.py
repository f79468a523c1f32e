"""One image file as a tensor."""

import warnings
from collections.abc import Callable
from pathlib import Path

import torch
from PIL import Image
from torchvision.transforms.v2 import functional

from expdb.data.central_crop import Box
from expdb.data.pictures import open_rgb
from expdb.domain.spec import DataSpec


def read_image(path: Path, data: DataSpec, *, choose_box: Callable[[int, int], Box]) -> torch.Tensor:
    """Decode an image file as a person sees it to (3, S, S) uint8 RGB, S being `data.img_size`.

    Args:
        path: of the file.
        data: what is to be read, and how.
        choose_box: from the image's width and height to the part of it that is scaled.

    Raises:
        DataError: the file is broken, too large, or its numbers have no stated meaning.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow's, of damage that no pixel suffers from
        rgb = open_rgb(path, data)
    size = (data.img_size, data.img_size)
    scaled = rgb.resize(size, Image.Resampling.BILINEAR, box=choose_box(*rgb.size))
    pixels: torch.Tensor = functional.pil_to_tensor(scaled)
    return pixels

"""timm's augmentation policies, image by image.

The slow path: PIL, one image after the other (about 10 times the processor time of `policies`). It exists because
timm's tables differ from torchvision's, and results are to be repeated with what they were made with.
"""

import random as python_random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from PIL import Image, ImageOps
from timm.data import auto_augment
from torchvision.transforms.v2 import functional

from expdb.errors import SpecError

_SEED_BITS = 32  # numpy takes no longer ones


class TimmPolicy:
    """timm's policy of a name such as `original` or `rand-m9-mstd0.5-inc1`, for square images of one size.

    timm draws from the global random states of Python and numpy: each image starts them from a seed of its own, so
    its result depends on its draw alone. Threads would share these states, so there are none here.
    """

    def __init__(self, name: str, *, img_size: int, mean: Sequence[float]) -> None:
        try:
            self._transform = _make(name, img_size=img_size, mean=mean)
        except (AssertionError, ValueError, KeyError) as error:
            raise SpecError(
                f"aug.timm_policy={name!r} is none of timm's: use original, v0, 3a, rand-m9-mstd0.5-inc1, ..."
            ) from error

    def draw(self, num_images: int, random: torch.Generator) -> torch.Tensor:
        """Return (num_images,) int64: a seed for every image."""
        return torch.randint(2**_SEED_BITS, (num_images,), generator=random)

    def apply(self, images: torch.Tensor, drawn: torch.Tensor) -> torch.Tensor:
        """Return images (B, C, H, W) uint8 changed as drawn, on the device they came from."""
        changed = torch.empty(images.shape, dtype=torch.uint8)
        with _global_random_restored():
            for place, (image, seed) in enumerate(zip(images.cpu(), drawn.tolist(), strict=True)):
                python_random.seed(seed)
                np.random.seed(seed)  # noqa: NPY002 - what timm draws from
                changed[place] = functional.pil_to_tensor(self._transform(functional.to_pil_image(image)))
        return changed.to(images.device)


def _make(name: str, *, img_size: int, mean: Sequence[float]) -> Any:
    """Build timm's transform with the arguments that timm's own loader gives."""
    colour = tuple(min(255, round(255 * value)) for value in mean)
    arguments: dict[str, Any] = {
        "translate_const": int(img_size * 0.45),
        "img_mean": colour if len(colour) > 1 else colour[0],
    }
    if name.startswith("rand"):
        transform = auto_augment.rand_augment_transform(name, arguments)
        operations = transform.ops
    elif name.startswith("augmix"):
        transform = auto_augment.augment_and_mix_transform(name, arguments | {"translate_pct": 0.3})
        operations = transform.ops
    else:
        transform = auto_augment.auto_augment_transform(name, arguments)
        operations = [operation for pair in transform.policy for operation in pair]
    for operation in operations:
        if operation.name.startswith("Posterize"):
            operation.aug_fn = _posterize
    return transform


def _posterize(image: Image.Image, bits: int, **_: Any) -> Image.Image:
    """Keep the given bits, at least one: timm may ask for none, which Pillow 13 refuses."""
    if bits >= 8:
        return image
    return ImageOps.posterize(image, max(1, bits))


@contextmanager
def _global_random_restored() -> Iterator[None]:
    python_state, numpy_state = python_random.getstate(), np.random.get_state()  # noqa: NPY002 - see TimmPolicy
    try:
        yield
    finally:
        python_random.setstate(python_state)
        np.random.set_state(numpy_state)  # noqa: NPY002 - see TimmPolicy

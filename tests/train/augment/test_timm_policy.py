# ruff: noqa: NPY002 - timm draws from the global state of numpy
import random as python_random
from collections.abc import Callable

import numpy as np
import pytest
import torch
from timm.data import auto_augment
from torchvision.transforms.v2 import functional

from expdb.catalog.augmentations import is_timm_policy
from expdb.errors import SpecError
from expdb.train.augment.timm_policy import TimmPolicy

NAMES = [
    "original", "originalr", "original-mstd0.5", "v0", "v0r", "3a",
    "rand-m9-mstd0.5-inc1", "rand-m7-n3", "rand-m9-t3aw", "rand-m9-tweights-mstd101",
    "augmix-m5-w4-d2", "augmix-b1",
]  # fmt: skip


def noise(num_images: int, channels: int = 3) -> torch.Tensor:
    random = torch.Generator().manual_seed(5)
    return torch.randint(256, (num_images, channels, 32, 32), dtype=torch.uint8, generator=random)


def policy_of(name: str, channels: int = 3) -> TimmPolicy:
    return TimmPolicy(name, img_size=32, mean=(0.5,) * channels)


def draws(num_images: int) -> torch.Tensor:
    return policy_of("v0").draw(num_images, torch.Generator().manual_seed(0))


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("name", NAMES)
def test_what_becomes_of_an_image_depends_on_its_draw_alone(name: str, channels: int) -> None:
    images, drawn = noise(40, channels), draws(40)

    changed = policy_of(name, channels).apply(images, drawn)

    assert changed.shape == images.shape
    assert changed.dtype == torch.uint8
    assert not torch.equal(changed, images)
    some = torch.tensor([7, 31, 2])
    assert torch.equal(policy_of(name, channels).apply(images[some], drawn[some]), changed[some])


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("original", auto_augment.auto_augment_transform),
        ("v0", auto_augment.auto_augment_transform),
        ("rand-m5-mstd0.5", auto_augment.rand_augment_transform),
    ],
)
def test_results_are_those_of_timms_own_transform(name: str, make: Callable[..., object]) -> None:
    images, drawn = noise(60), draws(60)
    transform = make(name, {"translate_const": 14, "img_mean": (128, 128, 128)})

    changed = policy_of(name).apply(images, drawn)

    for image, seed, result in zip(images, drawn.tolist(), changed, strict=True):
        python_random.seed(seed)
        np.random.seed(seed)
        try:
            expected = functional.pil_to_tensor(transform(functional.to_pil_image(image)))  # type: ignore[operator]
        except ValueError:
            continue  # timm asked Pillow for 0 bits
        assert torch.equal(expected, result)


def test_posterizing_to_no_bits_keeps_one() -> None:
    policy = policy_of("rand-m10-n9-inc1-p1.0")

    changed = policy.apply(noise(100), draws(100))  # Pillow 13 refuses 0 bits

    assert len(changed) == 100


def test_global_random_states_are_left_as_they_were() -> None:
    python_random.seed(3)
    np.random.seed(3)
    before = python_random.getstate(), np.random.get_state()[1].tolist()

    policy_of("original").apply(noise(5), draws(5))

    assert (python_random.getstate(), np.random.get_state()[1].tolist()) == before


@pytest.mark.parametrize("name", NAMES)
def test_the_catalog_knows_timms_strings(name: str) -> None:
    assert is_timm_policy(name)


@pytest.mark.parametrize("name", ["", "v1", "rand-q3", "rand-m", "rand-m9-tfoo", "original-m9", "augmix-t3a", "random"])
def test_the_catalog_refuses_strings_that_timm_would_misread(name: str) -> None:
    assert not is_timm_policy(name)


def test_an_unknown_policy_is_refused() -> None:
    with pytest.raises(SpecError, match="is none of timm's"):
        policy_of("v1")

"""Augmentation presets: a name for a set of `AugSpec` settings. To add one: an entry here."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from expdb.errors import NotFoundError, unknown


@dataclass(frozen=True, kw_only=True)
class Augmentation:
    """A preset: the settings it changes from those of `AugSpec`, its label in tables, and where it comes from."""

    name: str
    label: str
    description: str
    source: str
    settings: Mapping[str, Any] = field(default_factory=dict)


_NUMBER = r"\d+(\.\d+)?"
# What timm reads; it ignores sections that it does not know, so they are refused here.
_TIMM_POLICY = re.compile(
    rf"(original|originalr|v0|v0r|3a)(-mstd{_NUMBER})?"
    rf"|rand(-(m\d+|n[1-9]|p{_NUMBER}|mstd{_NUMBER}|mmax\d+|inc[01]|t(weights|3aw?)))*"
    rf"|augmix(-(m\d+|w[1-9]|d[1-9]|a{_NUMBER}|b[01]|mstd{_NUMBER}))*"
)

AUGMENTATIONS: dict[str, Augmentation] = {
    entry.name: entry
    for entry in (
        Augmentation(
            name="none",
            label="none",
            description="images as they are",
            source="-",
            settings={"crop": "none", "crop_padding": 0, "hflip_prob": 0.0},
        ),
        Augmentation(
            name="standard",
            label="crop + flip",
            description="random crop with padding of an eighth (4 px of 32), horizontal flip",
            source="He et al. 2016, section 4.2",
        ),
        Augmentation(
            name="autoaugment",
            label="AutoAugment",
            description="standard, then AutoAugment's learned policy (CIFAR-10's for CIFAR)",
            source="Cubuk et al. 2019",
            settings={"policy": "autoaugment", "autoaugment_policy": "cifar10"},
        ),
        Augmentation(
            name="randaugment",
            label="RandAugment",
            description="standard, then N random operations of magnitude M",
            source="Cubuk et al. 2020",
            settings={"policy": "randaugment", "randaugment_num_ops": 2, "randaugment_magnitude": 9},
        ),
        Augmentation(
            name="trivialaugment",
            label="TrivialAugment",
            description="standard, then one random operation of random magnitude",
            source="Mueller and Hutter 2021 (wide space)",
            settings={"policy": "trivialaugment"},
        ),
        Augmentation(
            name="autoaugment_imagenet",
            label="AutoAugment (ImageNet)",
            description="standard, then AutoAugment's policy for ImageNet, by torchvision's table",
            source="Cubuk et al. 2019, table 9",
            settings={"policy": "autoaugment", "autoaugment_policy": "imagenet"},
        ),
        Augmentation(
            name="augmix",
            label="AugMix",
            description="standard, then a mix of the image with three chains of operations on it",
            source="Hendrycks et al. 2020 (severity 3, width 3)",
            settings={"policy": "augmix"},
        ),
        Augmentation(
            name="cutout",
            label="Cutout",
            description="standard, then a blank square of 16 px at a random place",
            source="DeVries and Taylor 2017, table 1 (16 px for CIFAR-10; 8 px for CIFAR-100)",
            settings={"cutout_size": 16},
        ),
        Augmentation(
            name="timm_original",
            label="AutoAugment (timm)",
            description="standard, then AutoAugment's policy for ImageNet, by timm's table (slow: PIL)",
            source="timm, --aa original",
            settings={"policy": "timm", "timm_policy": "original"},
        ),
        Augmentation(
            name="timm_rand",
            label="RandAugment (timm)",
            description="standard, then timm's RandAugment of magnitude 9 with noise (slow: PIL)",
            source="timm, --aa rand-m9-mstd0.5-inc1",
            settings={"policy": "timm", "timm_policy": "rand-m9-mstd0.5-inc1"},
        ),
    )
}


def augmentation(name: str) -> Augmentation:
    """Return the preset of that name, or of that label in tables. Raises NotFoundError."""
    of_label = (entry for entry in AUGMENTATIONS.values() if entry.label.lower() == name.lower())
    found = AUGMENTATIONS.get(name) or next(of_label, None)
    if found is None:
        raise NotFoundError(unknown("augmentation", name, AUGMENTATIONS, listing="expdb augs"))
    return found


def is_timm_policy(text: str) -> bool:
    """Return whether timm has a policy of that string, all of whose sections mean something to it.

    >>> is_timm_policy("rand-m9-mstd0.5-inc1"), is_timm_policy("v1"), is_timm_policy("rand-x3")
    (True, False, False)
    """
    return _TIMM_POLICY.fullmatch(text) is not None

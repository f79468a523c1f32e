"""Augmentation presets: a name for a set of `AugSpec` settings. To add one: an entry here."""

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
    )
}


def augmentation(name: str) -> Augmentation:
    """Return the preset of that name. Raises NotFoundError."""
    if name not in AUGMENTATIONS:
        raise NotFoundError(unknown("augmentation", name, AUGMENTATIONS, listing="expdb augs"))
    return AUGMENTATIONS[name]

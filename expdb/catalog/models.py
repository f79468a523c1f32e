"""Model names -> timm architectures. To add an alias: an entry in ALIASES.

Any timm architecture can be asked for by its own name; `timm_models.csv` lists them with their families and
parameter counts (made by `expdb.train.inventory`), so that names are checked without importing torch.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from expdb.errors import NotFoundError, unknown

SMALL_INPUT = 64  # px; up to this side a network made for 224 px needs another stem or patch size


@dataclass(frozen=True, kw_only=True)
class Alias:
    """A name of the papers and reports for a timm architecture.

    Attributes:
        label: as tables print it.
        kwargs: further arguments of `timm.create_model`.
    """

    name: str
    arch: str
    label: str
    description: str = ""
    kwargs: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Architecture:
    """A timm architecture: its family is timm's module, `num_params` counts timm's default head."""

    name: str
    family: str
    num_params: int
    img_size: int


@dataclass(frozen=True, kw_only=True)
class Model:
    """What a model name resolves to for one input size. `num_params` is None where kwargs change the count."""

    name: str
    arch: str
    label: str
    stem: Literal["default", "cifar"]
    kwargs: Mapping[str, Any]
    num_params: int | None


_SE: Mapping[str, Any] = {"block_args": {"attn_layer": "se"}}

ALIASES: dict[str, Alias] = {
    entry.name: entry
    for entry in (
        Alias(name="resnet18", arch="resnet18", label="ResNet18"),
        Alias(name="resnet34", arch="resnet34", label="ResNet34"),
        Alias(name="resnet50", arch="resnet50", label="ResNet50"),
        Alias(name="resnet101", arch="resnet101", label="ResNet101"),
        Alias(
            name="senet50",
            arch="seresnet50",
            label="SENet50",
            description="ResNet50 + squeeze-and-excitation",
        ),
        Alias(
            name="senet101",
            arch="seresnet101",
            label="SENet101",
            description="ResNet101 + squeeze-and-excitation",
        ),
        Alias(name="vit_tiny", arch="vit_tiny_patch16_224", label="ViT-Tiny"),
        Alias(
            name="resnet_mini",
            arch="test_resnet",
            label="ResNet-mini",
            description="for 2 cores, 0.4M parameters",
        ),
        Alias(
            name="senet_mini",
            arch="test_resnet",
            label="SENet-mini",
            description="resnet_mini + squeeze-and-excitation",
            kwargs=_SE,
        ),
        Alias(name="vit_mini", arch="test_vit", label="ViT-mini", description="for 2 cores, 0.3M parameters"),
    )
}

# Families whose stem is exchanged for small inputs (train/model.py does it), and families built with other arguments.
CIFAR_STEM_FAMILIES = frozenset({"resnet"})
_PATCH_FAMILIES = frozenset({"vision_transformer", "deit", "convit"})


def resolve_model(name: str, *, img_size: int) -> Model:
    """Return what to build for a model name at an input size.

    Raises:
        NotFoundError: neither an alias nor a timm architecture.
    """
    alias = ALIASES.get(name)
    arch = alias.arch if alias else name
    known = architectures().get(arch)
    if known is None:
        raise NotFoundError(unknown("model", name, [*ALIASES, *architectures()], listing="expdb models"))
    is_small = img_size <= SMALL_INPUT
    kwargs = {**(alias.kwargs if alias else {}), **_size_kwargs(known, img_size)}
    return Model(
        name=name,
        arch=arch,
        label=alias.label if alias else name,
        stem="cifar" if is_small and known.family in CIFAR_STEM_FAMILIES else "default",
        kwargs=kwargs,
        num_params=None if alias and alias.kwargs else known.num_params,
    )


def model_label(name: str) -> str:
    """Return a model's name as tables print it."""
    return ALIASES[name].label if name in ALIASES else name


@cache
def architectures() -> Mapping[str, Architecture]:
    """Return all timm architectures by name."""
    with (files("expdb.catalog") / "timm_models.csv").open(encoding="utf-8") as file:
        return {
            row["name"]: Architecture(
                name=row["name"],
                family=row["family"],
                num_params=int(row["num_params"]),
                img_size=int(row["img_size"]),
            )
            for row in csv.DictReader(file)
        }


def _size_kwargs(arch: Architecture, img_size: int) -> dict[str, Any]:
    """Return the arguments that make an architecture of fixed input size take `img_size`.

    Small inputs get patches of about an eighth of the side (8x8 tokens of 32 px, as ViTs for CIFAR have), but of
    at least 4 px: smaller ones cost more and learn worse.
    """
    is_small = img_size <= SMALL_INPUT
    if arch.family in _PATCH_FAMILIES and img_size != arch.img_size:
        return {
            "img_size": img_size,
            "patch_size": _nearest_divisor(img_size, max(4, img_size / 8) if is_small else 16),
        }
    if arch.family == "swin_transformer" and img_size != arch.img_size:
        small = {"patch_size": 1, "window_size": _nearest_divisor(img_size, img_size / 8)} if is_small else {}
        return {"img_size": img_size, **small}
    if arch.family == "convnext" and is_small:
        return {"patch_size": 1}
    return {}


def _nearest_divisor(number: int, target: float) -> int:
    return min((d for d in range(1, number + 1) if number % d == 0), key=lambda d: abs(d - target))

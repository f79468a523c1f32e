"""Model names -> architectures. To add an alias: an entry in `model_aliases.py`.

Any timm architecture can be asked for by its own name; `timm_models.csv` lists them with their families and
parameter counts, and those of `zoo.py` after them (`make models` writes it), so that names are checked without
importing torch. A model of one's own is named `package.module:function`.
"""

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from expdb.catalog.model_aliases import ALIASES
from expdb.catalog.stems import ARCH_STEMS, FAMILY_STEMS, SmallStem
from expdb.catalog.zoo import ZOO
from expdb.errors import NotFoundError, SpecError, unknown

SMALL_INPUT = 64  # px; up to this side a network made for 224 px needs another stem or patch size


@dataclass(frozen=True, kw_only=True)
class Architecture:
    """An architecture: its family is timm's module, `num_params` counts the default head (the zoo's: 100 classes)."""

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


_PATCH_FAMILIES = frozenset({"vision_transformer", "deit", "convit"})
_OWN_MODEL = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*", re.ASCII)
_CATALOGUED = frozenset(name.partition(":")[0] for name in ZOO)


def resolve_model(name: str, *, img_size: int) -> Model:
    """Return what to build for a model name at an input size.

    Raises:
        NotFoundError: neither an alias nor an architecture.
        SpecError: it has a colon but is no `package.module:function`.
    """
    alias = ALIASES.get(name)
    arch = alias.arch if alias else name
    if is_own_model(arch):
        return Model(name=name, arch=arch, label=name, stem="default", kwargs={}, num_params=None)
    known = architectures().get(arch)
    if known is None:
        raise NotFoundError(unknown("model", name, [*ALIASES, *architectures()], listing="expdb models"))
    return Model(
        name=name,
        arch=arch,
        label=alias.label if alias else name,
        stem="cifar" if img_size <= SMALL_INPUT and small_stem(arch) else "default",
        kwargs={**_size_kwargs(known, img_size), **(alias.kwargs if alias else {})},
        num_params=None if alias and alias.kwargs else known.num_params,
    )


def is_own_model(arch: str) -> bool:
    """Tell whether an architecture is a function of the user's: `package.module:function`.

    Raises:
        SpecError: it has a colon but is neither that nor a name of the catalog's.
    """
    if ":" not in arch or arch.partition(":")[0] in _CATALOGUED:
        return False
    if not _OWN_MODEL.fullmatch(arch):
        raise SpecError(f"model {arch!r}: a model of your own is named package.module:function, in plain identifiers")
    return True


def small_stem(arch: str) -> SmallStem | None:
    """Return how an architecture's stem is changed for small inputs; None if it has no stem to change."""
    known = architectures().get(arch)
    return ARCH_STEMS.get(arch) or (FAMILY_STEMS.get(known.family) if known else None)


def model_label(name: str) -> str:
    """Return a model's name as tables print it."""
    return ALIASES[name].label if name in ALIASES else name


@cache
def architectures() -> Mapping[str, Architecture]:
    """Return all architectures by name: timm's, then those of the zoo."""
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
    patch_size = _nearest_divisor(img_size, max(4, img_size / 8) if is_small else 16)
    if arch.name in ARCH_STEMS or arch.family == "maxxvit":
        return {"img_size": img_size} if img_size != arch.img_size else {}
    if arch.family in _PATCH_FAMILIES and img_size != arch.img_size:
        return {"img_size": img_size, "patch_size": patch_size}
    if arch.family == "localvit":
        return {"img_size": img_size, "patch_size": patch_size}
    if arch.name in ZOO and ZOO[arch.name].has_fixed_size:
        return {"img_size": img_size}
    if arch.family == "cvt" and is_small:
        return {"patch_size": 3, "patch_stride": 1}
    if arch.family == "swin_transformer" and img_size != arch.img_size:
        small = {"patch_size": 1, "window_size": _nearest_divisor(img_size, img_size / 8)} if is_small else {}
        return {"img_size": img_size, **small}
    if arch.family == "convnext" and is_small:
        return {"patch_size": 1}
    return {}


def _nearest_divisor(number: int, target: float) -> int:
    # 1 always divides, so none beyond twice the target is nearer; the number may be absurd, as it is not validated yet.
    candidates = range(1, max(1, int(2 * target)) + 1)
    return min((d for d in candidates if number % d == 0), key=lambda d: abs(d - target))

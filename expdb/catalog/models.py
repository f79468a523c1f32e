"""Model names -> architectures. To add an alias: an entry in `model_aliases.py`.

Any timm architecture can be asked for by its own name, with one of its pretrained tags behind it
(`resnet50.a1_in1k`) where it starts from those weights. `timm_models.csv` lists them with their families, parameter
counts and tags, and those of `zoo.py` after them (`make models` writes it), so that names are checked without importing
torch. A model of the Hugging Face Hub is named `hf-hub:OWNER/NAME`, one of one's own `package.module:function`.
"""

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from expdb.catalog.model_aliases import ALIASES
from expdb.catalog.stems import ARCH_STEMS, FAMILY_STEMS, SmallStem
from expdb.catalog.zoo import ZOO
from expdb.domain.spec import RunSpec
from expdb.errors import NotFoundError, SpecError, unknown

SMALL_INPUT = 64  # px; up to this side a network made for 224 px needs another stem or patch size


@dataclass(frozen=True, kw_only=True)
class Architecture:
    """An architecture.

    Attributes:
        family: timm's module.
        num_params: with the default head (the zoo's: of 100 classes).
        img_size: side in pixels of the images that it was made for.
        is_fixed: it takes images of one size, `img_size`, unless it is built for another.
        tags: of its pretrained weights, the default first.
    """

    name: str
    family: str
    num_params: int
    img_size: int
    is_fixed: bool
    tags: tuple[str, ...]


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
_HUB_MODEL = re.compile(r"hf-hub:[\w-][\w.-]*/[\w-][\w.-]*(@[\w.-]+)?", re.ASCII)
_CATALOGUED = frozenset(name.partition(":")[0] for name in ZOO)


def resolve_model(name: str, *, img_size: int) -> Model:
    """Return what to build for a model name at an input size.

    Raises:
        NotFoundError: neither an alias nor an architecture.
        SpecError: it has a colon but is no `package.module:function`.
    """
    if is_own_model(name) or is_hub_model(name):
        return Model(name=name, arch=name, label=name, stem="default", kwargs={}, num_params=None)
    base, dot, tag = name.partition(".")
    alias = ALIASES.get(base)
    arch = alias.arch if alias else base
    known = architectures().get(arch)
    if known is None:
        raise NotFoundError(unknown("model", name, [*ALIASES, *architectures()], listing="expdb models"))
    if dot and tag not in known.tags:
        raise NotFoundError(_unknown_tag(name, tag, known))
    return Model(
        name=name,
        arch=f"{arch}{dot}{tag}",
        label=alias.label + dot + tag if alias else name,
        stem="cifar" if img_size <= SMALL_INPUT and small_stem(arch) else "default",
        kwargs={**_size_kwargs(known, img_size, has_tag=bool(tag)), **(alias.kwargs if alias else {})},
        num_params=None if alias and alias.kwargs else known.num_params,
    )


def is_own_model(arch: str) -> bool:
    """Tell whether an architecture is a function of the user's: `package.module:function`.

    Raises:
        SpecError: it has a colon but is neither that nor a name of the catalog's or of a hub.
    """
    if ":" not in arch or arch.partition(":")[0] in _CATALOGUED or is_hub_model(arch):
        return False
    if not _OWN_MODEL.fullmatch(arch):
        raise SpecError(
            f"model {arch!r}: a model of your own is named package.module:function, in plain identifiers, and one of "
            "the Hugging Face Hub hf-hub:OWNER/NAME or hf-hub:OWNER/NAME@REVISION"
        )
    return True


def is_hub_model(arch: str) -> bool:
    """Tell whether an architecture is described on the Hugging Face Hub, where its weights are: `hf-hub:OWNER/NAME`."""
    return _HUB_MODEL.fullmatch(arch) is not None


def names_weights(arch: str) -> bool:
    """Tell whether a name stands for certain pretrained weights: it has a tag, or is of a hub."""
    return is_hub_model(arch) or (":" not in arch and "." in arch)


def architecture_of(arch: str) -> Architecture | None:
    """Return what is known of an architecture, whatever its tag; None of a hub's or of the user's own."""
    return architectures().get(arch if ":" in arch else arch.partition(".")[0])


def small_stem(arch: str) -> SmallStem | None:
    """Return how an architecture's stem is changed for small inputs; None if it has no stem to change."""
    known = architecture_of(arch)
    return (ARCH_STEMS.get(known.name) or FAMILY_STEMS.get(known.family)) if known else None


def model_label(name: str) -> str:
    """Return a model's name as tables print it."""
    base, dot, tag = name.partition(".")
    return ALIASES[base].label + dot + tag if base in ALIASES else name


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
                is_fixed=row["is_fixed"] == "1",
                tags=tuple(row["tags"].split()),
            )
            for row in csv.DictReader(file)
        }


def _unknown_tag(name: str, tag: str, known: Architecture) -> str:
    if not known.tags:
        return f"unknown model {name!r}: there are no pretrained weights of {known.name}, so it takes no tag"
    near = get_close_matches(tag.lower(), known.tags, n=3, cutoff=0.5)
    hint = f"did you mean {', '.join(near)}?" if near else f"there are {', '.join(known.tags)}"
    return f"unknown model {name!r}: {known.name} has no weights tagged {tag!r}: {hint}"


def _size_kwargs(arch: Architecture, img_size: int, *, has_tag: bool) -> dict[str, Any]:
    """Return the arguments that make an architecture of fixed input size take `img_size`.

    Weights of a tag may be of another size than the architecture's own, so that it is always told, and of their own
    patches, which are kept where images are not small.

    Small inputs get patches of about an eighth of the side (8x8 tokens of 32 px, as ViTs for CIFAR have), but of
    at least 4 px: smaller ones cost more and learn worse.
    """
    is_small = img_size <= SMALL_INPUT
    patch_size = _nearest_divisor(img_size, _wanted_patch(img_size))
    is_native = img_size == arch.img_size and not has_tag
    if arch.name in ARCH_STEMS or arch.family == "maxxvit":
        return {} if is_native else {"img_size": img_size}
    if arch.family in _PATCH_FAMILIES and not is_native:
        return {"img_size": img_size, **({"patch_size": patch_size} if is_small or not has_tag else {})}
    if arch.family == "localvit":
        return {"img_size": img_size, "patch_size": patch_size}
    if arch.name in ZOO and ZOO[arch.name].has_fixed_size:
        return {"img_size": img_size}
    if arch.family == "cvt" and is_small:
        return {"patch_size": 3, "patch_stride": 1}
    if arch.family == "swin_transformer" and not is_native:
        small = {"patch_size": 1, "window_size": _nearest_divisor(img_size, img_size / 8)} if is_small else {}
        return {"img_size": img_size, **small}
    if arch.family == "convnext" and is_small:
        return {"patch_size": 1}
    return {"img_size": img_size} if arch.is_fixed and not is_native else {}


def small_patch(spec: RunSpec) -> int | None:
    """Return the side of a network's patches in pixels where it is less than half of what such images should have.

    Only where it follows from the image size; a person may choose any.
    """
    arch, img_size, patch = architecture_of(spec.model.arch), spec.data.img_size, spec.model.kwargs.get("patch_size")
    if arch is None or not isinstance(patch, int):
        return None
    if patch != resolve_model(spec.model.name, img_size=img_size).kwargs.get("patch_size"):
        return None
    has_square_patches = arch.family in _PATCH_FAMILIES or arch.family == "localvit"
    return patch if has_square_patches and 2 * patch < _wanted_patch(img_size) else None


def _wanted_patch(img_size: int) -> float:
    return max(4, img_size / 8) if img_size <= SMALL_INPUT else 16


def _nearest_divisor(number: int, target: float) -> int:
    # 1 always divides, so none beyond twice the target is nearer; the number may be absurd, as it is not validated yet.
    candidates = range(1, max(1, int(2 * target)) + 1)
    return min((d for d in candidates if number % d == 0), key=lambda d: abs(d - target))

"""Recipes: complete, documented settings by name. To add one: an entry here."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from expdb.catalog.datasets import dataset
from expdb.catalog.families import FamilyKind, kind_of
from expdb.catalog.models import SMALL_INPUT, resolve_model
from expdb.domain.spec import RunSpec, flatten
from expdb.errors import NotFoundError, SpecError, unknown

AUTO: Final = "auto"  # in place of a name: the recipe that fits the model's family and the images' size
TAG: Final = "recipe:"  # before the name of the recipe that a run started from


@dataclass(frozen=True, kw_only=True)
class RecipeFit:
    """Which runs a recipe is for: networks of a kind, and images of at most, or of more than, `SMALL_INPUT` pixels."""

    kind: FamilyKind
    is_small: bool

    def __str__(self) -> str:
        return f"{_KINDS[self.kind]}, images {'up to' if self.is_small else 'beyond'} {SMALL_INPUT} px"


_KINDS: Mapping[FamilyKind, str] = {
    "cnn": "classic CNNs",
    "transformer": "transformers and what is trained as they are",
}


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """Settings that go together.

    Attributes:
        expected: the accuracy to expect, who measured it and on what.
        differs: what the source does that these settings cannot say; empty: nothing known.
        settings: by dotted key, as `compose_spec` takes them.
        fits: what `AUTO` takes it for; None: it has to be named.
    """

    name: str
    description: str
    source: str
    expected: str
    settings: Mapping[str, Any]
    differs: str = ""
    fits: RecipeFit | None = None


_CLASSIC: Mapping[str, Any] = {
    "data.dataset": "cifar100",
    "optim.name": "sgd",
    "optim.lr": 0.1,
    "optim.momentum": 0.9,
    "optim.weight_decay": 5e-4,
    "schedule.name": "cosine",
    "schedule.warmup_epochs": 5,
    "epochs": 200,
    "batch_size": 128,
}
_REPORT = "An Initial Study of Deep Learning Architecture for Image Recognition, first table"
_REPORT_SILENCE = (
    "the report states model, augmentation and result only; the rest is He et al. 2016 with 200 epochs and a cosine"
)

_STRIKES_BACK: Mapping[str, Any] = {
    "model.name": "resnet50",
    "aug.crop": "resized",
    "aug.crop_padding": 0,
    "aug.policy": "timm",
    "aug.mixup_alpha": 0.1,
    "aug.cutmix_alpha": 1.0,
    "optim.name": "lamb",
    "optim.weight_decay": 0.02,
    "optim.decay_norm_and_bias": False,
    "schedule.name": "cosine",
    "schedule.warmup_epochs": 5,
    "schedule.warmup_lr": 1e-4,
    "schedule.min_lr": 1e-6,
    "loss": "bce",
    "bce_threshold": 0.2,
    "batch_size": 2048,
}
_STRIKES_BACK_DATA = "for ImageNet add --dataset folder:PATH; float16 there is bfloat16 here"

RECIPES: dict[str, Recipe] = {
    entry.name: entry
    for entry in (
        Recipe(
            name="report-resnet50",
            description="the report's ResNet50 on CIFAR-100",
            source=f"{_REPORT}, row 1",
            expected="CIFAR-100 top-1 79.05 % (reported, one run); not measured here",
            differs=_REPORT_SILENCE,
            settings={**_CLASSIC, "model.name": "resnet50"},
        ),
        Recipe(
            name="report-senet50",
            description="the report's SENet50 on CIFAR-100",
            source=f"{_REPORT}, row 2",
            expected="CIFAR-100 top-1 80.00 % (reported, one run); not measured here",
            differs=_REPORT_SILENCE,
            settings={**_CLASSIC, "model.name": "senet50"},
        ),
        Recipe(
            name="report-resnet50-autoaugment",
            description="the report's ResNet50 + AutoAugment on CIFAR-100",
            source=f"{_REPORT}, row 3",
            expected="CIFAR-100 top-1 81.62 % (reported, one run); not measured here",
            differs=_REPORT_SILENCE,
            settings={**_CLASSIC, "model.name": "resnet50", "aug.preset": "autoaugment"},
        ),
        Recipe(
            name="report-senet101-autoaugment",
            description="the report's SENet101 + AutoAugment on CIFAR-100, its best row",
            source=f"{_REPORT}, row 4",
            expected="CIFAR-100 top-1 82.85 % (reported, one run); not measured here",
            differs=_REPORT_SILENCE,
            settings={**_CLASSIC, "model.name": "senet101", "aug.preset": "autoaugment"},
        ),
        Recipe(
            name="rsb-a2",
            description="ResNet strikes back, procedure A2: 300 epochs at 224 px",
            source="Wightman et al. 2021, table 2, column A2",
            expected="ImageNet top-1 79.8 % (the paper); not measured here",
            differs=(
                f"{_STRIKES_BACK_DATA}; no repeated augmentation (3 times there); "
                "evaluation looks at 87.5 % of the side, not 95 %"
            ),
            settings={
                **_STRIKES_BACK,
                "data.img_size": 224,
                "model.drop_path": 0.05,
                "aug.timm_policy": "rand-m7-mstd0.5-inc1",
                "optim.lr": 5e-3,
                "epochs": 300,
            },
        ),
        Recipe(
            name="rsb-a3",
            description="ResNet strikes back, procedure A3: 100 epochs at 160 px",
            source="Wightman et al. 2021, table 2, column A3",
            expected="ImageNet top-1 78.1 % at 224 px (the paper); not measured here",
            differs=f"{_STRIKES_BACK_DATA}; evaluation at 160 px and 87.5 % of the side, not at 224 px and 95 %",
            settings={
                **_STRIKES_BACK,
                "data.img_size": 160,
                "aug.timm_policy": "rand-m6-mstd0.5-inc1",
                "optim.lr": 8e-3,
                "epochs": 100,
            },
        ),
        Recipe(
            name="cifar-fast",
            description="to more than 82 % on CIFAR-100 in minutes of one large GPU; --dataset cifar10 works too",
            source="this project: a wide ResNet, which computes instead of moving memory, at growing image size",
            expected="designed for CIFAR-100 top-1 > 82 %; not measured here",
            settings={
                "data.dataset": "cifar100",
                "model.name": "wrn_16_8",
                "aug.preset": "autoaugment",
                "aug.cutmix_alpha": 1.0,
                "aug.label_smoothing": 0.1,
                "optim.name": "sgd",
                "optim.lr": 0.4,
                "optim.weight_decay": 5e-4,
                "schedule.name": "onecycle",
                "schedule.momentum_range": None,
                "schedule.warmup_epochs": 15,
                "epochs": 80,
                "batch_size": 512,
                "ema_decay": 0.998,
                "compile": True,
                "progressive": [20, 32],
            },
        ),
        Recipe(
            name="cifar-fast-cpu",
            description="a small net on CIFAR-10 in minutes of two processor cores",
            source="this project",
            expected="top-1 79.3 % after 12 epochs, 19 minutes of one busy core (one seed); all 20 not measured here",
            settings={
                "data.dataset": "cifar10",
                "model.name": "resnet_mini",
                "aug.label_smoothing": 0.1,
                "optim.name": "sgd",
                "optim.lr": 0.2,
                "optim.weight_decay": 5e-4,
                "schedule.name": "onecycle",
                "schedule.momentum_range": None,
                "schedule.warmup_epochs": 4,
                "epochs": 20,
                "batch_size": 256,
                "ema_decay": 0.995,
            },
        ),
        Recipe(
            name="cnn-small",
            description="for classic CNNs at up to 64 px: what a bare run does",
            source="He et al. 2016, section 4.2, with 200 epochs and a cosine, as the report has it",
            expected="ResNet50 on CIFAR-100: top-1 79.05 % (reported, one run); not measured here",
            differs=_REPORT_SILENCE,
            fits=RecipeFit(kind="cnn", is_small=True),
            settings={
                "optim.name": "sgd",
                "optim.lr": 0.1,
                "optim.momentum": 0.9,
                "optim.weight_decay": 5e-4,
                "schedule.name": "cosine",
                "epochs": 200,
                "batch_size": 128,
            },
        ),
        Recipe(
            name="cnn-large",
            description="for classic CNNs beyond 64 px: the 90 epochs of ImageNet",
            source="He et al. 2016, section 3.4, with torchvision's 90 epochs and drops after 30 and 60",
            expected="ResNet50 on ImageNet at 224 px: top-1 76.13 % (torchvision); not measured here",
            fits=RecipeFit(kind="cnn", is_small=False),
            settings={
                "optim.name": "sgd",
                "optim.lr": 0.1,
                "optim.momentum": 0.9,
                "optim.nesterov": False,
                "optim.weight_decay": 1e-4,
                "schedule.name": "step",
                "schedule.warmup_epochs": 0,
                "epochs": 90,
                "batch_size": 256,
            },
        ),
        Recipe(
            name="transformer-small",
            description="for transformers and hybrids at up to 64 px, trained from scratch",
            source="Hassani et al. 2021 (compact transformers), their configuration of CCT-7/3x1 for 300 epochs",
            expected="CCT-7/3x1 on CIFAR-100: top-1 80.92 % (the authors); not measured here",
            differs=(
                "pads and crops, where they crop 80 to 100 % of the area; torchvision's RandAugment; warm-up of 5 "
                "epochs, not 10; no 10 epochs more at the lowest rate"
            ),
            fits=RecipeFit(kind="transformer", is_small=True),
            settings={
                "aug.preset": "randaugment",
                "aug.mixup_alpha": 0.8,
                "aug.cutmix_alpha": 1.0,
                "aug.label_smoothing": 0.1,
                "optim.name": "adamw",
                "optim.lr": 6e-4,
                "optim.weight_decay": 0.06,
                "optim.decay_norm_and_bias": False,
                "schedule.name": "cosine",
                "schedule.min_lr": 1e-5,
                "epochs": 300,
                "batch_size": 128,
            },
        ),
        Recipe(
            name="transformer-large",
            description="for transformers and hybrids beyond 64 px, trained from scratch",
            source="Touvron et al. 2021 (DeiT), table 9; the learning rate by their rule, 5e-4 for 512 images",
            expected="DeiT-S on ImageNet at 224 px: top-1 79.8 % (the paper); not measured here",
            differs=(
                "batches of 256, not 1024; no repeated augmentation (3 times there); torchvision's RandAugment; add "
                "model.drop_path=0.1 where the network drops paths"
            ),
            fits=RecipeFit(kind="transformer", is_small=False),
            settings={
                "aug.preset": "randaugment",
                "aug.mixup_alpha": 0.8,
                "aug.cutmix_alpha": 1.0,
                "aug.random_erasing_prob": 0.25,
                "aug.label_smoothing": 0.1,
                "optim.name": "adamw",
                "optim.lr": 2.5e-4,
                "optim.weight_decay": 0.05,
                "optim.decay_norm_and_bias": False,
                "schedule.name": "cosine",
                "schedule.min_lr": 1e-5,
                "epochs": 300,
                "batch_size": 256,
            },
        ),
    )
}


def recipe(name: str) -> Recipe:
    """Return the recipe of that name. Raises NotFoundError."""
    if name not in RECIPES:
        raise NotFoundError(unknown("recipe", name, [AUTO, *RECIPES], listing="expdb recipes"))
    return RECIPES[name]


def fitting_recipe(settings: Mapping[str, Any]) -> Recipe:
    """Return the recipe for the model and the image size of these settings, whatever else they say.

    Raises:
        SpecError: none fits.
        NotFoundError: there is no such model or dataset.
    """
    arch, img_size = _arch_and_size(settings)
    kind = kind_of(arch)
    fit = RecipeFit(kind=kind, is_small=img_size <= SMALL_INPUT) if kind else None
    for entry in RECIPES.values():
        if fit is not None and entry.fits == fit:
            return entry
    raise SpecError(
        f"--recipe {AUTO}: no recipe fits {arch}, whose family the catalog does not know: name one (expdb recipes)"
    )


def unsuited_default(settings: Mapping[str, Any]) -> str | None:
    """Return what is to be said of settings that leave the optimizer at its default, which is made for other models."""
    if "optim.name" in settings or kind_of(_arch_and_size(settings)[0]) != "transformer":
        return None
    default = RunSpec().optim
    name = settings.get("model.name", RunSpec().model.name)
    return (
        f"the default optimizer, {default.name} at lr {settings.get('optim.lr', default.lr)}, is a classic CNN's, and "
        f"{name} is no such network: --recipe {AUTO} takes settings made for it, or choose --optimizer"
    )


def _arch_and_size(settings: Mapping[str, Any]) -> tuple[str, int]:
    flat = flatten(RunSpec()) | dict(settings)
    size = settings.get("data.img_size", dataset(str(flat["data.dataset"])).img_size)
    img_size = size if isinstance(size, int) else SMALL_INPUT  # which is refused later
    return resolve_model(str(flat["model.name"]), img_size=img_size).arch, img_size

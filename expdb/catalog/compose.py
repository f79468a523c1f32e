"""From what a person typed to a complete `RunSpec`, and back to the fewest settings that mean the same.

Later wins: the spec's own defaults; what the dataset, optimizer, augmentation preset and model imply; the
settings given by dotted key (`optim.lr`).
"""

import os
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from expdb.catalog.augmentations import augmentation
from expdb.catalog.datasets import FOLDER_PREFIX, dataset
from expdb.catalog.models import CIFAR_STEM_FAMILIES, architectures, resolve_model
from expdb.catalog.optimizers import optimizer
from expdb.domain.spec import RunSpec, flatten, spec_fields
from expdb.errors import SpecError

Settings = Mapping[str, Any]

# Settings that name an entry of the catalog and so imply others.
_NAMES = (
    "data.dataset",
    "data.img_size",
    "model.name",
    "aug.preset",
    "optim.name",
    "schedule.name",
    "epochs",
)
# Settings that only the catalog decides.
DERIVED = ("version", "data.num_classes", "data.channels", "model.arch")


def compose_spec(settings: Settings) -> RunSpec:
    """Build a spec from settings by dotted key; everything else takes its default.

    Raises:
        SpecError: an unknown key, a value out of range, or a setting that would have no effect.
        NotFoundError: an unknown dataset, model, augmentation or optimizer.
    """
    _check_keys(settings)
    settings = _with_absolute_folder(settings)
    flat = flatten(RunSpec())
    steps: tuple[Callable[[Settings], dict[str, Any]], ...] = (
        _from_dataset,
        _from_optimizer,
        _from_schedule,
        _from_augmentation,
        _from_model,
    )
    for implied in steps:
        flat.update(implied(flat | dict(settings)))
    flat.update(settings)
    spec = _validate(flat)
    _check_effects(spec, settings)
    return spec


def settings_of(spec: RunSpec) -> dict[str, Any]:
    """Return settings from which `compose_spec` builds this very spec, leaving out what is implied anyway."""
    flat, defaults = flatten(spec), flatten(RunSpec())
    settings = {key: flat[key] for key in _NAMES if flat[key] != defaults[key]}
    implied = flatten(compose_spec(settings))
    settings |= {key: value for key, value in flat.items() if value != implied[key] and key not in DERIVED}
    if settings.get("data.img_size") == dataset(spec.data.dataset).img_size:
        del settings["data.img_size"]
    return settings


def _with_absolute_folder(settings: Settings) -> Settings:
    name = settings.get("data.dataset")
    if not isinstance(name, str) or not name.startswith(FOLDER_PREFIX):
        return settings
    path = Path(name.removeprefix(FOLDER_PREFIX)).expanduser().absolute()
    # A worker may start elsewhere; normpath, not resolve: the link that was named is what was meant.
    return {**settings, "data.dataset": FOLDER_PREFIX + os.path.normpath(path)}


def _check_keys(settings: Settings) -> None:
    known = spec_fields()
    for key in settings:
        if key in DERIVED:
            raise SpecError(f"{key} follows from the other settings and cannot be set")
        if key not in known:
            near = get_close_matches(key, known, n=3)
            hint = f"did you mean {', '.join(near)}?" if near else "expdb run --dry-run shows all settings"
            raise SpecError(f"unknown setting {key!r}: {hint}")


def _from_dataset(flat: Settings) -> dict[str, Any]:
    entry = dataset(str(flat["data.dataset"]))
    return {
        "data.num_classes": entry.num_classes,
        "data.channels": entry.channels,
        "data.img_size": entry.img_size,
    }


def _from_optimizer(flat: Settings) -> dict[str, Any]:
    entry = optimizer(str(flat["optim.name"]))
    return {
        "optim.lr": entry.lr,
        "optim.weight_decay": entry.weight_decay,
        "optim.momentum": entry.momentum,
        "optim.nesterov": entry.has_nesterov,
    }


def _from_schedule(flat: Settings) -> dict[str, Any]:
    epochs = flat["epochs"]
    if not isinstance(epochs, int):
        return {}  # left to validation
    # Five epochs as in the classic recipe, less in a short run, where five would be most of it.
    implied: dict[str, Any] = {"schedule.warmup_epochs": float(min(5, epochs // 10))}
    if flat["schedule.name"] == "step":
        implied |= {"schedule.decay_epochs": max(1, epochs // 3), "schedule.decay_rate": 0.1}
    return implied


def _from_augmentation(flat: Settings) -> dict[str, Any]:
    entry = dataset(str(flat["data.dataset"]))
    settings = {f"aug.{key}": value for key, value in augmentation(str(flat["aug.preset"])).settings.items()}
    img_size = flat["data.img_size"]
    if settings.get("aug.crop", "pad") == "pad" and isinstance(img_size, int):
        settings["aug.crop_padding"] = round(img_size / 8)  # the classic 4 pixels of 32
    is_large = entry.source == "folder"
    if is_large and "aug.crop" not in settings:
        settings |= {"aug.crop": "resized", "aug.crop_padding": 0}
    if is_large and settings.get("aug.autoaugment_policy"):
        settings["aug.autoaugment_policy"] = "imagenet"
    if not entry.has_mirror_symmetry:
        settings["aug.hflip_prob"] = 0.0
    return settings


def _from_model(flat: Settings) -> dict[str, Any]:
    img_size = flat["data.img_size"]
    if not isinstance(img_size, int):
        return {}  # left to validation
    model = resolve_model(str(flat["model.name"]), img_size=img_size)
    return {"model.arch": model.arch, "model.stem": model.stem, "model.kwargs": dict(model.kwargs)}


def _check_effects(spec: RunSpec, settings: Settings) -> None:
    """Refuse settings that this spec would silently ignore."""
    has_no_effect = {
        "optim.momentum": optimizer(spec.optim.name).momentum is None and spec.optim.momentum is not None,
        "optim.nesterov": spec.optim.nesterov and not optimizer(spec.optim.name).has_nesterov,
        "schedule.min_lr": spec.schedule.name != "cosine" and spec.schedule.min_lr > 0,
        "schedule.decay_epochs": spec.schedule.name != "step" and spec.schedule.decay_epochs is not None,
        "schedule.decay_rate": spec.schedule.name != "step" and spec.schedule.decay_rate is not None,
        "schedule.warmup_lr": spec.schedule.warmup_lr > 0 and spec.schedule.warmup_epochs == 0,
        "aug.crop_padding": spec.aug.crop != "pad" and spec.aug.crop_padding > 0,
        "aug.autoaugment_policy": spec.aug.policy != "autoaugment" and spec.aug.autoaugment_policy is not None,
        "aug.randaugment_num_ops": spec.aug.policy != "randaugment" and spec.aug.randaugment_num_ops is not None,
        "aug.randaugment_magnitude": spec.aug.policy != "randaugment" and spec.aug.randaugment_magnitude is not None,
        "model.stem": spec.model.stem == "cifar" and architectures()[spec.model.arch].family not in CIFAR_STEM_FAMILIES,
    }
    for key, is_ignored in has_no_effect.items():
        if is_ignored and key in settings:
            raise SpecError(f"{key}={settings[key]} has no effect here: leave it out ({_why(key, spec)})")
    required = {
        "aug.autoaugment_policy": spec.aug.policy == "autoaugment" and spec.aug.autoaugment_policy is None,
        "aug.randaugment_num_ops": spec.aug.policy == "randaugment" and spec.aug.randaugment_num_ops is None,
        "aug.randaugment_magnitude": spec.aug.policy == "randaugment" and spec.aug.randaugment_magnitude is None,
    }
    for key, is_missing in required.items():
        if is_missing:
            raise SpecError(f"{key} is needed with aug.policy={spec.aug.policy} (or use --aug {spec.aug.policy})")


def _why(key: str, spec: RunSpec) -> str:
    return {
        "optim": f"optimizer {spec.optim.name}",
        "schedule": f"schedule {spec.schedule.name}, {spec.schedule.warmup_epochs:g} warm-up epochs",
        "aug": f"crop {spec.aug.crop}, policy {spec.aug.policy}",
        "model": f"architecture {spec.model.arch}",
    }[key.partition(".")[0]]


def _validate(flat: Settings) -> RunSpec:
    nested: dict[str, Any] = {}
    for key, value in flat.items():
        part, _, leaf = key.rpartition(".")
        (nested.setdefault(part, {}) if part else nested)[leaf] = value
    try:
        return RunSpec.model_validate(nested)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(step) for step in first["loc"])
        message = first["msg"].removeprefix("Value error, ")
        raise SpecError(f"{key}={first['input']!r}: {message}" if key else message) from error

"""From what a person typed to a complete `RunSpec`, and back to the fewest settings that mean the same.

Later wins: the spec's own defaults; what the dataset, optimizer, augmentation preset and model imply; the
settings given by dotted key (`optim.lr`).
"""

import copy
import os
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from expdb.catalog.augmentations import augmentation
from expdb.catalog.conflicts import check_effects
from expdb.catalog.datasets import dataset, normalisation
from expdb.catalog.models import SMALL_INPUT, resolve_model
from expdb.catalog.optimizers import optimizer
from expdb.domain.settings import settings_by_key
from expdb.domain.spec import FOLDER_PREFIX, DataSpec, RunSpec, flatten, spec_fields
from expdb.errors import SpecError

Settings = Mapping[str, Any]

# Settings that name an entry of the catalog and so imply others.
_NAMES = (
    "data.dataset",
    "data.img_size",
    "model.name",
    "model.pretrained",  # a tag in the name goes with it alone
    "aug.preset",
    "optim.name",
    "schedule.name",
    "epochs",
    # What a spec of no epochs evaluates.
    "model.weights",
    "model.init_from",
)
# Single arguments of the network: `model.kwargs.width`, or deeper. They leave what else is implied as it is.
_ARGUMENT = "model.kwargs."
# Settings that only the catalog decides.
DERIVED = ("version", "data.num_classes", "data.channels", "model.arch", "model.code", "model.init_group")


def compose_spec(settings: Settings) -> RunSpec:
    """Build a spec from settings by dotted key; everything else takes its default.

    `model.kwargs` stands for all arguments of the network, in place of those that its name and the images' size imply;
    `model.kwargs.KEY` (or `.KEY.KEY`) sets one of them.

    Raises:
        SpecError: an unknown key, a value out of range, or a setting that would have no effect.
        NotFoundError: an unknown dataset, model, augmentation or optimizer.
    """
    _check_keys(settings)
    arguments = {key: value for key, value in settings.items() if key.startswith(_ARGUMENT)}
    settings = {key: value for key, value in settings.items() if key not in arguments}
    settings = _with_preset_name(_with_absolute_folder(settings))
    flat = flatten(RunSpec())
    steps: tuple[Callable[[Settings], dict[str, Any]], ...] = (
        _from_dataset,
        _from_optimizer,
        _from_schedule,
        _from_augmentation,
        _from_crop,
        _from_model,
    )
    for implied in steps:
        flat.update(implied(flat | dict(settings)))
    flat.update(settings)
    flat["data.normalize"] = _without_second_name(flat)
    flat["model.kwargs"] = _with_arguments(flat["model.kwargs"], arguments)
    if flat["epochs"] == 0:
        flat |= _of_no_training()
    spec = _validate(flat)
    check_effects(spec, settings)
    return spec


def settings_of(spec: RunSpec) -> dict[str, Any]:
    """Return settings from which `compose_spec` builds this very spec, leaving out what is implied anyway."""
    flat, defaults = flatten(spec), flatten(RunSpec())
    settings = {key: flat[key] for key in _NAMES if flat[key] != defaults[key]}
    implied = flatten(compose_spec(settings))
    settings |= {
        key: value
        for key, value in flat.items()
        if value != implied[key] and key not in (*DERIVED, "model.weights_path")
    }
    if settings.get("data.img_size") == dataset(spec.data.dataset).img_size:
        del settings["data.img_size"]
    return settings


def _without_second_name(flat: Settings) -> Any:
    """Return how to normalise: by `dataset`, where another name stands for the same numbers."""
    name, entry = flat["data.normalize"], dataset(str(flat["data.dataset"]))
    if not isinstance(name, str):
        return name  # left to validation
    return "dataset" if normalisation(name, entry) == (entry.mean, entry.std) else name


def _of_no_training() -> dict[str, Any]:
    """Return the settings of training at their defaults: where nothing is trained, none of them says anything."""
    known, defaults = settings_by_key(), flatten(RunSpec())
    return {key: value for key, value in defaults.items() if key in known and known[key].is_of_training} | {"epochs": 0}


def _with_absolute_folder(settings: Settings) -> Settings:
    name = settings.get("data.dataset")
    if not isinstance(name, str) or not name.startswith(FOLDER_PREFIX):
        return settings
    path = Path(name.removeprefix(FOLDER_PREFIX)).expanduser().absolute()
    # A worker may start elsewhere; normpath, not resolve: the link that was named is what was meant.
    return {**settings, "data.dataset": FOLDER_PREFIX + os.path.normpath(path)}


def _with_preset_name(settings: Settings) -> Settings:
    preset = settings.get("aug.preset")
    return {**settings, "aug.preset": augmentation(preset).name} if isinstance(preset, str) else settings


def _check_keys(settings: Settings) -> None:
    known = spec_fields()
    for key in settings:
        if key.startswith(_ARGUMENT) and all(key.removeprefix(_ARGUMENT).split(".")):
            continue
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
    # Five epochs as in the classic recipe, less in a short run, where five would be most of it. One cycle rises for
    # three tenths of the run: as torch's OneCycleLR does, unless told otherwise.
    is_one_cycle = flat["schedule.name"] == "onecycle"
    implied: dict[str, Any] = {"schedule.warmup_epochs": 0.3 * epochs if is_one_cycle else float(min(5, epochs // 10))}
    match flat["schedule.name"]:
        case "step":
            implied |= {"schedule.decay_epochs": max(1, epochs // 3), "schedule.decay_rate": 0.1}
        case "multistep":
            # Zagoruyko and Komodakis 2016, section 3: 60, 120 and 160 of 200 epochs.
            milestones = {min(max(1, round(share * epochs)), max(1, epochs - 1)) for share in (0.3, 0.6, 0.8)}
            implied |= {"schedule.milestones": sorted(milestones), "schedule.decay_rate": 0.2}
        case "plateau":
            implied |= {"schedule.patience": 10, "schedule.decay_rate": 0.1}
        case "wsd":
            implied["schedule.decay_share"] = 0.2
        case "onecycle" if optimizer(str(flat["optim.name"])).has_momentum:
            implied["schedule.momentum_range"] = [0.85, 0.95]  # torch's OneCycleLR
    return implied


def _from_augmentation(flat: Settings) -> dict[str, Any]:
    entry = dataset(str(flat["data.dataset"]))
    settings = {f"aug.{key}": value for key, value in augmentation(str(flat["aug.preset"])).settings.items()}
    img_size = flat["data.img_size"]
    if settings.get("aug.crop", "pad") == "pad" and isinstance(img_size, int):
        settings["aug.crop_padding"] = round(img_size / 8)  # the classic 4 pixels of 32
    if "aug.cutout_size" in settings and isinstance(img_size, int):
        settings["aug.cutout_size"] = round(settings["aug.cutout_size"] * img_size / 32)  # as it was published for
    # Small pictures in a folder are trained on like those of a dataset with a name.
    is_large = entry.source == "folder" and isinstance(img_size, int) and img_size > SMALL_INPUT
    if is_large and "aug.crop" not in settings:
        settings |= {"aug.crop": "resized", "aug.crop_padding": 0}
    if is_large and settings.get("aug.autoaugment_policy"):
        settings["aug.autoaugment_policy"] = "imagenet"
    if not entry.has_mirror_symmetry:
        settings["aug.hflip_prob"] = 0.0
    return settings


def _from_crop(flat: Settings) -> dict[str, Any]:
    """Evaluation looks at what training sees: of large images, whose crops are enlarged, at the centre."""
    img_size = flat["data.img_size"]
    is_large = isinstance(img_size, int) and img_size > SMALL_INPUT
    return {"eval.crop": 0.875 if is_large and flat["aug.crop"] == "resized" else 1.0}


def _from_model(flat: Settings) -> dict[str, Any]:
    img_size = flat["data.img_size"]
    if not isinstance(img_size, int) or not _is_side(img_size):
        return {}  # left to validation
    model = resolve_model(str(flat["model.name"]), img_size=img_size)
    return {"model.arch": model.arch, "model.stem": model.stem, "model.kwargs": dict(model.kwargs)}


def _with_arguments(kwargs: Any, arguments: Settings) -> Any:
    """Return `model.kwargs` with single arguments changed."""
    if not isinstance(kwargs, dict):
        return kwargs  # left to validation
    changed = copy.deepcopy(kwargs)
    for key, value in arguments.items():
        *tables, last = key.removeprefix(_ARGUMENT).split(".")
        table = changed
        for name in tables:
            table = table.setdefault(name, {})
            if not isinstance(table, dict):
                raise SpecError(f"{key}={value}: {name} is {table!r}, no table that something could be set in")
        table[last] = value
    return changed


def _is_side(img_size: int) -> bool:
    """Tell whether images may be so large: what a model's arguments are for larger ones takes for ever to find."""
    try:
        DataSpec(img_size=img_size)
    except ValidationError:
        return False
    return True


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

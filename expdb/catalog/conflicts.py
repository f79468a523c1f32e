"""Which settings of a spec do nothing, lack another one or contradict each other: nothing is ignored in silence."""

import re
from collections.abc import Mapping
from typing import Any, Final

from expdb.catalog.augmentations import is_timm_policy
from expdb.catalog.models import names_weights, small_stem
from expdb.catalog.optimizers import optimizer
from expdb.domain.settings import settings_by_key
from expdb.domain.spec import FOLDER_PREFIX, AugSpec, DataSpec, DistillSpec, RunSpec
from expdb.errors import SpecError

_LEAST_SIDE: Final = 8  # pixels, as `data.img_size` has it


def check_effects(spec: RunSpec, settings: Mapping[str, Any]) -> None:
    """Refuse settings that this spec would silently ignore, and those that cannot be followed.

    Args:
        spec: what came of the settings.
        settings: what was asked for, by dotted key; only these are refused for having no effect.

    Raises:
        SpecError: in one line, which setting, its value, and what to do.
    """
    if not spec.is_trained:
        _check_evaluation(spec, settings)
    ignored = {
        **_ignored_of_pictures(spec),
        **_ignored_in_training(spec),
        **_ignored_in_schedule(spec),
        **_ignored_in_augmentation(spec),
    }
    for key, is_ignored in ignored.items():
        if is_ignored and key in settings:
            raise SpecError(f"{key}={settings[key]} has no effect here: leave it out ({_why(key, spec)})")
    for key, (is_missing, reason) in _required(spec).items():
        if is_missing:
            raise SpecError(f"{key} is needed with {reason}")
    _check_weights(spec)
    _check_background(spec)
    _check_augmentation(spec)
    _check_schedule(spec)
    _check_progressive(spec)
    _check_parts(spec)
    _check_loss(spec)
    _check_graphs(spec)


def _check_evaluation(spec: RunSpec, settings: Mapping[str, Any]) -> None:
    """Without an epoch there must be weights, one device is enough, and nothing of training can be followed."""
    model, known = spec.model, settings_by_key()
    if not model.pretrained and model.weights is None and model.init_from is None:
        raise SpecError(
            "epochs=0 trains nothing, and there are no weights to evaluate: expdb evaluate --weights or --pretrained"
        )
    for key, value in settings.items():
        if key in known and known[key].is_of_training and key != "epochs":
            raise SpecError(f"{key}={value} has no effect here: leave it out (nothing is trained)")
    if spec.gpus > 1:
        raise SpecError(f"gpus={spec.gpus}: an evaluation without training is on one device; leave it out")


def _ignored_of_pictures(spec: RunSpec) -> dict[str, bool]:
    """The images of a dataset with a name are read as its publishers made them."""
    is_named, usual = not spec.data.dataset.startswith(FOLDER_PREFIX), DataSpec()
    return {
        f"data.{name}": is_named and getattr(spec.data, name) != getattr(usual, name)
        for name in ("background", "verify", "max_megapixels")
    }


def _ignored_in_training(spec: RunSpec) -> dict[str, bool]:
    optim, distill, entry = spec.optim, spec.distill, optimizer(spec.optim.name)
    return {
        "optim.momentum": optim.momentum is not None
        and (entry.momentum is None or spec.schedule.momentum_range is not None),
        "optim.nesterov": optim.nesterov and not entry.has_nesterov,
        "optim.betas": optim.betas is not None and not entry.has_betas,
        "optim.decay_norm_and_bias": not optim.decay_norm_and_bias and optim.weight_decay == 0,
        "distill.weight": distill.teacher is None and distill.weight != DistillSpec().weight,
        "distill.temperature": distill.teacher is None and distill.temperature != DistillSpec().temperature,
        "distill.teacher": distill.teacher is not None and distill.weight == 0,
        "model.init_from": spec.is_trained and spec.model.pretrained and spec.model.init_from is not None,
        "model.weights": spec.is_trained and spec.model.weights is not None,
        "model.stem": spec.model.stem == "cifar" and small_stem(spec.model.arch) is None,
        "bce_threshold": spec.bce_threshold is not None and spec.loss != "bce",
        "sync_bn": spec.sync_bn and spec.gpus == 1,
        "progressive": spec.progressive is not None and (spec.progressive[0] == spec.data.img_size or spec.epochs == 1),
    }


def _ignored_in_schedule(spec: RunSpec) -> dict[str, bool]:
    schedule = spec.schedule
    return {
        "schedule.min_lr": schedule.name not in ("cosine", "onecycle", "wsd") and schedule.min_lr > 0,
        "schedule.decay_epochs": schedule.name != "step" and schedule.decay_epochs is not None,
        "schedule.decay_rate": schedule.name not in ("step", "multistep", "plateau")
        and schedule.decay_rate is not None,
        "schedule.milestones": schedule.name != "multistep" and bool(schedule.milestones),
        "schedule.patience": schedule.name != "plateau" and schedule.patience is not None,
        "schedule.decay_share": schedule.name != "wsd" and schedule.decay_share is not None,
        "schedule.momentum_range": schedule.momentum_range is not None
        and (schedule.name != "onecycle" or not optimizer(spec.optim.name).has_momentum),
        "schedule.warmup_lr": schedule.warmup_lr > 0 and schedule.warmup_epochs == 0,
    }


def _ignored_in_augmentation(spec: RunSpec) -> dict[str, bool]:
    aug = spec.aug
    return {
        "aug.crop_padding": aug.crop != "pad" and aug.crop_padding > 0,
        "aug.crop_min_scale": aug.crop != "resized" and aug.crop_min_scale != AugSpec().crop_min_scale,
        "aug.autoaugment_policy": aug.policy != "autoaugment" and aug.autoaugment_policy is not None,
        "aug.randaugment_num_ops": aug.policy != "randaugment" and aug.randaugment_num_ops is not None,
        "aug.randaugment_magnitude": aug.policy != "randaugment" and aug.randaugment_magnitude is not None,
        "aug.timm_policy": aug.policy != "timm" and aug.timm_policy is not None,
        # With the teacher's predictions alone, nobody looks at the labels; a threshold brings them back to 0 and 1.
        "aug.label_smoothing": aug.label_smoothing > 0
        and (
            (spec.distill.teacher is not None and spec.distill.weight == 1)
            or (spec.bce_threshold is not None and aug.mixup_alpha == aug.cutmix_alpha == 0)
        ),
    }


def _required(spec: RunSpec) -> dict[str, tuple[bool, str]]:
    """Return which settings are missing, and what they are needed with."""
    aug, schedule = spec.aug, spec.schedule
    preset = "timm_original" if aug.policy == "timm" else aug.policy
    policy = f"aug.policy={aug.policy} (or use --aug {preset})"
    named = f"schedule.name={schedule.name}"
    return {
        "aug.autoaugment_policy": (aug.policy == "autoaugment" and aug.autoaugment_policy is None, policy),
        "aug.randaugment_num_ops": (aug.policy == "randaugment" and aug.randaugment_num_ops is None, policy),
        "aug.randaugment_magnitude": (aug.policy == "randaugment" and aug.randaugment_magnitude is None, policy),
        "aug.timm_policy": (aug.policy == "timm" and aug.timm_policy is None, policy),
        "schedule.decay_epochs": (schedule.name == "step" and schedule.decay_epochs is None, named),
        "schedule.decay_rate": (
            schedule.name in ("step", "multistep", "plateau") and schedule.decay_rate is None,
            named,
        ),
        "schedule.milestones": (schedule.name == "multistep" and not schedule.milestones, named),
        "schedule.patience": (schedule.name == "plateau" and schedule.patience is None, named),
        "schedule.decay_share": (schedule.name == "wsd" and schedule.decay_share is None, named),
    }


def _check_weights(spec: RunSpec) -> None:
    """A name that stands for weights must not start from fresh ones: tables would show what was not trained."""
    if names_weights(spec.model.arch) and not spec.model.pretrained:
        kind = "a model of a hub" if ":" in spec.model.arch else "a tag"
        raise SpecError(
            f"model.name={spec.model.name}: {kind} stands for pretrained weights; start from them with "
            "model.pretrained=true, or name the architecture alone"
        )


def _check_background(spec: RunSpec) -> None:
    color = spec.data.background
    if color == DataSpec().background:
        return
    from PIL.ImageColor import colormap  # the rest of Pillow comes with it: only for who asks for a colour

    if color not in colormap and re.fullmatch("#[0-9a-f]{6}", color) is None:
        raise SpecError(f"data.background={color!r} is no colour: use a name (white, black, grey) or #rrggbb")


def _check_augmentation(spec: RunSpec) -> None:
    aug = spec.aug
    if aug.timm_policy is not None and not is_timm_policy(aug.timm_policy):
        raise SpecError(
            f"aug.timm_policy={aug.timm_policy!r} is none of timm's: use original, v0, 3a, rand-m9-mstd0.5-inc1, ..."
        )
    if aug.cutout_size > spec.data.img_size:
        raise SpecError(
            f"aug.cutout_size={aug.cutout_size} is more than data.img_size={spec.data.img_size}: choose a smaller one"
        )


def _check_schedule(spec: RunSpec) -> None:
    milestones = spec.schedule.milestones
    if list(milestones) != sorted(set(milestones)):
        raise SpecError(f"schedule.milestones={list(milestones)} must rise: epochs 60, 120 and 160, say")
    if spec.epochs > 1 and milestones and milestones[-1] >= spec.epochs:
        raise SpecError(
            f"schedule.milestones={list(milestones)}: a run of epochs={spec.epochs} ends before the last; choose "
            "smaller ones"
        )
    momenta = spec.schedule.momentum_range
    if momenta is not None and not momenta[0] <= momenta[1] < 1:
        raise SpecError(
            f"schedule.momentum_range={momenta[0]:g},{momenta[1]:g}: momentum is lower at the peak than at the ends, "
            "and below 1"
        )


def _check_progressive(spec: RunSpec) -> None:
    if spec.progressive is None:
        return
    start, end = spec.progressive
    if end != spec.data.img_size:
        raise SpecError(f"progressive={start},{end} must end at data.img_size={spec.data.img_size}")
    if not _LEAST_SIDE <= start <= end:
        raise SpecError(f"progressive={start},{end}: images grow, so it must start between {_LEAST_SIDE} and {end} px")
    if "img_size" in spec.model.kwargs:
        raise SpecError(f"progressive={start},{end}: {spec.model.name} takes images of one size only; leave it out")


def _check_parts(spec: RunSpec) -> None:
    num_images = spec.batch_size // spec.gpus
    if spec.grad_accumulation > 1 and num_images < 2 * spec.grad_accumulation:
        raise SpecError(
            f"grad_accumulation={spec.grad_accumulation}: of the {num_images} images of a step on each device, every "
            "part needs two; choose fewer parts"
        )


def _check_graphs(spec: RunSpec) -> None:
    """A graph replays one step of one size into memory of its own: nothing may add up over steps or change its size."""
    if not spec.cuda_graphs:
        return
    conflicts = {
        "device=cpu": spec.device == "cpu",
        "compile=false": not spec.compile,
        f"gpus={spec.gpus}": spec.gpus > 1,
        f"grad_accumulation={spec.grad_accumulation}": spec.grad_accumulation > 1,
        "progressive": spec.progressive is not None,
        "model.grad_checkpointing=true": spec.model.grad_checkpointing,
    }
    for setting, is_there in conflicts.items():
        if is_there:
            raise SpecError(f"cuda_graphs=true does not go with {setting}: change one of them")


def _check_loss(spec: RunSpec) -> None:
    smoothing, threshold = spec.aug.label_smoothing, spec.bce_threshold
    if spec.loss == "bce" and spec.distill.teacher is not None:
        raise SpecError("loss=bce does not go with distill.teacher, whose term is for cross entropy: choose loss=ce")
    least = smoothing / spec.data.num_classes
    if threshold is not None and not least <= threshold < 1 - smoothing + least:
        raise SpecError(
            f"bce_threshold={threshold:g}: with aug.label_smoothing={smoothing:g} and {spec.data.num_classes} classes, "
            "all targets are on one side of it; choose another"
        )


def _why(key: str, spec: RunSpec) -> str:
    reasons = {
        "optim": f"optimizer {spec.optim.name}, weight decay {spec.optim.weight_decay:g}",
        "schedule": f"schedule {spec.schedule.name}, {spec.schedule.warmup_epochs:g} warm-up epochs",
        "aug": f"crop {spec.aug.crop}, policy {spec.aug.policy}",
        "distill": "no teacher" if spec.distill.teacher is None else "its weight is 0",
        "model": f"architecture {spec.model.arch}",
        "data": f"dataset {spec.data.dataset}, not a folder",
        "bce_threshold": f"loss {spec.loss}",
        "sync_bn": "one device",
        "progressive": f"{spec.epochs} epochs, images of {spec.data.img_size} px",
    }
    if key == "optim.momentum" and spec.schedule.momentum_range is not None:
        return "schedule.momentum_range moves it, and null keeps it"
    if key == "schedule.momentum_range":
        return f"schedule {spec.schedule.name}, optimizer {spec.optim.name}"
    if key == "model.init_from":
        return "model.pretrained"
    if key == "model.weights":
        return "they are evaluated alone, by expdb evaluate"
    if key == "aug.label_smoothing":
        return "distill.weight 1" if spec.distill.teacher is not None else "bce_threshold undoes it"
    return reasons[key.partition(".")[0]]

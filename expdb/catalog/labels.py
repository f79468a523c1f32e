"""Words for what a run did, as papers print them: its model, augmentation, settings and devices.

What stands in the labels of model and augmentation says each setting's own metadata (`domain.spec`).
"""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from expdb.catalog.augmentations import AUGMENTATIONS
from expdb.catalog.datasets import DATASETS
from expdb.catalog.models import model_label
from expdb.domain.known import Fields
from expdb.domain.settings import Setting, settings_by_name
from expdb.domain.value_text import MISSING, format_value

# Names in a reported row's settings -> the words that tables print; other names only lose their underscores.
_WORDS = {"mean_std": "mean/std", "auto_augment": "autoaugment"}
_CROP_WORDS = {"pad": "crop", "resized": "resized crop"}
_OF_MODEL = ("model", "distill")
_LABELLED = tuple(setting for setting in settings_by_name().values() if setting.label is not None)
_ON_MODEL = tuple(setting for setting in _LABELLED if setting.part in _OF_MODEL)
_ON_IMAGES = tuple(setting for setting in _LABELLED if setting.part not in _OF_MODEL)

# What labels read of a run that no document states.
MODEL_FIELDS = ("kind", "model", "epochs", *(setting.name for setting in _ON_MODEL))
POLICY_FIELDS = ("policy", "timm_policy", *(setting.name for setting in _ON_IMAGES))
AUG_FIELDS = ("kind", *POLICY_FIELDS, "crop", "hflip_prob")
# The settings that the line of settings names as reports do; it adds what else is on, of what is off by default.
_IN_LINE = (
    *("dataset", "img_size", "normalize", "mixup_alpha", "cutmix_alpha", "lr", "warmup_lr", "warmup_epochs"),
    *("color_jitter", "crop", "hflip_prob", "policy", "autoaugment_policy", "randaugment_magnitude"),
    *("randaugment_num_ops", "random_erasing_prob", "momentum", "weight_decay", "decay_rate", "label_smoothing"),
)
_NOT_IN_LINE = ("train_limit", "test_limit", "val_fraction", "model_kwargs", "code_digest", "weights_digest")
_ADDED = tuple(
    setting
    for setting in settings_by_name().values()
    if not setting.default and setting.tells_apart == "results" and setting.name not in (*_IN_LINE, *_NOT_IN_LINE)
)
SETTINGS = ("kind", "unparsed", "extends_another", *_IN_LINE, *(setting.name for setting in _ADDED))


def model_label_of(run: Fields) -> str:
    """Return the model as tables print it, with what it starts or learns from; reported: as its source prints it."""
    if run["kind"] == "reported":
        return str(run["model"])
    on = ", ".join(_labels(run, _ON_MODEL))
    return f"{model_label(run['model'])} ({on})" if on else model_label(run["model"])


def model_aug(run: Fields) -> str:
    """Return the model with what is on beyond crop and flip, as in `ResNet50 + AutoAugment`."""
    if run["kind"] == "reported":
        return str(run["model"])
    return " + ".join([model_label_of(run), *_policies(run)])


def aug_label(run: Fields) -> str | None:
    """Return the augmentation in a few words; None where nothing is known of it."""
    policies = list(_policies(run))
    if policies:
        return " + ".join(policies)
    if run["crop"] is None:
        return None
    words = [_CROP_WORDS[run["crop"]]] if run["crop"] in _CROP_WORDS else []
    return " + ".join([*words, *(["flip"] if run["hflip_prob"] else [])]) or "none"


def optimizer_batch(run: Fields) -> str | None:
    """Return optimizer and total batch size, as in `sgd / 256`."""
    if run["optimizer"] is None and run["batch_size"] is None:
        return None
    return f"{run['optimizer'] or MISSING} / {run['batch_size'] or MISSING}"


def gpus(run: Fields) -> str | None:
    """Return the devices: `DDP - 2`, `1`, or `CPU`."""
    if run["device"] == "cpu":
        return "CPU"
    if run["num_devices"] is None or run["num_devices"] == 1:
        return None if run["num_devices"] is None else "1"
    return f"{(run['parallel'] or 'ddp').upper()} - {run['num_devices']}"


def settings(run: Fields) -> str | None:
    """Return the settings as one line, as in `cutmix 1 / lr 0.1 / random crop / momentum 0.9`.

    A reported run says what its source states, in that order; one that builds on a row it does not name starts
    with `+`. Any other run says what is on, with its learning rate, momentum and weight decay.
    """
    pairs = run["settings"].items() if run["kind"] == "reported" else _stated(run)
    line = " / ".join([*(phrase(name, value) for name, value in pairs), *run["unparsed"]])
    return f"+ {line}" if run["extends_another"] else line or None


def _policies(run: Fields) -> Iterator[str]:
    """Yield what changes images or targets beyond crop and flip."""
    if run["kind"] == "reported":
        stated = run["settings"]
        known = {"mixup_alpha": stated.get("mixup"), "cutmix_alpha": stated.get("cutmix")}
        run = {**run, **known, "policy": "autoaugment" if stated.get("auto_augment") else None}
    if policy := _policy(run):
        yield policy
    yield from _labels(run, _ON_IMAGES)


def _policy(run: Fields) -> str | None:
    """Return the policy of operations by the label of its preset; None where there is none."""
    policy, of_timm = run["policy"], run["timm_policy"]
    if not policy or policy == "none":
        return None
    if policy == "timm":
        own = (preset.label for preset in AUGMENTATIONS.values() if preset.settings.get("timm_policy") == of_timm)
        return next(own, f"timm {of_timm}")
    return AUGMENTATIONS[policy].label if policy in AUGMENTATIONS else str(policy)


def _labels(run: Fields, settings: tuple[Setting, ...]) -> Iterator[str]:
    """Yield what the labels of settings say that are on."""
    for setting in settings:
        if not (value := run[setting.name]):
            continue
        if setting.name == "init_from" and run["epochs"] is None:
            yield "evaluated"  # of several seeds: each is of another run
        else:
            yield str(setting.label).format(format_value(value, setting.format))


def _stated(run: Fields) -> Iterator[tuple[str, Any]]:
    """Yield name and value of each setting that is on, in the order of the report's tables; then what else is."""
    is_resized = run["dataset"] not in DATASETS or DATASETS[run["dataset"]].img_size != run["img_size"]
    candidates: Mapping[str, Any] = {
        "mean_std": 0.5 if run["normalize"] == "half" else None,
        "normalize": None if run["normalize"] in ("dataset", "half") else run["normalize"],
        "image_size": (run["img_size"], run["img_size"]) if run["img_size"] and is_resized else None,
        "mixup": run["mixup_alpha"] or None,
        "cutmix": run["cutmix_alpha"] or None,
        "lr": run["lr"],
        "warmup_lr": run["warmup_lr"] or None,
        "warmup_epochs": run["warmup_epochs"] or None,
        "color_jitter": run["color_jitter"] or None,
        "random_crop": run["crop"] == "pad" or None,
        "random_resized_crop": run["crop"] == "resized" or None,
        "flip": bool(run["hflip_prob"]) or None,
        "auto_augment": (run["autoaugment_policy"] or True) if run["policy"] == "autoaugment" else None,
        "randaugment": (
            f"m{run['randaugment_magnitude']} n{run['randaugment_num_ops']}" if run["policy"] == "randaugment" else None
        ),
        "trivialaugment": run["policy"] == "trivialaugment" or None,
        "augmix": run["policy"] == "augmix" or None,
        "random_erasing": run["random_erasing_prob"] or None,
        "momentum": run["momentum"],
        "weight_decay": run["weight_decay"],
        "decay_rate": run["decay_rate"],
        "smoothing": run["label_smoothing"] or None,
    }
    yield from ((name, value) for name, value in candidates.items() if value is not None)
    yield from ((setting.words, run[setting.name]) for setting in _ADDED if run[setting.name])


def phrase(name: str, value: object) -> str:
    """Return a setting as tables print it: `lr 0.1`, `random crop` where it is just on, `image size 224 x 224`."""
    return _often(name, value) if isinstance(value, (int, float, str)) else _phrase(name, value)


def _phrase(name: str, value: object) -> str:
    word = _WORDS.get(name, name.replace("_", " "))
    if value is True:
        return word
    if isinstance(value, (list, tuple)):
        return f"{word} {' x '.join(_scalar(item) for item in value)}"
    return f"{word} {_scalar(value)}"


def _scalar(value: object) -> str:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return format_value(value, "number" if is_number else "text")


# Of thousands of runs most share their settings. By type: 1 and True are equal, and print unlike.
_often = lru_cache(maxsize=1024, typed=True)(_phrase)

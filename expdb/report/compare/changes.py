"""What a row changes against another one, computed from the settings: `+ lr 0.5 / image size 224 x 224`."""

from expdb.catalog.augmentations import AUGMENTATIONS
from expdb.catalog.labels import phrase
from expdb.catalog.models import model_label
from expdb.domain.run import Run
from expdb.report.compare.differences import differences

# Last words of dotted settings -> the words that tables print.
_WORDS = {
    "aug.cutmix_alpha": "cutmix",
    "aug.mixup_alpha": "mixup",
    "aug.label_smoothing": "smoothing",
    "data.img_size": "image_size",
    "img_size": "image_size",
    "optim.name": "optimizer",
    "schedule.name": "schedule",
    "data.dataset": "dataset",
}


def changes(run: Run, base: Run) -> str:
    """Return what a run sets otherwise than its base.

    What only one of the two states is no change that one could know of: the line ends in `(rest not stated)`.
    """
    found = differences(base, run)
    own = {key: value for key in found.unstated if (value := _stated(run, key)) is not None}
    parts = [_phrase(key, new, run) for key, (_, new) in found.differ.items()]
    parts += [_phrase(key, value, run) for key, value in own.items()]
    parts += run.unparsed
    line = " / ".join(parts) or (_seed_alone(run, base) if not found.unstated else "") or "no stated change"
    return f"+ {line}{' (rest not stated)' if len(own) < len(found.unstated) else ''}"


def _seed_alone(run: Run, base: Run) -> str:
    """Return what is to say of measured runs that agree in every setting but the seed; empty of others."""
    seeds = [one.fields["seed"] for one in (run, base)]
    is_measured = "reported" not in (run.kind, base.kind)
    return f"seed {seeds[0]}, nothing else" if is_measured and None not in seeds and len({*seeds}) > 1 else ""


def _stated(run: Run, key: str) -> object:
    """Return what a run states of a setting; None where only the other one does."""
    if key == "img_size":
        return run.settings.get("image_size", run.fields["img_size"])
    return run.settings.get(key, run.fields.get(key))


def _phrase(key: str, value: object, run: Run) -> str:
    match key:
        case "model":
            return f"model {model_label(str(value))}"
        case "aug.preset":
            return AUGMENTATIONS[str(value)].label if value in AUGMENTATIONS else f"augmentation {value}"
        case "se" | "cbam":
            return key.upper() if value else f"no {key.upper()}"
        case "model variant":  # said of a name that is that of a model and something more
            return f"model {run.model if run.kind == 'reported' else model_label(run.model)}"
    if value is False or value is None:
        return f"no {_WORDS.get(key, key.rpartition('.')[2]).replace('_', ' ')}"
    return phrase(_WORDS.get(key, key.rpartition(".")[2]), value)

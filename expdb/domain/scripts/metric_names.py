"""What the name of a logged metric says: a metric that is known here, or a free one with its split and direction.

By fixed tables of words, which `docs/tracking.md` prints. A name that says nothing is of no split and no direction, so
that nothing is ever ranked or tested by a guess; `run.define` says it.
"""

import re
from dataclasses import dataclass
from functools import cache
from typing import Final

from expdb.domain.metric import DataSplit, Unit
from expdb.domain.task import CLASSIFICATION, metrics_by_key

MOST_LETTERS: Final = 200  # of a name

SPLIT_WORDS: Final[dict[str, DataSplit]] = {
    **dict.fromkeys(("test", "testing"), "test"),
    **dict.fromkeys(("val", "valid", "validation", "dev"), "val"),
    **dict.fromkeys(("train", "training"), "train"),
    "eval": "unstated",  # of whichever split a script evaluates on
}
# What is known here under several names, once split and punctuation are away.
_TOP1: Final = ("top1", "top1accuracy", "top1acc", "accuracy", "acc", "acc1", "acctop1", "accuracytop1", "prec1")
_TOP5: Final = ("top5", "top5accuracy", "top5acc", "acc5", "acctop5", "accuracytop5", "prec5")
_LR: Final = ("lr", "learningrate")
KNOWN_BY_WORDS: Final[dict[tuple[str, DataSplit], str]] = {
    **{(name, "test"): "top1" for name in _TOP1},
    **{(name, "val"): "val_top1" for name in _TOP1},
    **{(name, "test"): "top5" for name in _TOP5},
    ("loss", "train"): "train_loss",
    ("loss", "val"): "val_loss",
    ("loss", "test"): "test_loss",
    **{(name, split): "lr" for name in _LR for split in ("unstated", "train")},
}
# Those that are called by their own key, whatever that lacks: `top1` is the test split's here.
KNOWN_BY_KEY: Final = (
    *("top1", "top5", "val_top1", "train_loss", "val_loss", "test_loss", "lr"),
    *("images_per_second", "peak_memory_bytes"),
)

HIGHER_WORDS: Final = (
    *("accuracy", "acc", "top1", "top5", "precision", "recall", "sensitivity", "specificity", "f1", "dice", "kappa"),
    *("top3", "top10", "topk", "iou", "miou", "auc", "auroc", "ap", "map", "mcc", "psnr", "ssim", "bleu"),
)
LOWER_WORDS: Final = (
    *("loss", "error", "err", "nll", "ece", "brier", "mse", "rmse", "mae", "perplexity", "ppl", "fid", "lpips"),
    *("wer", "cer"),
)
# With one of these a name is of something else than the quantity beside it: `loss_scale`, `acc_std`.
OTHER_WORDS: Final = (
    *("scale", "weight", "coef", "coefficient", "factor", "lambda", "alpha", "threshold", "margin", "temperature"),
    *("std", "var", "variance", "stderr", "ci", "gap", "drop", "diff", "difference", "delta", "change", "gain"),
    *("n", "num", "number", "count", "rank", "epoch", "step", "time", "seconds"),
)
UNIT_WORDS: Final[dict[str, Unit]] = {"seconds": "seconds", "bytes": "bytes"}
# Letters with a number after them are one word (`top1`, `f1`), and a capital begins one (`testAcc`).
_WORD: Final = re.compile(r"m?IoU\d*|[A-Z]?[a-z]+\d*|[A-Z]+\d*|\d+")
# Lightning ends names so: what is said of an epoch is the quantity; of every step, another one beside it.
_WHEN: Final = ("epoch", "step")
_SPLIT_BY: Final = re.compile(r"[^A-Za-z0-9]+")


@dataclass(frozen=True, kw_only=True)
class MetricName:
    """What a name says.

    Attributes:
        known: key of the metric of ours that it is, if its values are as that one's are; None: it is a free one.
        split: which images it was measured on.
        higher_is_better: None: neither is, or the name does not say.
        unit: as `domain.task` has them; `none` where the name does not say.
    """

    known: str | None
    split: DataSplit
    higher_is_better: bool | None
    unit: Unit = "none"


def read_metric_name(name: str) -> MetricName:
    """Return what a metric's name says.

    >>> read_metric_name("test/acc").known, read_metric_name("val_miou").split, read_metric_name("loss_scale").known
    ('top1', 'val', None)
    """
    words = _words(name)
    when = words.pop() if len(words) > 1 and words[-1] in _WHEN else ""
    said = {SPLIT_WORDS[word] for word in words if word in SPLIT_WORDS}
    split: DataSplit = said.pop() if len(said) == 1 else "unstated"
    rest = [word for word in words if word not in SPLIT_WORDS]
    known = name if name in (*KNOWN_BY_KEY, *_of_predictions().values()) else None
    if known is None and not said and when != "step" and _is_at_an_end(words):  # `train_test_gap` names two splits
        joined = "".join(rest)
        known = KNOWN_BY_WORDS.get((joined, split)) or (_of_predictions().get(joined) if split == "test" else None)
    if known is not None:
        return MetricName(known=known, split=_split_of_known(known), higher_is_better=_direction(_words(known)))
    unit: Unit = UNIT_WORDS.get(words[-1], "none") if words else "none"
    return MetricName(known=None, split=split, higher_is_better=_direction(rest), unit=unit)


def recorded_as(name: str) -> str | None:
    """Return the name of ours that a script's metric is recorded under; None where it keeps its own.

    >>> recorded_as("val/loss"), recorded_as("test/acc"), recorded_as("val_loss"), recorded_as("test/miou")
    ('val_loss', 'top1', None, None)
    """
    known = read_metric_name(name).known
    return None if known == name else known


def is_value_of(known: str, value: float) -> bool:
    """Whether a known metric can have a value: accuracies are fractions in [0, 1], losses and rates any number.

    One that is not finite is one of its kind.
    """
    metric = metrics_by_key().get(known)
    return metric is None or metric.unit != "fraction" or not abs(value) < float("inf") or 0.0 <= value <= 1.0


def fault_of_name(name: object) -> str | None:
    """Return why a metric cannot be called so; None: it can."""
    if not isinstance(name, str):
        return f"its name is no text but {type(name).__name__}"
    if not name.strip() or name != name.strip():
        return "its name is empty, or has blanks around it"
    if len(name) > MOST_LETTERS:
        return f"its name has {len(name)} characters: use at most {MOST_LETTERS}"
    return None if name.isprintable() else "its name is not printable text"


def percent_doubt(name: str, value: float, known: str, key: str) -> str:
    """Return what to say of a value that looks like a percentage, under a name of ours.

    >>> print(percent_doubt("test_acc", 92.3, "top1", "test_acc"))
    test_acc = 92.3 is no fraction from 0 to 1: it is kept as metrics.test_acc, not as top1 (log test_acc / 100)
    """
    return (
        f"{name} = {value:g} is no fraction from 0 to 1: it is kept as metrics.{key}, not as {known} (log {name} / 100)"
    )


@cache
def _of_predictions() -> dict[str, str]:
    """Return what is measured from predictions of the test split, by its words as one: `macrof1`."""
    return {
        "".join(_words(metric.key)): metric.key
        for metric in CLASSIFICATION.metrics
        if metric.is_point and metric.split == "test"
    }


def _words(name: str) -> list[str]:
    """Return the words of a name in small letters; a number stands with the word before it: `top-1` is `top1`."""
    words: list[str] = []
    for part in _SPLIT_BY.split(name):
        found = [part] if part.lower() in _WHOLE else _WORD.findall(part)
        for word in found:
            if word.isdigit() and words and words[-1] in ("top", "acc", "prec", "f", "accuracy"):
                words[-1] += word
            else:
                words.append(word.lower())
    return words


_WHOLE: Final = frozenset((*HIGHER_WORDS, *LOWER_WORDS, *UNIT_WORDS))  # not taken apart where capitals stand in them


def _is_at_an_end(words: list[str]) -> bool:
    """Whether the split is named before or after the rest, or not at all."""
    places = [place for place, word in enumerate(words) if word in SPLIT_WORDS]
    return not places or places in ([0], [len(words) - 1])


def _split_of_known(known: str) -> DataSplit:
    if known == "lr":
        return "unstated"
    return "val" if known.startswith("val_") else "train" if known.startswith("train_") else "test"


def _direction(words: list[str]) -> bool | None:
    """Return whether higher is better; a loss of whatever it is one of is better lower."""
    if any(word in OTHER_WORDS for word in words):
        return None
    if "loss" in words:
        return False
    found = {*words, *(word.rstrip("0123456789") for word in words)}  # `map50`, `err1`
    is_higher, is_lower = not found.isdisjoint(HIGHER_WORDS), not found.isdisjoint(LOWER_WORDS)
    return None if is_higher == is_lower else is_higher

"""What a table can show: the fields of a run, and what is told of several of them.

A setting becomes a column by its metadata in `domain.spec`, what else is recorded by its entry in `domain.fields`. To
add one that is told of several fields: an entry in `catalog.told_fields`.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from operator import itemgetter
from typing import Any, Literal

from expdb.catalog.datasets import dataset_label
from expdb.catalog.told_fields import TOLD, ToldField, gpu_hours_a_second
from expdb.domain.analyses.metrics import analysis_of_metric
from expdb.domain.fields import run_fields
from expdb.domain.known import Fields
from expdb.domain.metric import Metric, Unit
from expdb.domain.table import Format
from expdb.domain.task import FREE, point_name
from expdb.errors import NotFoundError, unknown

# Counted from the model: the same for every seed.
_SHARED = ("num_params", "num_trainable_params", "macs")

UNITS = ("%", "G", "GB")  # that headings have; others are measured in what stands there in any format


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column.

    Attributes:
        value: reads the exact value from the fields of a run; None where it is not known.
        decimals: digits after the point; None: the format's own.
        higher_is_better: None where neither is.
        measure: field of `Run` that is averaged over seeds; None of what all runs of a group share.
        factor: what the measure is multiplied with for this column; None from it: not known.
        fields: what `value` and `factor` read of a run that no document states.
        why_not_compared: why values are never ranked, subtracted or tested, in words; empty where they may be.
    """

    key: str
    heading: str
    description: str
    value: Callable[[Fields], Any]
    format: Format
    decimals: int | None
    align: Literal["left", "right"]
    higher_is_better: bool | None
    fields: tuple[str, ...]
    measure: str | None = None
    factor: Callable[[Fields], float | None] | None = None
    why_not_compared: str = ""

    @property
    def unit(self) -> str:
        """What the heading ends with and values print without: `%`, `G` or `GB`; empty if nothing."""
        last = self.heading.removesuffix(")").replace("(", " ").split()[-1]
        return last if last in UNITS else ""


def column(key: str) -> Column:
    """Return the column of that key; `settings.NAME` and `metrics.NAME` read what a document states.

    Raises:
        NotFoundError: there is none.
    """
    space, _, name = key.partition(".")
    if space in ("settings", "metrics") and name:
        return _stated(key, space, name)
    if key not in COLUMNS:
        raise NotFoundError(unknown("column", key, COLUMNS, listing="expdb table --columns help"))
    return COLUMNS[key]


def columns_of(metrics: Mapping[str, Metric]) -> Callable[[str], Column]:
    """Return what finds columns as `column` does, but knows what a database knows of metrics, by their names."""

    def read(key: str) -> Column:
        metric = metrics.get(point_name(key)) if key.startswith(FREE) else None
        if metric is not None:
            return _of_metric(key, metric)
        try:
            return column(key)
        except NotFoundError as error:
            near = nearest_metrics(key, metrics)
            raise NotFoundError(f"unknown column {key!r}: did you mean {', '.join(near)}?") if near else error from None

    return read


def nearest_metrics(key: str, names: Iterable[str]) -> list[str]:
    """Return which columns of metrics may be meant by a key, by their names or the last words of these.

    >>> nearest_metrics("miuo", ["test/miou", "val/loss"]), nearest_metrics("metrics.Loss", ["val/loss"])
    (['metrics.test/miou'], ['metrics.val/loss'])
    """
    asked = point_name(key).lower()
    by_word: dict[str, dict[str, None]] = {}
    for name in names:
        for word in (name, *re.split(r"[/_.]", name)[-1:]):
            by_word.setdefault(word.lower(), {})[name] = None
    found = (name for word in get_close_matches(asked, by_word, n=3, cutoff=0.7) for name in by_word[word])
    return [FREE + name for name in dict.fromkeys(found)][:3]


def is_stated(known: Column) -> bool:
    """Return whether a column reads what documents state, which may be of any kind."""
    return known.key.startswith(("settings.", "metrics."))


def _column(
    key: str,
    heading: str,
    description: str,
    form: Format = "text",
    *,
    value: Callable[[Fields], Any] | None = None,
    decimals: int | None = None,
    higher_is_better: bool | None = None,
    measure: str | None = None,
    factor: Callable[[Fields], float | None] | None = None,
    fields: tuple[str, ...] | None = None,
) -> Column:
    """Return a column; without `value` it shows the run's field of the same name, without `fields` it reads that one.

    A field that is better one way than the other and differs between seeds is a measure: it is averaged.
    """
    return Column(
        key=key,
        heading=heading,
        description=description,
        value=value or itemgetter(key),
        format=form,
        decimals=decimals,
        align="left" if form in ("text", "time") else "right",
        higher_is_better=higher_is_better,
        measure=measure or (key if higher_is_better is not None and key not in _SHARED else None),
        factor=factor,
        fields=fields or (key,),
    )


def _stated(key: str, space: str, name: str) -> Column:
    return Column(
        key=key,
        heading=name.replace("_", " "),
        description=f"{name} as a document states it",
        value=lambda run: run[space].get(name),
        format="number" if space == "metrics" else "text",
        decimals=None,
        align="right" if space == "metrics" else "left",
        higher_is_better=None,
        fields=(space,),
    )


_DECIMALS: Mapping[Unit, int] = {"none": 4, "points": 2}


def _of_metric(key: str, metric: Metric) -> Column:
    """Return the column of a metric that scripts log. What documents state under its name is in units of their own."""
    name = point_name(key)
    why = ""
    if metric.split == "unstated":
        why = "nobody said of which split it is"
    elif metric.higher_is_better is None:
        why = "nobody said whether higher is better"
    heading = metric.heading or name.replace("_", " ")
    is_said = metric.split not in ("val", "train") or metric.split in heading.lower()
    inside = [*([] if is_said else [str(metric.split)]), *(["%"] if metric.unit == "fraction" else [])]
    inside = [word for word in inside if not heading.endswith(f"({word})")]
    return Column(
        key=key,
        heading=f"{heading} ({', '.join(inside)})" if inside else heading,
        description=metric.description or f"{name}, as scripts log it",
        value=lambda run: None if run["kind"] == "reported" else run["metrics"].get(name),
        format=metric.format,
        decimals=_DECIMALS.get(metric.unit) if metric.decimals is None else metric.decimals,
        align="right",
        higher_is_better=None if why else metric.higher_is_better,
        fields=("metrics", "kind"),
        measure=key,
        why_not_compared=why,
    )


# What is told of several fields: behind which column it stands.
_TOLD_BEHIND = {
    "status": ("state",),
    "source": ("model_label", "model_aug", "aug_label", "settings", "optimizer_batch"),
    "precision": ("gpus",),
    "wall_seconds": ("gpu_hours",),
}
# Of those that are averaged: what they are made of, and what that is multiplied with.
_AVERAGED: Mapping[str, Any] = {
    "gpu_hours": {"measure": "train_seconds", "factor": gpu_hours_a_second, "higher_is_better": False},
}
# Fields that print otherwise than they are recorded.
_VALUES: dict[str, Callable[[Fields], Any]] = {
    "tags": TOLD["tags"].value,
    "dataset": lambda run: dataset_label(run["dataset"]),
}


def _told(told: ToldField) -> Column:
    return _column(
        told.key,
        told.heading,
        told.description,
        told.format,
        value=told.value,
        decimals=told.decimals,
        fields=told.fields,
        **_AVERAGED.get(told.key, {}),
    )


def _columns() -> Iterator[Column]:
    for field in run_fields().values():
        yield _column(
            field.key,
            field.heading,
            field.description,
            field.format,
            value=_VALUES.get(field.key),
            decimals=field.decimals,
            higher_is_better=field.higher_is_better,
            # Of many analyses neither way is better, and their values differ between seeds all the same.
            measure=field.key if analysis_of_metric(field.key) else None,
        )
        yield from (_told(TOLD[key]) for key in _TOLD_BEHIND.get(field.key, ()))


COLUMNS: dict[str, Column] = {entry.key: entry for entry in _columns()}

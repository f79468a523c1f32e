"""What a filter may compare: fields of a run by name, heading or dotted key, and what documents state."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from typing import Any, Literal

import sqlalchemy as sa

from expdb.catalog.told_fields import TOLD, ToldField
from expdb.domain.fields import run_fields
from expdb.domain.settings import settings_by_key, settings_by_name
from expdb.domain.spec import leaves
from expdb.domain.table import Format
from expdb.store.judged_status import COMPARABLE
from expdb.store.tables import UtcDateTime

# Columns of a table that show a field under another name.
_COLUMNS = {"tags": "tag", "model_label": "model", "aug_label": "aug"}

FIELDS = (*COMPARABLE, *(key for key in TOLD if key not in _COLUMNS), "tag", "text")

ValueKind = Literal["text", "number", "time", "truth", "stated"]

_STATED = ("settings", "metrics")
# What people call fields that have another name.
_WORDS = {
    "acc": "top1",
    "accuracy": "top1",
    "augmentation": "aug",
    "batch": "batch_size",
    "bs": "batch_size",
    "data": "dataset",
    "metrics": "metrics.NAME",
    "date": "created_at",
    "learning_rate": "lr",
    "memory": "peak_memory_bytes",
    "network": "model",
    "parameters": "num_params",
    "time": "train_seconds",
    "wd": "weight_decay",
}


@dataclass(frozen=True, kw_only=True)
class FilterField:
    """A field as filters know it.

    Attributes:
        name: of the column of `runs`, or of what is told of several; `tag`, `text`; or what a document states:
            `metrics.mIoU`.
        kind: of its values.
        format: how tables print them.
        decimals: digits after the point that tables print; None: the format's own.
        is_whole: it counts something.
        is_share: it is a number from 0 to 1.
        choices: its values, where they are few.
    """

    name: str
    kind: ValueKind
    format: Format = "text"
    decimals: int | None = None
    is_whole: bool = False
    is_share: bool = False
    choices: tuple[str, ...] = ()

    @property
    def told(self) -> ToldField | None:
        """What it is told of, where that is not one column of `runs`."""
        return TOLD.get(self.name)

    @property
    def stated(self) -> tuple[str, str]:
        """Where a document's statement stands, `settings` or `metrics`, and its name there."""
        space, _, name = self.name.partition(".")
        return space, name


def field_of_words(words: Sequence[str]) -> tuple[FilterField, int] | None:
    """Return the field that words begin with, and how many of them name it: two of `Image size`; None for no field."""
    if len(words) > 1 and (found := _of_heading(" ".join(words))):
        return found, len(words)
    field = field_called(words[0])
    return None if field is None else (field, 1)


def field_called(text: str) -> FilterField | None:
    """Return the field of a name, of a setting's dotted key, or of a heading; None where there is none."""
    return _named(text) or _of_heading(text)


def _named(text: str) -> FilterField | None:
    space, _, name = text.partition(".")
    if space.lower() in _STATED and name:
        return FilterField(name=f"{space.lower()}.{name}", kind="stated", format="number")
    lower = text.lower()
    setting = settings_by_key().get(lower)
    return fields_by_name().get(_COLUMNS.get(lower, setting.name if setting else lower))


@cache
def fields_by_name() -> Mapping[str, FilterField]:
    """Return the fields that every run has."""
    words = {name: FilterField(name=name, kind="text") for name in ("tag", "text")}
    told = {key: _told(TOLD[key]) for key in FIELDS if key in TOLD}
    return {name: _field(name, column) for name, column in COMPARABLE.items()} | told | words


def _told(told: ToldField) -> FilterField:
    return FilterField(
        name=told.key,
        kind="text" if told.format == "text" else "number",
        format=told.format,
        decimals=told.decimals,
        choices=told.choices,
    )


def _field(name: str, column: sa.ColumnElement[Any]) -> FilterField:
    known = run_fields().get(name)
    form = known.format if known else "time" if isinstance(column.type, UtcDateTime) else "text"
    is_text = isinstance(column.type, sa.Text)
    return FilterField(
        name=name,
        kind=_kind(column.type),
        format=form,
        decimals=known.decimals if known else None,
        is_whole=isinstance(column.type, sa.Integer),
        is_share=form == "percent" or name in _shares(),
        choices=known.choices if known and is_text else (),
    )


def _kind(kind: sa.types.TypeEngine[Any]) -> ValueKind:
    if isinstance(kind, sa.Text):
        return "text"
    if isinstance(kind, sa.Boolean):
        return "truth"
    return "time" if isinstance(kind, UtcDateTime) else "number"


@cache
def _shares() -> frozenset[str]:
    """Return the settings that are numbers from 0 to 1."""
    keys = {key for key, field in leaves().items() if 1 in _most(field.metadata)}
    return frozenset(name for name, setting in settings_by_name().items() if setting.key in keys)


def _most(metadata: list[Any]) -> set[Any]:
    """Return the limits above which a setting has no values; those of a shared type lie deeper."""
    nested = (limit for beside in metadata for limit in getattr(beside, "metadata", ()))
    return {getattr(limit, name, None) for limit in (*metadata, *nested) for name in ("le", "lt")}


def bare(heading: str) -> str:
    """Return a heading without what stands in brackets, small: `Top-1 (last, %)` is `top-1`."""
    return " ".join(re.sub(r"\([^()]*\)", " ", heading).split()).lower()


@cache
def _headings() -> Mapping[str, str]:
    """Return the names of fields by their headings; of two fields under one heading, the first."""
    found: dict[str, str] = {"model": "model", "augmentation": "aug"}
    for name, field in run_fields().items():
        name_here = _COLUMNS.get(name, name)
        if name_here in FIELDS:
            found.setdefault(bare(field.heading), name_here)
    for key in FIELDS:
        if key in TOLD:
            found.setdefault(bare(TOLD[key].heading), key)
    return found


def _of_heading(text: str) -> FilterField | None:
    name = _headings().get(bare(text))
    return None if name is None else fields_by_name()[name]


def nearest_fields(text: str) -> str:
    """Return in words which field may be meant by a text that names none."""
    name = text.lower()
    if name in (f"{space}." for space in _STATED):
        return f"say which: {name}NAME"
    if name == "changes":
        return "changes are told of two rows: name a setting that changed, as lr"
    near = [_WORDS[name]] if name in _WORDS else get_close_matches(name, FIELDS, n=3, cutoff=0.5)
    return f"did you mean {', '.join(near)}?" if near else f"fields are {', '.join(FIELDS[:12])}…"

"""The settings of a run as fields of it: what follows from the metadata beside each field of `domain.spec.RunSpec`.

A setting is added there and nowhere else: its column, its filter field, how it is told in differences and labels, and
what the documentation says of it are read here.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import UnionType
from typing import Any, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from expdb.domain.shown import Shown, TellsApart
from expdb.domain.spec import TRAINING_PARTS, RunSpec, flatten, leaves
from expdb.domain.table import Format

_FORMATS: Mapping[type, Format] = {bool: "text", int: "integer", float: "number"}


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One setting.

    Attributes:
        key: dotted, as `--set` takes it.
        name: of the run's field, which filters and columns are called by too.
        heading, words, format, label, tells_apart, is_of_training: see `domain.shown.Shown`; all of them resolved.
        description: what it is, in one line.
        default: of the spec.
        kind: type of its value as a field of a run: lists and tables are text there.
        choices: the values that it may have; empty where they are not few.
    """

    key: str
    name: str
    heading: str
    words: str
    format: Format
    label: str | None
    tells_apart: TellsApart
    is_of_training: bool
    description: str
    default: Any
    kind: type
    choices: tuple[str, ...]

    @property
    def part(self) -> str:
        """The part of the spec that it stands in: `model`, `aug`; empty for the spec itself."""
        return self.key.rpartition(".")[0]

    @property
    def is_joined(self) -> bool:
        """Whether it is several numbers, which print as `30:60`."""
        return self.kind is tuple

    def is_said_by(self, spec: RunSpec) -> bool:
        """Tell whether a spec says it: where nothing is trained, of training the seed of the run that is evaluated."""
        is_of_source = self.key == "seed" and spec.model.init_group is not None
        return spec.is_trained or not self.is_of_training or is_of_source

    def of(self, spec: RunSpec) -> Any:
        """Return its value in a spec, as the run's field has it; None of training where the spec trains nothing."""
        if not self.is_said_by(spec):
            return None
        part, _, name = self.key.rpartition(".")
        return as_field(getattr(getattr(spec, part) if part else spec, name))


def as_field(value: Any) -> Any:
    """Return a setting's value as the field of a run has it: lists as `30:60`, tables as JSON, empty ones as None."""
    if isinstance(value, (tuple, list)):
        return ":".join(str(number) for number in value) or None
    if isinstance(value, dict):
        return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False) if value else None
    return value


def told_settings(spec: RunSpec) -> dict[str, Any]:
    """Return the leaves of a spec that say something of it, by dotted key: none of training where it trains nothing."""
    known = settings_by_key()
    return {key: value for key, value in flatten(spec).items() if key not in known or known[key].is_said_by(spec)}


@cache
def settings_by_name() -> Mapping[str, Setting]:
    """Return the settings that are fields of a run by the field's name, in the order of declaration."""
    found = (_setting(key, field, shown) for key, field in leaves().items() if (shown := _shown(field)) is not None)
    return {setting.name: setting for setting in found}


@cache
def settings_by_key() -> Mapping[str, Setting]:
    """Return the settings that are fields of a run by their dotted key."""
    return {setting.key: setting for setting in settings_by_name().values()}


def _shown(field: FieldInfo) -> Shown | None:
    return next((beside for beside in field.metadata if isinstance(beside, Shown)), None)


def _setting(key: str, field: FieldInfo, shown: Shown) -> Setting:
    name = shown.name or key.rpartition(".")[2]
    kind = _kind(field.annotation)
    choices = tuple(arg for arg in get_args(field.annotation) if isinstance(arg, str))
    return Setting(
        key=key,
        name=name,
        heading=shown.heading,
        words=shown.words or name.replace("_", " "),
        format=shown.format or _FORMATS.get(kind, "text"),
        label=shown.label,
        tells_apart=shown.tells_apart,
        is_of_training=shown.is_of_training or key.partition(".")[0] in TRAINING_PARTS,
        description=field.description or "",
        default=as_field(field.get_default(call_default_factory=True)),
        kind=kind,
        choices=choices or _choices_of_options(field.annotation),
    )


def _options(annotation: Any) -> list[Any]:
    """Return what a value may be beside None."""
    args = get_args(annotation) if get_origin(annotation) in (Union, UnionType) else (annotation,)
    return [arg for arg in args if arg is not type(None)]


def _choices_of_options(annotation: Any) -> tuple[str, ...]:
    return tuple(arg for option in _options(annotation) for arg in get_args(option) if isinstance(arg, str))


def _kind(annotation: Any) -> type:
    """Return bool, int, float, str, tuple or dict."""
    option = _options(annotation)[0]
    origin = get_origin(option)
    if origin in (tuple, dict):
        return tuple if origin is tuple else dict
    if isinstance(option, type):
        return option
    args = get_args(option)  # Literal, or Annotated
    return args[0] if isinstance(args[0], type) else type(args[0])

"""Columns of a DataFrame of runs: named as filters name them, each of one type whether its values are known or not."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from expdb.catalog.told_fields import TOLD
from expdb.domain.fields import run_fields
from expdb.domain.known import Fields
from expdb.errors import SpecError
from expdb.store.filtering.filter_fields import FilterField, field_called, fields_by_name, nearest_fields
from expdb.store.judged_status import COMPARABLE

if TYPE_CHECKING:
    import pandas as pd

_TIME = "datetime64[us, UTC]"
_AFTER = "group"  # behind which column the tags stand


@dataclass(frozen=True, kw_only=True)
class FrameColumn:
    """One column.

    Attributes:
        name: as it was asked for.
        value: reads it from the fields of a run; None where it is not known.
        fields: of a run, that `value` reads.
        dtype: pandas' name for its type; None: as its values are.
    """

    name: str
    value: Callable[[Fields], Any]
    fields: tuple[str, ...]
    dtype: str | None

    def series(self, values: Sequence[Any]) -> "pd.Series[Any]":
        """Return values of this column, None for what is not known."""
        import pandas as pd

        return pd.Series(values, dtype=self.dtype or common_type(values))


def every_column() -> list[FrameColumn]:
    """Return the columns of all fields of a run that are no documents, in the order of the reference."""
    known = [name for name in run_fields() if name in COMPARABLE]
    names = [*known, *(name for name in COMPARABLE if name not in known)]
    names.insert(names.index(_AFTER) + 1, "tags")
    return [named_column(name) for name in names]


def named_column(name: str) -> FrameColumn:
    """Return the column of a field, by any name that filters take: `lr`, `optim.lr`, `metrics.miou`, `gpu_hours`.

    Raises:
        SpecError: no field is called so.
    """
    field = fields_by_name().get(name) or field_called(name)
    if field is None or field.name == "text":
        raise SpecError(f"there is no column {name!r}: {nearest_fields(name)}")
    if field.name == "tag":
        return FrameColumn(name=name, value=lambda run: tuple(run["tags"]), fields=("tags",), dtype="object")
    if field.kind == "stated":
        space, stated = field.stated
        return FrameColumn(name=name, value=lambda run: (run[space] or {}).get(stated), fields=(space,), dtype=None)
    told = TOLD.get(field.name)
    if told is not None:
        return FrameColumn(name=name, value=told.value, fields=told.fields, dtype=_type_of(field))
    return FrameColumn(name=name, value=itemgetter(field.name), fields=(field.name,), dtype=_type_of(field))


def _type_of(field: FilterField) -> str:
    match field.kind:
        case "time":
            return _TIME
        case "truth":
            return "boolean"
        case "number":
            return "Int64" if field.is_whole else "float64"
    return "str"


def common_type(values: Sequence[Any]) -> str:
    """Return the type of what documents and scripts state, which may be of any kind."""
    kinds = {type(value) for value in values if value is not None}
    for allowed, dtype in (({bool}, "boolean"), ({int}, "Int64"), ({int, float}, "float64"), ({str}, "str")):
        if kinds and kinds <= allowed:
            return dtype
    return "object"

"""Settings that have no column of their own, read out of the spec that is recorded with each run.

So a setting is filtered and sorted by, and shown, from the day on that it is a field of the spec. A column of its own
only makes it quicker.
"""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from expdb.domain.settings import Setting
from expdb.store.tables import runs

_TYPES: dict[type, type[sa.types.TypeEngine[Any]]] = {
    bool: sa.Boolean,
    int: sa.BigInteger,
    float: sa.Double,
}


class _InSpec(FunctionElement[Any]):
    """A value in the canonical JSON of a spec, as text or number: NULL where it is null, or not in it."""

    inherit_cache = True

    def __init__(self, place: tuple[str, ...]) -> None:
        """Take the place, part and name, as columns: what these are called tells cached statements apart."""
        super().__init__(runs.c.spec_json, *(sa.literal_column(part) for part in place))


@compiles(_InSpec, "sqlite")
def _in_spec_sqlite(element: _InSpec, compiler: Any, **kw: Any) -> str:
    column, *place = element.clauses
    path = "".join(f'."{part.name}"' for part in place)
    return f"json_extract({compiler.process(column, **kw)}, '${path}')"


@compiles(_InSpec, "postgresql")
def _in_spec_postgres(element: _InSpec, compiler: Any, **kw: Any) -> str:
    column, *place = element.clauses
    return f"(CAST({compiler.process(column, **kw)} AS JSON) #>> '{{{','.join(part.name for part in place)}}}')"


def in_spec(setting: Setting) -> sa.ColumnElement[Any]:
    """Return a setting as an expression over `runs`: NULL where there is no spec, or it trains nothing.

    A spec of an older form does not have it, and reads as if it were at its default.
    """
    read: sa.ColumnElement[Any] = _InSpec(tuple(setting.key.split(".")))
    kind = _TYPES.get(setting.kind, sa.Text)
    if setting.is_joined:  # a list as it prints
        for sign, instead in (("[", ""), ("]", ""), (",", ":")):
            read = sa.func.replace(read, sign, instead)
        read = sa.func.nullif(read, "")
    elif setting.kind is dict:
        read = sa.func.nullif(read, "{}")
    value: sa.ColumnElement[Any] = sa.cast(read, kind)
    if setting.default is not None:
        value = sa.func.coalesce(value, sa.literal(setting.default, kind))
    has_it: sa.ColumnElement[bool] = runs.c.spec_json.is_not(None)
    if setting.is_of_training:
        has_it = sa.and_(has_it, runs.c.epochs.is_not(None))  # as `Setting.of` says it of each row
    return sa.case((has_it, sa.type_coerce(value, kind)))

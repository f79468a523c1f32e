"""How a run stands, judged when its row is read: a dead process cannot say that it died.

A run is called crashed whose last sign of life is older than `CRASH_SECONDS` by the database's clock, or whose process
was on this machine and is known to be gone (see `attempts.pending`). Nothing is written: a run that beats again is
running again.
"""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.elements import NamedColumn
from sqlalchemy.sql.functions import FunctionElement

from expdb.domain.run import CRASH_SECONDS
from expdb.domain.settings import settings_by_name
from expdb.store.database.engine import GONE_FUNCTION, GONE_SETTING
from expdb.store.points.point_columns import IN_POINTS
from expdb.store.spec_columns import in_spec
from expdb.store.tables import COMPARABLE_COLUMNS, UtcDateTime, runs


class _OldestSign(FunctionElement[Any]):
    """The time that a sign of life must not be older than."""

    type = UtcDateTime()
    inherit_cache = True


class _IsGone(FunctionElement[Any]):
    """Whether the process of an attempt, given as its key, is known to be gone."""

    type = sa.Boolean()
    inherit_cache = True


@compiles(_OldestSign, "sqlite")
def _oldest_sign_sqlite(_element: _OldestSign, _compiler: Any, **_kw: Any) -> str:
    return f"strftime('%Y-%m-%d %H:%M:%f', 'now', '-{CRASH_SECONDS:g} seconds')"


@compiles(_OldestSign, "postgresql")
def _oldest_sign_postgres(_element: _OldestSign, _compiler: Any, **_kw: Any) -> str:
    return f"(clock_timestamp() - interval '{CRASH_SECONDS:g} seconds')"


@compiles(_IsGone, "sqlite")
def _is_gone_sqlite(element: _IsGone, compiler: Any, **kw: Any) -> str:
    return f"{GONE_FUNCTION}({compiler.process(element.clauses, **kw)})"


@compiles(_IsGone, "postgresql")
def _is_gone_postgres(element: _IsGone, compiler: Any, **kw: Any) -> str:
    key = compiler.process(element.clauses, **kw)
    return f"({key}) = ANY(string_to_array(coalesce(current_setting('{GONE_SETTING}', true), ''), ','))"


def attempt_key(uuid: str, attempt: int | None) -> str:
    """Return what names an attempt of a run, 0 standing for the time before the first."""
    return f"{uuid}.{attempt or 0}"


_KEY = runs.c.uuid + "." + sa.cast(sa.func.coalesce(runs.c.attempt, 0), sa.Text)
# A queued run without a heartbeat waits for whoever comes: nobody is to be missed.
_IS_SILENT = sa.or_(runs.c.heartbeat_at < _OldestSign(), _IsGone(_KEY))
# As a condition by itself it is never unknown, so that its opposite holds for all others.
_IS_KNOWN_SILENT = sa.func.coalesce(_IS_SILENT, sa.false())
_OPEN = ("queued", "running")
STATUS: sa.ColumnElement[str] = sa.type_coerce(
    sa.case((sa.and_(runs.c.status.in_(_OPEN), _IS_SILENT), "crashed"), else_=runs.c.status), sa.Text
)


def status_is(value: str) -> sa.ColumnElement[bool]:
    """Return the condition that a run's status is this one: as `STATUS` says, but found by the column's index."""
    is_stored = runs.c.status == value
    if value == "crashed":
        return sa.or_(is_stored, sa.and_(runs.c.status.in_(_OPEN), _IS_KNOWN_SILENT))
    return sa.and_(is_stored, sa.not_(_IS_KNOWN_SILENT)) if value in _OPEN else is_stored


def crashed_ids(connection: sa.Connection) -> list[int]:
    """Return the runs that are called crashed as they are read now: this changes without any write."""
    silent = sa.select(runs.c.id).where(runs.c.status.in_(_OPEN), _IS_SILENT).order_by(runs.c.id)
    return list(connection.execute(silent).scalars())


def column_of(name: str) -> NamedColumn[Any]:
    """Return a field of a run as it is read, under its own name: a column of `runs`, of its points, or of its spec."""
    if name == "status":
        return STATUS.label("status")
    return runs.c[name] if name in runs.c else IN_POINTS[name] if name in IN_POINTS else IN_SPEC[name]


def is_read(name: str) -> bool:
    """Tell whether a field of a run is read of `runs`; its tags are not."""
    return name in runs.c or name in IN_SPEC or name in IN_POINTS


# Settings without a column of their own.
IN_SPEC: dict[str, NamedColumn[Any]] = {
    name: in_spec(setting).label(name) for name, setting in settings_by_name().items() if name not in runs.c
}
# What filtering and sorting may name.
COMPARABLE: dict[str, NamedColumn[Any]] = {
    name: column_of(name) for name in (*COMPARABLE_COLUMNS, *IN_SPEC, *IN_POINTS)
}

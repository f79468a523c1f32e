"""A run's status and what begins and ends it: start, resume, heartbeat. Inside the caller's transaction.

This and `attempts.recording` are the only places that change a status.
"""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from expdb.domain.run import CRASH_SECONDS, Environment, Kind, ProcessIdentity
from expdb.errors import LaunchError, NotFoundError, RunFinishedError
from expdb.store import row_values
from expdb.store.attempts import rows
from expdb.store.database.engine import Database
from expdb.store.database.prepared import Now
from expdb.store.judged_status import column_of
from expdb.store.snapshots import MAX_ID
from expdb.store.tables import runs

ENDED = ("finished", "failed", "killed")


def _why_not(row: sa.Row[*tuple[Any, ...]], kind: Kind) -> RunFinishedError:
    """Return why a run of another kind cannot begin."""
    if kind == "tracked":
        why = "only a run that was tracked before can be tracked on"
    elif row.kind == "tracked":
        why = f'its own script goes on with it, by expdb.track(..., resume="must", run={row.id})'
    else:
        why = "there is nothing to train"
    return RunFinishedError(f"run {row.id} is {row.kind}: {why}")


def lock_run(connection: sa.Connection, run_id: int) -> sa.Row[*tuple[Any, ...]]:
    """Return the run's row, held against other writers until the transaction ends. Raises NotFoundError."""
    names = ("id", "uuid", "name", "status", "kind", "attempt", "started_at", "heartbeat_at", "removed_at")
    statement = sa.select(*map(column_of, names)).where(runs.c.id == run_id).with_for_update()
    row = connection.execute(statement).one_or_none() if 0 < run_id <= MAX_ID else None
    if row is None:
        raise NotFoundError(f"no run {run_id}: see expdb ls")
    return row


def not_startable(row: sa.Row[*tuple[Any, ...]], kind: Kind) -> RunFinishedError | LaunchError:
    """Return the error that says why a run cannot be started."""
    if row.kind != kind:
        return _why_not(row, kind)
    if row.status in ENDED:
        way_out = "rerun" if row.status == "finished" else "resume"
        return RunFinishedError(f"run {row.id} is {row.status}: see expdb {way_out} {row.id}")
    if row.removed_at is not None:
        return LaunchError(f"run {row.id} was removed: expdb restore {row.id} brings it back")
    return LaunchError(f"run {row.id} is {row.status} already: only a queued run can be started")


def update_run(connection: sa.Connection, run_id: int, values: row_values.Values) -> None:
    """Write columns of one run."""
    connection.execute(runs.update().where(runs.c.id == run_id).values(values))


def start(
    connection: sa.Connection,
    run_id: int,
    environment: Environment,
    process: ProcessIdentity,
    now: datetime,
    *,
    above: int = 0,
    kind: Kind = "measured",
) -> int:
    """Turn a queued run into a running one; see `Store.start_run`. Returns the attempt's number."""
    row = lock_run(connection, run_id)
    is_startable = (
        runs.c.id == run_id,
        runs.c.status == "queued",
        runs.c.removed_at.is_(None),
        runs.c.kind == kind,
    )
    values = {"status": "running", "started_at": now, "heartbeat_at": now}
    statement = runs.update().where(*is_startable).values(row_values.environment_values(environment) | values)
    if connection.execute(statement).rowcount == 0:
        raise not_startable(row, kind)
    return _begun(connection, run_id, environment, process, now, above=above)


def resume(
    connection: sa.Connection,
    run_id: int,
    environment: Environment,
    process: ProcessIdentity,
    now: datetime,
    *,
    above: int = 0,
    kind: Kind = "measured",
) -> int:
    """Turn a run that ended early into a running one; see `Store.resume_run`. Returns the attempt's number.

    A tracked run may have ended well: whether it is at its end is its script's to know.
    """
    row = lock_run(connection, run_id)
    _require_resumable(row, kind, now=now)
    rows.close_lost(connection, row)
    values: row_values.Values = {"status": "running", "heartbeat_at": now, **row_values.NOT_ENDED}
    if row.started_at is None:  # it failed before it began
        values |= {"started_at": now, **row_values.environment_values(environment)}
    update_run(connection, run_id, values)
    return _begun(connection, run_id, environment, process, now, above=above)


def is_run(parameter: str) -> sa.ColumnElement[bool]:
    """Return that a run is the one of the uuid that a parameter of a statement gives, if it gives one."""
    uuid = sa.cast(sa.bindparam(parameter), sa.Text)
    return sa.or_(uuid.is_(None), runs.c.uuid == uuid)


def _beat() -> sa.Update:
    """Return the statement that notes that an attempt, or with NULL the run's current one, is alive."""
    attempt = sa.cast(sa.bindparam("of_attempt"), sa.Integer)
    is_open = sa.and_(*(runs.c.status != status for status in ENDED))
    return (
        runs.update()
        .where(
            runs.c.id == sa.bindparam("of_run"),
            is_run("of_uuid"),
            sa.or_(attempt.is_(None), runs.c.attempt == attempt),
        )
        .values(
            heartbeat_at=sa.case((is_open, Now()), else_=runs.c.heartbeat_at),
            status=sa.case((runs.c.status == "crashed", "running"), else_=runs.c.status),
        )
    )


_BEAT = _beat()


def record_heartbeat(database: Database, run_id: int, attempt: int | None, *, uuid: str | None = None) -> bool:
    """Note that an attempt is alive; see `Store.heartbeat`. A run that has ended stays as it is."""
    beat = database.prepared(_BEAT).bind({"of_run": run_id, "of_attempt": attempt, "of_uuid": uuid})
    with database.writing() as connection:
        if beat.count(connection) == 1:
            return True
        is_same = sa.true() if uuid is None else runs.c.uuid == uuid
        row = connection.execute(sa.select(runs.c.attempt).where(runs.c.id == run_id, is_same)).one_or_none()
    if row is None or (row.attempt or 0) < (attempt or 0):  # lost by a database that was put back to an older state
        raise NotFoundError(f"no attempt {attempt} of run {run_id}: see expdb show {run_id}")
    return False


def _require_resumable(row: sa.Row[*tuple[Any, ...]], kind: Kind, *, now: datetime) -> None:
    """Check that a run has ended early, or that its process is gone.

    Raises:
        RunFinishedError: it is finished, or was never trained here.
        LaunchError: it is queued or running, or was removed.
    """
    if row.kind != kind:
        raise _why_not(row, kind)
    if row.removed_at is not None:
        raise LaunchError(f"run {row.id} was removed: expdb restore {row.id} brings it back")
    if row.status == "finished" and kind == "measured":
        raise RunFinishedError(f"run {row.id} is finished: to train it anew, expdb rerun {row.id}")
    if row.status == "queued":
        raise LaunchError(f"run {row.id} is queued: it has not begun, so there is nothing to resume")
    if row.status == "running":
        seconds = max(0, round((now - row.heartbeat_at).total_seconds()))
        raise LaunchError(
            f"run {row.id} is running (last sign of life {seconds} s ago): stop it first, "
            f"or wait until it is {CRASH_SECONDS:g} s old"
        )


def _begun(
    connection: sa.Connection,
    run_id: int,
    environment: Environment,
    process: ProcessIdentity,
    now: datetime,
    *,
    above: int = 0,
) -> int:
    """Begin an attempt of a run that was made a running one; return the attempt's number."""
    number = rows.begin(connection, run_id, environment, process, now, above=above)
    update_run(connection, run_id, {"attempt": number})
    return number

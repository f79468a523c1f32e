"""A queued run begins, and one that ended early goes on. Inside the caller's transaction."""

from datetime import datetime

import sqlalchemy as sa

from expdb.domain.run import Environment
from expdb.domain.spec import RunSpec
from expdb.store import rows, segments
from expdb.store.lifecycle import lock_run, not_startable, update_run
from expdb.store.snapshots import read_run
from expdb.store.tables import runs


def start(connection: sa.Connection, run_id: int, environment: Environment, now: datetime) -> RunSpec:
    """Turn a queued run into a running one; see `Store.start_run`."""
    row = lock_run(connection, run_id)
    values = {"status": "running", "started_at": now, "heartbeat_at": now}
    is_startable = (runs.c.id == run_id, runs.c.status == "queued", runs.c.removed_at.is_(None))
    statement = runs.update().where(*is_startable).values(rows.environment_values(environment) | values)
    if connection.execute(statement).rowcount == 0:
        raise not_startable(row)
    return _begun(connection, run_id, environment, now)


def resume(
    connection: sa.Connection,
    run_id: int,
    environment: Environment,
    now: datetime,
    *,
    lost_segment: int | None,
    grace_seconds: float,
) -> RunSpec:
    """Turn a run that ended early into a running one; see `Store.resume_run`."""
    row = lock_run(connection, run_id)
    is_lost = lost_segment is not None and lost_segment == segments.last_number(connection, run_id)
    segments.require_resumable(row, now=now, is_lost=is_lost, grace_seconds=grace_seconds)
    segments.close_lost(connection, row)
    values: rows.Values = {"status": "running", "heartbeat_at": now, **rows.NOT_ENDED}
    if row.started_at is None:  # it failed before it began
        values |= {"started_at": now, **rows.environment_values(environment)}
    update_run(connection, run_id, values)
    return _begun(connection, run_id, environment, now)


def _begun(connection: sa.Connection, run_id: int, environment: Environment, now: datetime) -> RunSpec:
    """Begin a segment of a run that was made a running one, and return its spec."""
    segments.begin(connection, run_id, environment, now)
    spec = read_run(connection, run_id).spec
    assert spec is not None  # noqa: S101 - only reported runs have none, and none of those begins
    return spec

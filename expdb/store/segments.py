"""The segments of a run: begun by a start or a resume, ended by whatever stops it. Inside the caller's transaction."""

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from expdb.domain.run import Environment, Segment
from expdb.errors import LaunchError, RunFinishedError
from expdb.store import rows
from expdb.store.tables import segments


def begin(connection: sa.Connection, run_id: int, environment: Environment, now: datetime) -> None:
    """Begin the next segment of a run, in this process."""
    number = (last_number(connection, run_id) or 0) + 1
    values = {"run_id": run_id, "number": number, "started_at": now, **rows.segment_values(environment)}
    connection.execute(segments.insert().values(values))


def update_last(connection: sa.Connection, run_id: int, values: rows.Values) -> None:
    """Write columns of a run's last segment; a run that was never started has none."""
    is_last = segments.c.number == last_number(connection, run_id)
    connection.execute(segments.update().where(segments.c.run_id == run_id, is_last).values(values))


def close_lost(connection: sa.Connection, row: sa.Row[*tuple[Any, ...]]) -> None:
    """End a segment that nobody ended at the run's last sign of life."""
    is_open = (segments.c.run_id == row.id, segments.c.ended_at.is_(None))
    connection.execute(segments.update().where(*is_open).values(ended_at=row.heartbeat_at))


def last_number(connection: sa.Connection, run_id: int) -> int | None:
    """Return the number of a run's last segment."""
    statement = sa.select(sa.func.max(segments.c.number)).where(segments.c.run_id == run_id)
    number: int | None = connection.execute(statement).scalar_one()
    return number


def wall_seconds(connection: sa.Connection, run_id: int) -> float | None:
    """Return the seconds from start to end of all segments, summed; None for a run that was never started."""
    ended = [segment for segment in read(connection, run_id) if segment.ended_at is not None]
    if not ended:
        return None
    return sum(
        max(0.0, (segment.ended_at - segment.started_at).total_seconds()) for segment in ended if segment.ended_at
    )


def read(connection: sa.Connection, run_id: int) -> list[Segment]:
    """Return a run's segments in order."""
    statement = sa.select(segments).where(segments.c.run_id == run_id).order_by(segments.c.number)
    return [rows.segment_from_row(dict(row)) for row in connection.execute(statement).mappings()]


def require_resumable(row: sa.Row[*tuple[Any, ...]], *, now: datetime, is_lost: bool, grace_seconds: float) -> None:
    """Check that a run has ended early, or that its process is gone.

    Raises:
        RunFinishedError: it is finished, or was never trained here.
        LaunchError: it is queued or running, or was removed.
    """
    if row.kind != "measured":
        raise RunFinishedError(f"run {row.id} is {row.kind}: there is nothing to train")
    if row.removed_at is not None:
        raise LaunchError(f"run {row.id} was removed: expdb restore {row.id} brings it back")
    if row.status == "finished":
        raise RunFinishedError(f"run {row.id} is finished: to train it anew, expdb rerun {row.id}")
    if row.status == "queued":
        raise LaunchError(f"run {row.id} is queued: it has not begun, so there is nothing to resume")
    if row.status == "running" and not is_lost and now - row.heartbeat_at <= timedelta(seconds=grace_seconds):
        seconds = max(0, round((now - row.heartbeat_at).total_seconds()))
        raise LaunchError(
            f"run {row.id} is running (last sign of life {seconds} s ago): stop it first, "
            f"or wait until it is {grace_seconds:g} s old"
        )

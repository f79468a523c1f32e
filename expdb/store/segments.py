"""The segments of a run: begun by a start or a resume, ended by whatever stops it. Inside the caller's transaction."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from expdb.domain.run import Environment, Segment
from expdb.store import row_values
from expdb.store.tables import segments


def begin(connection: sa.Connection, run_id: int, environment: Environment, now: datetime) -> None:
    """Begin the next segment of a run, in this process."""
    number = (last_number(connection, run_id) or 0) + 1
    values = {"run_id": run_id, "number": number, "started_at": now, **row_values.segment_values(environment)}
    connection.execute(segments.insert().values(values))


def update_last(connection: sa.Connection, run_id: int, values: row_values.Values) -> None:
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
    ended = [segment for segment in read_segments(connection, run_id) if segment.ended_at is not None]
    if not ended:
        return None
    return sum(
        max(0.0, (segment.ended_at - segment.started_at).total_seconds()) for segment in ended if segment.ended_at
    )


def read_segments(connection: sa.Connection, run_id: int) -> list[Segment]:
    """Return a run's segments in order."""
    statement = sa.select(segments).where(segments.c.run_id == run_id).order_by(segments.c.number)
    return [row_values.segment_from_row(dict(row)) for row in connection.execute(statement).mappings()]

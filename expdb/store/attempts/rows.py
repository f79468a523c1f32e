"""The attempts of a run: begun by a start or a resume, ended by whatever stops it. Inside the caller's transaction."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from expdb.domain.run import Attempt, Environment, ProcessIdentity
from expdb.store import row_values
from expdb.store.tables import attempts, epochs, runs


def begin(
    connection: sa.Connection,
    run_id: int,
    environment: Environment,
    process: ProcessIdentity,
    now: datetime,
    *,
    above: int = 0,
) -> int:
    """Begin the next attempt of a run and return its number, which is greater than `above`."""
    number = max(last_number(connection, run_id) or 0, above) + 1
    values = row_values.attempt_values(environment, process)
    connection.execute(
        attempts.insert().values(run_id=run_id, number=number, started_at=now, last_sequence=0, **values)
    )
    return number


def of_attempt(run_id: int, number: int, uuid: str | None = None) -> list[sa.ColumnElement[bool]]:
    """Return what holds for the row of an attempt alone; with a uuid, only if the run is that one."""
    own = [attempts.c.run_id == run_id, attempts.c.number == number]
    if uuid is not None:
        own.append(sa.exists().where(runs.c.id == run_id, runs.c.uuid == uuid))
    return own


def update_attempt(connection: sa.Connection, run_id: int, number: int, values: row_values.Values) -> None:
    """Write columns of an attempt."""
    connection.execute(attempts.update().where(*of_attempt(run_id, number)).values(values))


def close_lost(connection: sa.Connection, row: sa.Row[*tuple[Any, ...]]) -> None:
    """End an attempt that nobody ended at the run's last sign of life."""
    is_open = (attempts.c.run_id == row.id, attempts.c.ended_at.is_(None))
    connection.execute(attempts.update().where(*is_open).values(ended_at=row.heartbeat_at, status="crashed"))


def supersede_epochs(connection: sa.Connection, run_id: int, number: int, first_epoch: int) -> bool:
    """Let an attempt take the place of older ones from an epoch on; return whether that changed anything."""
    older = (epochs.c.run_id == run_id, epochs.c.attempt < number, epochs.c.epoch >= first_epoch)
    statement = epochs.update().where(*older, epochs.c.superseded_by.is_(None)).values(superseded_by=number)
    return connection.execute(statement).rowcount > 0


def superseding_attempt(connection: sa.Connection, run_id: int, number: int, epoch: int) -> int | None:
    """Return the first later attempt that went on from before an epoch of this one, or None."""
    later = (attempts.c.run_id == run_id, attempts.c.number > number, attempts.c.first_epoch <= epoch)
    found: int | None = connection.execute(sa.select(sa.func.min(attempts.c.number)).where(*later)).scalar_one()
    return found


def last_number(connection: sa.Connection, run_id: int) -> int | None:
    """Return the number of a run's last attempt."""
    statement = sa.select(sa.func.max(attempts.c.number)).where(attempts.c.run_id == run_id)
    number: int | None = connection.execute(statement).scalar_one()
    return number


def wall_seconds(connection: sa.Connection, run_id: int) -> float | None:
    """Return the seconds from start to end of all attempts, summed; None for a run that was never started."""
    ended = [attempt for attempt in read_attempts(connection, run_id) if attempt.ended_at is not None]
    if not ended:
        return None
    return sum(
        max(0.0, (attempt.ended_at - attempt.started_at).total_seconds()) for attempt in ended if attempt.ended_at
    )


def read_attempts(connection: sa.Connection, run_id: int) -> list[Attempt]:
    """Return a run's attempts in order."""
    statement = sa.select(attempts).where(attempts.c.run_id == run_id).order_by(attempts.c.number)
    return [row_values.attempt_from_row(dict(row)) for row in connection.execute(statement).mappings()]

"""What an attempt says, applied to its run: each event once and in order, and only the current attempt's.

Inside the caller's transaction. An epoch, by far the most frequent, costs three short statements whatever came before.
"""

from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from expdb.domain.event_codec import RecordedEvent
from expdb.domain.events import EpochEnded, RunFailed, RunFinished, RunStarted
from expdb.errors import EventGapError, LaunchError, NotFoundError, RunFinishedError
from expdb.store import row_values
from expdb.store.attempts import rows
from expdb.store.attempts.summary import ADD_EPOCH, summary_of
from expdb.store.lifecycle import ENDED, lock_run, update_run
from expdb.store.tables import attempts, epochs

RecordOutcome = Literal["recorded", "known", "late"]


def record(
    connection: sa.Connection,
    run_id: int,
    event: RecordedEvent,
    now: datetime,
    *,
    attempt: int | None,
    sequence: int | None,
) -> RecordOutcome:
    """Store what an attempt says; see `Store.record`."""
    if attempt is None:
        attempt = lock_run(connection, run_id).attempt
        if attempt is None:
            return _record_unbegun(connection, run_id, event, now)
    if not _take(connection, run_id, attempt, sequence):
        return "known"
    match event:
        case RunStarted():
            return _record_started(connection, run_id, attempt, event, now)
        case EpochEnded():
            return _record_epoch(connection, run_id, attempt, event, now)
        case RunFinished():
            return _record_finished(connection, run_id, attempt, event, now)
        case RunFailed():
            return _record_failed(connection, run_id, attempt, event, now)


def _take(connection: sa.Connection, run_id: int, attempt: int, sequence: int | None) -> bool:
    """Take note of an event's number; return False if it was applied before. Raises EventGapError, NotFoundError."""
    of_attempt = (attempts.c.run_id == run_id, attempts.c.number == attempt)
    if sequence is None:
        statement = attempts.update().where(*of_attempt).values(last_sequence=attempts.c.last_sequence + 1)
    else:
        is_next = attempts.c.last_sequence == sequence - 1
        statement = attempts.update().where(*of_attempt, is_next).values(last_sequence=sequence)
    if connection.execute(statement).rowcount == 1:
        return True
    last = connection.execute(sa.select(attempts.c.last_sequence).where(*of_attempt)).scalar_one_or_none()
    if last is None:
        raise NotFoundError(f"no attempt {attempt} of run {run_id}: see expdb show {run_id}")
    if sequence is not None and last < sequence - 1:
        raise EventGapError(
            f"run {run_id}: event {sequence} of attempt {attempt} comes before {last + 1}: expdb sync", last=last
        )
    return False


def _record_unbegun(connection: sa.Connection, run_id: int, event: RecordedEvent, now: datetime) -> RecordOutcome:
    """Record that a queued run failed before it began. Raises RunFinishedError, LaunchError."""
    _require_unfinished(lock_run(connection, run_id))
    if not isinstance(event, RunFailed):
        raise LaunchError(f"run {run_id} was not started: nothing can be recorded yet")
    update_run(connection, run_id, {**row_values.failed_values(event), "ended_at": now, "wall_seconds": None})
    return "recorded"


def _record_started(
    connection: sa.Connection, run_id: int, attempt: int, event: RunStarted, now: datetime
) -> RecordOutcome:
    """Fill what a built model and read data tell, and let the attempt take the place of older ones."""
    is_current = _is_current(connection, run_id, attempt)
    values = {name: getattr(event, name) for name in ("first_epoch", "device_name", "num_devices")}
    rows.update_attempt(connection, run_id, attempt, values)
    if is_current:
        update_run(connection, run_id, {**row_values.started_values(event), **_alive(now)})
    _supersede(connection, run_id, attempt, event.first_epoch)
    return "recorded" if is_current else "late"


def _record_epoch(
    connection: sa.Connection, run_id: int, attempt: int, event: EpochEnded, now: datetime
) -> RecordOutcome:
    """Write one epoch, and add it to the run's last, best and summed values."""
    values = {"run_id": run_id, "attempt": attempt, **row_values.epoch_values(event)}
    first = connection.execute(_FIRST_EPOCH, {"of_run": run_id, "of_attempt": attempt}).scalar_one()
    if first is None:
        rows.update_attempt(connection, run_id, attempt, {"first_epoch": event.epoch})
        _supersede(connection, run_id, attempt, event.epoch)
    if connection.execute(_insert_epoch(connection), values).first() is None:
        return "known"
    added = {f"new_{name}": value for name, value in values.items()} | {"now": now}
    if connection.execute(ADD_EPOCH, added).rowcount == 1:
        return "recorded"
    if _is_current(connection, run_id, attempt):
        raise LaunchError(f"run {run_id} was not started: nothing can be recorded yet")
    replaced_by = rows.superseding_attempt(connection, run_id, attempt, event.epoch)
    of_epoch = (epochs.c.run_id == run_id, epochs.c.epoch == event.epoch, epochs.c.attempt == attempt)
    connection.execute(epochs.update().where(*of_epoch).values(superseded_by=replaced_by))
    if replaced_by is None:
        update_run(connection, run_id, summary_of(connection, run_id))
    return "late"


def _record_finished(
    connection: sa.Connection, run_id: int, attempt: int, event: RunFinished, now: datetime
) -> RecordOutcome:
    """End a run well; one whose training loss was not finite has diverged."""
    is_current = _is_current(connection, run_id, attempt)
    counted = (epochs.c.run_id == run_id, epochs.c.superseded_by.is_(None))
    diverged = sa.select(sa.func.min(epochs.c.epoch)).where(*counted, epochs.c.train_loss.is_(None))
    diverged_at = connection.execute(diverged).scalar_one()
    outcome: row_values.Values = {"status": "finished", "reason": None}
    if diverged_at is not None:
        message = f"the training loss of epoch {diverged_at} was not finite"
        outcome = {"status": "failed", "reason": "diverged", "error_message": message}
    files = {"weights_file": event.weights_file, "predictions_file": event.predictions_file}
    return _end(connection, run_id, attempt, {**files, **outcome}, now, is_current=is_current)


def _record_failed(
    connection: sa.Connection, run_id: int, attempt: int, event: RunFailed, now: datetime
) -> RecordOutcome:
    """End a run that failed or was killed."""
    is_current = _is_current(connection, run_id, attempt)
    return _end(connection, run_id, attempt, row_values.failed_values(event), now, is_current=is_current)


def _end(
    connection: sa.Connection,
    run_id: int,
    attempt: int,
    values: row_values.Values,
    now: datetime,
    *,
    is_current: bool,
) -> RecordOutcome:
    ended = {"ended_at": now, "status": values["status"], "reason": values["reason"]}
    rows.update_attempt(connection, run_id, attempt, ended)
    if not is_current:
        return "late"
    update_run(connection, run_id, {**values, "ended_at": now, "wall_seconds": rows.wall_seconds(connection, run_id)})
    return "recorded"


def _supersede(connection: sa.Connection, run_id: int, attempt: int, first_epoch: int) -> None:
    if rows.supersede_epochs(connection, run_id, attempt, first_epoch):
        update_run(connection, run_id, summary_of(connection, run_id))


def _is_current(connection: sa.Connection, run_id: int, attempt: int) -> bool:
    """Whether an attempt may change its run. Raises RunFinishedError if the run has ended with this attempt."""
    row = lock_run(connection, run_id)
    if row.attempt != attempt:
        return False
    _require_unfinished(row)
    return True


def _require_unfinished(row: sa.Row[*tuple[Any, ...]]) -> None:
    if row.status in ENDED:
        raise RunFinishedError(f"run {row.id} is {row.status}: it does not change any more")


def _alive(now: datetime) -> row_values.Values:
    # A run that was taken for crashed and beats again is running.
    return {"status": "running", "reason": None, "heartbeat_at": now}


_FIRST_EPOCH = sa.select(attempts.c.first_epoch).where(
    attempts.c.run_id == sa.bindparam("of_run"), attempts.c.number == sa.bindparam("of_attempt")
)


def _insert_epoch(connection: sa.Connection) -> Any:
    if connection.dialect.name == "sqlite":
        return _INSERT_SQLITE
    from sqlalchemy.dialects.postgresql import insert  # which takes a tenth of a second

    return insert(epochs).on_conflict_do_nothing().returning(epochs.c.epoch)


_INSERT_SQLITE = sqlite.insert(epochs).on_conflict_do_nothing().returning(epochs.c.epoch)

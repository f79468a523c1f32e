"""What an attempt says, applied to its run: each event once and in order, and only the current attempt's.

An epoch, by far the most frequent, costs three short statements whatever came before, bound before the database is
locked for them.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa

from expdb.domain.event_codec import RecordedEvent
from expdb.domain.events import (
    EpochEnded,
    Evaluated,
    MetricsDefined,
    PointsLogged,
    RunFailed,
    RunFinished,
    RunStarted,
)
from expdb.errors import EventGapError, LaunchError, NotFoundError, RunFinishedError
from expdb.store import row_values
from expdb.store.attempts import rows
from expdb.store.attempts.summary import ADD_EPOCH, new, summary_of
from expdb.store.database.engine import Database
from expdb.store.database.prepared import Bound
from expdb.store.lifecycle import ENDED, is_run, lock_run, update_run
from expdb.store.points.metric_rows import define
from expdb.store.points.typed_columns import logged_values
from expdb.store.points.write_points import BY_EPOCH, add_points, sum_up_anew, supersede_points
from expdb.store.tables import attempts, epochs, runs

UNKNOWN_DATA = "not recorded"  # in place of a digest: images of another number
RecordOutcome = Literal["recorded", "known", "late"]
RareEvent = RunStarted | Evaluated | PointsLogged | MetricsDefined | RunFinished | RunFailed


def record(
    database: Database,
    run_id: int,
    event: RecordedEvent,
    *,
    attempt: int | None,
    sequence: int | None,
    at: datetime | None,
    uuid: str | None = None,
) -> RecordOutcome:
    """Store what an attempt says; see `Store.record`."""
    take, insert, add = epoch_statements(database, run_id, event, attempt=attempt, sequence=sequence, at=at, uuid=uuid)
    with database.writing() as connection:
        taken = take.first(connection)
        if taken is None:
            then = _then(database.now(connection), at)
            return _record_untaken(connection, run_id, event, then, attempt, sequence, uuid)
        number, first_epoch = taken
        if not isinstance(event, EpochEnded):
            then = _then(database.now(connection), at)
            return _unless_ended(sequence, lambda: _record_rare(connection, run_id, number, event, then))
        if first_epoch is None:
            rows.update_attempt(connection, run_id, number, {"first_epoch": event.epoch})
            _supersede(connection, run_id, number, event.epoch)
        if insert.count(connection, new_attempt=number) == 0:
            return "known"
        if add.count(connection, new_attempt=number) == 1:
            return "recorded"
        done = _unless_ended(sequence, lambda: _record_late(connection, run_id, number, event.epoch))
        if done == "known":
            connection.execute(epochs.delete().where(*_of_epoch(run_id, number, event.epoch)))
        return done


def _unless_ended(sequence: int | None, apply: Callable[[], RecordOutcome]) -> RecordOutcome:
    """Apply an event. One of a run that has ended changes nothing, and if it is numbered holds up none after it."""
    try:
        return apply()
    except RunFinishedError:
        if sequence is None:
            raise
        return "known"


def epoch_statements(
    database: Database,
    run_id: int,
    event: RecordedEvent,
    *,
    attempt: int | None,
    sequence: int | None,
    at: datetime | None,
    uuid: str | None = None,
) -> tuple[Bound, Bound, Bound]:
    """Return what takes note of an event's number, and writes and adds up an epoch; of other events the first only."""
    values: row_values.Values = {"run_id": run_id, "attempt": attempt, "sequence": sequence, "at": at, "uuid": uuid}
    values |= row_values.epoch_values(event) if isinstance(event, EpochEnded) else {}
    new_values = {f"new_{name}": value for name, value in values.items()}
    take, insert, add = (database.prepared(one).bind(new_values) for one in (_TAKE, _INSERT_EPOCH, ADD_EPOCH))
    return take, insert, add


def _record_untaken(
    connection: sa.Connection,
    run_id: int,
    event: RecordedEvent,
    now: datetime,
    attempt: int | None,
    sequence: int | None,
    uuid: str | None,
) -> RecordOutcome:
    """Find out why an event is not the next one of its attempt. Raises EventGapError, NotFoundError."""
    if attempt is None:
        attempt = lock_run(connection, run_id).attempt
        if attempt is None:
            return _record_unbegun(connection, run_id, event, now)
    of_attempt = rows.of_attempt(run_id, attempt, uuid)
    last = connection.execute(sa.select(attempts.c.last_sequence).where(*of_attempt)).scalar_one_or_none()
    if last is None:
        raise NotFoundError(f"no attempt {attempt} of run {run_id}: see expdb show {run_id}")
    if sequence is not None and last < sequence - 1:
        raise EventGapError(
            f"run {run_id}: event {sequence} of attempt {attempt} comes before {last + 1}: expdb db sync", last=last
        )
    return "known"


def _record_unbegun(connection: sa.Connection, run_id: int, event: RecordedEvent, now: datetime) -> RecordOutcome:
    """Record that a queued run failed before it began. Raises RunFinishedError, LaunchError."""
    _require_unfinished(lock_run(connection, run_id))
    if not isinstance(event, RunFailed):
        raise LaunchError(f"run {run_id} was not started: nothing can be recorded yet")
    update_run(connection, run_id, {**row_values.failed_values(event), "ended_at": now, "wall_seconds": None})
    return "recorded"


def _record_rare(
    connection: sa.Connection, run_id: int, attempt: int, event: RareEvent, now: datetime
) -> RecordOutcome:
    """Record what begins or ends an attempt, or what it measures beside its epochs."""
    match event:
        case MetricsDefined():
            define(connection, event.metrics)
            return "recorded"
        case PointsLogged():
            return _record_points(connection, run_id, attempt, event, now)
        case RunStarted():
            return _record_started(connection, run_id, attempt, event, now)
        case Evaluated():
            if not _is_current(connection, run_id, attempt):
                return "late"
            update_run(connection, run_id, {**row_values.evaluated_values(event), **_alive(now)})
            return "recorded"
        case RunFinished():
            return _record_finished(connection, run_id, attempt, event, now)
        case RunFailed():
            return _record_failed(connection, run_id, attempt, event, now)


def _record_started(
    connection: sa.Connection, run_id: int, attempt: int, event: RunStarted, now: datetime
) -> RecordOutcome:
    """Fill what a built model and read data tell, and let the attempt take the place of older ones."""
    is_current = _is_current(connection, run_id, attempt)
    names = ("first_epoch", "device_name", "num_devices", "data_digest")
    rows.update_attempt(connection, run_id, attempt, {name: getattr(event, name) for name in names})
    if is_current:
        data = _changed_data(connection, run_id, event)
        update_run(connection, run_id, {**row_values.started_values(event), **data, **_alive(now)})
    _supersede(connection, run_id, attempt, event.first_epoch)
    return "recorded" if is_current else "late"


def _changed_data(connection: sa.Connection, run_id: int, event: RunStarted) -> row_values.Values:
    """Return what tells a run as one of two data: epochs of it that count were trained on other images."""
    names = ("num_train_images", "num_val_images", "num_test_images")
    of_run = sa.select(runs.c.data_digest, *(runs.c[name] for name in names)).where(runs.c.id == run_id)
    last = connection.execute(of_run).one()
    if event.first_epoch == 1:
        return {"earlier_data_digest": None}
    # Of older attempts the digest is not recorded with them: the run's is that of the last one.
    known = sa.func.coalesce(attempts.c.data_digest, last.data_digest)
    counted = (epochs.c.run_id == run_id, epochs.c.superseded_by.is_(None), epochs.c.epoch < event.first_epoch)
    of_epoch = sa.and_(attempts.c.run_id == epochs.c.run_id, attempts.c.number == epochs.c.attempt)
    by_epoch = sa.select(known).join_from(epochs, attempts, of_epoch).where(*counted).order_by(epochs.c.epoch.desc())
    digests = list(connection.execute(by_epoch).scalars())
    others = [digest for digest in digests if digest not in (None, event.data_digest)]
    counts = zip(last[1:], (getattr(event, name) for name in names), strict=True)
    if not others and None in digests and any(then not in (None, now) for then, now in counts):
        others = [UNKNOWN_DATA]
    return {"earlier_data_digest": others[0] if others else None}


def _record_late(connection: sa.Connection, run_id: int, attempt: int, epoch: int) -> RecordOutcome:
    """Let an epoch of an older attempt count where no later one did it again. Raises RunFinishedError, LaunchError."""
    if _is_current(connection, run_id, attempt):
        raise LaunchError(f"run {run_id} was not started: nothing can be recorded yet")
    replaced_by = rows.superseding_attempt(connection, run_id, attempt, epoch)
    connection.execute(epochs.update().where(*_of_epoch(run_id, attempt, epoch)).values(superseded_by=replaced_by))
    if replaced_by is None:
        update_run(connection, run_id, summary_of(connection, run_id))
    return "late"


def _of_epoch(run_id: int, attempt: int, epoch: int) -> list[sa.ColumnElement[bool]]:
    return [epochs.c.run_id == run_id, epochs.c.epoch == epoch, epochs.c.attempt == attempt]


def _record_points(
    connection: sa.Connection, run_id: int, attempt: int, event: PointsLogged, now: datetime
) -> RecordOutcome:
    """Write what was measured; of a tracked run it fills columns too."""
    is_current = _is_current(connection, run_id, attempt)
    add_points(connection, run_id, attempt, event.rows)
    is_tracked = connection.execute(sa.select(runs.c.kind).where(runs.c.id == run_id)).scalar_one() == "tracked"
    logged = logged_values(connection, run_id) if is_tracked else {}
    if is_current or logged:
        update_run(connection, run_id, {**logged, **(_alive(now) if is_current else {})})
    return "recorded" if is_current else "late"


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
    named = {"weights_file": event.weights_file, "predictions_file": event.predictions_file}
    files = {name: file for name, file in named.items() if file is not None}  # else as it was
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
    if supersede_points(connection, run_id, attempt, BY_EPOCH, first_epoch):
        sum_up_anew(connection, run_id)


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


def _then(now: datetime, at: datetime | None) -> datetime:
    return now if at is None else min(at, now)


def _alive(now: datetime) -> row_values.Values:
    # A run that was taken for crashed and beats again is running.
    return {"status": "running", "reason": None, "heartbeat_at": now}


def _take() -> sa.Update:
    """Return the statement that takes note of an event's number, if it is the next one of its attempt."""
    attempt = sa.cast(sa.bindparam("new_attempt"), sa.Integer)
    sequence = sa.cast(sa.bindparam("new_sequence"), sa.Integer)
    of_run = (runs.c.id == sa.bindparam("new_run_id"), is_run("new_uuid"))
    current = sa.select(runs.c.attempt).where(*of_run).scalar_subquery()
    return (
        attempts.update()
        .where(
            attempts.c.run_id == sa.bindparam("new_run_id"),
            attempts.c.number == sa.func.coalesce(attempt, current),
            sa.exists().where(*of_run),
            sa.or_(sequence.is_(None), attempts.c.last_sequence == sequence - 1),
        )
        .values(last_sequence=attempts.c.last_sequence + 1)
        .returning(attempts.c.number, attempts.c.first_epoch)
    )


def _insert_epoch() -> sa.Insert:
    """Return the statement that writes an epoch, unless the attempt has said it before under another number."""
    names = [column.name for column in epochs.columns if column.name != "superseded_by"]
    of_epoch = [epochs.c[name] == new(name) for name in ("run_id", "epoch", "attempt")]
    row = sa.select(*(new(name).label(name) for name in names)).where(~sa.exists().where(*of_epoch))
    return epochs.insert().from_select(names, row, include_defaults=False)


_TAKE = _take()
_INSERT_EPOCH = _insert_epoch()

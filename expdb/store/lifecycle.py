"""A run's status and what changes it: start, resume, events, heartbeat, silence. Inside the caller's transaction.

This is the only place that changes a status. An event that is repeated changes nothing.
"""

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from expdb.domain.events import EpochEnded, RunFailed, RunFinished, RunStarted
from expdb.domain.run import Environment
from expdb.domain.spec import RunSpec
from expdb.errors import LaunchError, NotFoundError, RunFinishedError
from expdb.store import row_values, segments
from expdb.store.snapshots import MAX_ID, read_run
from expdb.store.tables import epochs, runs

ENDED = ("finished", "failed", "killed")


def lock_run(connection: sa.Connection, run_id: int) -> sa.Row[*tuple[Any, ...]]:
    """Return the run's row, held against other writers until the transaction ends. Raises NotFoundError."""
    names = ("id", "name", "status", "kind", "started_at", "heartbeat_at", "removed_at")
    columns = [runs.c[name] for name in names]
    statement = sa.select(*columns).where(runs.c.id == run_id).with_for_update()
    row = connection.execute(statement).one_or_none() if 0 < run_id <= MAX_ID else None
    if row is None:
        raise NotFoundError(f"no run {run_id}: see expdb ls")
    return row


def not_startable(row: sa.Row[*tuple[Any, ...]]) -> RunFinishedError | LaunchError:
    """Return the error that says why a run cannot be started."""
    if row.kind != "measured":
        return RunFinishedError(f"run {row.id} is {row.kind}: there is nothing to train")
    if row.status in ENDED:
        way_out = "rerun" if row.status == "finished" else "resume"
        return RunFinishedError(f"run {row.id} is {row.status}: see expdb {way_out} {row.id}")
    if row.removed_at is not None:
        return LaunchError(f"run {row.id} was removed: expdb restore {row.id} brings it back")
    return LaunchError(f"run {row.id} is {row.status} already: only a queued run can be started")


def update_run(connection: sa.Connection, run_id: int, values: row_values.Values) -> None:
    """Write columns of one run."""
    connection.execute(runs.update().where(runs.c.id == run_id).values(values))


def start(connection: sa.Connection, run_id: int, environment: Environment, now: datetime) -> RunSpec:
    """Turn a queued run into a running one; see `Store.start_run`."""
    row = lock_run(connection, run_id)
    values = {"status": "running", "started_at": now, "heartbeat_at": now}
    is_startable = (runs.c.id == run_id, runs.c.status == "queued", runs.c.removed_at.is_(None))
    statement = runs.update().where(*is_startable).values(row_values.environment_values(environment) | values)
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
    _require_resumable(row, now=now, is_lost=is_lost, grace_seconds=grace_seconds)
    segments.close_lost(connection, row)
    values: row_values.Values = {"status": "running", "heartbeat_at": now, **row_values.NOT_ENDED}
    if row.started_at is None:  # it failed before it began
        values |= {"started_at": now, **row_values.environment_values(environment)}
    update_run(connection, run_id, values)
    return _begun(connection, run_id, environment, now)


def record(
    connection: sa.Connection, run_id: int, event: RunStarted | EpochEnded | RunFinished | RunFailed, now: datetime
) -> None:
    """Store what a run says. Raises RunFinishedError, LaunchError."""
    match event:
        case RunStarted():
            record_started(connection, run_id, event, now)
        case EpochEnded():
            record_epoch(connection, run_id, event, now)
        case RunFinished():
            record_finished(connection, run_id, event, now)
        case RunFailed():
            record_failed(connection, run_id, event, now)


def record_started(connection: sa.Connection, run_id: int, event: RunStarted, now: datetime) -> None:
    """Fill what a built model and read data tell. Raises RunFinishedError, LaunchError."""
    _require_running(lock_run(connection, run_id))
    update_run(connection, run_id, {**row_values.started_values(event), **_alive(now)})
    values = {name: getattr(event, name) for name in ("first_epoch", "device_name", "num_devices")}
    segments.update_last(connection, run_id, values)


def record_epoch(connection: sa.Connection, run_id: int, event: EpochEnded, now: datetime) -> None:
    """Write one epoch, and the run's last, best and summed values. Raises RunFinishedError, LaunchError."""
    _require_running(lock_run(connection, run_id))
    values = row_values.epoch_values(event)
    _upsert_epoch(connection, {"run_id": run_id, **values})
    update_run(connection, run_id, {**_summary(connection, run_id), **_alive(now)})


def record_finished(connection: sa.Connection, run_id: int, event: RunFinished, now: datetime) -> None:
    """End a run well; one whose training loss was not finite has diverged. Raises RunFinishedError, LaunchError."""
    _require_running(lock_run(connection, run_id))
    diverged_at = connection.execute(
        sa.select(sa.func.min(epochs.c.epoch)).where(epochs.c.run_id == run_id, epochs.c.train_loss.is_(None))
    ).scalar_one()
    outcome: row_values.Values = {"status": "finished", "reason": None}
    if diverged_at is not None:
        message = f"the training loss of epoch {diverged_at} was not finite"
        outcome = {"status": "failed", "reason": "diverged", "error_message": message}
    files = {"weights_file": event.weights_file, "predictions_file": event.predictions_file}
    update_run(connection, run_id, {**files, **outcome, **_ended(connection, run_id, now)})


def record_failed(connection: sa.Connection, run_id: int, event: RunFailed, now: datetime) -> None:
    """End a run that failed or was killed, be it before its start. Raises RunFinishedError."""
    _require_unfinished(lock_run(connection, run_id))
    update_run(connection, run_id, {**row_values.failed_values(event), **_ended(connection, run_id, now)})


def record_heartbeat(connection: sa.Connection, run_id: int, now: datetime) -> None:
    """Note that the run is alive; one that has ended stays as it is. Raises NotFoundError."""
    if lock_run(connection, run_id).status in ("running", "crashed"):
        update_run(connection, run_id, _alive(now))


def mark_crashed(connection: sa.Connection, limit: datetime) -> list[int]:
    """Mark the running runs whose last heartbeat is older than `limit`, and return their ids."""
    marked = connection.execute(
        runs.update()
        .where(runs.c.status == "running", runs.c.heartbeat_at < limit)
        .values(status="crashed", reason="no heartbeat")
        .returning(runs.c.id)
    )
    return sorted(marked.scalars())


def _require_resumable(row: sa.Row[*tuple[Any, ...]], *, now: datetime, is_lost: bool, grace_seconds: float) -> None:
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


def _begun(connection: sa.Connection, run_id: int, environment: Environment, now: datetime) -> RunSpec:
    """Begin a segment of a run that was made a running one, and return its spec."""
    segments.begin(connection, run_id, environment, now)
    spec = read_run(connection, run_id).spec
    assert spec is not None  # noqa: S101 - only reported runs have none, and none of those begins
    return spec


def _require_unfinished(row: sa.Row[*tuple[Any, ...]]) -> None:
    if row.status in ENDED:
        raise RunFinishedError(f"run {row.id} is {row.status}: it does not change any more")


def _require_running(row: sa.Row[*tuple[Any, ...]]) -> None:
    _require_unfinished(row)
    if row.status == "queued":
        raise LaunchError(f"run {row.id} was not started: nothing can be recorded yet")


def _alive(now: datetime) -> row_values.Values:
    # A run that was taken for crashed and beats again is running.
    return {"status": "running", "reason": None, "heartbeat_at": now}


def _ended(connection: sa.Connection, run_id: int, now: datetime) -> row_values.Values:
    segments.update_last(connection, run_id, {"ended_at": now})
    return {"ended_at": now, "wall_seconds": segments.wall_seconds(connection, run_id)}


def _upsert_epoch(connection: sa.Connection, values: row_values.Values) -> None:
    if connection.dialect.name == "sqlite":
        insert: Any = sqlite.insert
    else:
        from sqlalchemy.dialects.postgresql import insert  # which takes a tenth of a second
    statement = insert(epochs).values(values)
    keys = ("run_id", "epoch")
    changed = {name: statement.excluded[name] for name in values if name not in keys}
    connection.execute(statement.on_conflict_do_update(index_elements=list(keys), set_=changed))


def _summary(connection: sa.Connection, run_id: int) -> row_values.Values:
    """Return the run's columns that follow from all its epochs, so that a repeated epoch counts once."""
    of_run = epochs.c.run_id == run_id
    seconds = epochs.c.train_seconds
    sums = connection.execute(
        sa.select(
            sa.func.count().label("epochs_done"),
            sa.func.sum(seconds).label("train_seconds"),
            sa.func.sum(epochs.c.eval_seconds).label("eval_seconds"),
            (sa.func.sum(epochs.c.images_per_second * seconds) / sa.func.nullif(sa.func.sum(seconds), 0.0)).label(
                "images_per_second"
            ),
            sa.func.max(epochs.c.peak_memory_bytes).label("peak_memory_bytes"),
            sa.func.count(epochs.c.val_top1).label("num_validated"),
        ).where(of_run)
    )
    summary: row_values.Values = dict(sums.mappings().one())
    chosen_by = epochs.c.val_top1 if summary.pop("num_validated") else epochs.c.top1
    of_last = (epochs.c.train_loss, epochs.c.test_loss, epochs.c.top1, epochs.c.top5, epochs.c.val_top1)
    last = connection.execute(sa.select(*of_last).where(of_run).order_by(epochs.c.epoch.desc()).limit(1))
    best = connection.execute(
        sa.select(epochs.c.epoch, epochs.c.top1)
        .where(of_run, chosen_by.is_not(None))
        .order_by(chosen_by.desc(), epochs.c.epoch)
        .limit(1)
    ).one()
    by = "val" if chosen_by is epochs.c.val_top1 else "test"
    return {**summary, **last.mappings().one(), "best_epoch": best.epoch, "best_top1": best.top1, "best_by": by}

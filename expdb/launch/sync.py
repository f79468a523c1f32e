"""Bring in what attempts wrote into their runs' folders and no database has yet: exactly once, run by run."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from expdb.domain.events import RunFailed, RunFinished
from expdb.errors import DataError, ExpdbError, LaunchError, NotFoundError, RunFinishedError
from expdb.store.attempts import pending
from expdb.store.attempts.folder_lock import FolderLock, is_held
from expdb.store.attempts.pending import PendingAttempt
from expdb.store.attempts.process import is_gone
from expdb.store.attempts.spool import Spool, read_spool, spool_path
from expdb.store.store import Store


@dataclass(frozen=True, kw_only=True)
class SyncedAttempt:
    """What was done about an attempt that was not recorded to its end.

    Attributes:
        run_id: the run's number; None where the database does not have it.
        num_events: that were recorded now.
        problem: why not all of it could be recorded; empty where all is.
    """

    uuid: str
    attempt: int
    run_id: int | None
    num_events: int
    problem: str


def sync_pending(store: Store) -> Iterator[SyncedAttempt]:
    """Record what is waiting, of all attempts that no process is about; yield what was done about each.

    Raises:
        StoreError: the database cannot be written.
    """
    for waiting in list(pending.pending_attempts(store.artifact_root)):
        synced = _sync(store, waiting)
        if synced is not None:
            yield synced
    store.look_for_gone()


def count_waiting(store: Store) -> int:
    """Return how many attempts hold events that are not recorded, and no process is about."""
    return sum(_is_waiting(store, found) for found in pending.pending_attempts(store.artifact_root))


def _is_waiting(store: Store, found: PendingAttempt) -> bool:
    folder = _folder(store, found.uuid, store.attempts.run_id_of(found.uuid))
    if found.attempt == 0 or not spool_path(folder, found.attempt).exists() or is_held(folder):
        return False
    with suppress(ExpdbError):
        spool = _read(store, found, folder)
        run_id = store.attempts.run_id_of(found.uuid)
        last = store.attempts.last_sequence(run_id, found.attempt) if run_id is not None else None
        return last is None or last < len(spool.events)
    return True


def _sync(store: Store, found: PendingAttempt) -> SyncedAttempt | None:
    """Record what is waiting of one attempt; None where a process is about it, or nothing was to be done."""
    run_id = store.attempts.run_id_of(found.uuid)
    folder = _folder(store, found.uuid, run_id)
    if found.attempt == 0 or not folder.is_dir():
        if is_gone(found.process):
            _close(store, found, run_id)
        return None
    if is_held(folder):
        return None
    try:
        with FolderLock(folder, run_id=run_id or 0):
            num_events, run_id = _bring_in(store, found, folder)
    except LaunchError:
        return None  # somebody was faster
    except (DataError, NotFoundError) as error:
        return SyncedAttempt(uuid=found.uuid, attempt=found.attempt, run_id=run_id, num_events=0, problem=str(error))
    if num_events == 0:
        return None
    return SyncedAttempt(uuid=found.uuid, attempt=found.attempt, run_id=run_id, num_events=num_events, problem="")


def _bring_in(store: Store, found: PendingAttempt, folder: Path) -> tuple[int, int | None]:
    """Record the events of an attempt that are not recorded; return how many, and the run's number."""
    if not spool_path(folder, found.attempt).exists():  # it could not be written, or its process died before
        run_id = store.attempts.run_id_of(found.uuid)
        if is_gone(found.process):
            _close(store, found, run_id)
        return 0, run_id
    spool = _read(store, found, folder)
    run_id = store.attempts.restore(spool.header, folder_name=folder.name)
    last = store.attempts.last_sequence(run_id, found.attempt) or 0
    waiting = spool.events[last:]
    for event in waiting:
        with suppress(RunFinishedError):  # it ended before this was said
            store.record(run_id, event.event, attempt=found.attempt, sequence=event.sequence, at=event.at)
    has_ended = bool(spool.events) and isinstance(spool.events[-1].event, (RunFinished, RunFailed))
    if has_ended:
        pending.unmark(store.artifact_root, found.uuid, found.attempt)
    elif is_gone(found.process):
        _close(store, found, run_id)
    return len(waiting), run_id


def _close(store: Store, found: PendingAttempt, run_id: int | None) -> None:
    """Record that the process of an attempt is gone, so that its mark is not needed any more."""
    if run_id is not None:
        store.attempts.mark_gone(run_id, found.attempt)
    pending.unmark(store.artifact_root, found.uuid, found.attempt)


def _read(store: Store, found: PendingAttempt, folder: Path) -> Spool:
    return read_spool(folder, database=store.uuid, run=found.uuid, attempt=found.attempt)


def _folder(store: Store, uuid: str, run_id: int | None) -> Path:
    """Return where the files of a run are; of one that the database lost, where those of a new run would be."""
    return store.artifact_root / uuid if run_id is None else store.artifact_dir(run_id)

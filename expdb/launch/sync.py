"""Bring in what attempts wrote into their runs' folders and no database has yet: exactly once, run by run."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from expdb.domain.events import RunFailed, RunFinished
from expdb.errors import (
    DataError,
    ExpdbError,
    FolderInUseError,
    LaunchError,
    NotFoundError,
    RefusedValueError,
    StoreError,
)
from expdb.launch.lost_events import record_lost, record_spool
from expdb.store.attempts import pending
from expdb.store.attempts.folder_lock import FolderLock, is_held
from expdb.store.attempts.pending import PendingAttempt
from expdb.store.attempts.process import is_gone
from expdb.store.attempts.spool import Spool, has_spool, read_spool
from expdb.store.run_folder import run_folder
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


def attempts_wait(number: int) -> str:
    """Return the words for how many attempts wait."""
    return "1 attempt waits" if number == 1 else f"{number} attempts wait"


def _is_waiting(store: Store, found: PendingAttempt) -> bool:
    if found.attempt == 0:
        return False
    with suppress(ExpdbError):  # what cannot be read waits for somebody to look at it
        folder = _folder(store, found.uuid)
        if not has_spool(folder, found.attempt) or is_held(folder):
            return False
        num_events = len(_read(store, found, folder).events)
        return (store.attempts.last_of(found.uuid, found.attempt) or -1) < num_events
    return True


def _sync(store: Store, found: PendingAttempt) -> SyncedAttempt | None:
    """Record what is waiting of one attempt; None where a process is about it, or nothing was to be done."""
    num_events, problem = 0, ""
    try:
        folder = _folder(store, found.uuid)
        if found.attempt == 0 or not has_spool(folder, found.attempt):  # nothing was kept, or nothing is left of it
            if is_gone(found.process):
                _close(store, found)
            return None
        if is_held(folder):
            return None
        with FolderLock(folder, run_id=store.attempts.run_id_of(found.uuid) or 0):
            num_events = _bring_in(store, found, folder)
    except FolderInUseError:
        return None  # somebody was faster
    except (DataError, LaunchError, NotFoundError, RefusedValueError) as error:
        problem = str(error)
    if not num_events and not problem:
        return None
    run_id = store.attempts.run_id_of(found.uuid)
    return SyncedAttempt(uuid=found.uuid, attempt=found.attempt, run_id=run_id, num_events=num_events, problem=problem)


def _bring_in(store: Store, found: PendingAttempt, folder: Path) -> int:
    """Record the events of an attempt that are not recorded; return how many."""
    spool = _read(store, found, folder)
    if (
        store.attempts.last_of(found.uuid, found.attempt) is None
    ):  # the database was put back: earlier ones are lost too
        record_lost(store, folder, uuid=found.uuid, last=found.attempt - 1, warn=lambda _: None)
    num_events = record_spool(store, spool, folder)
    if spool.events and isinstance(spool.events[-1].event, (RunFinished, RunFailed)):
        pending.unmark(store.artifact_root, found.uuid, found.attempt)
    elif is_gone(found.process):
        _close(store, found)
    return num_events


def _close(store: Store, found: PendingAttempt) -> None:
    """Record that the process of an attempt is gone, so that its mark is not needed any more."""
    run_id = store.attempts.run_id_of(found.uuid)
    if run_id is not None:
        store.attempts.mark_gone(run_id, found.attempt)
    pending.unmark(store.artifact_root, found.uuid, found.attempt)


def _read(store: Store, found: PendingAttempt, folder: Path) -> Spool:
    return read_spool(folder, database=store.uuid, run=found.uuid, attempt=found.attempt)


def _folder(store: Store, uuid: str) -> Path:
    """Return where the files of a run are; of one that the database lost, where those of a new run would be.

    Raises:
        DataError, NotFoundError: that is no folder of the artifact root, or of no run that was trained here.
    """
    run_id = store.attempts.run_id_of(uuid)
    if run_id is None:
        folder = store.artifact_root / uuid
        if folder.is_symlink():
            raise DataError(f"{str(folder)!r} is a link: it is left alone")
        return folder
    run = store.run(run_id)
    try:
        return run_folder(run, store.artifact_root, create=False, is_group_readable=False)
    except StoreError as error:
        raise DataError(str(error)) from error

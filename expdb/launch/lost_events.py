"""Record what the folder of a run keeps and a database lacks: one that was away, or put back to an older state."""

from collections.abc import Callable
from pathlib import Path

from expdb.errors import DataError, RefusedValueError
from expdb.store.attempts.spool import Spool, has_spool, read_spool
from expdb.store.store import Store


def record_spool(store: Store, spool: Spool, folder: Path) -> int:
    """Record what a spool holds and the database lacks; return how many events that were.

    Raises:
        DataError, RefusedValueError: what it says is no row of a run, or no event.
        StoreError: the database cannot be written.
    """
    header = spool.header
    run_id = store.attempts.restore(header, folder_name=folder.name)
    last = store.attempts.last_sequence(run_id, header.attempt) or 0
    waiting = spool.events[last:]
    for event in waiting:
        store.record(run_id, event.event, attempt=header.attempt, sequence=event.sequence, at=event.at, uuid=header.run)
    return len(waiting)


def record_lost(store: Store, folder: Path, *, uuid: str, last: int, warn: Callable[[str], None]) -> list[int]:
    """Record what the database lacks of a run's attempts up to a number; return those of which it lacked something.

    Args:
        warn: called with why a spool was left alone.

    Raises:
        StoreError: the database cannot be written.
    """
    lost: list[int] = []
    for attempt in range(1, last + 1):
        if not has_spool(folder, attempt):
            continue
        try:
            spool = read_spool(folder, database=store.uuid, run=uuid, attempt=attempt)
            if (store.attempts.last_of(uuid, attempt) or -1) < len(spool.events):
                record_spool(store, spool, folder)
                lost.append(attempt)
        except (DataError, RefusedValueError) as error:
            warn(str(error))
    return lost

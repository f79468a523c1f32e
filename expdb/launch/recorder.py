"""Records what an attempt says beside training: first in its run's folder, then in the database, which may be away.

Training waits for the database a second at most, and only while nothing is wrong with it. What it could not take is
recorded as soon as it is there again; a command that ends before says so, and `expdb sync` brings it in.
"""

import math
import threading
import time
import warnings
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from expdb.domain.event_codec import RecordedEvent
from expdb.domain.run import Environment
from expdb.domain.spec import RunSpec
from expdb.errors import (
    EventGapError,
    ExpdbError,
    NotFoundError,
    NotRecordedError,
    RunFinishedError,
    StoreError,
    TakenOverError,
)
from expdb.store.attempts import pending
from expdb.store.attempts.folder_lock import FolderLock
from expdb.store.attempts.spool import SpooledEvent, SpoolHeader, SpoolWriter, read_spool
from expdb.store.store import Store

HEARTBEAT_SECONDS = 10.0
PATIENCE_SECONDS = 1.0  # training waits so long for an event to be recorded
LAST_WAIT_SECONDS = 30.0  # the command waits so long at its end
URGENT_WAIT_SECONDS = 5.0  # likewise where it was told to stop
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 5.0  # seconds between two tries


def warn_plainly(text: str) -> None:
    """Say what went wrong as a warning of this process."""
    warnings.warn(text, RuntimeWarning, stacklevel=3)


class Recorder:
    """Records one attempt of a run. As a context manager it begins the attempt, and at the end waits for the database.

    Attributes:
        spec: what is trained, as stored.
        folder: of the run's files.
        attempt: its number.
    """

    spec: RunSpec
    attempt: int

    def __init__(
        self,
        store: Store,
        run_id: int,
        environment: Environment,
        *,
        resume: bool,
        warn: Callable[[str], None] = warn_plainly,
        last_wait_seconds: float = LAST_WAIT_SECONDS,
    ) -> None:
        """Prepare to record a queued run, or with `resume` one that ended early.

        Args:
            warn: called with what goes wrong meanwhile, each trouble once; perhaps from another thread.
            last_wait_seconds: how long to wait at the end for a database that is in trouble.
        """
        self._store, self._run_id, self._environment, self._is_resumed = store, run_id, environment, resume
        self._warn, self._last_wait = warn, last_wait_seconds
        self._waiting: deque[SpooledEvent] = deque()
        self._changed = threading.Condition()
        self._trouble: str | None = None
        self._is_ending = self._is_taken_over = self._is_slow = False
        self._num_events = 0
        self._next_beat = time.monotonic() + HEARTBEAT_SECONDS
        self._last_try_at = math.inf
        self._spool: SpoolWriter | None = None
        self._thread = threading.Thread(target=self._serve, name=f"recorder of run {run_id}", daemon=True)

    def __enter__(self) -> Self:
        """Begin the attempt.

        Raises:
            RunFinishedError, LaunchError: the run cannot be begun, or is being trained by another process.
            StoreError: its folder cannot be made, or the database is away.
        """
        self.folder: Path = self._store.artifact_dir(self._run_id, create=True)
        self._lock = FolderLock(self.folder, run_id=self._run_id)
        self._lock.__enter__()
        try:
            begin = self._store.resume_run if self._is_resumed else self._store.start_run
            self.spec, self.attempt = begin(self._run_id, self._environment)
            self._header = self._store.attempts.header(self._run_id, self.attempt, database=self._store.uuid)
            self._begin_spool(self._header)
        except BaseException:
            self._lock.__exit__(None, None, None)
            raise
        self._thread.start()
        return self

    def __exit__(
        self, error_type: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Wait until all is recorded, for a while where the database is in trouble.

        Raises:
            NotRecordedError: something is not recorded yet, and the block raised nothing that says more.
        """
        is_urgent = error is not None and not isinstance(error, Exception)  # somebody wants it to stop
        wait = min(self._last_wait, URGENT_WAIT_SECONDS) if is_urgent else self._last_wait
        try:
            is_recorded = self._end(wait)
        finally:
            if self._spool is not None:
                self._spool.close()
            self._lock.__exit__(None, None, None)
        if is_recorded:
            pending.unmark(self._store.artifact_root, self._header.run, self.attempt)
        elif error is None:
            raise NotRecordedError(self._not_recorded())
        else:
            self._warn(self._not_recorded())

    def record(self, event: RecordedEvent) -> None:
        """Record an event; returns when it is recorded, or after a second.

        Raises:
            TakenOverError: another attempt did: this process has to stop.
        """
        self._num_events += 1
        spooled = SpooledEvent(sequence=self._num_events, at=datetime.now(UTC), event=event)
        if self._spool is not None:
            try:
                self._spool.append(spooled)
            except OSError as error:
                self._spool_failed(error)
        self._lock.beat()
        with self._changed:
            self._waiting.append(spooled)
            self._changed.notify_all()
            if self._trouble is None and not self._is_slow:
                # Once in vain is enough, until the database has caught up.
                self._is_slow = not self._changed.wait_for(
                    lambda: not self._waiting or self._trouble is not None, PATIENCE_SECONDS
                )
        self.require_current()

    def require_current(self) -> None:
        """Raise TakenOverError if another attempt took the run over."""
        if self._is_taken_over:
            raise TakenOverError(
                f"run {self._run_id} was taken over by another attempt: this process stops; what it did is kept with "
                f"attempt {self.attempt} (expdb show {self._run_id})"
            )

    def _begin_spool(self, header: SpoolHeader) -> None:
        root = self._store.artifact_root
        try:
            pending.mark(root, header.run, self.attempt)
            pending.unmark(root, header.run, 0)
            self._spool = SpoolWriter(self.folder, header)
        except OSError as error:
            self._spool_failed(error)

    def _spool_failed(self, error: OSError) -> None:
        if self._spool is not None:
            self._spool.close()
            self._spool = None
        self._warn(
            f"the events of run {self._run_id} cannot be kept in {str(self.folder)!r} ({error.strerror}): they are "
            "recorded in the database alone"
        )

    # What the thread does

    def _serve(self) -> None:
        pause = _FIRST_PAUSE
        while self._wait_for_work(pause):
            try:
                self._work()
                pause = _FIRST_PAUSE
            except ExpdbError as error:
                self._tell(error)
                pause = min(2 * pause, _LONGEST_PAUSE)

    def _wait_for_work(self, pause: float) -> bool:
        """Return when an event, a heartbeat or another try is due; False where nothing is to be done any more."""
        with self._changed:
            if self._trouble is not None:
                self._changed.wait(pause)
            else:
                until_beat = max(0.0, self._next_beat - time.monotonic())
                self._changed.wait_for(lambda: self._waiting or self._is_ending, until_beat)
            return not self._is_ending or (bool(self._waiting) and time.monotonic() < self._last_try_at)

    def _work(self) -> None:
        self._lock.beat()
        if self._waiting:
            self._record_one(self._waiting[0])
        elif self._trouble is not None or time.monotonic() >= self._next_beat:
            self._next_beat = time.monotonic() + HEARTBEAT_SECONDS
            self._is_taken_over |= not self._store.heartbeat(self._run_id, attempt=self.attempt)
        if self._trouble is not None and not self._waiting:
            self._warn(f"the database is there again: all that run {self._run_id} said so far is recorded")
            self._trouble = None

    def _tell(self, error: ExpdbError) -> None:
        """Say once what keeps the database from recording."""
        if self._trouble is None:
            self._warn(f"{error} (training goes on; it is recorded when the database is there again)")
        with self._changed:
            self._trouble = str(error)
            self._changed.notify_all()

    def _record_one(self, spooled: SpooledEvent) -> None:
        is_late = self._trouble is not None
        try:
            done = self._store.record(
                self._run_id,
                spooled.event,
                attempt=self.attempt,
                sequence=spooled.sequence,
                at=spooled.at if is_late else None,
            )
        except (EventGapError, NotFoundError) as error:
            self._catch_up(error)
            return
        except RunFinishedError as error:
            self._warn(f"an event of run {self._run_id} is not recorded: {error}")
            done = "known"
        self._is_taken_over |= done == "late"
        with self._changed:
            self._waiting.popleft()
            self._is_slow = self._is_slow and bool(self._waiting)
            self._changed.notify_all()

    def _catch_up(self, error: ExpdbError) -> None:
        """Give a database that lost events of this attempt, as one put back to an older state, all of them again."""
        rows = self._store.attempts
        self._run_id = rows.restore(self._header, folder_name=self.folder.name)
        last = rows.last_sequence(self._run_id, self.attempt) or 0
        spool = read_spool(self.folder, database=self._header.database, run=self._header.run, attempt=self.attempt)
        with self._changed:
            first = self._waiting[0].sequence
            again = [event for event in spool.events if last < event.sequence < first]
            self._waiting.extendleft(reversed(again))
        if last + len(again) + 1 < first:
            raise StoreError(f"events of run {self._run_id} are lost: {error}") from error
        self._warn(
            f"{self._store.url} was put back to an older state: {len(again)} events of run {self._run_id} are "
            "recorded again; what other runs recorded since then is lost, unless expdb sync finds it"
        )

    def _end(self, wait_seconds: float) -> bool:
        """Let the thread end when all is recorded, or after a while; return whether all is."""
        with self._changed:
            self._last_try_at = time.monotonic() + wait_seconds
            self._is_ending = True
            self._changed.notify_all()
        if self._trouble is not None:
            self._warn(f"waiting up to {wait_seconds:g} s for the database, to record what is not recorded yet")
        self._thread.join(wait_seconds + PATIENCE_SECONDS)
        return not self._waiting

    def _not_recorded(self) -> str:
        why = self._trouble or "the database is slow"
        what = f"{len(self._waiting)} events of run {self._run_id} are not recorded: {why}"
        return f"{what}; they are kept in {str(self.folder)!r}: expdb sync brings them in"

"""Records what an attempt says beside training: first in its run's folder, then in the database, which may be away.

Training waits for the database a second at most, and only while nothing is wrong with it. What it could not take is
recorded as soon as it is there again; a command that ends before says so, and `expdb db sync` brings it in.
"""

import math
import threading
import time
import warnings
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

from expdb.domain.event_codec import RecordedEvent
from expdb.domain.run import Environment, Kind
from expdb.domain.spec import RunSpec
from expdb.errors import EventGapError, ExpdbError, NotFoundError, NotRecordedError, StoreError, TakenOverError
from expdb.launch.lost_events import record_lost
from expdb.store.attempts import pending
from expdb.store.attempts.folder_lock import FolderLock
from expdb.store.attempts.spool import SpooledEvent, SpoolWriter, last_spooled_attempt, read_spool
from expdb.store.store import Store

HEARTBEAT_SECONDS = 10.0
PATIENCE_SECONDS = 1.0  # training waits so long for an event to be recorded
SILENT_SECONDS = 75.0  # a database that answered nothing for so long is in trouble
LAST_WAIT_SECONDS = 30.0  # the command waits so long at its end
URGENT_WAIT_SECONDS = 5.0  # likewise where it was told to stop
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 5.0  # seconds between two tries


def warn_plainly(text: str) -> None:
    """Say what went wrong as a warning of this process."""
    warnings.warn(text, RuntimeWarning, stacklevel=3)


class Recorder:
    """Records one attempt of a run. As a context manager it begins the attempt, and at the end waits for the database.

    Attributes:
        spec: what is trained, as stored; not set of a tracked run.
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
        kind: Kind = "measured",
        warn: Callable[[str], None] = warn_plainly,
        last_wait_seconds: float = LAST_WAIT_SECONDS,
    ) -> None:
        """Prepare to record a queued run, or with `resume` one that ended early.

        Args:
            kind: `tracked` of a run of the user's own script, which has no spec.
            warn: called with what goes wrong meanwhile, each trouble once; perhaps from another thread.
            last_wait_seconds: how long to wait at the end for a database that is in trouble.
        """
        self._store, self._run_id, self._environment, self._is_resumed = store, run_id, environment, resume
        self._warn, self._last_wait, self._kind = warn, last_wait_seconds, kind
        self._waiting: deque[SpooledEvent] = deque()
        self._changed = threading.Condition()
        self._trouble: str | None = None
        self._is_ending = self._is_taken_over = False
        self._num_events = 0
        self._next_beat = self._next_sign = time.monotonic() + HEARTBEAT_SECONDS
        self._last_try_at = math.inf
        self._spool: SpoolWriter | None = None
        self._lost_from: int | None = None  # the first event that could not be kept in the folder
        self._caught_up_before: int | None = None  # this event
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
            last = last_spooled_attempt(self.folder)
            if last:
                self._bring_back(last)
            self._begin(above=last)
            self._header = self._store.attempts.header(self._run_id, self.attempt, database=self._store.uuid)
            self._begin_spool()
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
            KeyboardInterrupt: there was no wish to wait.
        """
        is_urgent = error is not None and not isinstance(error, Exception)  # somebody wants it to stop
        wait = min(self._last_wait, URGENT_WAIT_SECONDS) if is_urgent else self._last_wait
        try:
            is_recorded = self._end(wait)
        except KeyboardInterrupt:
            self._say(self._not_recorded())
            raise
        finally:
            if self._spool is not None:
                self._spool.close()
            self._lock.__exit__(None, None, None)
        if is_recorded:
            pending.unmark(self._store.artifact_root, self._header.run, self.attempt)
        elif error is None:
            raise NotRecordedError(self._not_recorded())
        else:
            self._say(self._not_recorded())

    def record(self, event: RecordedEvent, *, is_awaited: bool = True) -> None:
        """Record an event; returns when it is recorded, or after a second; unless it is awaited, once it is spooled.

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
            if is_awaited and self._trouble is None and len(self._waiting) == 1:  # else the database is behind already
                self._changed.wait_for(lambda: not self._waiting or self._trouble is not None, PATIENCE_SECONDS)
        self.require_current()

    def require_current(self) -> None:
        """Show a sign of life in the folder; to be called often.

        Raises:
            TakenOverError: another attempt took the run over.
        """
        if self._is_taken_over:
            raise TakenOverError(
                f"run {self._run_id} was taken over by another attempt: this process stops; what it did is kept with "
                f"attempt {self.attempt} (expdb show {self._run_id})"
            )
        if time.monotonic() >= self._next_sign:  # the thread may be stuck in a database that does not answer
            self._next_sign = time.monotonic() + HEARTBEAT_SECONDS
            self._lock.beat()
            self._tell_silence()

    def wait_at_most(self, seconds: float) -> None:
        """Wait no longer at the end for a database that is in trouble."""
        self._last_wait = min(self._last_wait, seconds)

    def _begin(self, *, above: int) -> None:
        """Begin the attempt. Raises RunFinishedError, LaunchError."""
        if self._kind == "tracked":
            begin_tracked = self._store.tracked.resume if self._is_resumed else self._store.tracked.begin
            self.attempt = begin_tracked(self._run_id, self._environment, above=above)
            return
        begin = self._store.resume_run if self._is_resumed else self._store.start_run
        self.spec, self.attempt = begin(self._run_id, self._environment, above=above)

    def _bring_back(self, last: int) -> None:
        """Record what earlier attempts kept in the folder and the database does not have, as after a restored backup.

        The folder is locked, so nobody is about them any more.
        """
        uuid = self._store.run(self._run_id).uuid
        lost = record_lost(self._store, self.folder, uuid=uuid, last=last, warn=self._say)
        for attempt in lost:
            self._store.attempts.mark_gone(self._run_id, attempt)

    def _begin_spool(self) -> None:
        root, header = self._store.artifact_root, self._header
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
        self._lost_from = max(1, self._num_events)
        self._say(
            f"the events of run {self._run_id} cannot be kept in {str(self.folder)!r} ({error.strerror}): they are "
            "recorded in the database alone"
        )

    def _say(self, text: str) -> None:
        with suppress(OSError, ValueError):  # who cannot be told anything trains on
            self._warn(text)

    # What the thread does

    def _serve(self) -> None:
        pause = 0.0
        while self._wait_for_work(pause):
            try:
                self._work()
                pause = 0.0
            except Exception as error:  # noqa: BLE001 - whatever it is, it must not keep events from being recorded
                text = str(error) if isinstance(error, ExpdbError) else f"unexpected {type(error).__name__}: {error}"
                self._tell(text)
                pause = min(max(2 * pause, _FIRST_PAUSE), _LONGEST_PAUSE)

    def _wait_for_work(self, pause: float) -> bool:
        """Return when an event, a heartbeat or another try is due; False where nothing is to be done any more."""
        with self._changed:
            was_ending, now = self._is_ending, time.monotonic()
            if pause:
                seconds = max(0.0, min(pause, self._last_try_at - now))
                self._changed.wait_for(lambda: self._is_ending and not was_ending, seconds)
            else:
                until_beat = max(0.0, self._next_beat - now)
                self._changed.wait_for(lambda: self._waiting or self._is_ending, until_beat)
            return not self._is_ending or (bool(self._waiting) and time.monotonic() < self._last_try_at)

    def _work(self) -> None:
        self._lock.beat()
        try:
            if self._waiting:
                self._record_one(self._waiting[0])
            if time.monotonic() >= self._next_beat:
                self._beat()
        except (EventGapError, NotFoundError) as error:
            self._catch_up(error)
            return
        if self._trouble is not None and not self._waiting:
            self._say(f"{self._store.url} is there again: all of run {self._run_id} is recorded")
            self._trouble = None

    def _beat(self) -> None:
        is_current = self._store.heartbeat(self._run_id, attempt=self.attempt, uuid=self._header.run)
        self._is_taken_over |= not is_current
        self._next_beat = time.monotonic() + HEARTBEAT_SECONDS

    def _tell(self, trouble: str) -> None:
        """Say once what keeps the database from recording."""
        with self._changed:
            is_new, self._trouble = self._trouble is None, trouble
            self._changed.notify_all()
        if is_new:
            self._say(f"{trouble}; training goes on, and is recorded when the database is there again")

    def _tell_silence(self) -> None:
        with self._changed:
            oldest = self._waiting[0].at if self._waiting else None
        if self._trouble is None and oldest and datetime.now(UTC) - oldest > timedelta(seconds=SILENT_SECONDS):
            self._tell(self._silence())

    def _silence(self) -> str:
        return f"{self._store.url} does not answer"

    def _record_one(self, spooled: SpooledEvent) -> None:
        is_late = datetime.now(UTC) - spooled.at > timedelta(seconds=PATIENCE_SECONDS)
        done = self._store.record(
            self._run_id,
            spooled.event,
            attempt=self.attempt,
            sequence=spooled.sequence,
            at=spooled.at if is_late else None,
            uuid=self._header.run,
        )
        self._is_taken_over |= done == "late"
        self._caught_up_before = None
        with self._changed:
            self._waiting.popleft()
            self._changed.notify_all()

    def _catch_up(self, error: ExpdbError) -> None:
        """Give a database that lost events of this run, as one put back to an older state, all of them again."""
        rows, uuid, run_id = self._store.attempts, self._header.run, self._run_id
        record_lost(self._store, self.folder, uuid=uuid, last=self.attempt - 1, warn=self._say)
        self._run_id = rows.restore(self._header, folder_name=self.folder.name)
        last = rows.last_sequence(self._run_id, self.attempt) or 0
        with self._changed:
            first = self._waiting[0].sequence if self._waiting else self._num_events + 1
        if self._caught_up_before == first:
            raise StoreError(f"events of run {self._run_id} are lost: {error}") from error
        self._caught_up_before = last + 1
        if last + 1 < first:
            spool = read_spool(self.folder, database=self._header.database, run=uuid, attempt=self.attempt)
            again = [event for event in spool.events if last < event.sequence < first]
            if len(again) < first - last - 1:
                raise StoreError(f"events of run {self._run_id} are lost: {error}") from error
            with self._changed:
                self._waiting.extendleft(reversed(again))
        is_new = f"; it was run {run_id}, and is run {self._run_id} now" if run_id != self._run_id else ""
        self._say(
            f"{self._store.url} was put back to an older state: what it lacks of run {self._run_id} is recorded "
            f"again{is_new}; what it lost of other runs, expdb db sync may find"
        )

    def _end(self, wait_seconds: float) -> bool:
        """Let the thread end when all is recorded, or after a while; return whether all is."""
        with self._changed:
            self._last_try_at = time.monotonic() + wait_seconds
            self._is_ending = True
            self._changed.notify_all()
        self._thread.join(min(PATIENCE_SECONDS, wait_seconds))
        if self._thread.is_alive():
            self._say(f"waiting up to {wait_seconds:g} s for the database, to record what is not recorded yet")
            self._thread.join(wait_seconds)
        return not self._waiting

    def _not_recorded(self) -> str:
        number = len(self._waiting)
        events = "1 event" if number == 1 else f"{number} events"
        what = f"{events} of run {self._run_id} not recorded: {self._trouble or self._silence()}"
        if self._lost_from is None:
            return f"{what}; kept in {str(self.folder)!r}: expdb db sync brings them in"
        return f"{what}; those from event {self._lost_from} on are lost, for they could not be written to the folder"

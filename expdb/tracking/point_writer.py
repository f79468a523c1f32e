"""The thread of a tracked run: what the script logs goes into the run's folder and the database beside training.

A call leaves its values in a queue and returns. Nothing that goes wrong here reaches the script but as a warning.
"""

import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from expdb.domain.event_codec import RecordedEvent
from expdb.domain.events import Logged, MetricsDefined, PointsLogged
from expdb.domain.metric import Metric
from expdb.errors import TakenOverError
from expdb.launch.recorder import Recorder
from expdb.tracking.metric_book import MetricBook, OutcomesMean

WRITE_SECONDS: Final = 0.2  # what is logged waits at most so long until it is in the run's folder
MUCH_WAITING: Final = 500  # calls, with which it waits no longer
_MOST_AT_ONCE: Final = 5_000  # values of one event, so that its line stays short

Call = tuple[Any, Any, dict[str, Any]]  # epoch, step, values


@dataclass(frozen=True)
class MeasuredBeside:
    """What was measured of the run, and not logged by its script: values by our keys."""

    values: Mapping[str, float]


@dataclass(frozen=True)
class LastMeans:
    """The means of what was logged of single items, as the run ends, by metric."""

    means: Mapping[str, OutcomesMean]


class PointWriter:
    """Writes what one run logs."""

    def __init__(
        self,
        recorder: Recorder,
        book: MetricBook,
        say: Callable[[str], None],
        *,
        name: str,
        beside: Callable[[], object] = lambda: None,
    ) -> None:
        """Start the thread.

        Args:
            recorder: of the run, whose attempt has begun.
            book: knows the run's metrics.
            say: called with what goes wrong.
            name: of the run, for the thread's.
            beside: called after each writing.
        """
        self._recorder, self._book, self._say, self._beside = recorder, book, say, beside
        self._waiting: deque[Call | Metric | MeasuredBeside | LastMeans] = deque()
        self._wake = threading.Event()
        self._is_ending = False
        self._troubles: set[str] = set()
        self.is_taken_over = False
        self._thread = threading.Thread(target=self._serve, name=f"points of {name}", daemon=True)
        self._thread.start()

    def put(self, call: Call | Metric | MeasuredBeside | LastMeans) -> None:
        """Leave what is to be written; returns at once."""
        self._waiting.append(call)
        if len(self._waiting) > MUCH_WAITING:
            self._wake.set()

    def end(self) -> None:
        """Write all that was left here, and end the thread."""
        self._is_ending = True
        self._wake.set()
        if self._thread is not threading.current_thread():
            self._thread.join()

    def _serve(self) -> None:
        is_last = False
        while not is_last:
            self._wake.wait(WRITE_SECONDS)
            self._wake.clear()
            is_last = self._is_ending
            try:
                self._write_waiting()
                self._beside()
            except Exception as error:  # noqa: BLE001 - whatever it is, training knows nothing of it
                self._tell(error)

    def _write_waiting(self) -> None:
        rows: list[Logged] = []
        num_values = 0
        while self._waiting:
            call = self._waiting.popleft()
            if isinstance(call, Metric):
                self._book.define(call)
                continue
            try:
                if isinstance(call, MeasuredBeside):
                    found = self._book.rows_beside(call.values)
                elif isinstance(call, LastMeans):
                    found = self._book.rows_of_means(call.means)
                else:
                    found = self._book.rows(*call)
            except Exception as error:  # noqa: BLE001 - one odd value must not take the others with it
                self._tell(error)
                continue
            rows += found
            num_values += sum(len(row.values) for row in found)
            if num_values >= _MOST_AT_ONCE:
                self._record(rows)
                rows, num_values = [], 0
        self._record(rows)

    def _record(self, rows: list[Logged]) -> None:
        defined = self._book.take_defined()
        events: list[RecordedEvent] = [MetricsDefined(metrics=defined)] if defined else []
        events += [PointsLogged(rows=tuple(rows))] if rows else []
        for event in events:
            try:
                self._recorder.record(event, is_awaited=False)
            except TakenOverError as error:
                self.is_taken_over = True
                self._tell(error)

    def _tell(self, error: Exception) -> None:
        """Say what went wrong, once of each kind."""
        kind = type(error).__name__
        if kind not in self._troubles:
            self._troubles.add(kind)
            is_ours = isinstance(error, TakenOverError)
            self._say(str(error) if is_ours else f"something is not logged: {kind}: {error}")

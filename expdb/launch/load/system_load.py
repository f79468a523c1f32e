"""Watches the system's load beside training: a thread reads every ten seconds and adds to a file of the run's folder.

Nothing of it waits for training or ends it. See `data/load_file` for the file.
"""

import math
import os
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from expdb.data.atomic_files import write_whole
from expdb.data.load_file import (
    ENERGIES,
    LOAD_FILE,
    MOST_ROWS,
    LoadRow,
    read_load,
    summarise_load,
    thin_rows,
    write_rows,
)
from expdb.data.run_files import append_to_run_file
from expdb.domain.event_codec import RecordedEvent
from expdb.domain.events import Logged, PointsLogged, RunFailed, RunFinished, RunStarted
from expdb.domain.task import metrics_by_key
from expdb.errors import ExpdbError, SpecError
from expdb.launch.load.gpu_reader import GpuReader
from expdb.launch.load.machine_reader import MachineReader
from expdb.launch.load.readings import LoadReader, Reading

LOAD_VARIABLE: Final = "EXPDB_LOAD_SECONDS"
LOAD_SECONDS: Final = 10.0
_LEAST_SECONDS = 0.01  # between two samples: the system counts in hundredths
# Of a shorter time no part can be told that something was in use: hundredths are much of it, and GPUs say what they did
# in the second before.
_LEAST_SECONDS_OF_USE = 1.0
_OF_USE = ("gpu_use", "num_busy_cpus", "machine_cpu_use")
_LAST_WAIT_SECONDS = 2.0  # at the end, for a reading that hangs


def load_seconds(environ: Mapping[str, str] = os.environ) -> float:
    """Return how many seconds are between two samples, as the environment says; 0: nothing is watched.

    Raises:
        SpecError: it is no such number.
    """
    text = environ.get(LOAD_VARIABLE) or str(LOAD_SECONDS)
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if seconds == 0 or 1 <= seconds <= 3600:
        return seconds
    raise SpecError(f"{LOAD_VARIABLE} {text[:40]!r}: give the seconds between two samples, 1 to 3600, or 0 for none")


class LoadTable:
    """The rows of a run's file, those of earlier attempts included; takes samples and keeps the file as they come."""

    def __init__(
        self,
        folder: Path,
        *,
        warn: Callable[[str], None],
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Read what is there.

        Args:
            warn: called with what keeps the file from being written, once.
            clock: seconds since some moment.
            now: the time.

        Raises:
            DataError: there is a file of another kind.
        """
        self._folder, self._warn, self._clock, self._now = folder, warn, clock, now
        self.rows: tuple[LoadRow, ...] = read_load(folder)
        self._last: tuple[float, Reading] | None = None
        self._is_file_behind = True  # it may end in half a line
        self._has_warned = False

    def add(self, reading: Reading) -> None:
        """Take a sample: what was between the last one and this is a row."""
        at = self._clock()
        if self._last is None:
            self._last = at, reading
            return
        seconds = at - self._last[0]
        if seconds < _LEAST_SECONDS:
            return
        row = _row_between(self._last[1], reading, seconds=seconds, at=self._now())
        self._last = at, reading
        self.rows = (*self.rows, row)
        if len(self.rows) > MOST_ROWS:
            self.rows, self._is_file_behind = thin_rows(self.rows), True
        self._write(row)

    def _write(self, row: LoadRow) -> None:
        path = self._folder / LOAD_FILE
        try:
            if self._is_file_behind:
                write_whole(write_rows(self.rows, has_header=True), path)
                self._is_file_behind = False
                return
            line = write_rows([row], has_header=False)
            with append_to_run_file(path) as file:
                if file.write(line) != len(line):
                    self._is_file_behind = True
        except (OSError, ExpdbError) as error:  # the next row tries again to write all
            self._is_file_behind = True
            if not self._has_warned:
                self._has_warned = True
                text = (isinstance(error, OSError) and error.strerror) or str(error)
                self._warn(f"the system's load cannot be written to {str(path)!r} ({text}): the run goes on without")


class SystemLoad:
    """Watches while it is used as a context manager; give it the run's events by `record_with_load`."""

    def __init__(
        self, folder: Path, *, seconds: float, warn: Callable[[str], None], num_gpus: int = 0, pid: int | None = None
    ) -> None:
        """Prepare to watch a process, by default this one, with all its descendants.

        Args:
            folder: of the run.
            seconds: between two samples; 0: nothing is watched.
            warn: called with what goes wrong, once; perhaps from the thread.
            num_gpus: how many of the visible GPUs the run computes on, where that is known already.
        """
        self._folder, self._seconds, self._warn, self._pid = folder, seconds, warn, pid
        self._num_gpus = num_gpus
        self._table: LoadTable | None = None
        self._readers: dict[str, LoadReader] = {}
        self._gpus_read = 0
        self._is_ending = False
        self._wake = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="system load", daemon=True)

    def __enter__(self) -> Self:
        if self._seconds:
            import psutil  # noqa: F401 - here, not first in the thread: a fork would inherit it half imported

            self._thread.start()
        return self

    def __exit__(
        self, error_type: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Take the last sample."""
        self.end()

    def use_gpus(self, count: int) -> None:
        """Watch the first of the visible GPUs too, from now on."""
        self._num_gpus = count
        self._wake.set()

    def end(self) -> dict[str, float]:
        """Take the last sample; return means, peaks and energy by metric, over all attempts of the run."""
        self._is_ending = True
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(_LAST_WAIT_SECONDS)
        return summarise_load(self._table.rows) if self._table is not None else {}

    def _watch(self) -> None:
        with suppress(OSError, ValueError):  # whoever cannot be told anything trains on
            try:
                self._table = LoadTable(self._folder, warn=self._warn)
                self._sample()
                while not self._is_ending:
                    self._wake.wait(self._seconds)
                    self._wake.clear()
                    if not self._is_ending:
                        self._sample()
                self._sample()
            except Exception as error:  # noqa: BLE001 - nothing of it is worth a run
                self._warn(f"the system's load is not recorded any more: {error}")
            finally:
                for reader in self._readers.values():
                    with suppress(Exception):
                        reader.close()

    def _sample(self) -> None:
        assert self._table is not None  # noqa: S101 - the thread made it
        self._readers.setdefault("machine", MachineReader(self._pid))
        if self._num_gpus != self._gpus_read:
            self._gpus_read = self._num_gpus
            self._readers["gpu"] = GpuReader(self._gpus_read)
        self._table.add(read_together(self._readers.values()))


def read_together(readers: Iterable[LoadReader]) -> Reading:
    """Return what all readers say."""
    levels: dict[str, float] = {}
    totals: dict[str, float] = {}
    for reader in readers:
        found = reader.read()
        levels |= found.levels
        totals |= found.totals
    return Reading(levels=levels, totals=totals)


def record_with_load(
    load: SystemLoad, record: Callable[[RecordedEvent], None], *, attempt: int
) -> Callable[[RecordedEvent], None]:
    """Return a `record` that shows events to `load`, and records what it found before the one that ends the attempt.

    Its values stand at the attempt's number as their step; the last of them are of all attempts together.
    """

    def record_event(event: RecordedEvent) -> None:
        if isinstance(event, RunStarted) and event.device == "cuda":
            load.use_gpus(event.num_devices)
        if isinstance(event, RunFinished | RunFailed):
            values = {key: value for key, value in load.end().items() if key in metrics_by_key()}
            if values:
                record(PointsLogged(rows=(Logged(None, attempt, values),)))
        record(event)

    return record_event


def _row_between(before: Reading, after: Reading, *, seconds: float, at: datetime) -> LoadRow:
    """Return what was between two samples: levels by the trapezoid rule, what grows by its difference."""
    means, peaks = {}, {}
    for name, level in after.levels.items():
        means[name] = (before.levels.get(name, level) + level) / 2
        peaks[name] = max(before.levels.get(name, level), level)
    grown = {
        name: total - before.totals[name]
        for name, total in after.totals.items()
        if total >= before.totals.get(name, math.inf)  # less: a process has left the run, or a counter began anew
    }
    for name, total in (("num_busy_cpus", "run_cpu_seconds"), ("machine_cpu_use", "machine_cpu_use_seconds")):
        if total in grown:
            means[name] = peaks[name] = grown[total] / seconds
    if "machine_cpu_use" in means:  # its clock is a coarse one
        means["machine_cpu_use"] = peaks["machine_cpu_use"] = min(1.0, means["machine_cpu_use"])
    for name in _OF_USE if seconds < _LEAST_SECONDS_OF_USE else ():
        means.pop(name, None)
        peaks.pop(name, None)
    joules: dict[str, float] = {name: grown[name] for name in ENERGIES if name in grown}
    if "gpu_joules" not in after.totals and "gpu_watts" in after.levels and "gpu_watts" in before.levels:
        joules["gpu_joules"] = means["gpu_watts"] * seconds
    return LoadRow(at=at, seconds=seconds, samples=1, means=means, peaks=peaks, joules=joules)

"""Time that is only counted while the trainer works, and what progress messages need: a rhythm, and the loss so far."""

import math
import resource
import time
from collections.abc import Mapping
from pathlib import Path

import torch

from expdb.train.device import synchronise

_SECONDS_BETWEEN_PROGRESS = 0.5


class Stopwatch:
    """Seconds of work on a device between `start` and `stop`; may be stopped and started again.

    Stopping waits for the device, so that all work given to it is counted, and nothing that comes after.
    """

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._started_at: float | None = None
        self._seconds = 0.0

    def start(self) -> None:
        """Go on counting."""
        self._started_at = time.perf_counter()

    def stop(self) -> None:
        """Count what was done, then pause."""
        synchronise(self._device)
        self._seconds = self.seconds
        self._started_at = None

    def pause(self) -> None:
        """Stop counting while someone else has the processor. A GPU works on meanwhile, so there it is counted."""
        if self._device.type == "cpu":
            self.stop()

    def resume(self) -> None:
        """Go on after `pause`."""
        if self._device.type == "cpu":
            self.start()

    @property
    def seconds(self) -> float:
        """Seconds counted so far."""
        running = 0.0 if self._started_at is None else time.perf_counter() - self._started_at
        return self._seconds + running


class CpuMeter:
    """What processors did between `start` and `stop`, which may be called again: for this process, and what waited.

    Attributes:
        cpu_seconds: of all its threads, and of the loader processes that began and ended since the meter was made.
        wait_seconds: for which its threads, not those of the loader processes, were ready but had no processor; NaN
            where the system does not say. Of a thread that has ended since the start, nothing is known.
    """

    def __init__(self, tasks: Path = Path("/proc/self/task")) -> None:
        self._tasks = tasks
        self._loaders = _seconds_of_children()
        self._own = self._began = 0.0
        self._delays: Mapping[str, int] | None = None
        self.wait_seconds = 0.0

    def start(self) -> None:
        """Go on counting."""
        self._delays, self._began = run_delays(self._tasks), time.process_time()

    def stop(self) -> None:
        """Count what was done since the start."""
        self._own += time.process_time() - self._began
        before, after = self._delays, run_delays(self._tasks)
        if before is None or after is None:
            self.wait_seconds = math.nan
        else:
            self.wait_seconds += sum(delay - before.get(thread, 0) for thread, delay in after.items()) / 1e9

    @property
    def cpu_seconds(self) -> float:
        """Processor seconds counted so far."""
        return self._own + _seconds_of_children() - self._loaders


def run_delays(tasks: Path) -> dict[str, int] | None:
    """Return by thread for how many nanoseconds it was ready and waited for a processor; None where that is not known.

    Args:
        tasks: Linux's folder of a process's threads; a kernel may be built or started without these statistics, and
            then says nothing but zeros.
    """
    delays, has_run = {}, False
    try:
        for thread in tasks.iterdir():
            try:
                computed, waited, _ = (thread / "schedstat").read_text(encoding="ascii").split()
            except (FileNotFoundError, ProcessLookupError):  # it has ended just now, or there are no statistics
                continue
            delays[thread.name] = int(waited)
            has_run |= int(computed) > 0
    except (OSError, ValueError):
        return None
    return delays if has_run else None


def _seconds_of_children() -> float:
    """Return the processor seconds of the processes that this one started, and has seen the end of."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


class Rhythm:
    """Says when the next progress message is due: one every half second or so."""

    def __init__(self) -> None:
        self._last = time.perf_counter()

    def is_due(self) -> bool:
        """Whether half a second has passed since this last was true."""
        now = time.perf_counter()
        if now - self._last < _SECONDS_BETWEEN_PROGRESS:
            return False
        self._last = now
        return True


class MeanReader:
    """Reads a mean that a device adds up, without making a GPU wait: there one learns what it was a reading before."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._copy = torch.zeros((), dtype=torch.float64, pin_memory=device.type == "cuda")
        self._arrived: torch.cuda.Event | None = None
        self._count = 0

    def read(self, total: torch.Tensor, count: int) -> float | None:
        """Return total / count, or an earlier one, or None if none has arrived yet.

        Args:
            total: () float64 on the device.
            count: of what was added up to it.
        """
        if self._device.type != "cuda":
            return total.item() / count
        mean: float | None = None
        if self._arrived is not None:
            if not self._arrived.query():  # type: ignore[no-untyped-call]
                return None
            mean = self._copy.item() / self._count
        self._copy.copy_(total, non_blocking=True)
        self._arrived, self._count = torch.cuda.Event(), count  # type: ignore[no-untyped-call]
        self._arrived.record(torch.cuda.current_stream(self._device))
        return mean

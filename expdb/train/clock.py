"""Time that is only counted while the trainer works, and the rhythm of progress messages."""

import time

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

    @property
    def seconds(self) -> float:
        """Seconds counted so far."""
        running = 0.0 if self._started_at is None else time.perf_counter() - self._started_at
        return self._seconds + running


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

"""How a run is asked to stop: once, and it ends in order; twice, and it leaves at once."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Terminated(BaseException):
    """SIGTERM arrived: someone, or a scheduler, ended this run."""


class StopRequest:
    """Whether a stop was asked for.

    The first signal is taken note of; the work goes on to the next place that looks. The second raises where the
    process is; the third ends it by the system's own doing.
    """

    def __init__(self, on_first: Callable[[int], None] | None = None) -> None:
        """Start with nothing asked; without `on_first`, a signal before `is_graceful` raises at once."""
        self._on_first = on_first
        self._number: int | None = None
        self.is_graceful = on_first is not None

    @property
    def is_asked(self) -> bool:
        """Whether a signal has come."""
        return self._number is not None

    def error(self) -> BaseException:
        """Return the exception that stands for the signal."""
        return Terminated() if self._number == signal.SIGTERM else KeyboardInterrupt()

    def raise_if_asked(self) -> None:
        """Stop here if a signal has come. Raises KeyboardInterrupt, Terminated."""
        if self.is_asked:
            raise self.error()

    def take(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002 - the signal module's signature
        """Handle a signal."""
        is_second, self._number = self.is_asked, number
        if is_second:
            for each in _SIGNALS:
                signal.signal(each, signal.SIG_DFL)
        if is_second or not self.is_graceful:
            raise self.error()
        if self._on_first is not None:
            self._on_first(number)


@contextmanager
def stop_request(on_first: Callable[[int], None] | None = None) -> Iterator[StopRequest]:
    """Turn Ctrl-C and SIGTERM into a request during the block, where signals can be handled (the main thread).

    Args:
        on_first: called with the first signal; by default it raises as long as `is_graceful` is not set.
    """
    request = StopRequest(on_first)
    if threading.current_thread() is not threading.main_thread():
        yield request
        return
    before = {number: signal.signal(number, request.take) for number in _SIGNALS}
    try:
        yield request
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

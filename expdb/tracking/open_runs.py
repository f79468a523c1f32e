"""The runs of this process that are under way: ended in order whatever ends it, and left alone by its children.

An exception that ends the script, Ctrl-C, SIGTERM and `sys.exit` are remembered as what ended them.
"""

import atexit
import os
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from types import FrameType, TracebackType
from typing import Any, Protocol

from expdb.launch.stop_signals import Terminated


class Endable(Protocol):
    """A run that is under way."""

    def end(self, error: BaseException | None, *, is_urgent: bool = False) -> None:
        """End it: well, or by what ended the script."""

    def leave_to_parent(self) -> None:
        """Do nothing any more: this is a child of the process that records."""


class _Process:
    """What is known of how this process ends."""

    def __init__(self) -> None:
        self.runs: list[Endable] = []
        self.error: BaseException | None = None
        self.is_watched = False


_process = _Process()


def watch_run(run: Endable) -> None:
    """End a run when this process ends, unless it is forgotten before."""
    if not _process.is_watched:
        _process.is_watched = True
        _watch_process()
    _process.runs.append(run)


def forget_run(run: Endable) -> None:
    """Leave a run alone that has ended."""
    with suppress(ValueError):
        _process.runs.remove(run)


def open_runs() -> list[Endable]:
    """Return the runs that are under way."""
    return list(_process.runs)


def _watch_process() -> None:
    atexit.register(_end_all)
    os.register_at_fork(after_in_child=_become_child)
    _remember_exceptions()
    if "ipykernel" not in sys.modules:  # a cell that leaves does not end its notebook
        _remember_exits()
    is_main = threading.current_thread() is threading.main_thread()
    # A handler that the script or a library has set stays: it knows better what is to be done.
    if is_main and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, _terminated)


def _end_all(*, is_urgent: bool = False) -> None:
    error = _process.error or _uncaught()
    for run in list(_process.runs):
        run.end(error, is_urgent=is_urgent)


def _uncaught() -> BaseException | None:
    """Return the exception that ended a script whose hook somebody has set anew since, as debuggers and loggers do."""
    is_interactive = hasattr(sys, "ps1") or "ipykernel" in sys.modules  # where the last one ended a line, or a cell
    return None if is_interactive else getattr(sys, "last_value", None)


def _become_child() -> None:
    for run in _process.runs:
        run.leave_to_parent()
    _process.runs.clear()
    with suppress(ValueError):
        if signal.getsignal(signal.SIGTERM) is _terminated:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _remember_exceptions() -> None:
    before = sys.excepthook

    def remember(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
        _process.error = error
        before(kind, error, traceback)

    sys.excepthook = remember


def _remember_exits() -> None:
    before: Callable[[Any], Any] = sys.exit

    def leave(status: Any = None, /) -> None:
        # Somebody may still catch it, and go on; who then ends in another way overwrites this.
        is_well = status is None or (isinstance(status, int) and status == 0)  # of an array, `in` has no answer
        _process.error = None if is_well else SystemExit(status)
        before(status)

    sys.exit = leave  # type: ignore[assignment]


def _terminated(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - the signal module's signature
    """Record that the process is ended, and let it end as it would have without us."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    _process.error = Terminated()
    _end_all(is_urgent=True)
    os.kill(os.getpid(), signal.SIGTERM)

"""The log that a run keeps while it trains: its start, epochs and end, and the warnings in between.

Every line begins with its time (UTC). Messages are written as they come, each at once, so that the log of a run under
way can be read, and that threads and forked processes may add to it.
"""

import logging
import warnings
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

from expdb.data.run_files import append_to_run_file
from expdb.domain.events import Event, RunFailed, RunStarted
from expdb.domain.masking.mask import mask_secrets
from expdb.domain.run import Environment
from expdb.errors import TrainingWarning
from expdb.launch.git_diff import remarks_on
from expdb.launch.read_log import LOG_FILE
from expdb.report.run_lines import RunLines

MAX_WARNING_BYTES = 5_000_000  # size of a log from which on it takes no more warnings


class LogFile:
    """Appends lines to the log in a run's folder. What cannot be written is left out, with one warning."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / LOG_FILE
        self._is_full = self._has_failed = False

    def write(self, lines: Sequence[str]) -> None:
        """Add lines, each with the time before it and with secrets masked."""
        self._append(_stamped(lines), max_size=None)

    def write_warning(self, text: str) -> None:
        """Add a warning, unless the log has become too large for more of them: then say so, once."""
        if not self._is_full and not self._append(_stamped([text]), max_size=MAX_WARNING_BYTES):
            self._is_full = True
            self.write([f"the log has {MAX_WARNING_BYTES / 1e6:g} MB: it takes no more warnings"])

    def _append(self, data: bytes, *, max_size: int | None) -> bool:
        """Write, and return whether there was room; `max_size` is in bytes, of the file with what is added."""
        try:
            with append_to_run_file(self._path) as file:
                if max_size is not None and file.tell() + len(data) > max_size:
                    return False
                file.write(data)
        except OSError as error:
            if not self._has_failed:
                self._has_failed = True  # first, for the warning comes back here
                text = f"the log {str(self._path)!r} cannot be written ({error.strerror}): the run goes on without"
                warnings.warn(text, TrainingWarning, stacklevel=3)
        return True


class RunLog:
    """Keeps the log of a run; as a context manager, takes down the warnings of this process meanwhile.

    Those go where they went before, too.
    """

    def __init__(self, lines: RunLines) -> None:
        """Prepare to log the run that `lines` words; nothing is written before `begin`."""
        self._lines = lines
        self._file: LogFile | None = None
        self._records = _RecordHandler(self._warn)

    def begin(self, folder: Path, environment: Environment, *, resume: bool) -> None:
        """Open the log in the run's folder, after what is in it, and say what is trained, and by which command."""
        self._file = LogFile(folder)
        command = [f"command: {environment.command}"] if environment.command else []
        self._file.write(
            [self._lines.opening() + (" (resumed)" if resume else ""), *command, *remarks_on(environment.git_diff)]
        )

    def event(self, event: Event) -> None:
        """Write down an event."""
        lines = self._lines.of(event)
        if self._file is None or not lines:
            return
        match event:
            case RunStarted():
                lines = [*lines, *self._lines.headings(event)]
            case RunFailed():
                lines = [*failure_lines(event), *lines]
        self._file.write(lines)

    def __enter__(self) -> Self:
        self._show_before = warnings.showwarning
        self._make_before = logging.getLogRecordFactory()
        warnings.showwarning = self._show
        # Not a handler of the root logger: with one, `logging` would no longer print what nobody else handles, and
        # what loggers keep to themselves (torch's do) would not come here.
        logging.setLogRecordFactory(self._make)
        return self

    def __exit__(
        self, error_type: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        logging.setLogRecordFactory(self._make_before)
        warnings.showwarning = self._show_before

    def _warn(self, text: str) -> None:
        if self._file is not None:
            self._file.write_warning(text)

    def _show(
        self,
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        is_ours = issubclass(category, TrainingWarning)
        self._warn(f"warning: {message}" if is_ours else f"{category.__name__}: {message} ({filename}:{lineno})")
        self._show_before(message, category, filename, lineno, file, line)

    def _make(self, *args: object, **kwargs: object) -> logging.LogRecord:
        record = self._make_before(*args, **kwargs)
        if (record.levelno or 0) >= logging.WARNING:  # `makeLogRecord` begins with None
            self._records.handle(record)
        return record


class _RecordHandler(logging.Handler):
    """Hands on the text of log records."""

    def __init__(self, write: Callable[[str], None]) -> None:
        super().__init__()
        self._write = write
        self.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        """Hand on a record's text; as with every handler, one that cannot be put together is no error of the run."""
        try:
            self._write(self.format(record))
        except Exception:  # noqa: BLE001 - whatever a library's own text raises
            self.handleError(record)


def failure_lines(event: RunFailed) -> list[str]:
    """Return where and by what error a run failed; nothing of one that was stopped."""
    if event.status == "killed":
        return []
    told = event.traceback.splitlines()
    return told if event.message in event.traceback else [*told, f"{event.error_type}: {event.message}"]


def _stamped(lines: Sequence[str]) -> bytes:
    time = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    whole = mask_secrets("\n".join(lines))
    return "".join(f"{time} {line}\n" for line in whole.splitlines()).encode(errors="replace")

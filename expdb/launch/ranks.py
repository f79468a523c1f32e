"""The processes of a data-parallel run, one a device: started, heard and ended by the process that records the run.

Not by torchrun, which would be one process more: it prints what it thinks of each end, keeps folders in the temporary
one, and leaves its processes running where it is killed itself.
"""

import os
import queue
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Self

LAST_WORD_SECONDS: Final = 5.0  # what the others get to end by themselves when one has ended badly
STOP_SECONDS: Final = 30.0  # what they get to end in order when they are asked to, before they are killed
LAST_WORD_FILE: Final = "EXPDB_LAST_WORD_FILE"  # descriptor that rank 0 writes to where its launcher was killed
_POLL_SECONDS: Final = 0.5
_MOST_BYTES: Final = 20_000  # of what one of them wrote on standard error, its end


@dataclass(frozen=True, kw_only=True)
class Said:
    """A line that a process wrote on standard output."""

    rank: int
    line: str


@dataclass(frozen=True, kw_only=True)
class Ended:
    """The end of a process; an exit code below 0 is a signal's number. `is_asked`: it had been sent a signal before."""

    rank: int
    exit_code: int
    is_asked: bool = False


class Ranks:
    """A group of processes; as a context manager it starts them, and at the end none is left.

    They end too when this process is killed, in which case nobody can tell them: their standard input is a pipe that
    ends with it, and rank 0 says so on this one's standard error (see `end_with_launcher`). What they write on standard
    error goes into files without a name, which nobody has to remove.
    """

    def __init__(self, command: Sequence[str], variables: Sequence[Mapping[str, str]]) -> None:
        """Prepare to start a command in one process for each set of environment variables."""
        self._command, self._variables = command, variables
        self._messages: queue.SimpleQueue[Said | Ended] = queue.SimpleQueue()
        self._processes: list[subprocess.Popen[str]] = []
        self._readers: list[threading.Thread] = []
        self._ends: list[tuple[float, signal.Signals]] = []  # which signal they get when, by `time.monotonic`
        self._codes: dict[int, int] = {}
        self._has_asked = False
        self._told_on: int | None = None

    def __enter__(self) -> Self:
        with suppress(OSError):  # it may be closed
            self._told_on = os.dup(2)
        self._errors = [tempfile.TemporaryFile() for _ in self._variables]  # noqa: SIM115 - closed at the end
        lifeline, self._lifeline = os.pipe()  # which no child inherits but as its standard input
        try:
            for rank in range(len(self._variables)):
                self._start(rank, lifeline)
        except BaseException:
            self.__exit__(None, None, None)
            raise
        finally:
            os.close(lifeline)
        return self

    def __exit__(
        self, error_type: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for process in self._processes:
            _signal_group(process, signal.SIGKILL)
        for process in self._processes:
            process.wait()
        os.close(self._lifeline)
        if self._told_on is not None:
            os.close(self._told_on)
        for reader in self._readers:
            reader.join(STOP_SECONDS)
        for file in self._errors:
            file.close()

    @property
    def exit_codes(self) -> list[int]:
        """The exit codes of those that have ended."""
        return list(self._codes.values())

    def messages(self) -> Iterator[Said | Ended]:
        """Yield what the processes say, and their ends, in the order in which they come, until all have ended.

        Where one ends badly, the others are given a few seconds, are asked to stop, and in the end are killed.
        """
        while len(self._codes) < len(self._processes):
            try:
                message = self._messages.get(timeout=_POLL_SECONDS)
            except queue.Empty:
                message = None
            if isinstance(message, Ended):
                self._codes[message.rank] = message.exit_code
                if message.exit_code and not self._ends:
                    last_word = time.monotonic() + LAST_WORD_SECONDS
                    self._ends = [(last_word, signal.SIGTERM), (last_word + STOP_SECONDS, signal.SIGKILL)]
            if message is not None:
                yield message
            while self._ends and time.monotonic() >= self._ends[0][0]:
                self._send(self._ends.pop(0)[1])
        while not self._messages.empty():
            yield self._messages.get()

    def ask_to_stop(self, number: int) -> None:
        """Send all of them a signal, and kill those that do not end by it."""
        self._ends = [(time.monotonic() + STOP_SECONDS, signal.SIGKILL)]
        self._send(signal.Signals(number))

    def stop(self) -> None:
        """End those that are still there, and wait for it."""
        if len(self._codes) < len(self._processes):
            self.ask_to_stop(signal.SIGTERM)
            for _ in self.messages():
                pass

    def errors(self) -> list[str]:
        """Return the lines that the processes wrote on standard error, each with its rank; the end of long texts."""
        lines = []
        for rank, file in enumerate(self._errors):
            size = os.fstat(file.fileno()).st_size
            text = os.pread(file.fileno(), _MOST_BYTES, max(0, size - _MOST_BYTES)).decode(errors="replace")
            lines += [f"rank {rank}: {line}" for line in text.splitlines() if line.strip()]
        return lines

    def _start(self, rank: int, lifeline: int) -> None:
        told_on = [self._told_on] if rank == 0 and self._told_on is not None else []
        process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            self._command,
            env={**os.environ, **self._variables[rank], LAST_WORD_FILE: "".join(map(str, told_on))},
            pass_fds=told_on,
            stdin=lifeline,
            stdout=subprocess.PIPE,
            stderr=self._errors[rank],
            text=True,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,  # Ctrl-C comes to this process alone, which hands it on
        )
        self._processes.append(process)
        for target in (self._read, self._wait):
            thread = threading.Thread(target=target, args=(rank, process), daemon=True)
            thread.start()
            self._readers.append(thread)

    def _read(self, rank: int, process: "subprocess.Popen[str]") -> None:
        assert process.stdout is not None  # noqa: S101 - it is a pipe
        with process.stdout as stdout:
            for line in stdout:
                self._messages.put(Said(rank=rank, line=line))

    def _wait(self, rank: int, process: "subprocess.Popen[str]") -> None:
        exit_code = process.wait()
        _signal_group(process, signal.SIGKILL)  # what it started, such as loaders of images, and left
        self._readers[2 * rank].join(LAST_WORD_SECONDS)  # what it said comes before its end
        self._messages.put(Ended(rank=rank, exit_code=exit_code, is_asked=self._has_asked))

    def _send(self, number: signal.Signals) -> None:
        self._has_asked = True
        for rank, process in enumerate(self._processes):
            if rank not in self._codes:
                process.send_signal(number)


def end_with_launcher(last_word: str = "") -> None:
    """End this process, and those that it started, as soon as the one that started it is gone.

    Standard input is then at its end: the system closes its other side, however that process ended. It ends its
    processes itself unless it was killed, so that rank 0 then writes `last_word`, a line, where it would have written.
    """

    def wait() -> None:
        with suppress(OSError):
            while os.read(0, 1024):
                pass
        with suppress(OSError, ValueError):  # of the others, and of a terminal that is gone
            os.write(int(os.environ.get(LAST_WORD_FILE, "")), f"{last_word}\n".encode() if last_word else b"")
        if os.getpgrp() == os.getpid():
            os.killpg(0, signal.SIGKILL)
        os.kill(os.getpid(), signal.SIGKILL)

    threading.Thread(target=wait, name="lifeline", daemon=True).start()


def _signal_group(process: "subprocess.Popen[str]", number: signal.Signals) -> None:
    """Send a signal to a process and to all that it started."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)

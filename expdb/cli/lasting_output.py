"""Standard output that may be lost: a disk that is full, a pipe that nobody reads, a stream that was never open."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, TextIO, cast


class _Lasting:
    """A stream to which writing never fails. Once it does, what is written is thrown away."""

    def __init__(self, stream: TextIO, *, name: str) -> None:
        self._stream, self._name = stream, name
        self._is_lost = False

    def write(self, text: str) -> int:
        """Write text if that is possible."""
        try:
            return self._stream.write(text)
        except OSError as error:
            self._lose(error)
        return len(text)

    def flush(self) -> None:
        """Flush if that is possible."""
        try:
            self._stream.flush()
        except OSError as error:
            self._lose(error)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def _lose(self, error: OSError) -> None:
        """Let all that is to come, what is in buffers included, go nowhere: else Python fails when it ends."""
        if self._is_lost:
            return
        self._is_lost = True
        nowhere = os.open(os.devnull, os.O_WRONLY)
        with suppress(OSError, ValueError):
            os.dup2(nowhere, self._stream.fileno())
        os.close(nowhere)
        if sys.stderr is not self:
            sys.stderr.write(f"warning: {self._name} cannot be written ({error.strerror}): the work goes on\n")
            sys.stderr.flush()


def open_closed_streams() -> None:
    """Let streams that this process was started without lead nowhere: else the next file to open is taken for one."""
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # which gets the lowest free number: this one
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115, PTH123 - until the process ends


def outlive_output() -> None:
    """From here to the end of `restored_output`, work goes on where nothing can be printed any more."""
    sys.stderr = cast("TextIO", _Lasting(sys.stderr, name="standard error"))
    sys.stdout = cast("TextIO", _Lasting(sys.stdout, name="standard output"))


@contextmanager
def restored_output() -> Iterator[None]:
    """After the block, the streams are those of before."""
    before = sys.stdout, sys.stderr
    try:
        yield
    finally:
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, _Lasting):
                stream.flush()
        sys.stdout, sys.stderr = before

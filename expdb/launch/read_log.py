"""Read a run's log: its end, or what was added since. Its text is data: what could drive a terminal is taken out."""

import os
import re
from pathlib import Path

from expdb.data.run_files import open_run_file

LOG_FILE = "log.txt"  # in the folder of a run's files

_LINE_BYTES = 4096  # what is looked through to find a line: more than almost every one has
_CHUNK_BYTES = 1 << 20
_ESCAPE_SEQUENCE = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")


def tail_offset(path: Path, num_lines: int) -> int:
    """Return where the last lines of a log begin, in bytes from its start; 0 lines: all of it.

    No more than 4096 bytes a line are looked through, so that there are fewer lines where they are longer.

    Raises:
        OSError: the file is not there, or cannot be read.
    """
    with open_run_file(path) as file:
        size = file.seek(0, os.SEEK_END)
        if num_lines == 0:
            return 0
        start = file.seek(max(0, size - num_lines * _LINE_BYTES))
        window = file.read(size - start)
    before, *lines = window.removesuffix(b"\n").rsplit(b"\n", num_lines)
    if len(lines) == num_lines:
        return start + len(before) + 1
    if start == 0:
        return 0
    return start + window.find(b"\n") + 1  # the first line in the window may have lost its beginning


def read_log(path: Path, offset: int, *, max_bytes: int = _CHUNK_BYTES) -> tuple[str, int]:
    """Return whole lines from a place in a log on, at most so many bytes, and the place after them.

    There is no text at the end of the file. A line without an end is given only where it is all that there is.

    Raises:
        OSError: the file is not there, or cannot be read.
    """
    with open_run_file(path) as file:
        file.seek(offset)
        data = file.read(max_bytes)
    num_bytes = data.rfind(b"\n") + 1 or len(data)
    return _harmless(data[:num_bytes].decode(errors="replace")), offset + num_bytes


def log_tail(path: Path, num_lines: int) -> str:
    """Return the last lines of a log, oldest first. Raises OSError, as `read_log`."""
    return read_log(path, tail_offset(path, num_lines), max_bytes=num_lines * _LINE_BYTES)[0]


def _harmless(text: str) -> str:
    plain = _ESCAPE_SEQUENCE.sub("", text)
    return "".join(char for char in plain if char.isprintable() or char in "\n\t")

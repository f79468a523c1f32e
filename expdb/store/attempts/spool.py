"""An attempt's events in its run's folder, written before they are recorded: no trouble of the database loses one.

`events-N.jsonl` is a line of JSON for what makes the row, then one an event. Whoever can write into the folder may have
written it, so nothing in it is believed unchecked, and no path is taken from it.
"""

import errno
import itertools
import json
import math
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from expdb.domain.event_codec import RecordedEvent, event_from_dict, event_to_dict
from expdb.errors import DataError, SpecError

MAX_BYTES = 1 << 30  # a script may log for days
_MAX_LINE_BYTES = 8 << 20  # the first one may hold a megabyte of git's differences
_FORM = 1
_NAME = re.compile(r"events-([1-9]\d{0,5})\.jsonl", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class SpoolHeader:
    """What makes the row of a run and of its attempt again, should the database have lost them.

    Attributes:
        database: uuid of the database that the attempt is recorded in.
        run: the run's uuid.
        attempt: its number.
        row: columns of `runs` at the attempt's begin, times as text.
        attempt_row: likewise of `attempts`.
        tags: of the run.
    """

    database: str
    run: str
    attempt: int
    row: dict[str, Any]
    attempt_row: dict[str, Any]
    tags: list[str]


@dataclass(frozen=True, kw_only=True)
class SpooledEvent:
    """One line of a spool.

    Attributes:
        sequence: number of the event within its attempt, from 1.
        at: when it was written.
    """

    sequence: int
    at: datetime
    event: RecordedEvent


@dataclass(frozen=True, kw_only=True)
class Spool:
    """A spool that was read.

    Attributes:
        is_torn: its last line is not whole: its process was killed while it wrote it.
    """

    header: SpoolHeader
    events: tuple[SpooledEvent, ...]
    is_torn: bool


def spool_path(folder: Path, attempt: int) -> Path:
    """Return where the events of an attempt are, in the folder of its run."""
    return folder / f"events-{attempt}.jsonl"


def has_spool(folder: Path, attempt: int) -> bool:
    """Whether something has the name of an attempt's spool; whatever it is."""
    return os.path.lexists(spool_path(folder, attempt))


def last_spooled_attempt(folder: Path) -> int:
    """Return the greatest number of an attempt that has a spool in the folder; 0: none has."""
    try:
        matches = [_NAME.fullmatch(path.name) for path in folder.iterdir()]
    except OSError:
        return 0
    return max((int(match[1]) for match in matches if match), default=0)


class SpoolWriter:
    """Appends the events of an attempt to its spool, each at once."""

    def __init__(self, folder: Path, header: SpoolHeader) -> None:
        """Begin a spool. Raises OSError, also where there is one of this attempt already."""
        path = spool_path(folder, header.attempt)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
        self._file = os.open(path, flags, 0o600)
        self._size = 0
        self._append({"form": _FORM, **vars(header)})

    def append(self, event: SpooledEvent) -> None:
        """Add an event. Raises OSError; the spool then ends with the event before."""
        self._append({"sequence": event.sequence, "at": event.at.isoformat(), **event_to_dict(event.event)})

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)

    def _append(self, values: dict[str, Any]) -> None:
        data = (json.dumps(values, ensure_ascii=True) + "\n").encode()
        try:
            while data:
                data = data[os.write(self._file, data) :]
        except OSError:
            os.ftruncate(self._file, self._size)  # half a line would make one of the next
            raise
        self._size = os.fstat(self._file).st_size


def read_spool(folder: Path, *, database: str, run: str, attempt: int) -> Spool:
    """Read the spool of an attempt, and check that it is of this database, run and attempt.

    Raises:
        DataError: there is none, or it is not one that can be trusted.
    """
    path = spool_path(folder, attempt)
    lines = list(_lines(path))
    if not lines:
        raise DataError(f"{str(path)!r} is empty: nothing can be recorded from it")
    *whole, last = lines
    is_torn = not last.endswith(b"\n")
    if is_torn and not whole:
        raise DataError(f"{str(path)!r} ends in its first line: nothing can be recorded from it")
    texts = whole if is_torn else lines
    header = _header(_parsed(texts[0], path, 1), path)
    expected = {"database": database, "run": run, "attempt": attempt}
    for name, value in expected.items():
        if getattr(header, name) != value:
            raise DataError(f"{str(path)!r} is of {name} {getattr(header, name)!r}, not of {value!r}: it is left alone")
    events = tuple(_event(_parsed(text, path, number), path, number) for number, text in enumerate(texts[1:], start=2))
    if [event.sequence for event in events] != list(range(1, len(events) + 1)):
        raise DataError(f"{str(path)!r} lacks events between others: it is left alone")
    return Spool(header=header, events=events, is_torn=is_torn)


def _lines(path: Path) -> Iterator[bytes]:
    try:
        file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise DataError(f"{str(path)!r} is a link: it is left alone") from error
        raise DataError(f"cannot read {str(path)!r}: {error.strerror}") from error
    try:
        _require_own_file(file, path)
        opened = os.fdopen(file, "rb")
    except BaseException:
        os.close(file)
        raise
    with opened:
        for number in itertools.count(1):
            line = opened.readline(_MAX_LINE_BYTES + 1)
            if not line:
                return
            if len(line) > _MAX_LINE_BYTES:
                raise DataError(f"{str(path)!r}: line {number} is longer than any of ours: it is left alone")
            yield line


def _require_own_file(file: int, path: Path) -> None:
    status = os.fstat(file)
    if not stat.S_ISREG(status.st_mode) or status.st_nlink != 1:
        raise DataError(f"{str(path)!r} is no regular file of its own: it is left alone")
    if status.st_uid not in (os.geteuid(), 0) and os.geteuid() != 0:
        raise DataError(f"{str(path)!r} belongs to another user: it is left alone")
    if status.st_size > MAX_BYTES:
        raise DataError(f"{str(path)!r} has {status.st_size / 1e6:.0f} MB: it is left alone")


def _parsed(line: bytes, path: Path, number: int) -> dict[str, Any]:
    try:
        values = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise DataError(f"{str(path)!r}: line {number} is no JSON: it is left alone") from error
    if not isinstance(values, dict):
        raise DataError(f"{str(path)!r}: line {number} is no object: it is left alone")
    return values


def _header(values: dict[str, Any], path: Path) -> SpoolHeader:
    kinds = {"database": str, "run": str, "attempt": int, "row": dict, "attempt_row": dict, "tags": list}
    is_whole = values.keys() == {"form", *kinds} and values["form"] == _FORM
    if not is_whole or not all(type(values[name]) is kind for name, kind in kinds.items()):
        raise DataError(f"{str(path)!r}: line 1 does not say which run this is, in a form known here: it is left alone")
    return SpoolHeader(**{name: values[name] for name in kinds})


def _event(values: dict[str, Any], path: Path, number: int) -> SpooledEvent:
    try:
        sequence, at = values.pop("sequence"), datetime.fromisoformat(values.pop("at"))
        event = SpooledEvent(sequence=sequence, at=at.astimezone(UTC), event=event_from_dict(values))
    except (KeyError, TypeError, ValueError, OverflowError, SpecError) as error:
        raise DataError(f"{str(path)!r}: line {number} is no event: it is left alone") from error
    if type(sequence) is not int or at.tzinfo is None:
        raise DataError(f"{str(path)!r}: line {number} has no number or time: it is left alone")
    finite = [value for name, value in values.items() if isinstance(value, float) and not name.endswith("_loss")]
    if not all(map(math.isfinite, finite)):
        raise DataError(f"{str(path)!r}: line {number} has a number that is not finite: it is left alone")
    return event

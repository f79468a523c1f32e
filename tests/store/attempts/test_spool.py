"""Spools that are broken or forged: what cannot be trusted is left alone, with a reason."""

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from expdb.errors import DataError
from expdb.store.attempts import spool as spool_module
from expdb.store.attempts.spool import (
    SpooledEvent,
    SpoolHeader,
    SpoolWriter,
    last_spooled_attempt,
    read_spool,
    spool_path,
)
from tests.store.events import FINISHED, epoch, started

DATABASE, RUN = "2fb1c0de-0000-4000-8000-000000000001", "2fb1c0de-0000-4000-8000-000000000002"
EVENTS = (started(), epoch(1), epoch(2), FINISHED)


def write_spool(folder: Path) -> Path:
    """Write a whole spool and return its path."""
    header = SpoolHeader(database=DATABASE, run=RUN, attempt=1, row={"uuid": RUN}, attempt_row={}, tags=["a"])
    writer = SpoolWriter(folder, header)
    for sequence, event in enumerate(EVENTS, start=1):
        writer.append(SpooledEvent(sequence=sequence, at=datetime.now(UTC), event=event))
    writer.close()
    return spool_path(folder, 1)


def read(folder: Path) -> spool_module.Spool:
    return read_spool(folder, database=DATABASE, run=RUN, attempt=1)


def change_line(path: Path, number: int, **values: Any) -> None:
    lines = path.read_text().splitlines(keepends=True)
    lines[number] = json.dumps({**json.loads(lines[number]), **values}) + "\n"
    path.write_text("".join(lines))


def cut(path: Path, keep: Callable[[list[bytes]], bytes]) -> None:
    path.write_bytes(keep(path.read_bytes().splitlines(keepends=True)))


def test_what_is_written_comes_back(tmp_path: Path):
    write_spool(tmp_path)

    spool = read(tmp_path)

    assert tuple(found.event for found in spool.events) == EVENTS
    assert [found.sequence for found in spool.events] == [1, 2, 3, 4]
    assert (spool.header.tags, spool.is_torn) == (["a"], False)
    assert last_spooled_attempt(tmp_path) == 1


@pytest.mark.parametrize("kept", [1, 30, -2])
def test_a_torn_last_line_is_passed_over(tmp_path: Path, kept: int):
    path = write_spool(tmp_path)
    cut(path, lambda lines: b"".join(lines[:-1]) + lines[-1][:kept])

    spool = read(tmp_path)

    assert (tuple(found.event for found in spool.events), spool.is_torn) == (EVENTS[:-1], True)


BROKEN: dict[str, Callable[[Path], object]] = {
    "is empty": lambda path: path.write_bytes(b""),
    "ends in its first line": lambda path: cut(path, lambda lines: lines[0][:-1]),
    "line 1 is no JSON": lambda path: cut(path, lambda lines: b"{" + b"".join(lines)),
    "line 1 does not say which run": lambda path: change_line(path, 0, surplus=1),
    "in a form known here": lambda path: change_line(path, 0, form=2),
    "line 1 does not say": lambda path: change_line(path, 0, attempt=True),
    "is of database": lambda path: change_line(path, 0, database=RUN),
    "is of run": lambda path: change_line(path, 0, run=DATABASE),
    "is of attempt 2": lambda path: change_line(path, 0, attempt=2),
    "line 3 is no event": lambda path: change_line(path, 2, event="Progress"),
    "line 3 is no event ": lambda path: change_line(path, 2, surplus=1),
    "line 3 is no event  ": lambda path: change_line(path, 2, top1="0.5"),
    "line 3 is no event   ": lambda path: change_line(path, 2, at="yesterday"),
    "line 3 is no event    ": lambda path: change_line(path, 2, at=5),
    "line 3 has no number or time": lambda path: change_line(path, 2, at="2026-11-30T12:00:00"),
    "line 3 has no number": lambda path: change_line(path, 2, sequence="2"),
    "line 3 has a number that is not finite": lambda path: change_line(path, 2, lr=float("nan")),
    "line 3 has a number that": lambda path: change_line(path, 2, train_seconds=float("inf")),
    "lacks events between": lambda path: cut(path, lambda lines: b"".join(lines[:2] + lines[3:])),
    "lacks events": lambda path: cut(path, lambda lines: b"".join([*lines[:3], *lines[2:]])),
    "line 6 is no JSON": lambda path: path.write_bytes(path.read_bytes() + b"[" * 100_000 + b"\n"),
    "line 6 is no JSON ": lambda path: path.write_bytes(path.read_bytes() + b"9" * 100_000 + b"\n"),
    "line 6 is no JSON  ": lambda path: path.write_bytes(path.read_bytes() + b"\xff\xfe\n"),
    "line 6 is no object": lambda path: path.write_bytes(path.read_bytes() + b"[1]\n"),
    "is a link": lambda path: (path.rename(path.with_name("x")), path.symlink_to("x")),
    "is no regular file": lambda path: (path.unlink(), os.mkfifo(path)),
    "is no regular file of its own": lambda path: path.with_name("second").hardlink_to(path),
    "is no regular file ": lambda path: (path.unlink(), path.mkdir()),
    "cannot read": lambda path: path.unlink(),
}


@pytest.mark.parametrize("words", BROKEN)
def test_what_cannot_be_trusted_is_left_alone(tmp_path: Path, words: str):
    BROKEN[words](write_spool(tmp_path))

    with pytest.raises(DataError) as raised:
        read(tmp_path)

    assert words.strip() in str(raised.value)
    assert str(tmp_path) in str(raised.value)
    assert len(str(raised.value).splitlines()) == 1


@pytest.mark.parametrize(("limit", "words"), [("MAX_BYTES", "MB"), ("_MAX_LINE_BYTES", "longer than any of ours")])
def test_one_that_is_too_large_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, words: str):
    write_spool(tmp_path)
    monkeypatch.setattr(spool_module, limit, 100)

    with pytest.raises(DataError, match=words):
        read(tmp_path)


def test_a_spool_is_begun_once(tmp_path: Path):
    path = write_spool(tmp_path)
    before = path.read_bytes()

    with pytest.raises(FileExistsError):
        write_spool(tmp_path)

    assert path.read_bytes() == before
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("name", ["events-0.jsonl", "events-01.jsonl", "events-9999999.jsonl", "events-x.jsonl"])
def test_other_names_are_no_spools(tmp_path: Path, name: str):
    (tmp_path / name).touch()

    assert last_spooled_attempt(tmp_path) == 0
    assert last_spooled_attempt(tmp_path / "nowhere") == 0

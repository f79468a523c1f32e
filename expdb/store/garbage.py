"""What lies in the folder of the runs' files and is of no use any more: what killed processes left behind."""

import os
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, TypedDict

import sqlalchemy as sa

from expdb.store.artifact_roots import ArtifactRoots
from expdb.store.attempts import pending
from expdb.store.attempts.folder_lock import is_held
from expdb.store.database.backup import left_partials
from expdb.store.database.engine import Database
from expdb.store.purging import NOT_RUNS, delete, finish_purging, purging_marks, size_of
from expdb.store.tables import runs

YOUNG_SECONDS = 3600.0  # what is younger may be somebody's who is about to name it

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
_NUMBER = re.compile(r"[1-9]\d{0,8}", re.ASCII)  # of runs of before they had a uuid
_TEMPORARY = re.compile(r"(?:\..+|[^.].*)\.(\d{1,9})\.tmp", re.ASCII)
# All that a run's folder may hold at its top: of a folder with anything else it is not known whose it is.
_OF_A_RUN = re.compile(
    r"log\.txt|system\.csv|lock|checkpoints|artifacts|weights\.safetensors|(predictions|outcomes)\.npz|events(-\d+)?\.jsonl"
    r"|\..+\.\d+\.tmp",
    re.ASCII,
)


def of_a_run(name: str) -> bool:
    """Tell whether a file or folder of that name may be at the top of a run's folder (docs/files.md lists them)."""
    return _OF_A_RUN.fullmatch(name) is not None


@dataclass(frozen=True, kw_only=True)
class Leftover:
    """A file or folder that nobody needs; or one of which that is not sure, so that it stays.

    Attributes:
        what: what it is.
        stays: why it is not deleted; empty: it is.
    """

    path: Path
    what: str
    num_bytes: int
    stays: str = ""


@dataclass(frozen=True, kw_only=True)
class RunDisk:
    """What the files of a run take."""

    run_id: int
    name: str | None
    num_files: int
    num_bytes: int


class GarbageRecord(TypedDict):
    """What `db gc --json` tells."""

    runs: Annotated[list[RunDisk], "what the files of each run take"]
    num_bytes: Annotated[int, "of the files of all runs"]
    leftovers: Annotated[list[Leftover], "what no run has"]
    freed_bytes: Annotated[int, "that were deleted"]
    is_done: Annotated[bool, "false: nothing was deleted"]


class Garbage:
    """Finds and deletes what killed processes left of a database's files."""

    def __init__(self, database: Database, roots: ArtifactRoots) -> None:
        self._database, self._root, self._is_own_root = database, roots.own, not roots.is_named

    def disk(self) -> list[RunDisk]:
        """Return what the files of each run take that has any, the largest first."""
        with self._database.reading() as connection:
            rows = connection.execute(sa.select(runs.c.id, runs.c.name, runs.c.artifact_dir)).all()
        found = []
        for run_id, name, folder in rows:
            if folder is not None and (self._root / folder).is_dir():
                num_files, num_bytes = size_of(self._root / folder)
                found.append(RunDisk(run_id=run_id, name=name, num_files=num_files, num_bytes=num_bytes))
        return sorted(found, key=lambda run: (-run.num_bytes, run.run_id))

    def find(self) -> list[Leftover]:
        """Return what is left over, in order of its path. Raises StoreError."""
        with self._database.reading() as connection:
            known = set(connection.execute(sa.select(runs.c.artifact_dir)).scalars())
        return sorted(self._find(known), key=lambda left: left.path)

    def collect(self, leftovers: Sequence[Leftover]) -> int:
        """Delete leftovers that do not stay, after one more look at each; return the bytes. Raises StoreError."""
        still = {left.path: left for left in self.find()}
        num_bytes = 0
        for left in leftovers:
            if left.stays or left.path not in still or still[left.path].stays:
                continue
            if left.path.parent == self._root:
                finish_purging(left.path)
            else:
                delete(left.path)
            num_bytes += left.num_bytes
        return num_bytes

    def _find(self, known: set[str | None]) -> Iterator[Leftover]:
        purged = set(purging_marks(self._root))
        for folder in purged:
            if folder.name not in known:
                yield Leftover(path=folder, what="files of a run that was deleted", num_bytes=size_of(folder)[1])
        for path in _entries(self._root):
            if path in purged or path.name in NOT_RUNS or path.is_symlink() or not path.is_dir():
                continue
            if path.name in known:
                yield from _temporary_files(path)
            elif _UUID.fullmatch(path.name) or _NUMBER.fullmatch(path.name):
                yield Leftover(
                    path=path, what="files of no run", num_bytes=size_of(path)[1], stays=self._why_it_stays(path)
                )
        for path in _entries(self._root / pending.PENDING_FOLDER):
            yield from _temporary(path)
        for path in [] if self._database.address.path is None else left_partials(self._database.address.path):
            yield Leftover(path=path, what="part of a backup", num_bytes=size_of(path)[1])

    def _why_it_stays(self, folder: Path) -> str:
        entries = list(_entries(folder))
        if not all(of_a_run(entry.name) for entry in entries):
            return "it holds what no run writes"
        if is_held(folder):
            return "a process is about it"
        if time.time() - max((_changed(path) for path in (folder, *entries)), default=0.0) < YOUNG_SECONDS:
            return "it is younger than an hour"
        if any(entry.name.startswith("events") for entry in entries):
            return "it holds what a run said: it may be of another database, or a merge may bring it in"
        if _NUMBER.fullmatch(folder.name) and not self._is_own_root:
            return "it may be of another database that keeps its files here"
        return ""


def _temporary_files(folder: Path) -> Iterator[Leftover]:
    """Yield the temporary files of a run that no process is about."""
    if is_held(folder):
        return
    for path in (*_entries(folder), *_entries(folder / "checkpoints")):
        yield from _temporary(path)


def _temporary(path: Path) -> Iterator[Leftover]:
    match = _TEMPORARY.fullmatch(path.name)
    if match and not (_is_alive(int(match[1])) and time.time() - _changed(path) < YOUNG_SECONDS):
        yield Leftover(path=path, what="temporary file", num_bytes=size_of(path)[1])


def _entries(folder: Path) -> list[Path]:
    """Return what is in a folder, by name; nothing where it is a link, no folder, or cannot be read."""
    try:
        return [] if folder.is_symlink() else sorted(folder.iterdir())
    except OSError:
        return []


def _changed(path: Path) -> float:
    with suppress(OSError):
        return path.lstat().st_mtime
    return 0.0


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True

"""Deleting runs for good: their rows in one transaction, then their files, never following a link out of their folder.

`ARTIFACTS/purging/FOLDER` is there while a folder is on its way out: where a process was killed between rows and files,
`db gc` finishes.
"""

import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from expdb.data.atomic_files import sync
from expdb.errors import LaunchError, StoreError
from expdb.store import table_definitions
from expdb.store.attempts import pending
from expdb.store.attempts.folder_lock import is_held
from expdb.store.database.engine import Database
from expdb.store.judged_status import STATUS
from expdb.store.statement_size import in_parts
from expdb.store.tables import epochs, merged_runs, runs

PURGING_FOLDER = "purging"
NOT_RUNS = (PURGING_FOLDER, pending.PENDING_FOLDER)


@dataclass(frozen=True, kw_only=True)
class PurgePlan:
    """What deleting runs for good takes away, and what speaks of these runs.

    Attributes:
        folders: of the runs' files, as far as they are there.
        mentions: a sentence for each thing that builds on one of the runs, or names it.
    """

    run_ids: Sequence[int]
    num_epochs: int
    folders: Sequence[Path]
    num_files: int
    num_bytes: int
    mentions: Sequence[str]


class Purging:
    """Deletes runs of a database, and their files."""

    def __init__(self, database: Database, artifact_root: Path) -> None:
        self._database, self._root = database, artifact_root

    def plan(self, run_ids: Sequence[int]) -> PurgePlan:
        """Return what deleting runs would take away.

        Raises:
            LaunchError: one of them lives.
            StoreError: the files of one lie outside the artifact root.
        """
        with self._database.reading() as connection:
            folders = self._folders(connection, run_ids)
            num_epochs = sum(
                connection.execute(
                    sa.select(sa.func.count()).select_from(epochs).where(epochs.c.run_id.in_(some))
                ).scalar_one()
                for some in in_parts(run_ids)
            )
            mentions = list(_mentions(connection, set(run_ids)))
        sizes = [size_of(folder) for folder in folders]
        return PurgePlan(
            run_ids=run_ids,
            num_epochs=num_epochs,
            folders=folders,
            num_files=sum(files for files, _ in sizes),
            num_bytes=sum(size for _, size in sizes),
            mentions=mentions,
        )

    def purge(self, run_ids: Sequence[int]) -> PurgePlan:
        """Delete runs, all of them or none, and then their files; return what was deleted. Raises like `plan`."""
        plan = self.plan(run_ids)
        try:
            for folder in plan.folders:
                mark_purging(folder)
            with self._database.writing() as connection:
                self._folders(connection, run_ids)  # none has come to life since
                for some in in_parts(run_ids):
                    of_runs = list(connection.execute(sa.select(runs.c.uuid).where(runs.c.id.in_(some))).scalars())
                    connection.execute(runs.delete().where(runs.c.id.in_(some)))
                    for found in list(pending.pending_attempts(self._root)):
                        if found.uuid in of_runs:
                            pending.unmark(self._root, found.uuid, found.attempt)
        except BaseException:
            for folder in plan.folders:
                _unmark_purging(folder)
            raise
        for folder in plan.folders:
            finish_purging(folder)
        return plan

    def _folders(self, connection: sa.Connection, run_ids: Sequence[int]) -> list[Path]:
        """Return the folders that are there of runs. Raises LaunchError for a living run, StoreError."""
        found = []
        for some in in_parts(run_ids):
            columns = (runs.c.id, runs.c.artifact_dir, runs.c.heartbeat_at, STATUS.label("status"))
            for row in connection.execute(sa.select(*columns).where(runs.c.id.in_(some))):
                folder = None if row.artifact_dir is None else folder_of(self._root, row.artifact_dir, run_id=row.id)
                is_awaited = row.status == "queued" and row.heartbeat_at is not None
                if row.status == "running" or is_awaited or (folder is not None and is_held(folder)):
                    raise LaunchError(f"run {row.id} is alive ({row.status}): stop it before you delete it for good")
                found += [folder] if folder is not None and (folder.is_symlink() or folder.exists()) else []
        return found


def folder_of(root: Path, name: str, *, run_id: int) -> Path:
    """Return the folder of a run by its name, links not followed. Raises StoreError if it may lie elsewhere."""
    if Path(name).name != name or name in ("", ".", "..", *NOT_RUNS):
        raise StoreError(f"the files of run {run_id} lie outside {root}: {name!r} is refused")
    return root / name


def size_of(path: Path) -> tuple[int, int]:
    """Return number and bytes of the files of a folder, links counted as themselves; of what cannot be read, none."""
    if path.is_symlink() or not path.is_dir():
        with suppress(OSError):
            return 1, path.lstat().st_size
        return 0, 0
    num_files = num_bytes = 0
    with suppress(OSError):
        for entry in path.iterdir():
            files, size = size_of(entry)
            num_files, num_bytes = num_files + files, num_bytes + size
    return num_files, num_bytes


def purging_marks(root: Path) -> Iterator[Path]:
    """Yield the folders that were to be deleted when a process was killed; what is no such mark is passed over."""
    with suppress(OSError):
        for mark in sorted((root / PURGING_FOLDER).iterdir()):
            if mark.name not in NOT_RUNS:
                yield root / mark.name


def mark_purging(folder: Path) -> None:
    """Say that a folder is to be deleted once no run has it. Raises StoreError."""
    mark = folder.parent / PURGING_FOLDER / folder.name
    try:
        mark.parent.mkdir(mode=0o700, exist_ok=True)
        mark.touch(mode=0o600)
        sync(mark.parent)
    except OSError as error:
        raise StoreError(f"cannot write {str(mark)!r}: {error.strerror}") from error


def finish_purging(folder: Path) -> None:
    """Delete a folder that no run has, or the link in its place. Raises StoreError."""
    delete(folder)
    _unmark_purging(folder)


def delete(path: Path) -> None:
    """Delete a file, or a folder with all in it; a link goes, and what it leads to stays. Raises StoreError."""
    try:
        if path.is_symlink() or not path.is_dir():
            path.unlink(missing_ok=True)
        else:
            shutil.rmtree(path)
    except OSError as error:
        raise StoreError(f"cannot delete {str(path)!r}: {error.strerror}; expdb db gc tries again") from error


def _unmark_purging(folder: Path) -> None:
    with suppress(OSError):
        (folder.parent / PURGING_FOLDER / folder.name).unlink(missing_ok=True)
        (folder.parent / PURGING_FOLDER).rmdir()


def _mentions(connection: sa.Connection, run_ids: set[int]) -> Iterator[str]:
    """Yield what speaks of runs that are to go: runs that build on them, merged numbers, tables."""
    for column, words in ((runs.c.init_from, "starts from"), (runs.c.teacher, "learns from")):
        found = connection.execute(sa.select(runs.c.id, column).where(column.is_not(None)).order_by(runs.c.id))
        for run_id, source in found:
            if source in run_ids and run_id not in run_ids:
                yield f"run {run_id} {words} run {source}: it can be neither repeated nor resumed without"
    for number, run_id in connection.execute(sa.select(merged_runs.c.number, merged_runs.c.run_id)):
        if run_id in run_ids:
            yield f"run {run_id} was run {number} of a database that was merged: notes that name it lead nowhere then"
    names = {name for _, name in _names(connection, run_ids)}
    for definition in table_definitions.read_all(connection):
        text = " ".join((definition.where, definition.baseline, *definition.keys.values()))
        if _ids_in(text) & run_ids or any(f"{quote}{name}{quote}" in text for name in names for quote in "\"'"):
            yield f"table {definition.name} names one of them in a filter"


def _names(connection: sa.Connection, run_ids: set[int]) -> Iterator[tuple[int, str]]:
    for run_id, name in connection.execute(sa.select(runs.c.id, runs.c.name).where(runs.c.name.is_not(None))):
        if run_id in run_ids:
            yield run_id, name


def _ids_in(text: str) -> set[int]:
    """Return the ids that a filter asks for one by one."""
    found = re.findall(r"\bid\s*(?:=\s*(\d{1,9})|in\s*\(([\d\s,]*)\))", text)
    return {int(number) for one, many in found for number in re.findall(r"\d{1,9}", f"{one} {many}")}

"""Copying a database together with the files of its runs: both whole, or neither."""

import os
import sqlite3
from collections.abc import Iterable
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from expdb.data.atomic_files import sync
from expdb.data.run_files import is_for_group, make_folder
from expdb.errors import StoreError
from expdb.store.artifact_roots import ArtifactRoots, RootMarker, find_roots, folder_names, write_marker
from expdb.store.attempts.pending import PENDING_FOLDER
from expdb.store.database.backup import copy_sqlite, left_partials, require_free
from expdb.store.database.engine import Database
from expdb.store.database.revision import require_head
from expdb.store.merging.run_folders import copy_folder, folder_there, missing_bytes, require_space
from expdb.store.purging import delete


@dataclass(frozen=True, kw_only=True)
class CopiedWhole:
    """A database that was copied with the files of its runs.

    Attributes:
        path: the copy.
        artifacts: the folder of the runs' files of the copy.
        num_runs: that have files.
        num_bytes: of these files.
        told: what was not copied, a line each.
    """

    path: Path
    artifacts: Path
    num_runs: int
    num_bytes: int
    told: tuple[str, ...] = ()


def backup_with_files(
    url: str, target: Path, *, artifact_root: Path | None = None, is_dry_run: bool = False
) -> CopiedWhole:
    """Copy an SQLite database and the files of its runs, also while it is written to.

    The copy finds its files as its own: they are in `NAME.artifacts` beside it, wherever they were.

    Args:
        url: of the database.
        target: the copy to write.
        artifact_root: folder of its runs' files, where somebody said it.
        is_dry_run: write nothing, and say how much would be.

    Raises:
        SchemaError: it is at another revision.
        StoreError: the copy or its folder exists or cannot be written, or the database is on a server.
    """
    with Database(url, is_read_only=True) as database:
        if database.address.path is None:
            raise StoreError(f"{database.address.label} is on a server: it is copied by the server's own tool")
        require_free(target)
        folder = target.with_suffix(".artifacts")
        if folder.exists() or folder.is_symlink():
            raise StoreError(f"{str(folder)!r}, for the files of the runs, exists: name another copy")
        require_head(database)
        roots = find_roots(database, artifact_root)
        sources = _folders(folder_names(database), roots)
        num_bytes = sum(missing_bytes(source, folder / name) for name, source in sources.items())
        done = CopiedWhole(path=target, artifacts=folder, num_runs=len(sources), num_bytes=num_bytes)
        if is_dry_run:
            return done
        require_space(folder, num_bytes, what="the copy of the files", way_out="make room, or name another place")
        try:
            return _written(database, roots, done)
        except OSError as error:
            raise StoreError(f"cannot write {str(error.filename or folder)!r}: {error.strerror}") from error


def _written(database: Database, roots: ArtifactRoots, planned: CopiedWhole) -> CopiedWhole:
    target, folder = planned.path, planned.artifacts
    for left in (*left_partials(target), *left_partials(folder)):  # of those that were killed
        delete(left)
    ending = f".{os.getpid()}.partial"
    copy, files = target.with_name(target.name + ending), folder.with_name(folder.name + ending)
    try:
        copy_sqlite(database, copy)  # before the files: what it says that a run has is there by then
        sources = _folders(_let_find_its_own(copy), roots)
        make_folder(files, is_group_readable=roots.own.is_dir() and is_for_group(roots.own))
        num_bytes, told = 0, []
        for name, source in sources.items():
            done = copy_folder(source, files / name, is_further=False)
            num_bytes += done.num_bytes
            told += [f"{source.name}: {line}" for line in done.told]
        if (waiting := folder_there(roots, PENDING_FOLDER)) is not None:  # events that are not in the database yet
            copy_folder(waiting, files / PENDING_FOLDER, is_further=False)
        write_marker(files, RootMarker(uuid=roots.uuid, database=target.name))
        files.rename(folder)
        try:
            copy.rename(target)  # last: where it is, its files are
        except BaseException:
            delete(folder)
            raise
        sync(target.parent)
    finally:
        for partial in (copy, files, *(copy.with_name(f"{copy.name}{side}") for side in ("-wal", "-shm"))):
            with suppress(StoreError, OSError):
                delete(partial)
    return CopiedWhole(path=target, artifacts=folder, num_runs=len(sources), num_bytes=num_bytes, told=tuple(told))


def _let_find_its_own(copy: Path) -> list[str]:
    """Let a copy name no place for its runs' files, so that it looks beside itself; return their folders' names."""
    with closing(sqlite3.connect(copy)) as connection, connection:
        connection.execute("UPDATE databases SET artifact_root = NULL WHERE merged_at IS NULL")
        names = [name for (name,) in connection.execute("SELECT artifact_dir FROM runs") if name]
    sync(copy)
    return names


def _folders(names: Iterable[str], roots: ArtifactRoots) -> dict[str, Path]:
    """Return the folders of runs' files that are there, by their names."""
    found = ((name, folder_there(roots, name)) for name in names)
    return {name: folder for name, folder in found if folder is not None}

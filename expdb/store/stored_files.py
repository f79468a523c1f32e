"""Which files of runs are there, and which are gone that the database says a run has."""

import socket
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from expdb.store.artifact_roots import ArtifactRoots, folder_names
from expdb.store.database.engine import Database
from expdb.store.purging import size_of
from expdb.store.tables import merged_runs, runs


@dataclass(frozen=True, kw_only=True)
class GoneFiles:
    """Files that a run has by its record, and that are not there.

    Attributes:
        folder: where they were looked for.
        files: their names.
        is_whole: the folder itself is gone.
        excuse: why nothing is wrong with that; empty: something is.
    """

    run_id: int
    name: str | None
    folder: Path
    files: tuple[str, ...]
    is_whole: bool
    excuse: str


@dataclass(frozen=True, kw_only=True)
class StoredSize:
    """How much there is of runs' files.

    Attributes:
        root: the folder they are in, or most of them.
    """

    root: Path
    num_runs: int
    num_bytes: int


class StoredFiles:
    """Looks at the files of a database's runs."""

    def __init__(self, database: Database, roots: ArtifactRoots) -> None:
        self._database, self._roots = database, roots

    def size(self) -> StoredSize:
        """Return how many runs have files here, and how large these are."""
        names = folder_names(self._database)
        found = [folder for name in names if (folder := self._roots.holding(name) / name).is_dir()]
        root = found[0].parent if found and not any(folder.parent == self._roots.own for folder in found) else None
        num_bytes = sum(size_of(folder)[1] for folder in found)
        return StoredSize(root=root or self._roots.own, num_runs=len(found), num_bytes=num_bytes)

    def gone(self) -> list[GoneFiles]:
        """Return what is gone of the runs that were not removed, by their numbers."""
        known = (runs.c.id, runs.c.name, runs.c.host, runs.c.artifact_dir, runs.c.weights_file, runs.c.predictions_file)
        chosen = sa.select(*known).where(runs.c.removed_at.is_(None), runs.c.artifact_dir.is_not(None))
        with self._database.reading() as connection:
            rows = connection.execute(chosen.order_by(runs.c.id)).all()
            merged = set(connection.execute(sa.select(merged_runs.c.run_id)).scalars())
        return list(self._gone(rows, merged))

    def _gone(self, rows: Iterable[Any], merged: set[int]) -> Iterator[GoneFiles]:
        for row in rows:
            folder = self._roots.holding(row.artifact_dir) / row.artifact_dir
            files = [name for name in (row.weights_file, row.predictions_file) if name]
            gone = tuple(name for name in files if not (folder / name).is_file())
            if gone:
                yield GoneFiles(
                    run_id=row.id,
                    name=row.name,
                    folder=folder,
                    files=gone,
                    is_whole=not folder.is_dir(),
                    excuse=self._excuse(row.host, is_merged=row.id in merged),
                )

    def _excuse(self, host: str | None, *, is_merged: bool) -> str:
        if is_merged:
            return "they came from another database, without files"
        if host is None:
            return "their records name no machine"
        if self._roots.path is None and not self._roots.is_named and host != socket.gethostname():
            return "they were trained on another machine, and the files are each user's own there"
        return ""

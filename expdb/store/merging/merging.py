"""Merging another database into this one, and what is known here of those that were merged."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import sqlalchemy as sa

from expdb.errors import StoreError
from expdb.store.database.engine import Database
from expdb.store.merging.merge_definitions import merge_definitions
from expdb.store.merging.merge_runs import RunMerge
from expdb.store.merging.merged_databases import MergedDatabase, insert_missing, read_merged
from expdb.store.merging.numbers import referred
from expdb.store.merging.other_database import OtherDatabase
from expdb.store.merging.outcome import MergeOutcome
from expdb.store.merging.run_folders import require_space
from expdb.store.merging.run_rows import RunRows, read_run_rows
from expdb.store.tables import METADATA, databases, merged_runs, runs

_AT_ONCE = 100  # runs that are read together
# Tells a PostgreSQL database from its copies, which have its uuid too.
_PLACE = "SELECT pg_postmaster_start_time()::text, current_database()::text, 'databases'::regclass::oid::bigint"

MergeProgress = Callable[[int, int], object]


class Merging:
    """What a database does to take in others."""

    def __init__(self, database: Database, artifact_root: Path, uuid: str) -> None:
        """Wrap the store's database; `Store.merging` is what callers use."""
        self._database = database
        self._root = artifact_root
        self._uuid = uuid

    def merged(self, uuid: str) -> MergedDatabase | None:
        """Return the merged database whose uuid begins so; None where there is none, or several."""
        with self._database.reading() as connection:
            return read_merged(connection, uuid)

    def merge(
        self,
        other: OtherDatabase,
        *,
        with_files: bool = True,
        is_dry_run: bool = False,
        progress: MergeProgress = lambda _done, _total: None,
    ) -> MergeOutcome:
        """Bring in all runs, tables, papers and claims of another database that are not here.

        Broken off, it goes on from there when it is begun again.

        Args:
            other: as `other_database.open_other` gives it.
            with_files: copy the runs' files too.
            is_dry_run: only find out what would be done.
            progress: is called with the number of runs that are done, and of all.

        Raises:
            StoreError: it is this very database, or empty, or damaged and this one is not empty; there is no room; or
                something cannot be read or written. What was merged before stays.
        """
        self._refuse_itself(other)
        self._refuse_empty(other)
        if other.is_damaged:
            self._require_only_of(other)
        outcome = MergeOutcome(database=other.uuid, label=other.label, is_dry_run=is_dry_run, lost=list(other.lost))
        merge = RunMerge(
            self._database,
            other,
            outcome,
            artifact_root=self._root,
            chains=_chains(other),
            with_files=with_files,
        )
        ids = self._prepare(other, merge, outcome, with_files=with_files)
        progress(0, len(ids))
        for batch in _batches(other, ids):
            merge.merge(batch)
            progress(len(merge.numbers), len(ids))
        outcome.num_runs = len(ids)
        merge_definitions(self._database, other, outcome, merge.number_here)
        return outcome

    def _prepare(self, other: OtherDatabase, merge: RunMerge, outcome: MergeOutcome, *, with_files: bool) -> list[int]:
        """Look whether there is room, enter the other database, and return the numbers of its runs."""
        with other.database.reading() as connection:
            known = connection.execute(sa.select(runs.c.id, runs.c.uuid, runs.c.artifact_dir).order_by(runs.c.id)).all()
        if with_files:
            num_bytes = merge.missing_bytes((row.uuid, row.artifact_dir) for row in known)
            if num_bytes and not outcome.is_dry_run:
                require_space(self._root, num_bytes, what="merging", way_out="make room, or merge with --no-files")
            outcome.num_bytes = num_bytes if outcome.is_dry_run else 0
        if not outcome.is_dry_run:
            self._enter(other)
        return [row.id for row in known]

    def _enter(self, other: OtherDatabase) -> None:
        """Remember the other database, and those that were merged into it."""
        with other.database.reading() as connection:
            found = [dict(row) for row in connection.execute(sa.select(databases)).mappings()]
        with self._database.writing() as connection:
            now = self._database.now(connection)
            rows = [
                {**row, "artifact_root": None}
                | ({"merged_at": now, "label": other.label} if row["uuid"] == other.uuid else {})
                for row in found
            ]
            insert_missing(connection, databases, rows)

    def _refuse_itself(self, other: OtherDatabase) -> None:
        here, there = self._database.address.path, other.origin.address.path
        if (here is None) != (there is None):
            return
        if here is not None and there is not None:
            is_itself = here.exists() and here.samefile(there)
        else:
            is_itself = _place(self._database) == _place(other.origin)
        if is_itself:
            raise StoreError(f"{other.label} is this very database: name another one")

    def _refuse_empty(self, other: OtherDatabase) -> None:
        with other.database.reading() as connection:
            for table in METADATA.sorted_tables:
                if table is not databases and connection.execute(sa.select(table).limit(1)).first() is not None:
                    return
        lost = f" that can be read: {other.lost[0]}" if other.lost else ""
        raise StoreError(f"{other.label} holds nothing{lost or ': there is nothing to merge'}")

    def _require_only_of(self, other: OtherDatabase) -> None:
        """Raise StoreError if this database has runs that did not come from the other one."""
        of_other = sa.select(merged_runs.c.run_id).where(merged_runs.c.database_uuid == other.uuid)
        with self._database.reading() as connection:
            own = connection.execute(sa.select(runs.c.id).where(runs.c.id.not_in(of_other)).limit(1)).first()
        if own is not None:
            raise StoreError(
                f"{other.label} is damaged: save what can be read into an empty database first "
                f"(expdb --db saved.db db merge {other.label}), look at that, and merge it then"
            )


def _place(database: Database) -> object:
    with database.reading() as connection:
        return tuple(connection.execute(sa.text(_PLACE)).one())


def _chains(other: OtherDatabase) -> dict[int, list[tuple[str, int]]]:
    """Return of the other database's runs which numbers they had in databases that were merged into it."""
    chains: dict[int, list[tuple[str, int]]] = defaultdict(list)
    with other.database.reading() as connection:
        for row in connection.execute(sa.select(merged_runs)):
            chains[row.run_id].append((row.database_uuid, row.number))
    return chains


def _batches(other: OtherDatabase, ids: Sequence[int]) -> Iterator[list[RunRows]]:
    """Yield the other database's runs, each after those that it builds on."""
    done: set[int] = set()
    known = set(ids)
    for first in range(0, len(ids), _AT_ONCE):
        wanted = [number for number in ids[first : first + _AT_ONCE] if number not in done]
        with other.database.reading() as connection:
            rows = read_run_rows(connection, wanted)
            batch: list[RunRows] = []
            while rows:
                number = next(iter(rows))
                path = [number]  # down to a run that builds on none that is not done
                while lacking := [
                    one for one in referred(_row(connection, rows, path[-1]).values) if one in known - done - {*path}
                ]:
                    path.append(lacking[0])
                batch.append(rows.pop(path[-1]))
                done.add(path[-1])
        yield batch


def _row(connection: sa.Connection, rows: dict[int, RunRows], number: int) -> RunRows:
    if number not in rows:
        rows |= read_run_rows(connection, [number])
    return rows[number]

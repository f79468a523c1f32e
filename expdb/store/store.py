"""`Store`: specs and events in, frozen snapshots out. No SQL and no session leave it."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Self

import sqlalchemy as sa

from expdb.domain.events import Event, Progress
from expdb.domain.group import GroupHeads, Measure, RunGroup
from expdb.domain.run import Environment, Epoch, ProcessIdentity, ReportedRun, Run, RunPart
from expdb.domain.spec import RunSpec
from expdb.domain.table import TableDefinition, Where
from expdb.store import editing, judged_status, lifecycle, name_rules, table_definitions
from expdb.store.analyses import Analyses
from expdb.store.artifact_roots import ArtifactRoots, find_roots
from expdb.store.attempts import pending, recording
from expdb.store.attempts.process import this_process
from expdb.store.attempts.restoring import AttemptRows
from expdb.store.curves import EpochRows, PointCurves, read_curves, read_epochs
from expdb.store.database.engine import BUSY_SECONDS, Database
from expdb.store.database.revision import ensure_created, require_head
from expdb.store.filtering import filter_queued
from expdb.store.filtering.chosen import Searching, passing
from expdb.store.garbage import Garbage
from expdb.store.groups.averages import read_groups, read_values
from expdb.store.groups.code_groups import OwnCodeGroups
from expdb.store.groups.heads import read_heads, read_single_heads
from expdb.store.merging.merging import Merging
from expdb.store.papers_and_claims import Library
from expdb.store.points.points import Points
from expdb.store.purging import Purging
from expdb.store.reported_rows import ReportedRows, insert_reported
from expdb.store.run_edits import RunEdits
from expdb.store.run_folder import run_folder
from expdb.store.saved_tables import SavedTables
from expdb.store.snapshots import ordered_runs, read_run_parts, read_run_referred, read_runs, read_spec
from expdb.store.stored_files import StoredFiles
from expdb.store.tables import runs
from expdb.store.tracked_runs import TrackedRuns


class Store:
    """One open database. Use as a context manager, or call `close`.

    Attributes:
        roots, artifact_root: the folders of runs' files, and the one that new ones go into.
        uuid: of the database.
        attempts: starts and resumes.
        edits: what people say about runs: changing it, hiding runs and bringing them back.
        saved_tables: definitions of tables: saving them, and their history.
        library: papers and claims.
        reported: rows of documents: entering them, and what they said before.
        tracked, points, analyses: scripts' runs; whatever is measured that has no column; what analyses found.
        own_code, epoch_rows: the groups of runs of the user's own code; the epochs of many runs at once.
        searching: filters of runs: checking them, and why they find none.
        merging: other databases: merging one into this, and which run here is which there.
        purging, garbage, files: deleting runs for good; what killed processes left of runs' files; which are there.
    """

    def __init__(self, database: Database, roots: ArtifactRoots) -> None:
        """Wrap a database that is known to be at head; `Store.open` is what callers use."""
        self._database, self.roots = database, roots
        self.artifact_root, self.uuid = roots.own, roots.uuid
        self.attempts, self.edits, self.library = AttemptRows(database), RunEdits(database), Library(database)
        self.tracked, self.points, self.epoch_rows = TrackedRuns(database), Points(database), EpochRows(database)
        self.reported, self.own_code, self.analyses = (
            ReportedRows(database),
            OwnCodeGroups(database),
            Analyses(database),
        )
        self.saved_tables, self.searching = SavedTables(database), Searching(database)
        self.merging = Merging(database, self.artifact_root, self.uuid)
        self.purging = Purging(database, self.artifact_root)
        self.garbage, self.files = Garbage(database, roots), StoredFiles(database, roots)
        self.look_for_gone()

    @classmethod
    def open(
        cls,
        url: str,
        *,
        artifact_root: Path | None = None,
        is_read_only: bool = False,
        busy_seconds: float = BUSY_SECONDS,
        is_group_readable: bool = False,
    ) -> Self:
        """Open a database; one that is missing or empty is created, unless only reading is asked for.

        Args:
            url: SQLAlchemy URL of an SQLite file or a PostgreSQL database.
            artifact_root: folder for the runs' files; None: the one that the database names, else its own beside the
                SQLite file, else this user's own folder of that database.
            is_read_only: change nothing and create no database (SQLite may leave its log files beside one).
            busy_seconds: how long to wait for another process's lock.
            is_group_readable: whoever is in this user's group may read the files that are made.

        Raises:
            SchemaError: it is at another revision, or no database of expdb.
            StoreError: it cannot be opened.
        """
        database = Database(
            url, is_read_only=is_read_only, busy_seconds=busy_seconds, is_group_readable=is_group_readable
        )
        try:
            if not is_read_only:
                ensure_created(database)
            require_head(database)
            roots = find_roots(database, artifact_root)
        except BaseException:
            database.close()
            raise
        return cls(database, roots)

    @property
    def url(self) -> str:
        """The database's URL, its password masked."""
        return self._database.address.masked_url

    def close(self) -> None:
        """Close all connections."""
        self._database.close()

    def look_for_gone(self) -> None:
        """Look which of the attempts that are not recorded to their end had processes here that are gone by now."""
        self._database.gone = pending.gone_attempts(self.artifact_root)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def add_run(
        self,
        spec: RunSpec,
        *,
        name: str | None = None,
        group: str | None = None,
        tags: Iterable[str] = (),
        note: str | None = None,
        is_awaited: bool = False,
    ) -> int:
        """Queue a run and return its id.

        Args:
            is_awaited: this process will train it next: if its heartbeat stops before, the run is called crashed.

        Raises:
            SpecError: a name that is taken, or a label that is not printable text.
        """
        values = editing.queued_values(spec, name=name, group=group, note=note)
        checked_tags = name_rules.tags(tags)
        with self._writing() as (connection, now):
            run_id, uuid = editing.insert_queued(connection, values, checked_tags, now, is_awaited=is_awaited)
        if is_awaited:
            self._mark_awaited(uuid)
        return run_id

    def add_run_once(
        self, spec: RunSpec, *, group: str | None = None, tags: Iterable[str] = (), note: str | None = None
    ) -> int | None:
        """Queue a run and return its id, unless one of the same digest is queued, running or finished: then None.

        Of processes that ask for the same spec at once, one gets an id. Raises SpecError like `add_run`.
        """
        values = editing.queued_values(spec, name=None, group=group, note=note)
        checked_tags = name_rules.tags(tags)
        with self._writing() as (connection, now):
            added = editing.insert_queued_once(connection, values, checked_tags, now)
        if added is None:
            return None
        self._mark_awaited(added[1])
        return added[0]

    def add_reported(self, run: ReportedRun) -> int:
        """Store a row copied from a document and return its id. Raises SpecError for a name or row that is there."""
        with self._writing() as (connection, now):
            return insert_reported(connection, run, now)

    def may_let_in(
        self, where: str, spec: RunSpec, *, group: str | None = None, tags: Iterable[str] = (), note: str | None = None
    ) -> bool:
        """Tell whether a filter may hold for a run that is yet to be added, whatever its results. Raises SpecError."""
        values, checked_tags = editing.queued_values(spec, name=None, group=group, note=note), name_rules.tags(tags)
        with self._database.reading() as connection:
            now = self._database.now(connection)
            return filter_queued.may_let_in(connection, where, spec, values, checked_tags, now)

    def start_run(
        self, run_id: int, environment: Environment, process: ProcessIdentity | None = None, *, above: int = 0
    ) -> tuple[RunSpec, int]:
        """Turn a queued run into a running one; return its spec, as stored, and the number of its first attempt.

        Args:
            process: that records the attempt; None: this one.
            above: a number that attempts are known to have had which this database lost; the new one is greater.

        Raises:
            RunFinishedError: it has ended.
            LaunchError: it is running already, or was removed.
        """
        with self._writing() as (connection, now):
            number = lifecycle.start(connection, run_id, environment, process or this_process(), now, above=above)
            return read_spec(connection, run_id), number

    def resume_run(
        self, run_id: int, environment: Environment, process: ProcessIdentity | None = None, *, above: int = 0
    ) -> tuple[RunSpec, int]:
        """Turn a run that ended early into a running one; return its spec, as stored, and the new attempt's number.

        What says how it ended is cleared. Its epochs stay; those that the new attempt does again will not count.

        Args:
            run_id: a failed, killed or crashed run.
            environment: recorded with the attempt.
            process: that records the attempt; None: this one.
            above: as for `start_run`.

        Raises:
            RunFinishedError: it is finished, or was never trained here.
            LaunchError: it is queued or running, or was removed.
        """
        with self._writing() as (connection, now):
            number = lifecycle.resume(connection, run_id, environment, process or this_process(), now, above=above)
            return read_spec(connection, run_id), number

    def record(
        self,
        run_id: int,
        event: Event,
        *,
        attempt: int | None = None,
        sequence: int | None = None,
        at: datetime | None = None,
        uuid: str | None = None,
    ) -> recording.RecordOutcome:
        """Store what an attempt says, in one transaction: each event once, and those of one attempt in order.

        Args:
            run_id: of the run.
            event: what it says; progress inside an epoch is not stored.
            attempt: that says it; None: the current one.
            sequence: the event's number within the attempt, from 1; None: the next one.
            at: when it was said, where that is a while ago.
            uuid: of the run, where its number may be another run's by now: of a database that was put back.

        Returns:
            `recorded`; `known` where the event was there already, or the run has ended; or `late` where the attempt is
            not the run's current one any more: then it is kept with the attempt, and the run stays as it is.

        Raises:
            EventGapError: an event of a smaller number is not recorded yet.
            NotFoundError: there is no such run or attempt.
            RunFinishedError, LaunchError: the run has ended, and no sequence is given; it was not started.
        """
        if isinstance(event, Progress):
            return "known"
        return recording.record(self._database, run_id, event, attempt=attempt, sequence=sequence, at=at, uuid=uuid)

    def heartbeat(self, run_id: int, *, attempt: int | None = None, uuid: str | None = None) -> bool:
        """Note that an attempt of a run is alive; return False if it is not the current one any more.

        A run that was taken for crashed is running again; one that has ended stays as it is.

        Args:
            run_id: of the run.
            attempt: its number; None: the current one, or whoever queued the run.
            uuid: of the run, as for `record`.

        Raises:
            NotFoundError: there is no such run or attempt.
        """
        return lifecycle.record_heartbeat(self._database, run_id, attempt, uuid=uuid)

    def run(self, ref: int | str) -> Run:
        """Return a run by id, name or the first 8 digits of its uuid, removed ones too. Raises NotFoundError."""
        with self._database.reading() as connection:
            return read_run_referred(connection, ref)

    def runs(
        self,
        where: Where = "",
        *,
        ids: Collection[int] | None = None,
        sort: Sequence[str] = (),
        limit: int | None = None,
        include_removed: bool = False,
    ) -> list[Run]:
        """Return the runs that a filter holds for (see `store.filtering.filter`; several must all hold).

        Args:
            where: the filter; empty: all.
            ids: only these of them, thousands at most.
            sort: fields, `-` before one for descending; unknown values come last. By id where these are equal.
            limit: at most so many.
            include_removed: also those that were removed.

        Raises:
            SpecError: the filter or a sort field is not understood.
        """
        with self._database.reading() as connection:
            conditions = passing(connection, where, ids=ids, include_removed=include_removed)
            return read_runs(connection, ordered_runs(connection, conditions, sort, limit), with_documents=False)

    def run_parts(
        self,
        where: Where,
        fields: Collection[str],
        *,
        sort: Sequence[str] = (),
        limit: int | None = None,
        include_removed: bool = False,
    ) -> list[RunPart]:
        """Return, as `runs` does, the runs that a filter holds for, of which only these fields are read."""
        with self._database.reading() as connection:
            conditions = passing(connection, where, include_removed=include_removed)
            return read_run_parts(connection, ordered_runs(connection, conditions, sort, limit), fields)

    def groups(
        self,
        where: Where = "",
        measures: Sequence[Measure] = (),
        *,
        keys: Collection[str] | None = None,
        fields: Collection[str] = (),
    ) -> list[RunGroup]:
        """Return the runs that a filter holds for in groups that differ only in the seed, averaged by the database.

        Only those of `keys` (see `RunGroup.key`), if these are given. Groups whose runs do not agree on `fields` have
        `members`. Raises SpecError for what is not understood.
        """
        with self._database.reading() as connection:
            return read_groups(connection, passing(connection, where), measures, keys=keys, fields=fields)

    def heads(
        self, where: Where, measures: Sequence[Measure], *, fields: Sequence[str], is_single: bool = False
    ) -> GroupHeads:
        """Return what decides where groups, or single runs in any state, stand in a table. Raises SpecError."""
        with self._database.reading() as connection:
            read = read_single_heads if is_single else read_heads
            return read(connection, passing(connection, where), measures, fields)

    def ids(self, where: Where, *, include_removed: bool = False) -> set[int]:
        """Return the ids of the runs that a filter holds for. Raises SpecError."""
        with self._database.reading() as connection:
            chosen = sa.select(runs.c.id).where(*passing(connection, where, include_removed=include_removed))
            return set(connection.execute(chosen).scalars())

    def values(self, run_ids: Sequence[int], measure: Measure) -> dict[int, float]:
        """Return a measure of single runs, by id. Raises SpecError."""
        with self._database.reading() as connection:
            return read_values(connection, run_ids, measure)

    def epochs(self, run_id: int) -> list[Epoch]:
        """Return a run's epochs in order, of those that count. Raises NotFoundError."""
        with self._database.reading() as connection:
            return read_epochs(connection, run_id)

    def curves(self, run_ids: Collection[int], field: str, *, points: int = 30) -> PointCurves:
        """Return about so many values of each run, of a field of an epoch or a metric; see `read_curves`."""
        with self._database.reading() as connection:
            return read_curves(connection, run_ids, field, points)

    def artifact_dir(self, run_id: int, *, create: bool = False) -> Path:
        """Return the folder of a run's files; with `create`, make it, for this user only.

        Raises:
            NotFoundError: the run is reported: it has no files.
            StoreError: the folder lies outside the artifact root, or cannot be made, or is in another database's.
        """
        run, is_group_readable = self.run(run_id), create and self._database.is_group_readable
        root = self.roots.root_of(run, create=create, is_group_readable=is_group_readable)
        return run_folder(run, root, create=create, is_group_readable=is_group_readable)

    def table(self, name: str, *, revision: int | None = None) -> TableDefinition:
        """Return a saved table's definition, or an older revision of it. Raises NotFoundError."""
        with self._database.reading() as connection:
            return table_definitions.read(connection, name, revision)

    def reported_rows(self, document: str) -> dict[str, Run]:
        """Return the rows of a document that were not removed, by their keys."""
        return self.reported.of(document)

    def change_token(self) -> str:
        """Return a value that differs as soon as anyone has changed the database, or a run has crashed."""
        self.look_for_gone()
        with self._database.reading() as connection:
            crashed = judged_status.crashed_ids(connection)
        return f"{self._database.change_token()} {crashed}"

    def _mark_awaited(self, uuid: str) -> None:
        pending.mark_awaited(self.artifact_root, uuid, is_group_readable=self._database.is_group_readable)

    @contextmanager
    def _writing(self) -> Iterator[tuple[sa.Connection, datetime]]:
        with self._database.writing() as connection:
            yield connection, self._database.now(connection)

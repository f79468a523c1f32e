"""Bringing the runs of another database into this one, each in one transaction with all that belongs to it."""

import errno
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import count
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

import sqlalchemy as sa

from expdb.errors import ExpdbError, SpecError, StoreError
from expdb.store.database.engine import Database
from expdb.store.editing import insert_tags
from expdb.store.groups.code_groups import with_group
from expdb.store.lifecycle import update_run
from expdb.store.merging.merged_databases import insert_missing
from expdb.store.merging.numbers import number_of_lacking, referred, with_numbers
from expdb.store.merging.other_database import OtherDatabase
from expdb.store.merging.outcome import MergeOutcome
from expdb.store.merging.run_folders import copy_folder, folder_there, missing_bytes
from expdb.store.merging.run_rows import (
    LABELS,
    RunRows,
    delete_children,
    insert_children,
    read_run_rows,
    recorded,
    same,
    stage_differences,
    told_value,
)
from expdb.store.name_rules import MAX_LABEL, MAX_NOTE
from expdb.store.row_values import Values
from expdb.store.statement_size import in_parts
from expdb.store.tables import merged_runs, runs

_LOCK_KEY = 0x65787064626D7267  # "expdbmrg", the advisory lock's number on PostgreSQL


class RunMerge:
    """The runs of one merge. What is done already stays done, so that it can be broken off and begun again.

    Attributes:
        numbers: by the number of a run there, its number here.
    """

    def __init__(
        self,
        here: Database,
        other: OtherDatabase,
        outcome: MergeOutcome,
        *,
        artifact_root: Path,
        chains: dict[int, list[tuple[str, int]]],
        with_files: bool,
    ) -> None:
        """Prepare to merge.

        Args:
            here: this database.
            other: the other one.
            outcome: takes what is done, and said.
            artifact_root: folder of the runs' files here.
            chains: of runs there that were merged into it, by their numbers there: from which database, and their
                numbers in that.
            with_files: copy them.
        """
        self._here = here
        self._other = other
        self._outcome = outcome
        self._root = artifact_root
        self._chains = chains
        self._with_files = with_files
        self._sources: dict[int, Path | None] = {}
        self.numbers: dict[int, int] = {}
        self._by_uuid, self._by_row_key, self._known_numbers, last = self._read_here()
        self._foreseen = count(last + 1)  # numbers that a dry run shows

    def number_here(self, number: int) -> int:
        """Return the number that stands here for a run of the other database."""
        found = self.numbers.get(number)
        return number_of_lacking(self._other.uuid, number) if found is None else found

    def missing_bytes(self, folders: Iterable[tuple[str, str | None]]) -> int:
        """Return how many bytes of files are to be copied, of runs given by uuid and folder there."""
        chosen = sa.select(runs.c.uuid, runs.c.artifact_dir)
        with self._here.reading() as connection:
            here = {row.uuid: row.artifact_dir for row in connection.execute(chosen)}
        sources = ((uuid, folder_there(self._other.roots, artifact_dir)) for uuid, artifact_dir in folders)
        return sum(missing_bytes(source, self._root / (here.get(uuid) or uuid)) for uuid, source in sources if source)

    def merge(self, batch: Sequence[RunRows]) -> None:
        """Bring in some runs; those that one of them builds on come before it."""
        known = self._rows_here(batch)
        for there in batch:
            self._sources[there.id] = folder_there(self._other.roots, there.values["artifact_dir"])
            self.numbers[there.id] = self._merge_one(there, known.get(there.id))

    def _read_here(self) -> tuple[dict[str, int], dict[str, int], set[tuple[str, int]], int]:
        with self._here.reading() as connection:
            rows = connection.execute(sa.select(runs.c.id, runs.c.uuid, runs.c.row_key)).all()
            numbers = connection.execute(sa.select(merged_runs.c.database_uuid, merged_runs.c.number)).all()
        by_uuid = {row.uuid: row.id for row in rows}
        by_row_key = {row.row_key: row.id for row in rows if row.row_key is not None}
        return by_uuid, by_row_key, {(uuid, number) for uuid, number in numbers}, max(by_uuid.values(), default=0)

    def _rows_here(self, batch: Sequence[RunRows]) -> dict[int, RunRows]:
        """Return the rows here of the runs that are here already, by their numbers there."""
        ids = {there.id: found for there in batch if (found := self._number_of(there)) is not None}
        with self._here.reading() as connection:
            rows: dict[int, RunRows] = {}
            for some in in_parts(sorted(set(ids.values()))):
                rows |= read_run_rows(connection, some)
        return {number: rows[found] for number, found in ids.items() if found in rows}

    def _number_of(self, there: RunRows) -> int | None:
        found = self._by_uuid.get(_uuid(there, self._other))
        return self._by_row_key.get(there.values["row_key"]) if found is None else found

    def _merge_one(self, there: RunRows, here: RunRows | None) -> int:
        """Bring in one run and return its number here."""
        try:
            there = replace(there, values=self._values(there))
            return self._add(there) if here is None else self._unite(there, here)
        except (ExpdbError, OSError) as error:
            if not _is_of_run(error):
                if isinstance(error, OSError):
                    told = f"cannot write the files of {self._name(there)} in {self._root}: {error.strerror}"
                    raise StoreError(f"{told}: make room, and merge again: it goes on from here") from error
                raise
            self._outcome.failed.append(f"{self._name(there)}: {error}")
            return number_of_lacking(self._other.uuid, there.id) if here is None else here.id

    def _values(self, there: RunRows) -> Values:
        """Return the columns of a run as they are stored here, but for its number."""
        lacking = [number for number in referred(there.values) if number not in self.numbers]
        for number in lacking:
            self._outcome.told.append(
                f"{self._name(there)} builds on run {number} of {self._other.label}, which is not there: here that is "
                f"run {self.number_here(number)}, which is none"
            )
        values = with_numbers(there.values, self.number_here)
        uuid = _uuid(there, self._other)
        return values | {"uuid": uuid, "artifact_dir": None if values["artifact_dir"] is None else uuid}

    # Runs that are new here

    def _add(self, there: RunRows) -> int:
        if self._outcome.is_dry_run:
            with self._here.reading() as connection:
                name = self._free_name(connection, there.values["name"])
            self._tell_new(there, name)
            number = next(self._foreseen)
            self._remember(there, number)
            return number
        self._copy_files(there, self._root / str(there.values["uuid"]), is_further=False)
        with self._writing() as connection:
            same_uuid = sa.select(runs.c.id).where(runs.c.uuid == there.values["uuid"])
            known: int | None = connection.execute(same_uuid).scalar_one_or_none()  # another process was faster
            name = there.values["name"] if known is not None else self._free_name(connection, there.values["name"])
            number = known if known is not None else _insert(connection, there, name)
            self._keep_numbers(connection, there.id, number)
        self._remember(there, number)
        self._tell_new(there, name)
        return number

    def _tell_new(self, there: RunRows, name: str | None) -> None:
        self._outcome.num_new += 1
        if name != there.values["name"]:
            told = f"its name {there.values['name']!r} is taken: here it is {name!r}"
            self._outcome.told.append(f"{self._name(there)}: {told}")

    def _free_name(self, connection: sa.Connection, wanted: str | None) -> str | None:
        def is_taken(name: str) -> bool:
            return connection.execute(sa.select(runs.c.id).where(runs.c.name == name)).first() is not None

        return None if wanted is None else free_name(wanted, is_taken)

    def _remember(self, there: RunRows, number: int) -> None:
        self._by_uuid[str(there.values["uuid"])] = number
        if there.values["row_key"] is not None:
            self._by_row_key[there.values["row_key"]] = number

    # Runs that are here already

    def _unite(self, there: RunRows, here: RunRows) -> int:
        outcome, told, name = self._outcome, self._outcome.told, self._name(there, here)
        is_same_run = there.values["uuid"] == here.values["uuid"]  # else the same row of a document, entered twice
        is_further = is_same_run and there.stage > here.stage
        told += [f"{name}: {label}" for label in _other_labels(there, here)]
        if there.stage == here.stage or not is_same_run:
            told += [f"{name}: {difference}: kept as it is here" for difference in stage_differences(here, there)]
        has_changes = is_further or bool(_united(there, here)) or not set(there.tags) <= set(here.tags)
        if here.judged == "running":
            self._leave(there, here, is_told=has_changes)
            return here.id
        if not outcome.is_dry_run:
            folder = here.values["artifact_dir"] or there.values["artifact_dir"]
            if folder is not None and is_same_run:
                self._copy_files(there, self._root / str(folder), is_further=is_further, name=name)
            if has_changes and not self._change(there, here.id):
                self._leave(there, here, is_told=True)
                return here.id
            self._keep(there.id, here.id)
        outcome.num_further += is_further
        outcome.num_same += not is_further
        return here.id

    def _leave(self, there: RunRows, here: RunRows, *, is_told: bool) -> None:
        self._keep(there.id, here.id)
        self._outcome.num_left += 1
        if is_told:
            told = "is running here: left alone; merge again when it has ended"
            self._outcome.told.append(f"{self._name(there, here)} {told}")

    def _change(self, there: RunRows, run_id: int) -> bool:
        """Let a run here be as far as the other one, and unite tags and notes; return False if it is running by now."""
        with self._writing() as connection:
            here = read_run_rows(connection, [run_id])[run_id]
            if here.judged == "running":
                return False
            insert_tags(connection, run_id, set(there.tags) - set(here.tags))
            values = _united(there, here)
            if there.values["uuid"] == here.values["uuid"] and there.stage > here.stage:
                further = with_group(connection, recorded(there.values))
                values |= further | {"heartbeat_at": there.values["heartbeat_at"]}
                values |= {"artifact_dir": here.values["artifact_dir"] or there.values["artifact_dir"]}
                delete_children(connection, run_id)
                insert_children(connection, run_id, there)
            if values:
                update_run(connection, run_id, values)
            self._keep_numbers(connection, there.id, run_id)
        return True

    # Numbers and files

    def _keep(self, number_there: int, number_here: int) -> None:
        """Remember which run a number is, where that is not remembered yet."""
        rows = self._numbers_of(number_there, number_here)
        is_known = all((row["database_uuid"], row["number"]) in self._known_numbers for row in rows)
        if not self._outcome.is_dry_run and not is_known:
            with self._writing() as connection:
                self._keep_numbers(connection, number_there, number_here)

    def _keep_numbers(self, connection: sa.Connection, number_there: int, number_here: int) -> None:
        rows = self._numbers_of(number_there, number_here)
        insert_missing(connection, merged_runs, rows)
        self._known_numbers.update((row["database_uuid"], row["number"]) for row in rows)

    def _numbers_of(self, number_there: int, number_here: int) -> list[Values]:
        """Return which numbers in which databases are a run; this database's own says itself what its numbers are."""
        names = [(self._other.uuid, number_there), *self._chains.get(number_there, ())]
        rows = [{"database_uuid": uuid, "number": number, "run_id": number_here} for uuid, number in names]
        return [row for row in rows if row["database_uuid"] != self._here.uuid or row["number"] != row["run_id"]]

    @contextmanager
    def _writing(self) -> Iterator[sa.Connection]:
        with self._here.writing() as connection:
            if connection.dialect.name == "postgresql":
                # SQLite has one writer at a time. Here two merges would each take the other's runs for missing.
                connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK_KEY})
            yield connection

    def _copy_files(self, there: RunRows, target: Path, *, is_further: bool, name: str = "") -> None:
        """Copy what the run's folder here lacks. Raises StoreError, OSError."""
        source, name = self._sources.get(there.id), name or self._name(there)
        if not self._with_files:
            return
        if source is None:
            has_any = there.values["weights_file"] or there.values["predictions_file"]
            self._outcome.num_without_files += bool(has_any) and not target.is_dir()
            return
        done = copy_folder(source, target, is_further=is_further)
        self._outcome.num_files += done.num_files
        self._outcome.num_bytes += done.num_bytes
        self._outcome.told += [f"{name}: {told}" for told in done.told]

    def _name(self, there: RunRows, here: RunRows | None = None) -> str:
        short = str(there.values["uuid"])[:8]
        return f"run {there.id} of {self._other.label} ({short})" if here is None else f"run {here.id} ({short})"


def _insert(connection: sa.Connection, there: RunRows, name: str | None) -> int:
    """Insert a run with all that belongs to it, and return its number."""
    own = {key: value for key, value in there.values.items() if key != "id"}
    values = with_group(connection, own) | {"name": name}
    number: int = connection.execute(runs.insert().values(values).returning(runs.c.id)).scalar_one()
    insert_children(connection, number, there)
    insert_tags(connection, number, there.tags)
    return number


def _uuid(there: RunRows, other: OtherDatabase) -> str:
    return str(there.values["uuid"] or uuid5(NAMESPACE_URL, f"expdb {other.uuid} {there.id}"))


def _united(there: RunRows, here: RunRows) -> Values:
    """Return the note of both, where that is another than the one here."""
    note, of_other = here.values["note"] or "", there.values["note"] or ""
    if of_other in note:
        return {}
    both = of_other if note in of_other else f"{note}\n{of_other}"
    return {"note": both} if len(both) <= MAX_NOTE else {}


def _other_labels(there: RunRows, here: RunRows) -> Iterator[str]:
    """Yield in what the things that people say of a run differ, which stay as they are here."""
    for name in LABELS:
        one, other = here.values[name], there.values[name]
        if same(one, other) or (name == "name" and one is not None and other is not None and _is_suffixed(one, other)):
            continue
        if name == "removed_at":
            if (one is None) != (other is None):
                yield f"it is removed {'there, not here' if one is None else 'here, not there'}: left so"
        elif name != "note":
            yield f"{name} is {told_value(one)} here, {told_value(other)} there: kept as it is here"
        elif other is not None and other not in (one or "") and not _united(there, here):
            yield f"its notes are too long to be united: {told_value(other)} there"


def _is_suffixed(name: str, of_other: str) -> bool:
    return re.fullmatch(r"(.*)-\d+", name) is not None and name.rpartition("-")[0] == of_other[: len(name)]


def free_name(wanted: str, is_taken: Callable[[str], bool], *, most: int = MAX_LABEL) -> str:
    """Return a name that nobody has: the wanted one, or with a number behind it."""
    names = (f"{wanted[: most - 12]}-{number}" for number in count(2))
    return wanted if not is_taken(wanted) else next(name for name in names if not is_taken(name))


def _is_of_run(error: Exception) -> bool:
    """Tell whether an error is of one run's values or files, so that others may go well."""
    cause = error.__cause__ if isinstance(error, StoreError) else error
    if isinstance(cause, OSError):
        return isinstance(error, OSError) and cause.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS)
    is_of_statement = isinstance(cause, sa.exc.StatementError) and not isinstance(cause, sa.exc.DBAPIError)
    of_values = (SpecError, sa.exc.IntegrityError, sa.exc.DataError, OverflowError, UnicodeEncodeError)
    return is_of_statement or isinstance(cause, of_values)

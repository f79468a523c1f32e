"""Rows of documents: what is stored of each document, what it said before, and entering it in one transaction."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from expdb.domain.run import ReportedChange, ReportedRun, Run
from expdb.errors import SpecError
from expdb.store import editing, name_rules, row_values
from expdb.store.database.engine import Database
from expdb.store.lifecycle import lock_run, update_run
from expdb.store.snapshots import read_run, read_runs
from expdb.store.statement_size import in_parts
from expdb.store.tables import reported_changes, runs

_ENTERING_LOCK_KEY = 0x65787064625F7277  # "expdb_rw"


class ReportedRows:
    """The rows of documents in a database."""

    def __init__(self, database: Database) -> None:
        """Wrap the store's database; `Store.reported` is what callers use."""
        self._database = database

    def of(self, document: str) -> dict[str, Run]:
        """Return the rows of a document that were not removed, by their keys, in the order they were entered."""
        with self._database.reading() as connection:
            return {str(run.row_key): run for run in _rows(connection, runs.c.document == document, removed=False)}

    def changes(self, run_id: int) -> list[ReportedChange]:
        """Return what a row said before, oldest first; nothing of one that never changed. Raises NotFoundError."""
        with self._database.reading() as connection:
            read_run(connection, run_id)
            of_run = sa.select(reported_changes).where(reported_changes.c.run_id == run_id)
            rows = connection.execute(of_run.order_by(reported_changes.c.number)).mappings()
            return [ReportedChange(**{name: row[name] for name in row if name != "run_id"}) for row in rows]

    @contextmanager
    def entering(self) -> Iterator["EnteringRows"]:
        """Enter rows in one transaction, which an error or a Ctrl-C undoes as a whole."""
        with self._database.writing() as connection:
            if connection.dialect.name == "postgresql":
                # SQLite has one writer at a time. Here two imports would each take the other's rows for missing.
                lock = sa.text("SELECT pg_advisory_xact_lock(:key)")
                connection.execute(lock, {"key": _ENTERING_LOCK_KEY})
            yield EnteringRows(connection, self._database.now(connection))


class EnteringRows:
    """The rows of documents inside a transaction that enters some. Removed ones count, since they can be restored."""

    def __init__(self, connection: sa.Connection, now: datetime) -> None:
        """Wrap the transaction; `ReportedRows.entering` is what callers use."""
        self._connection = connection
        self._now = now

    def of(self, document: str) -> list[Run]:
        """Return the rows of a document in the order they were entered."""
        return _rows(self._connection, runs.c.document == document)

    def with_keys(self, keys: Sequence[str]) -> dict[str, Run]:
        """Return the rows of these keys, by key."""
        found: dict[str, Run] = {}
        for some in in_parts(keys):
            found |= {str(run.row_key): run for run in _rows(self._connection, runs.c.row_key.in_(some))}
        return found

    def without_key(self) -> list[Run]:
        """Return the rows that have no key, in the order they were entered."""
        return _rows(self._connection, runs.c.row_key.is_(None))

    def of_others(self, document: str, models: Sequence[str]) -> list[Run]:
        """Return the rows of other documents that name these models, without removed ones."""
        found: list[Run] = []
        for some in in_parts(models):
            is_of_other = sa.and_(runs.c.document != document, runs.c.model.in_(some))
            found += _rows(self._connection, is_of_other, removed=False)
        return found

    def names(self, group: str) -> set[str]:
        """Return the names that begin with `GROUP/`, whoever has them."""
        begins = runs.c.name.startswith(f"{group}/", autoescape=True)  # on SQLite without regard to case
        return set(self._connection.execute(sa.select(runs.c.name).where(begins)).scalars())

    def is_taken(self, name: str) -> bool:
        """Tell whether a run has the name."""
        return self._connection.execute(sa.select(runs.c.id).where(runs.c.name == name)).first() is not None

    def documents(self, group: str) -> set[str | None]:
        """Return which documents the rows in a group are from; None stands for one that is not known."""
        of_group = sa.select(runs.c.document).where(runs.c.group == group, runs.c.kind == "reported").distinct()
        return set(self._connection.execute(of_group).scalars())

    def add(self, row: ReportedRun) -> int:
        """Store a row and return its id. Raises SpecError for a name or a key that is taken."""
        return insert_reported(self._connection, row, self._now)

    def change(
        self,
        run_id: int,
        row: ReportedRun,
        *,
        old_values: Mapping[str, Any],
        new_values: Mapping[str, Any],
    ) -> None:
        """Let a row say what `row` does, but for its name and group; what it said is kept, if any of that changed."""
        lock_run(self._connection, run_id)
        values = row_values.changed_reported_values(row)
        update_run(self._connection, run_id, values)
        if old_values or new_values:
            _keep(self._connection, run_id, old_values, new_values, source=row.source, now=self._now)

    def rename_keys(self, keys: Mapping[int, str]) -> None:
        """Give rows other keys, by id; they may be each other's."""
        for run_id in keys:  # first none, since no two may have the same for a moment
            update_run(self._connection, run_id, {"row_key": None})
        for run_id, key in keys.items():
            update_run(self._connection, run_id, {"row_key": key})

    def restore(self, run_id: int) -> None:
        """Bring a removed row back. Raises SpecError if it was not removed."""
        editing.restore(self._connection, run_id)


def insert_reported(connection: sa.Connection, row: ReportedRun, now: datetime) -> int:
    """Insert a row and return its id. Raises SpecError for a name or a key that is taken."""
    values = row_values.reported_values(row) | {"name": name_rules.run_name(row.name)}
    if row.row_key:
        has_key = sa.select(runs.c.id).where(runs.c.row_key == row.row_key)
        owner = connection.execute(has_key).scalar_one_or_none()
        if owner is not None:
            raise SpecError(f"row {row.name!r} of {row.document!r} is run {owner} already: import its document again")
    return editing.insert_run(connection, {**values, "status": "finished", "created_at": now})


def _rows(connection: sa.Connection, condition: sa.ColumnElement[bool], *, removed: bool = True) -> list[Run]:
    conditions: Collection[sa.ColumnElement[bool]] = (runs.c.kind == "reported", condition)
    shown = () if removed else (runs.c.removed_at.is_(None), runs.c.row_key.is_not(None))
    chosen = sa.select(runs).where(*conditions, *shown).order_by(runs.c.id)
    return read_runs(connection, chosen, with_documents=False)


def _keep(
    connection: sa.Connection,
    run_id: int,
    old_values: Mapping[str, Any],
    new_values: Mapping[str, Any],
    *,
    source: str,
    now: datetime,
) -> None:
    last = sa.select(sa.func.max(reported_changes.c.number)).where(reported_changes.c.run_id == run_id)
    values = {
        "run_id": run_id,
        "number": (connection.execute(last).scalar_one() or 0) + 1,
        "changed_at": now,
        "old_values": dict(old_values),
        "new_values": dict(new_values),
        "source": source,
    }
    connection.execute(reported_changes.insert().values(values))

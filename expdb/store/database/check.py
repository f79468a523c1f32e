"""Checking that a database is whole and has the tables of this version. Alembic is imported where it is needed."""

import re
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from itertools import islice
from typing import Any

import sqlalchemy as sa

from expdb.errors import StoreError
from expdb.store.database.engine import Database
from expdb.store.database.read_rows import UNREADABLE, all_unread, is_damage, prepare
from expdb.store.database.revision import revision_of
from expdb.store.database.stored_values import StoredValueError, require_content
from expdb.store.tables import HEAD, METADATA, VERSION_TABLE

_MOST_LINES = 20  # of each kind of finding; of more than these the number is told


def check_database(url: str) -> list[str]:
    """Return what is wrong with a database, one finding a line; nothing if it is sound.

    Every row of every table is read, with what its texts stand for. Of each kind of finding the first are listed, and
    the others counted.

    Raises:
        SchemaError: it is no database of expdb.
        StoreError: it cannot be read now, because it is locked, say.
    """
    with Database(url, is_read_only=True) as database:
        findings = [] if database.address.path is None else _damage(database)
        try:
            revision = revision_of(database)
            if revision != HEAD:
                return [*findings, f"at revision {revision}, this expdb needs {HEAD}: run expdb db upgrade"]
            with database.reading() as connection:
                findings += [*_differences(connection), *_changed_checks(connection)]
                # PostgreSQL keeps the types of its columns; what their texts stand for it does not know.
                is_server = database.address.path is None
                return [*findings, *_bounded(_contents(connection))] if is_server else findings
        except StoreError:
            if findings:
                return findings  # of which this is a consequence
            raise


def _damage(database: Database) -> list[str]:
    """Return what is damaged in an SQLite file. Raises StoreError."""
    with database.translating(), closing(database.connect_reader()) as connection:
        findings = [f"the file is damaged: {line}" for line in _integrity(connection)]
    with database.translating(), closing(database.connect_reader()) as connection:
        prepare(connection)
        findings += _bounded(str(unread) for unread in all_unread(connection))
        return [*findings, *_bounded(refused_rows(connection)), *_bounded(_orphans(connection))]


def _integrity(connection: sqlite3.Connection) -> list[str]:
    """Return what SQLite finds; where it gives up, of each table whether it or its indexes are damaged."""
    try:
        return _integrity_of(connection, _MOST_LINES)
    except UNREADABLE as error:
        if not is_damage(error):
            raise
        findings = [str(error)]
    for table in METADATA.sorted_tables:
        try:
            _integrity_of(connection, f"'{table.name}'")
        except UNREADABLE as error:
            if str(error) != findings[0] or "schema" not in str(error):
                findings.append(f"{table.name} or an index of it: {error}")
    return findings


def _integrity_of(connection: sqlite3.Connection, what: object) -> list[str]:
    found = connection.execute(f"PRAGMA integrity_check({what})")
    lines = [line.strip() for (lines,) in found for line in str(lines).splitlines()]
    return [line for line in lines if line != "ok" and not line.startswith("*** in")][:_MOST_LINES]


def _contents(connection: sa.Connection) -> Iterator[str]:
    """Yield the documents and texts that do not stand for what their columns are for."""
    present = sa.inspect(connection).get_table_names()
    for table in (table for table in METADATA.sorted_tables if table.name in present):
        keys = list(table.primary_key.columns)
        for row in connection.execution_options(yield_per=500).execute(sa.select(table)).mappings():
            for column in table.columns:
                try:
                    require_content(column, row[column])
                except StoredValueError as error:
                    place = ", ".join(f"{key.name} {row[key]}" for key in keys)
                    yield f"{table.name}: row of {place}, {column.name}: {error}"


def refused_rows(connection: sqlite3.Connection) -> Iterator[str]:
    """Yield the rows of an SQLite file that a constraint would refuse today: others may have written them."""
    for table in METADATA.sorted_tables:
        for check in (check for check in table.constraints if isinstance(check, sa.CheckConstraint)):
            with suppress(sqlite3.DatabaseError):  # what is damaged or missing was told by those who looked before
                statement = f"SELECT rowid FROM {table.name} WHERE NOT ({check.sqltext})"  # noqa: S608 - our own
                for (row,) in connection.execute(statement):
                    yield f"{table.name}: row {row} breaks the rule {check.name}: {check.sqltext}"


def _orphans(connection: sqlite3.Connection) -> Iterator[str]:
    try:
        nameless: Counter[tuple[str, str]] = Counter()  # rows of tables without row ids
        for table, row, parent, _ in connection.execute("PRAGMA foreign_key_check"):
            if row is None:
                nameless[table, parent] += 1
            else:
                yield f"{table}: row {row} belongs to no row of {parent}"
        for (table, parent), number in nameless.items():
            yield f"{table}: {number:,} rows belong to no row of {parent}"
    except UNREADABLE as error:
        if not is_damage(error):
            raise  # what is damaged was told by those who looked before


def _bounded(findings: Iterable[str]) -> list[str]:
    """Return the first findings, and how many more there are of each table."""
    rest = iter(findings)
    first = list(islice(rest, _MOST_LINES))
    more = Counter(finding.partition(":")[0] for finding in rest)
    return [*first, *(f"{table}: {number:,} more like these" for table, number in more.items())]


def _differences(connection: sa.Connection) -> list[str]:
    """Return where the tables differ from `store.tables`, as Alembic sees it."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    context = MigrationContext.configure(connection, opts={"compare_type": True, "version_table": VERSION_TABLE})
    return [
        f"the tables differ from this expdb's: {_described(change)}" for change in compare_metadata(context, METADATA)
    ]


def _described(change: Any) -> str:
    if isinstance(change, list):  # changes of one column come as a list
        return "; ".join(_described(part) for part in change)
    return " ".join(str(getattr(part, "name", None) or part) for part in change if part is not None)


def _changed_checks(connection: sa.Connection) -> list[str]:
    """Return where CHECK constraints differ from `store.tables`: Alembic does not look at them."""
    inspector = sa.inspect(connection)
    findings: list[str] = []
    present = inspector.get_table_names()
    for table in (table for table in METADATA.sorted_tables if table.name in present):
        found = {
            str(check["name"]): _literals(str(check["sqltext"]))
            for check in inspector.get_check_constraints(table.name)
        }
        expected = {
            str(check.name): _literals(str(check.sqltext))
            for check in table.constraints
            if isinstance(check, sa.CheckConstraint)
        }
        findings += [
            f"the tables differ from this expdb's: check {name} of {table.name}"
            for name in sorted(found.keys() | expected.keys())
            if found.get(name) != expected.get(name)
        ]
    return findings


def _literals(condition: str) -> list[str]:
    """Return the texts and numbers in a condition: each server writes the rest in its own words."""
    return sorted(re.findall(r"'[^']*'|\b\d+\b", condition))

"""Checking that a database is whole and has the tables of this version. Alembic is imported where it is needed."""

import re
import sqlite3
from typing import Any

import sqlalchemy as sa

from expdb.store.database.driver_errors import translated
from expdb.store.database.engine import Database
from expdb.store.database.revision import revision_of
from expdb.store.tables import HEAD, METADATA, VERSION_TABLE


def check_database(url: str) -> list[str]:
    """Return what is wrong with a database, one finding a line; nothing if it is sound.

    Raises:
        SchemaError: it is no database of expdb.
        StoreError: it cannot be read at all.
    """
    with Database(url, is_read_only=True) as database:
        if database.address.path is not None and (findings := _damage(database)):
            return findings
        revision = revision_of(database)
        if revision != HEAD:
            return [f"at revision {revision}, this expdb needs {HEAD}: run expdb db upgrade"]
        with database.reading() as connection:
            return [*_differences(connection), *_changed_checks(connection)]


def _damage(database: Database) -> list[str]:
    connection = database.connect_reader()
    try:
        lines = [line for (line,) in connection.execute("PRAGMA integrity_check(20)")]
        orphans = connection.execute("PRAGMA foreign_key_check").fetchall()
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_CORRUPT:
            return [f"the file is damaged: {error}"]
        raise translated(error, database.address, busy_seconds=database.busy_seconds) from error
    finally:
        connection.close()
    return [
        *(f"the file is damaged: {line}" for line in lines if line != "ok"),
        *(f"{table}: row {row} belongs to no row of {parent}" for table, row, parent, _ in orphans),
    ]


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

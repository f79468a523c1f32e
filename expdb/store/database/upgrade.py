"""Upgrading, checking and copying a whole database. Alembic is imported inside, where it is needed."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from expdb.errors import SchemaError, StoreError
from expdb.store.database.driver_errors import DRIVER_ERRORS, translated
from expdb.store.database.engine import Database, connect_sqlite
from expdb.store.database.revision import read_revision
from expdb.store.tables import HEAD, METADATA, VERSION_TABLE

if TYPE_CHECKING:
    from alembic.config import Config


def migrations_dir() -> Path:
    """Return the folder of the migrations: inside the installed package, or beside it in a checkout."""
    packaged = Path(str(files("expdb") / "migrations"))
    return packaged if packaged.is_dir() else Path(str(files("expdb"))).parent / "migrations"


def head_revision() -> str:
    """Return the revision that this version of expdb reads and writes."""
    return HEAD


def current_revision(url: str) -> str | None:
    """Return the revision of a database; None if it is empty.

    Raises:
        SchemaError: it is no database of expdb.
        StoreError: it cannot be read.
    """
    with _open(url, is_read_only=True) as database:
        return _revision(database)


def upgrade(url: str) -> tuple[str | None, str]:
    """Bring a database to head in one transaction, and return its revision before and after.

    A missing or empty one is created. An SQLite file with anything to change is copied first, beside itself.

    Raises:
        SchemaError: it is no database of expdb, or a newer expdb wrote it.
        StoreError: it cannot be changed.
    """
    with _open(url, is_read_only=False) as database:
        database.prepare()
        with database.schema_lock():
            before = _revision(database)
            config = _alembic_config(database)
            _require_known(before, config, label=database.address.label)
            head = _script_head(config)
            if before == head:
                return before, head
            if before is not None and database.address.path is not None:
                stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
                _copy(database, _beside(database.address.path, f"backup-{before}-{stamp}"))
            _run_upgrade(database, config)
            return before, head


def check(url: str) -> list[str]:
    """Return what is wrong with a database, one finding a line; nothing if it is sound.

    Raises:
        SchemaError: it is no database of expdb.
        StoreError: it cannot be read at all.
    """
    with _open(url, is_read_only=True) as database:
        if database.address.path is not None and (findings := _damage(database)):
            return findings
        revision = _revision(database)
        if revision != HEAD:
            return [f"at revision {revision}, this expdb needs {HEAD}: run expdb db upgrade"]
        with database.reading() as connection:
            return [*_differences(connection), *_changed_checks(connection)]


def backup(url: str, path: Path) -> Path:
    """Copy an SQLite database, also while it is written to, into a new file, and return its path.

    Raises:
        StoreError: the target exists, cannot be written, or the database is on a server.
    """
    with _open(url, is_read_only=True) as database:
        if database.address.path is None:
            raise StoreError(f"back a PostgreSQL database up with its own tool: pg_dump {database.address.label}")
        return _copy(database, path)


@contextmanager
def migration_transaction(connection: sa.Connection) -> Iterator[None]:
    """Run migrations in one transaction, during which SQLite does not cascade; `migrations/env.py` uses it.

    A batch migration on SQLite copies a table and drops the old one, and with foreign keys on that drop deletes
    every child row without an error. Inside a transaction the pragma is ignored, so it is set before. The copy also
    forgets which ids were used and deleted, so these are put back.

    Raises:
        SchemaError: rows would be left without their parent; nothing is changed then.
    """
    driver = connection.connection.driver_connection
    if connection.in_transaction() or not isinstance(driver, sqlite3.Connection):
        with _transaction(connection):
            yield
        return
    had_foreign_keys = driver.execute("PRAGMA foreign_keys").fetchone()[0]
    driver.execute("PRAGMA foreign_keys=OFF")
    try:
        with connection.begin():
            used_ids = _used_ids(connection)
            yield
            for table, last_id in used_ids.items():
                statement = "UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = ?"
                connection.exec_driver_sql(statement, (last_id, table))
            orphans = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
            if orphans:
                raise SchemaError(f"the migration would orphan {len(orphans)} rows (first in {orphans[0][0]}): undone")
    finally:
        driver.execute(f"PRAGMA foreign_keys={had_foreign_keys}")


def _used_ids(connection: sa.Connection) -> dict[str, int]:
    """Return the last id that each SQLite table has given out, by table."""
    has_any = connection.exec_driver_sql("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_sequence'").first()
    if not has_any:
        return {}
    return {name: int(last) for name, last in connection.exec_driver_sql("SELECT name, seq FROM sqlite_sequence")}


@contextmanager
def _transaction(connection: sa.Connection) -> Iterator[None]:
    if connection.in_transaction():  # the caller's
        yield
        return
    with connection.begin():
        yield


@contextmanager
def _open(url: str, *, is_read_only: bool) -> Iterator[Database]:
    database = Database(url, is_read_only=is_read_only)
    try:
        yield database
    finally:
        database.close()


def _revision(database: Database) -> str | None:
    with database.reading() as connection:
        return read_revision(connection, label=database.address.label)


def _alembic_config(database: Database) -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(migrations_dir()).replace("%", "%%"))
    config.attributes["connection"] = database.writer
    return config


def _script_head(config: "Config") -> str:
    from alembic.script import ScriptDirectory

    head = ScriptDirectory.from_config(config).get_current_head()
    if head is None:
        raise SchemaError(f"no migrations in {migrations_dir()}: install expdb again")
    return head


def _require_known(revision: str | None, config: "Config", *, label: str) -> None:
    from alembic.script import ScriptDirectory

    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if revision is not None and revision not in known:
        raise SchemaError(f"{label} is at revision {revision!r}, written by a newer expdb: upgrade expdb")


def _run_upgrade(database: Database, config: "Config") -> None:
    from alembic import command

    try:
        command.upgrade(config, "head")
    except DRIVER_ERRORS as error:
        raise translated(error, database.address, busy_seconds=database.busy_seconds) from error


def _copy(database: Database, target: Path) -> Path:
    source = database.address.path
    assert source is not None  # noqa: S101 - our own mistake
    partial = _beside(target, "partial")
    try:
        if target.exists():
            raise StoreError(f"{target} exists: name a file that does not")
        if not target.parent.is_dir():
            raise StoreError(f"{target}: there is no folder {target.parent}: create it first")
        partial.unlink(missing_ok=True)  # of an attempt that was killed
        connection = connect_sqlite(source, mode="ro", busy_seconds=database.busy_seconds)
        try:
            connection.execute("VACUUM INTO ?", (str(partial),))
        finally:
            connection.close()
        partial.rename(target)
    except OSError as error:
        raise StoreError(f"cannot write {target}: {error.strerror}") from error
    except sqlite3.Error as error:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
        if isinstance(error, sqlite3.OperationalError):
            raise StoreError(f"cannot copy {database.address.label} to {target}: {error}") from error
        raise translated(error, database.address, busy_seconds=database.busy_seconds) from error
    return target


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(f"{path.name}.{suffix}")


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

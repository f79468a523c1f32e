"""Upgrading a database to this version's revision. Alembic is imported inside, where it is needed."""

import glob
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.resources import files
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from expdb.errors import SchemaError
from expdb.store.database.backup import beside, copy_sqlite, remove_left_partials
from expdb.store.database.engine import Database
from expdb.store.database.revision import revision_of
from expdb.store.tables import HEAD

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
    with Database(url, is_read_only=True) as database:
        return revision_of(database)


def upgrade_database(url: str, *, is_group_readable: bool = False) -> tuple[str | None, str]:
    """Bring a database to head in one transaction, and return its revision before and after.

    A missing or empty one is created, for this user or also for the group to read. An SQLite file with anything to
    change is copied first, beside itself.

    Raises:
        SchemaError: it is no database of expdb, or a newer expdb wrote it.
        StoreError: it cannot be changed.
    """
    with Database(url, is_group_readable=is_group_readable) as database:
        database.prepare()
        with database.schema_lock():
            before = revision_of(database)
            config = _alembic_config(database)
            _require_known(before, config, label=database.address.label)
            head = _script_head(config)
            if before == head:
                return before, head
            if before is not None and database.address.path is not None:
                _copy_beside(database, database.address.path, before)
            _run_upgrade(database, config)
            return before, head


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


def _copy_beside(database: Database, path: Path, revision: str) -> None:
    """Copy an SQLite file before it is changed, unless an upgrade that was killed left an equal copy."""
    remove_left_partials(path)
    copies = sorted(path.parent.glob(f"{glob.escape(path.name)}.backup-{glob.escape(revision)}-*[!l]"))
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    names = (f"backup-{revision}-{stamp}{f'-{number}' if number > 1 else ''}" for number in count(1))
    target = next(path for path in (beside(path, name) for name in names) if path not in copies)
    copy_sqlite(database, target, equal_to=reversed(copies))


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

    with database.translating():
        command.upgrade(config, "head")

"""Copying an SQLite database while it is in use."""

import sqlite3
from contextlib import suppress
from pathlib import Path

from expdb.errors import StoreError
from expdb.store.database.driver_errors import translated
from expdb.store.database.engine import Database, connect_sqlite


def backup_database(url: str, path: Path) -> Path:
    """Copy an SQLite database, also while it is written to, into a new file, and return its path.

    Raises:
        StoreError: the target exists, cannot be written, or the database is on a server.
    """
    with Database(url, is_read_only=True) as database:
        if database.address.path is None:
            raise StoreError(f"back a PostgreSQL database up with its own tool: pg_dump {database.address.label}")
        return copy_sqlite(database, path)


def copy_sqlite(database: Database, target: Path) -> Path:
    """Copy an open SQLite database into a new file, which is there whole or not at all. Raises StoreError."""
    source = database.address.path
    assert source is not None  # noqa: S101 - our own mistake
    partial = beside(target, "partial")
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


def beside(path: Path, suffix: str) -> Path:
    """Return the path of a file beside another one: `runs.db.SUFFIX`."""
    return path.with_name(f"{path.name}.{suffix}")

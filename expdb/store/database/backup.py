"""Copying an SQLite database while it is in use, and the command that copies one on a server."""

import filecmp
import os
import re
import shlex
import sqlite3
import stat
from collections.abc import Iterable
from contextlib import closing, suppress
from pathlib import Path
from urllib.parse import quote, urlencode

import sqlalchemy as sa

from expdb.data.atomic_files import sync
from expdb.errors import StoreError
from expdb.store.database.engine import Database, connect_sqlite

_OF_SQLITE = ("-wal", "-shm", "-journal")  # beside a database: what is there is taken for a part of it
_PARTIAL = re.compile(r".*\.(\d+)\.partial")


def backup_database(url: str, path: Path, *, is_dry_run: bool = False) -> Path:
    """Copy an SQLite database, also while it is written to, into a new file, and return its path.

    A dry run only looks whether that can be.

    Raises:
        StoreError: the target exists, cannot be written, or the database is on a server.
    """
    with Database(url, is_read_only=True) as database:
        if database.address.path is None:
            tool = "back a PostgreSQL database up with its own tool"
            if database.address.url.password or "password" in database.address.url.query:
                tool += ", which takes the password from PGPASSWORD or ~/.pgpass, or asks"
            raise StoreError(f"{tool}: {_dump_command(database.address.url, path)}")
        if is_dry_run:
            require_free(path)
            return path
        return copy_sqlite(database, path)


def copy_sqlite(database: Database, target: Path, *, equal_to: Iterable[Path] = ()) -> Path:
    """Copy an open SQLite database into a new file, which is there whole or not at all, and return its path.

    Args:
        database: an SQLite file; who may read it may read the copy.
        target: the file to write.
        equal_to: copies that are there: the first one that is equal is returned, and nothing is written.

    Raises:
        StoreError: the target exists or cannot be written, or the database cannot be read.
    """
    source = database.address.path
    assert source is not None  # noqa: S101 - our own mistake
    partial = None
    try:
        require_free(target)
        partial = target.with_name(f"{target.name}.{os.getpid()}.partial")
        _copy_into(database, source, partial)
        if kept := next((copy for copy in equal_to if filecmp.cmp(partial, copy, shallow=False)), None):
            return kept
        partial.rename(target)
        sync(target.parent)
    except OSError as error:
        raise StoreError(f"cannot write {str(target)!r}: {error.strerror}") from error
    except ValueError as error:  # a zero byte, or bytes that are no UTF-8, which SQLite does not take
        raise StoreError(f"{str(target)!r} is no file name for a database: choose another") from error
    except sqlite3.Error as error:
        if damage := database.damage():
            raise StoreError(damage) from error
        if isinstance(error, sqlite3.OperationalError):
            raise StoreError(f"cannot copy {database.address.label} to {str(target)!r}: {error}") from error
        raise database.explained(error) from error
    finally:
        if partial is not None:
            with suppress(OSError, ValueError):
                partial.unlink(missing_ok=True)
    return target


def remove_left_partials(path: Path) -> None:
    """Remove what copies beside an SQLite file left when their processes were killed."""
    for left in left_partials(path):
        with suppress(OSError):
            left.unlink()


def left_partials(path: Path) -> list[Path]:
    """Return what copies beside an SQLite file left when their processes were killed."""
    from psutil import pid_exists  # which few commands need

    found = [(left, _PARTIAL.fullmatch(left.name)) for left in path.parent.glob("*.partial")]
    return [
        left
        for left, made_by in found
        if made_by and left.name.startswith(f"{path.name}.") and not pid_exists(int(made_by[1][:9]))
    ]


def beside(path: Path, suffix: str) -> Path:
    """Return the path of a file beside another one: `runs.db.SUFFIX`."""
    return path.with_name(f"{path.name}.{suffix}")


def require_free(target: Path) -> None:
    """Raise StoreError if a database cannot be written as a new file of that name."""
    if target.is_dir():
        raise StoreError(f"{str(target)!r} is a folder: name a file in it that does not exist")
    if target.exists() or target.is_symlink():
        raise StoreError(f"{str(target)!r} exists: name a file that does not")
    if target.name.endswith(_OF_SQLITE):
        raise StoreError(f"{str(target)!r} would be taken for a part of a database: choose another name")
    if not target.parent.is_dir():
        raise StoreError(f"{str(target)!r}: there is no folder {target.parent}: create it first")


def _copy_into(database: Database, source: Path, partial: Path) -> None:
    mode = stat.S_IMODE(source.stat().st_mode)
    os.close(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, mode))
    partial.chmod(mode)  # whatever the umask
    with closing(connect_sqlite(source, mode="ro", busy_seconds=database.busy_seconds)) as connection:
        connection.execute("VACUUM INTO ?", (str(partial),))
    sync(partial)


def _dump_command(url: sa.URL, path: Path) -> str:
    """Return the shell command that copies a PostgreSQL database into a file; no password is in it."""
    from psycopg.pq import Conninfo

    # As SQLAlchemy gives them to the driver, which also takes settings that are its own.
    _, given = url.get_dialect()().create_connect_args(url)
    known = {option.keyword.decode() for option in Conninfo.get_defaults() if option.dispchar != b"*"}
    options = {key: str(value) for key, value in given.items() if key in known}
    user, name = options.pop("user", None), options.pop("dbname", "")
    server = "" if user is None else f"{quote(user, safe='')}@"
    if url.host:
        host, port = options.pop("host"), options.pop("port", None)
        server += f"[{host}]" if ":" in host else quote(host, safe="")
        server += "" if port is None else f":{port}"
    query = urlencode(options, quote_via=quote)
    address = f"postgresql://{server}/{quote(name, safe='')}{'?' if query else ''}{query}"
    return f"pg_dump --dbname={shlex.quote(address)} --file={shlex.quote(str(path))}"

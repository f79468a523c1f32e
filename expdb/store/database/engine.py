"""Connections to the database: the only place that creates an engine.

On SQLite every write transaction starts with BEGIN IMMEDIATE, so that it waits for its turn: one that reads first
and writes later fails at once, whatever the timeout. Readers have an engine of their own, with a plain BEGIN.
"""

import json
import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import sqlalchemy as sa
from sqlalchemy import event

from expdb.data.run_files import is_for_group, make_file
from expdb.errors import ExpdbError, ReplacedError, StoreError
from expdb.store.database.address import parse_address
from expdb.store.database.driver_errors import DRIVER_ERRORS, damaged, suggests_damage, translated
from expdb.store.database.file_lock import file_lock
from expdb.store.database.folding import FOLD_FUNCTION, fold_or_null
from expdb.store.database.opened_file import OpenedFile, log_path
from expdb.store.database.prepared import Prepared

BUSY_SECONDS = 60.0

# Known to the condition in `judged_status`: a function of SQLite connections, a setting of PostgreSQL sessions.
GONE_FUNCTION = "expdb_is_gone"
GONE_SETTING = "expdb.gone"

_OWN_UUID = "SELECT uuid FROM databases WHERE merged_at IS NULL"
_SCHEMA_LOCK_KEY = 0x65787064  # "expd", the advisory lock's number on PostgreSQL


class Database:
    """The two engines of one database. Every driver error leaves as a StoreError.

    Attributes:
        address: where the database is.
        is_read_only: nothing is ever written, no database is ever created.
        busy_seconds: how long to wait for another process's lock.
        uuid: that the database must have; None: not known yet.
    """

    def __init__(
        self,
        url: str,
        *,
        is_read_only: bool = False,
        busy_seconds: float = BUSY_SECONDS,
        is_group_readable: bool = False,
    ) -> None:
        self.address = parse_address(url)
        self.is_read_only = is_read_only
        self.busy_seconds = busy_seconds
        self._makes_for_group = is_group_readable
        self.uuid: str | None = None
        self._gone: frozenset[str] = frozenset()
        path = self.address.path
        self._file = None if path is None else OpenedFile(path, label=self.address.label)
        self._prepared: dict[sa.UpdateBase, Prepared] = {}
        self._token_connection: sqlite3.Connection | None = None
        self._token_lock = threading.Lock()
        if self.address.path is not None:
            with self.translating():
                self._check_file(self.address.path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def is_group_readable(self) -> bool:
        """Whether files are made for the group too: as was asked for, or as the SQLite file was made."""
        path = self.address.path
        return self._makes_for_group or (path is not None and path.exists() and is_for_group(path))

    def prepare(self) -> None:
        """Create a missing SQLite file, for this user or the group, and put it into WAL mode. Raises StoreError."""
        path = self.address.path
        if path is None:
            return
        with self.translating():
            if path.exists() and path.stat().st_size and _is_wal(path, busy_seconds=self.busy_seconds):
                return
        with self.schema_lock(), self.translating():
            make_file(path, is_group_readable=self._makes_for_group)  # SQLite makes its logs as readable as the file
            connection = connect_sqlite(path, mode="rwc", busy_seconds=self.busy_seconds)
            try:
                mode = connection.execute("PRAGMA journal_mode=WAL").fetchone()[0]
            finally:
                connection.close()
        if mode != "wal":
            raise StoreError(f"{self.address.label}: SQLite needs a local disk here (no write-ahead log): move it")

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """Open a read transaction: one state of the database, however many statements. Raises StoreError."""
        self._require_same_file()
        with self.translating(), self._reader.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """Open a write transaction: all of it is stored, or nothing. Raises StoreError."""
        self._require_same_file()
        with self.translating(), self.writer.begin() as connection:
            yield connection

    def prepared(self, statement: sa.UpdateBase) -> Prepared:
        """Return a statement in the words of this database's driver; compiled with its first use."""
        found = self._prepared.get(statement)
        if found is None:
            found = self._prepared[statement] = Prepared(statement, self.writer.dialect)
        return found

    @property
    def gone(self) -> frozenset[str]:
        """The keys of attempts whose processes are known to be gone (see `judged_status`)."""
        return self._gone

    @gone.setter
    def gone(self, keys: frozenset[str]) -> None:
        if keys != self._gone and self.address.path is None:
            self._dispose()  # sessions are told when they begin
        self._gone = keys

    def now(self, connection: sa.Connection) -> datetime:
        """Return the time by the database's clock: workers on several machines agree on that one only."""
        if self.address.path is not None:
            return datetime.now(UTC)  # SQLite is on this machine
        now: datetime = connection.execute(sa.text("SELECT clock_timestamp()")).scalar_one()
        return now.astimezone(UTC)

    def change_token(self) -> int | str:
        """Return a value that changes whenever anything was committed. Raises StoreError."""
        if self.address.path is None:
            # Every commit removes its transaction from those that a snapshot lists as running.
            with self.reading() as connection:
                return str(connection.execute(sa.text("SELECT pg_current_snapshot()::text")).scalar_one())
        with self._token_lock, self.translating():
            # Counts the commits of others, so it is this connection's own that must never write.
            if self._token_connection is None:
                self._token_connection = self.connect_reader()
            return int(self._token_connection.execute("PRAGMA data_version").fetchone()[0])

    @contextmanager
    def schema_lock(self) -> Iterator[None]:
        """Keep every other process from creating or upgrading this database meanwhile. Raises StoreError."""
        if self.address.path is not None:
            with (
                self.translating(),
                file_lock(self.address.path, label=self.address.label, wait_seconds=self.busy_seconds),
            ):
                yield
            return
        with self.translating():
            connection = self.writer.connect().execution_options(isolation_level="AUTOCOMMIT")
        try:
            with self.translating():
                connection.execute(sa.text("SELECT pg_advisory_lock(:key)"), {"key": _SCHEMA_LOCK_KEY})
            yield
        finally:
            connection.invalidate()  # ends the session, and with it the lock, even after an error
            connection.close()

    def close(self) -> None:
        """Close all connections."""
        self._dispose()
        with self._token_lock:
            if self._token_connection is not None:
                self._token_connection.close()
                self._token_connection = None

    def _dispose(self) -> None:
        for name in ("writer", "_reader"):
            engine = self.__dict__.pop(name, None)
            if engine is not None:
                engine.dispose()

    def _require_same_file(self) -> None:
        """Connect anew where another file is in the place of the one that was opened. Raises ReplacedError."""
        if self._file is not None:
            self._file.look(on_another=self.close)

    def _require_same_database(self, uuids: Sequence[str]) -> None:
        """Raise ReplacedError if a new connection leads to another database than the one that was opened."""
        if self.uuid is not None and self.uuid not in uuids:
            raise ReplacedError(f"another database is in the place of {self.address.label}: nothing is written into it")

    @cached_property
    def writer(self) -> sa.Engine:
        """The engine of write transactions."""
        if self.is_read_only:
            raise StoreError(f"{self.address.label} was opened for reading only")
        path = self.address.path
        if path is None:
            return self._postgres_engine()
        return _sqlite_engine(path, begin="BEGIN IMMEDIATE", connect=self._connect_writer)

    @cached_property
    def _reader(self) -> sa.Engine:
        path = self.address.path
        if path is None:
            return self._postgres_engine().execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
        return _sqlite_engine(path, begin="BEGIN", connect=self.connect_reader)

    def connect_reader(self) -> sqlite3.Connection:
        """Open an SQLite file for reading only, outside any transaction."""
        path = self.address.path
        assert path is not None  # noqa: S101 - our own mistake
        # A store that may write also recovers what a crash left; one that may not leaves every byte as it is.
        mode = _read_only_mode(path, busy_seconds=self.busy_seconds) if self.is_read_only else "rw"
        connection = connect_sqlite(path, mode=mode, busy_seconds=self.busy_seconds)
        connection.execute("PRAGMA query_only=ON")
        return self._told(connection)

    def _connect_writer(self) -> sqlite3.Connection:
        path = self.address.path
        assert path is not None  # noqa: S101 - our own mistake
        connection = connect_sqlite(path, mode="rw", busy_seconds=self.busy_seconds)
        for pragma in ("synchronous=NORMAL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")
        return self._told(connection)

    def _told(self, connection: sqlite3.Connection) -> sqlite3.Connection:
        """Return a connection that knows which attempts are gone, and leads to the database that was opened."""
        connection.create_function(GONE_FUNCTION, 1, lambda key: key in self._gone)
        connection.create_function(FOLD_FUNCTION, 1, fold_or_null, deterministic=True)
        if self.uuid is not None:
            try:
                has_uuid = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'databases'").fetchone()
                found = [uuid for (uuid,) in connection.execute(_OWN_UUID)] if has_uuid else []
                self._require_same_database(found)
            except BaseException:
                connection.close()
                raise
        return connection

    def _postgres_engine(self) -> sa.Engine:
        engine = _postgres_engine(self.address.url, busy_seconds=self.busy_seconds)

        @event.listens_for(engine, "connect")
        def _tell(connection: Any, _record: object) -> None:
            connection.execute("SELECT set_config(%s, %s, false)", (GONE_SETTING, ",".join(sorted(self._gone))))
            if self.uuid is not None:
                self._require_same_database([uuid for (uuid,) in connection.execute(_OWN_UUID)])
            connection.commit()

        return engine

    @contextmanager
    def translating(self) -> Iterator[None]:
        """Raise what goes wrong with the database in the block as StoreError; other errors pass."""
        try:
            yield
        except Exception as error:
            explained = self.explained(error)
            if explained is error:
                raise
            raise explained from error

    def explained(self, error: Exception) -> Exception:
        """Return the StoreError that says what happened, or the error itself where the database is not behind it.

        Anything may come of a value that SQLite should not have stored: where it did, this is said, with its place.
        """
        if isinstance(error, ExpdbError):
            return error
        is_of_driver = isinstance(error, DRIVER_ERRORS)
        if (not is_of_driver or suggests_damage(error)) and (damage := self.damage()):
            return StoreError(damage)
        return translated(error, self.address, busy_seconds=self.busy_seconds) if is_of_driver else error

    def damage(self) -> str | None:
        """Return the message for an SQLite file in which a row or value cannot be read; None where all can."""
        if self.address.path is None:
            return None
        from expdb.store.database.read_rows import first_unread  # only when something went wrong

        with suppress(*DRIVER_ERRORS, MemoryError, UnicodeError), closing(self.connect_reader()) as connection:
            found = first_unread(connection)
            return None if found is None else damaged(self.address.label, str(found))
        return None

    def _check_file(self, path: Path) -> None:
        label = self.address.label
        if path.is_dir():
            raise StoreError(f"{label} is a folder, not a database file")
        if path.exists() and not path.is_file():
            raise StoreError(f"{label} is not a regular file")
        if not path.exists() and self.is_read_only:
            files = path.with_suffix(".artifacts")
            way_out = ": record a run first (expdb run) or see expdb demo"
            if files.is_dir():
                way_out = f", but files of its runs in {files.name}: was it moved? Put it back"
            raise StoreError(f"no database at {label}{way_out}")
        if not path.parent.is_dir():
            raise StoreError(f"{label}: there is no folder {path.parent}: create it first")
        # SQLite keeps its write-ahead log beside the file.
        is_writable = os.access(path.parent, os.W_OK) and (not path.exists() or os.access(path, os.W_OK))
        if not self.is_read_only and not is_writable:
            raise StoreError(f"{label} is read-only: change the permissions of the file and its folder")
        if not os.access(path if path.exists() else path.parent, os.R_OK):
            raise StoreError(f"{label} may not be read by this user")


def connect_sqlite(path: Path, *, mode: str, busy_seconds: float) -> sqlite3.Connection:
    """Open an SQLite file in a mode of its URI (`ro`, `rw`, `rwc`), transactions being started by hand."""
    return sqlite3.connect(
        f"{path.as_uri()}?mode={mode}",
        uri=True,
        timeout=busy_seconds,
        isolation_level=None,
        check_same_thread=False,  # the pool hands a connection to one thread at a time
    )


def _is_wal(path: Path, *, busy_seconds: float) -> bool:
    connection = connect_sqlite(path, mode="rw", busy_seconds=busy_seconds)
    try:
        return bool(connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal")
    finally:
        connection.close()


def _read_only_mode(path: Path, *, busy_seconds: float) -> str:
    """Return `ro`, or in a folder where SQLite may not create its side files: `ro`, taking the file as unchanging."""
    with suppress(sqlite3.DatabaseError, UnicodeDecodeError):  # a damaged file is told by what reads it
        connection = connect_sqlite(path, mode="ro", busy_seconds=busy_seconds)
        try:
            connection.execute("SELECT count(*) FROM sqlite_master")
            return "ro"
        finally:
            connection.close()
    log = log_path(path)
    # An immutable file is read without its log: never silently show an older state.
    is_whole = not log.exists() or log.stat().st_size == 0
    return "ro&immutable=1" if is_whole and not os.access(path.parent, os.W_OK) else "ro"


def _from_json(text: str) -> Any:
    """Read JSON. Most documents of a run are empty: of thousands of runs, parsing these takes a tenth of the time."""
    return {} if text == "{}" else [] if text == "[]" else json.loads(text)


def _sqlite_engine(path: Path, *, begin: str, connect: Any) -> sa.Engine:
    engine = sa.create_engine(
        sa.URL.create("sqlite", database=str(path)),
        creator=connect,
        json_serializer=_to_json,
        json_deserializer=_from_json,
        hide_parameters=True,
    )

    @event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def _postgres_engine(url: sa.URL, *, busy_seconds: float) -> sa.Engine:
    # A network that is dead answers nothing: without these, a statement on it would wait for hours.
    alive = {"keepalives_idle": 20, "keepalives_interval": 10, "keepalives_count": 3, "tcp_user_timeout": 50_000}
    options = {"connect_timeout": 10, "client_encoding": "utf8", **alive}
    try:
        engine = sa.create_engine(
            url,
            connect_args={key: value for key, value in options.items() if key not in url.query},
            pool_pre_ping=True,
            json_serializer=_to_json,
            hide_parameters=True,
        )
    except ModuleNotFoundError as error:
        raise StoreError("PostgreSQL needs its driver: pip install 'psycopg[binary]'") from error

    @event.listens_for(engine, "connect")
    def _limit_waiting(connection: Any, _record: object) -> None:
        connection.execute(f"SET lock_timeout = {int(busy_seconds * 1000)}")
        connection.commit()

    return engine


def _to_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)

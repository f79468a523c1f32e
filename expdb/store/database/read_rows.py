"""Reading a table of a damaged SQLite file row by row: all that stands on pages that can be read."""

import sqlite3
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from expdb.store.database.stored_values import StoredValueError, decode, repaired, stored_value
from expdb.store.tables import METADATA, REVISIONS, VERSION_TABLE

_MOST_ROWIDS = 1_000_000  # looked for one by one where the table does not say how far they go
# What says nothing about the file's contents, and would be the same for every row.
_OTHER_TROUBLE = (
    *(sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_NOTADB),
    *(sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH, sqlite3.SQLITE_INTERRUPT, sqlite3.SQLITE_PROTOCOL),
)
# MemoryError: a length that damage made; UnicodeDecodeError: SQLite's own words, with a damaged name in them.
UNREADABLE = (sqlite3.Error, MemoryError, UnicodeDecodeError)

_Raw = tuple[Any, ...]


@dataclass(frozen=True, kw_only=True)
class Unread:
    """What could not be read of a table.

    Attributes:
        table: its name.
        first, last: row ids; None where it concerns the whole table.
        column: the only one concerned; None: the rows are lost.
        reason: what is wrong.
        is_missing_table: there is none of that name.
    """

    table: str
    first: int | None = None
    last: int | None = None
    column: str | None = None
    reason: str
    is_missing_table: bool = False

    def __str__(self) -> str:
        if self.first is None:
            return f"{self.table}: {self.reason}"
        rows = f"row {self.first}" if self.first == self.last else f"rows {self.first} to {self.last}"
        return f"{self.table}: {rows}{f', {self.column}' if self.column else ''}: {self.reason}"


def prepare(connection: sqlite3.Connection) -> None:
    """Let a connection, which is then for `readable_rows` only, read as much of a damaged file as can be."""
    connection.text_factory = decode
    with suppress(*UNREADABLE):
        connection.execute("PRAGMA writable_schema=ON")  # tables are found beside others whose entry is damaged
        connection.execute("PRAGMA cell_size_check=ON")


def readable_rows(
    connection: sqlite3.Connection, table: sa.Table, unread: Callable[[Unread], object]
) -> Iterator[dict[str, Any]]:
    """Yield the rows of a table that can be read, in no order, with the values that a `select` would give.

    A value that cannot be read is missing from its row's dictionary, except a text that is no UTF-8: of that, the
    bytes that are none are replaced by marks. Both are told, as are rows that cannot be read at all.

    Args:
        connection: one that `prepare` was given.
        table: of `store.tables`; columns that the file does not have are missing from all rows.
        unread: is called with what could not be read.

    Raises:
        sqlite3.Error: nothing can be read now, for another reason than damage (a lock, say).
    """
    try:
        names = {str(name) for _, name, *_ in connection.execute(f'PRAGMA table_info("{table.name}")')}
    except UNREADABLE as error:
        _raise_other_trouble(error)
        unread(Unread(table=table.name, reason=f"cannot be read: {error}"))
        return
    columns = [column for column in table.columns if column.name in names]
    if not columns:
        unread(Unread(table=table.name, reason="the table is missing", is_missing_table=True))
        return
    if not table.dialect_options["sqlite"]["with_rowid"]:
        for number, raw in enumerate(_keyed_rows(connection, table, [column.name for column in columns], unread), 1):
            yield _row(table.name, number, columns, raw, unread)
        return
    for rowid, raw in _Reading(connection, table.name, [column.name for column in columns], unread).rows():
        yield _row(table.name, rowid, columns, raw, unread)


def _keyed_rows(
    connection: sqlite3.Connection, table: sa.Table, names: Sequence[str], unread: Callable[[Unread], object]
) -> Iterator[_Raw]:
    """Yield the rows of a table without row ids: forwards until one cannot be read, and backwards until another."""
    keys = [column.name for column in table.primary_key.columns]
    places = [names.index(key) for key in keys]
    listed = ", ".join(f'"{name}"' for name in names)
    reached: dict[str, tuple[Any, ...]] = {}
    for order, is_beyond in (("ASC", tuple.__gt__), ("DESC", tuple.__lt__)):
        by_key = ", ".join(f'"{key}" {order}' for key in keys)
        try:
            for raw in connection.execute(f'SELECT {listed} FROM "{table.name}" ORDER BY {by_key}'):  # noqa: S608
                key = tuple(raw[place] for place in places)
                if "ASC" in reached and order == "DESC" and not key > reached["ASC"]:
                    break
                if order in reached and not is_beyond(key, reached[order]):
                    raise sqlite3.DatabaseError("its rows are out of order")
                reached[order] = key
                yield tuple(raw)
            else:
                if order == "ASC":
                    return
        except (*UNREADABLE, TypeError) as error:  # TypeError: a key that damage made is none
            if not isinstance(error, TypeError):
                _raise_other_trouble(error)
            if order == "ASC":
                reached.setdefault(order, ())
                unread(Unread(table=table.name, reason=f"some rows cannot be read: {error}"))


def first_unread(connection: sqlite3.Connection) -> Unread | None:
    """Return the first that cannot be read of all tables; None: all can."""
    prepare(connection)
    return next(all_unread(connection), None)


def all_unread(connection: sqlite3.Connection) -> Iterator[Unread]:
    """Yield what cannot be read of all tables, of those that a file of its revision has. See `readable_rows`."""
    with suppress(*UNREADABLE):
        if connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone() is None:
            return  # an empty database lacks nothing
    is_older = _is_older(connection)
    found: list[Unread] = []
    for table in METADATA.sorted_tables:
        for _ in readable_rows(connection, table, found.append):
            yield from found
            found.clear()
        yield from (one for one in found if not (is_older and one.is_missing_table))
        found.clear()


def _is_older(connection: sqlite3.Connection) -> bool:
    with suppress(*UNREADABLE):
        revisions = connection.execute(f"SELECT version_num FROM {VERSION_TABLE}").fetchall()  # noqa: S608
        return len(revisions) == 1 and revisions[0][0] in REVISIONS[:-1]
    return False


def is_damage(error: BaseException) -> bool:
    """Tell whether an error of SQLite says that the file is damaged."""
    return isinstance(error, UNREADABLE) and getattr(error, "sqlite_errorcode", 0) & 0xFF not in _OTHER_TROUBLE


class _Missing:
    """Stands for a value that could not be read and was told already."""


def _row(
    table: str, rowid: int, columns: Sequence[sa.Column[Any]], raw: _Raw, unread: Callable[[Unread], object]
) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for column, stored in zip(columns, raw, strict=True):
        if isinstance(stored, _Missing):
            continue
        try:
            row[column.name] = stored_value(column, stored)
        except StoredValueError as error:
            unread(Unread(table=table, first=rowid, last=rowid, column=column.name, reason=str(error)))
            text = repaired(stored)
            if text is not None and isinstance(column.type, sa.Text):
                row[column.name] = text
    return row


def _raise_other_trouble(error: Exception) -> None:
    if not is_damage(error):
        raise error


class _Reading:
    """Reads one table: forwards until a page cannot be read, backwards until it meets another, then between them."""

    def __init__(
        self, connection: sqlite3.Connection, table: str, columns: Sequence[str], unread: Callable[[Unread], object]
    ) -> None:
        self._connection = connection
        self._table = table
        self._columns = columns
        self._unread = unread
        listed = ", ".join(f'"{name}"' for name in columns)
        self._select = f'SELECT rowid, {listed} FROM "{table}"'  # noqa: S608 - names of our own tables
        self._reasons: dict[int, str] = {}  # by row id that cannot be read

    def rows(self) -> Iterator[tuple[int, _Raw]]:
        """Yield row ids and values, then tell which rows could not be read."""
        low, high = self._bounds()
        gaps = [(low, high)]
        while gaps:
            low, high = gaps.pop()
            if low == high:
                yield from self._single(low)
                continue
            end = yield from self._scan(low, high, is_forward=True)
            if end is None:
                continue
            start = yield from self._scan(end + 1, high, is_forward=False)
            if start is None or start - 1 < end + 1:
                continue
            low, high = end + 1, start - 1
            middle = (low + high) // 2
            gaps += [(low, high)] if low == high else [(middle + 1, high), (low, middle)]
        self._tell()

    def _bounds(self) -> tuple[int, int]:
        """Return the least and greatest row id: by the table, by an index, or as far as there may be any."""
        statements = [f'SELECT {{}}(rowid) FROM "{self._table}"']  # noqa: S608 - names of our own tables
        with suppress(*UNREADABLE):
            indexes = self._connection.execute(f'PRAGMA index_list("{self._table}")').fetchall()
            statements += [
                f'SELECT {{}}(rowid) FROM "{self._table}" INDEXED BY "{name}"'  # noqa: S608
                for _, name, *_ in indexes
            ]
        least, greatest = (self._first_answer([text.format(of) for text in statements]) for of in ("min", "max"))
        if greatest is None:
            greatest = self._first_answer([f"SELECT seq FROM sqlite_sequence WHERE name = '{self._table}'"])  # noqa: S608
        if greatest is None and self._is_empty():
            return 0, 0
        if greatest is None:
            greatest = self._most_rows()
        return (min(least, greatest) if least is not None else min(1, greatest)), greatest

    def _first_answer(self, statements: Sequence[str]) -> int | None:
        for statement in statements:
            try:
                (answer,) = self._connection.execute(statement).fetchone() or (None,)
            except UNREADABLE as error:
                _raise_other_trouble(error)
                continue
            if isinstance(answer, int):
                return answer
        return None

    def _is_empty(self) -> bool:
        try:
            return self._connection.execute(f'SELECT 1 FROM "{self._table}" LIMIT 1').fetchone() is None  # noqa: S608
        except UNREADABLE as error:
            _raise_other_trouble(error)
            return False

    def _most_rows(self) -> int:
        with suppress(*UNREADABLE):
            (pages,) = self._connection.execute("PRAGMA page_count").fetchone()
            (size,) = self._connection.execute("PRAGMA page_size").fetchone()
            return max(1, min(_MOST_ROWIDS, int(pages) * int(size) // (8 + len(self._columns))))
        return _MOST_ROWIDS

    def _scan(self, low: int, high: int, *, is_forward: bool) -> Generator[tuple[int, _Raw], None, int | None]:
        """Yield rows until one cannot be read; return the last row id that was read, or None when all were."""
        reached = low - 1 if is_forward else high + 1
        order = "ASC" if is_forward else "DESC"
        try:
            found = self._connection.execute(
                f"{self._select} WHERE rowid BETWEEN ? AND ? ORDER BY rowid {order}", (low, high)
            )
            for rowid, *raw in found:
                if not (reached < rowid <= high if is_forward else low <= rowid < reached):
                    return reached  # out of order: the page above is damaged
                reached = rowid
                yield rowid, tuple(raw)
        except UNREADABLE as error:
            _raise_other_trouble(error)
            return reached
        return None

    def _single(self, rowid: int) -> Iterator[tuple[int, _Raw]]:
        try:
            for found, *raw in self._connection.execute(f"{self._select} WHERE rowid = ?", (rowid,)):
                yield found, tuple(raw)
        except UNREADABLE as error:
            _raise_other_trouble(error)
            yield from self._by_column(rowid, error)

    def _by_column(self, rowid: int, error: BaseException) -> Iterator[tuple[int, _Raw]]:
        """Yield a row of which only some columns can be read: a long text goes on on other pages."""
        values: list[Any] = []
        lost: list[Unread] = []
        for name in self._columns:
            try:
                statement = f'SELECT "{name}" FROM "{self._table}" WHERE rowid = ?'  # noqa: S608
                values.append(self._connection.execute(statement, (rowid,)).fetchone()[0])
            except (*UNREADABLE, TypeError):  # TypeError: the row is not found this time
                values.append(_Missing())
                lost.append(
                    Unread(table=self._table, first=rowid, last=rowid, column=name, reason=f"cannot be read: {error}")
                )
        if len(lost) == len(values):
            self._reasons[rowid] = str(error)
            return
        for one in lost:
            self._unread(one)
        yield rowid, tuple(values)

    def _tell(self) -> None:
        """Tell the rows that could not be read, neighbours together."""
        start = None
        for rowid, reason in sorted(self._reasons.items()):
            start = rowid if start is None else start
            if rowid + 1 not in self._reasons:
                self._unread(Unread(table=self._table, first=start, last=rowid, reason=f"cannot be read: {reason}"))
                start = None

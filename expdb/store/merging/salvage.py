"""What can be read of a damaged SQLite file, row by row, in a whole file of its own."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

import sqlalchemy as sa

from expdb.store.database.engine import Database
from expdb.store.database.read_rows import Unread, prepare, readable_rows
from expdb.store.database.revision import ensure_created
from expdb.store.database.stored_values import StoredValueError, stored_value
from expdb.store.tables import METADATA, databases, runs

_Row = dict[str, Any]

_AT_ONCE = 500
_FRACTIONS = ("top1", "top5", "val_top1", "best_top1")
# What a run's row has in place of a value that cannot be read and must be there.
_IN_PLACE: Final[Mapping[str, Callable[[_Row], Any]]] = {
    "status": lambda _: "crashed",
    "kind": lambda row: "measured" if row.get("spec_json") else "reported",
    "created_at": lambda row: row.get("started_at") or datetime.fromtimestamp(0, UTC),
    "dataset": lambda _: "unreadable",
    "model": lambda _: "unreadable",
    "epochs_done": lambda _: 0,
    "packages": lambda _: {},
    "quote": lambda _: {},
    "settings": lambda _: {},
    "unparsed": lambda _: [],
    "extends_another": lambda _: False,
}


def salvage(damaged: Database, folder: Path) -> tuple[Database, tuple[str, ...]]:
    """Write what can be read of a database into a new file; return that, open, and what was lost, a line each.

    Raises:
        StoreError: it cannot be read now, because it is locked, say; or the folder's disk is full.
    """
    saved = Database(f"sqlite:///{folder / 'saved.db'}")
    lost: list[str] = []
    try:
        ensure_created(saved)
        with damaged.translating(), closing(damaged.connect_reader()) as connection:
            prepare(connection)

            def read(table: sa.Table) -> Iterator[_Row]:
                rows = readable_rows(connection, table, lambda unread: lost.append(_told(unread)))
                return (_understood(table, row) for row in rows)

            _Copying(saved, read, lost).copy()
    except BaseException:
        saved.close()
        raise
    return saved, tuple(dict.fromkeys(lost))


def _understood(table: sa.Table, row: _Row) -> _Row:
    """Return a row without texts that are to stand for something and, with marks for lost bytes, do not."""
    kept = dict(row)
    for name in {"spec_json", "definition_json", "test_json"} & {name for name in row if row[name] is not None}:
        try:
            stored_value(table.c[name], row[name])
        except StoredValueError:
            del kept[name]
    return kept


def _told(unread: Unread) -> str:
    is_replaced = unread.table == runs.name and unread.column in _IN_PLACE
    return f"{unread}{'; something else stands in its place' if is_replaced else ''}"


class _Copying:
    """Copies tables, parents before children; rows whose parent is lost are told."""

    def __init__(self, saved: Database, read: Callable[[sa.Table], Iterator[_Row]], lost: list[str]) -> None:
        self._saved = saved
        self._read = read
        self._lost = lost
        self._known: dict[str, set[Any]] = {}  # the keys of parents that are there, by table

    def copy(self) -> None:
        """Copy all tables."""
        for table in METADATA.sorted_tables:
            if table is databases:
                self._copy_databases()
                continue
            rows = self._read(table)
            if table is runs:
                self._copy_runs(rows)
            else:
                self._copy_rows(table, rows)

    def _copy_databases(self) -> None:
        rows = [row for row in self._read(databases) if row.get("uuid") and row.get("created_at")]
        own = [row for row in rows if row.get("merged_at") is None]
        with self._saved.writing() as connection:
            if len(own) == 1:
                connection.execute(databases.delete())
            else:  # the same at each try, so that what was saved is known again
                rows = [row for row in rows if row not in own]
                first = next((row["uuid"] for row in self._read(runs) if row.get("uuid")), "")
                name = str(uuid5(NAMESPACE_URL, f"expdb damaged {first}"))
                connection.execute(databases.update().values(uuid=name))
                self._lost.append("databases: which database this is cannot be read")
                rows = [row for row in rows if row["uuid"] != name]
        self._insert(databases, rows)
        with self._saved.reading() as connection:
            self._known[databases.name] = set(connection.execute(sa.select(databases.c.uuid)).scalars())

    def _copy_runs(self, rows: Iterator[_Row]) -> None:
        known = self._known.setdefault(runs.name, set())
        for row in rows:
            number = row.get("id")
            if number is None:
                self._lost.append(f"runs: a row without a number is lost ({row.get('name') or row.get('uuid') or '?'})")
                continue
            row |= {name: of(row) for name, of in _IN_PLACE.items() if row.get(name) is None}
            row["uuid"] = row.get("uuid") or str(uuid5(NAMESPACE_URL, f"expdb damaged run {number}"))
            for name in _FRACTIONS:
                if row.get(name) is not None and not 0 <= row[name] <= 1:
                    self._lost.append(f"runs: row {number}, {name}: {row[name]!r} is no fraction")
                    row[name] = None
            if self._insert_one(runs, row):
                known.add(number)
                continue
            allowed = row | {"status": "crashed", "kind": _IN_PLACE["kind"](row), "best_by": None}
            allowed |= {"name": None, "row_key": None, "uuid": str(uuid5(NAMESPACE_URL, f"{row['uuid']} {number}"))}
            if self._insert_one(runs, allowed):
                known.add(number)
                self._lost.append(f"runs: row {number} is kept without its name and status, which a rule forbids")
            else:
                self._lost.append(f"runs: row {number} is lost: a rule forbids what stands in it")

    def _copy_rows(self, table: sa.Table, rows: Iterator[_Row]) -> None:
        parents = [(column.name, key.column.table.name) for column in table.columns for key in column.foreign_keys]
        orphans: Counter[tuple[str, Any]] = Counter()
        required = [column.name for column in table.columns if not column.nullable]

        def whole() -> Iterator[_Row]:
            for row in rows:
                missing = [name for name in required if row.get(name) is None]
                lacking = next((one for one in parents if row.get(one[0]) not in self._known.get(one[1], ())), None)
                if missing:
                    self._lost.append(f"{table.name}: a row without {missing[0]} is lost")
                elif lacking is not None:
                    orphans[lacking[1], row[lacking[0]]] += 1
                else:
                    yield row

        self._insert(table, whole())
        for (parent, key), number in orphans.items():
            rows_are = "1 row is" if number == 1 else f"{number:,} rows are"
            self._lost.append(f"{table.name}: {rows_are} lost, of row {key} of {parent}, which cannot be read")

    def _insert(self, table: sa.Table, rows: Any) -> None:
        rest = iter(rows)
        while some := list(islice(rest, _AT_ONCE)):
            filled = [{column.name: row.get(column.name) for column in table.columns} for row in some]
            if not self._insert_many(table, filled):
                for row in filled:
                    if not self._insert_one(table, row):
                        self._lost.append(f"{table.name}: a row is lost, which a rule forbids: {_key(table, row)}")
            if len(table.primary_key.columns) == 1:
                (key,) = table.primary_key.columns
                self._known.setdefault(table.name, set()).update(row[key.name] for row in filled)

    def _insert_one(self, table: sa.Table, row: _Row) -> bool:
        return self._insert_many(table, [{column.name: row.get(column.name) for column in table.columns}])

    def _insert_many(self, table: sa.Table, rows: Sequence[_Row]) -> bool:
        try:
            with self._saved.writer.begin() as connection:
                connection.execute(table.insert(), rows)
        except (sa.exc.IntegrityError, sa.exc.StatementError, OverflowError, UnicodeEncodeError) as error:
            if isinstance(error, sa.exc.OperationalError):
                raise
            return False
        return True


def _key(table: sa.Table, row: _Row) -> str:
    return ", ".join(f"{column.name} {row[column.name]!r}" for column in table.primary_key.columns)

"""Reading damaged files row by row: nothing that stands on a page that can be read is lost."""

import random
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from expdb.store.database.read_rows import Unread, prepare, readable_rows
from expdb.store.store import Store
from expdb.store.tables import METADATA, epochs, runs
from tests.store.database.damaged import damages, make_whole
from tests.store.events import epoch, running

PAGE = 4096
NUM_EPOCHS = 5000


def read(path, table):
    unread: list[Unread] = []
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
        prepare(connection)
        return list(readable_rows(connection, table, unread.append)), unread


@pytest.fixture(scope="module")
def long_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with 5,000 epochs of one run."""
    path = tmp_path_factory.mktemp("long") / "runs.db"
    with Store.open(f"sqlite:///{path}") as store:
        store.record(running(store, epochs=NUM_EPOCHS), epoch(1))
    with closing(sqlite3.connect(path)) as connection:
        run_id, _, *values = connection.execute("SELECT * FROM epochs").fetchone()
        places = ", ".join("?" * (2 + len(values)))
        rows = ((run_id, number, *values) for number in range(2, NUM_EPOCHS + 1))
        connection.executemany(f"INSERT INTO epochs VALUES ({places})", rows)
        connection.commit()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path


def leaves_of(path: Path, *, is_last: bool) -> list[tuple[int, bytes]]:
    """Return the numbers (from 0) and contents of the pages with epochs, found by their type and size."""
    content = path.read_bytes()
    pages = [(at, content[at * PAGE : (at + 1) * PAGE]) for at in range(1, len(content) // PAGE)]
    # Leaf pages of tables begin with 13; those of epochs are full of small rows.
    leaves = [(at, page) for at, page in pages if page[0] == 13 and int.from_bytes(page[3:5], "big") > 30]
    return leaves[-3:] if is_last else leaves[10:-10]


@pytest.mark.parametrize("is_last", [False, True], ids=["in the middle", "at the end"])
@pytest.mark.parametrize("filling", [b"\xa5", b"\0", None], ids=["garbage", "zeros", "noise"])
def test_all_rows_on_whole_pages_are_found(long_run: Path, tmp_path: Path, filling, is_last):
    chosen = random.Random(3)
    leaves = leaves_of(long_run, is_last=is_last)
    broken = chosen.sample(leaves, min(7, len(leaves)))
    content = bytearray(long_run.read_bytes())
    for at, _ in broken:
        content[at * PAGE : (at + 1) * PAGE] = chosen.randbytes(PAGE) if filling is None else filling * PAGE
    path = tmp_path / "broken.db"
    path.write_bytes(content)

    rows, unread = read(path, epochs)

    numbers = {row["epoch"] for row in rows}
    lost = {number for one in unread for number in range(one.first, one.last + 1)}
    assert len(rows) == len(numbers)
    assert numbers | lost == set(range(1, NUM_EPOCHS + 1))
    assert not numbers & lost
    assert len(lost) == sum(int.from_bytes(page[3:5], "big") for _, page in broken)


def test_what_is_whole_reads_as_the_store_does(tmp_path: Path):
    path = tmp_path / "runs.db"
    make_whole(path)

    engine = sa.create_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        for table in METADATA.sorted_tables:
            rows, unread = read(path, table)
            has_row_ids = table.dialect_options["sqlite"]["with_rowid"]
            order = [sa.text("rowid")] if has_row_ids else table.primary_key.columns
            expected = connection.execute(sa.select(table).order_by(*order)).mappings()
            assert (rows, unread) == ([dict(row) for row in expected], [])
    engine.dispose()


def test_rows_are_found_without_the_way_to_the_last_of_them(long_run: Path, tmp_path: Path):
    """The table's own greatest row id cannot be read: that of its index is taken."""
    path = tmp_path / "broken.db"
    content = bytearray(long_run.read_bytes())
    with closing(sqlite3.connect(long_run)) as connection:
        (root,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'epochs'").fetchone()
    start = (root - 1) * PAGE + 8  # where an inner page names its last child
    at = int.from_bytes(content[start : start + 4], "big") - 1
    num_lost = int.from_bytes(content[at * PAGE + 3 : at * PAGE + 5], "big")
    content[at * PAGE : (at + 1) * PAGE] = b"\xff" * PAGE
    path.write_bytes(content)

    rows, (unread,) = read(path, epochs)

    assert len(rows) == NUM_EPOCHS - num_lost
    assert unread.last == NUM_EPOCHS
    assert str(unread).startswith(f"epochs: rows {unread.first} to {NUM_EPOCHS}: cannot be read: ")


def test_of_a_row_with_a_broken_long_text_the_rest_is_read(tmp_path: Path):
    path = tmp_path / "runs.db"
    make_whole(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE runs SET git_diff = ? WHERE id = 1", ("d" * 50_000,))
        connection.commit()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = bytearray(path.read_bytes())
    at = next(at for at in range(len(content) // PAGE) if content[at * PAGE : (at + 1) * PAGE].endswith(b"d" * 4000))
    content[at * PAGE : at * PAGE + 4] = b"\xff\xff\xff\xff"  # where the text goes on
    path.write_bytes(content)

    rows, unread = read(path, runs)

    (row,) = (row for row in rows if row["id"] == 1)
    assert row["name"] == "first"
    assert "git_diff" not in row
    assert len(rows) == 7
    assert ("runs", 1, 1, "git_diff") in [(one.table, one.first, one.last, one.column) for one in unread]


def test_a_value_that_cannot_be_read_is_left_out_and_told(tmp_path: Path):
    path = tmp_path / "runs.db"
    make_whole(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE runs SET top1 = NULL, lr = 'fast', quote = '{' WHERE id = 1")
        connection.execute("UPDATE runs SET note = CAST(x'61ff62' AS TEXT) WHERE id = 2")
        connection.commit()

    rows, unread = read(path, runs)

    first, second, *_ = sorted(rows, key=lambda row: row["id"])
    assert first["top1"] is None
    assert not {"lr", "quote"} & first.keys()
    assert second["note"] == "a�b"
    assert [str(one) for one in unread] == [
        "runs: row 1, lr: is no finite number: 'fast'",
        "runs: row 1, quote: is no JSON: '{'",
        "runs: row 2, note: is no UTF-8 text: 'a\\udcffb'",
    ]


@pytest.mark.parametrize("name", ["no-tags", "schema-broken"])
def test_a_missing_table_is_told(tmp_path: Path, name):
    path = tmp_path / "runs.db"
    make_whole(path)
    dict(damages())[name](path)

    rows, (unread,) = read(path, METADATA.tables["run_tags"])

    assert rows == []
    assert str(unread) == "run_tags: the table is missing"


def test_every_damage_lets_some_rows_be_read_or_says_why_not(tmp_path: Path):
    whole = tmp_path / "whole.db"
    make_whole(whole)
    for name, damage in damages():
        path = tmp_path / f"{name}.db"
        shutil.copy(whole, path)
        damage(path)
        for table in METADATA.sorted_tables:
            try:
                rows, unread = read(path, table)
            except sqlite3.DatabaseError as error:
                assert error.sqlite_errorcode == sqlite3.SQLITE_NOTADB, name  # noqa: PT017
                continue
            assert rows or unread or table.name in ("papers", "claims", "reported_changes", "merged_runs"), (
                name,
                table.name,
            )

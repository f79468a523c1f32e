"""Databases that cannot be opened, or not as asked: one line each, and nothing touched."""

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from expdb.errors import ExpdbError, SchemaError, StoreError
from expdb.store.database import revision
from expdb.store.database.backup import backup_database
from expdb.store.database.engine import Database
from expdb.store.database.upgrade import upgrade_database
from expdb.store.editing import insert_run
from expdb.store.row_values import spec_values
from expdb.store.store import Store
from expdb.store.tables import HEAD
from tests.factories import NOW, make_spec

SECRET = "hunter2canary"


def url_of(path):
    return f"sqlite:///{path}"


def assert_refused(url, message, *, error=StoreError):
    """Every way in says the same in one line, without a password."""
    for is_read_only in (False, True):
        with pytest.raises(error, match=message) as caught:
            Store.open(url, is_read_only=is_read_only, busy_seconds=0.05)
        assert "\n" not in str(caught.value)
        assert SECRET not in str(caught.value)


def test_reading_a_missing_file_creates_none(tmp_path):
    with pytest.raises(
        StoreError, match=r"no database at .*runs.db: record a run first \(expdb run\) or see expdb demo"
    ):
        Store.open(url_of(tmp_path / "runs.db"), is_read_only=True)

    assert list(tmp_path.iterdir()) == []


def test_empty_file_is_created_in_but_has_nothing_to_read(tmp_path):
    path = tmp_path / "runs.db"
    path.touch()
    with pytest.raises(StoreError, match="holds no runs yet"):
        Store.open(url_of(path), is_read_only=True)
    assert path.stat().st_size == 0

    with Store.open(url_of(path)) as store:
        assert store.runs() == []


@pytest.mark.parametrize("content", [b"hello\n", b"\0" * 5000, os.urandom(4096), b"SQLite format 3\0" + b"\xff" * 200])
def test_file_that_is_no_database_stays_as_it_is(tmp_path, content):
    path = tmp_path / "notes.txt"
    path.write_bytes(content)

    assert_refused(url_of(path), "notes.txt (is not an SQLite database|is damaged|cannot be)")

    assert path.read_bytes() == content
    assert list(tmp_path.iterdir()) == [path]


def test_folder_is_no_database(tmp_path):
    assert_refused(url_of(tmp_path), "is a folder")


def test_missing_folder_is_named(tmp_path):
    with pytest.raises(StoreError, match=r"there is no folder .*/no: create it first"):
        Store.open(url_of(tmp_path / "no" / "runs.db"))


def test_something_that_is_no_file_is_refused_at_once(tmp_path):
    os.mkfifo(tmp_path / "runs.db")

    assert_refused(url_of(tmp_path / "runs.db"), "not a regular file")


def test_another_programs_database_is_left_alone(tmp_path):
    path = tmp_path / "other.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE songs (title TEXT)")
    connection.close()

    assert_refused(url_of(path), r"no expdb database \(it holds the tables songs\)", error=SchemaError)
    with pytest.raises(SchemaError, match="no expdb database"):
        upgrade_database(url_of(path))


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("UPDATE expdb_version SET version_num = 'zz99'", "'zz99', written by a newer expdb: upgrade expdb"),
        ("INSERT INTO expdb_version VALUES ('zz99')", "names 2 revisions"),
        ("DELETE FROM expdb_version", "names 0 revisions"),
    ],
)
def test_unknown_revision_is_refused(sqlite_url, statement, message):
    Store.open(sqlite_url).close()
    connection = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
    connection.execute(statement)
    connection.close()

    assert_refused(sqlite_url, message, error=SchemaError)
    with pytest.raises(SchemaError, match=message):
        upgrade_database(sqlite_url)


def test_older_revision_names_the_command(sqlite_url, monkeypatch):
    Store.open(sqlite_url).close()
    monkeypatch.setattr(revision, "HEAD", "0010")
    monkeypatch.setattr(revision, "REVISIONS", (HEAD, "0010"))

    assert_refused(sqlite_url, f"at revision {HEAD}, this expdb needs 0010: run expdb db upgrade", error=SchemaError)


def test_database_in_an_older_journal_mode_is_read_as_it_is_and_written_with_a_log(sqlite_url, tmp_path):
    Store.open(sqlite_url).close()
    copy = backup_database(sqlite_url, tmp_path / "copy.db")
    before = copy.read_bytes()

    Store.open(url_of(copy), is_read_only=True).close()
    assert copy.read_bytes() == before

    with Store.open(url_of(copy)) as store:
        store.add_run(make_spec())
        assert (tmp_path / "copy.db-wal").exists()


def test_locked_by_a_writer_without_a_log_is_named(sqlite_url, tmp_path):
    Store.open(sqlite_url).close()
    copy = backup_database(sqlite_url, tmp_path / "copy.db")
    connection = sqlite3.connect(copy, isolation_level=None)
    connection.execute("BEGIN EXCLUSIVE")
    try:
        assert_refused(url_of(copy), "locked by another process")
    finally:
        connection.close()


def test_strange_file_names_work(tmp_path):
    for name in ("a b.db", "100%.db", "runs#1.db", "문서.db"):
        with Store.open(url_of(tmp_path / name)) as store:
            store.add_run(make_spec())
        assert (tmp_path / name).exists()


def test_two_threads_share_a_store(sqlite_url):
    from concurrent.futures import ThreadPoolExecutor

    with Store.open(sqlite_url) as store, ThreadPoolExecutor(4) as pool:
        ids = list(pool.map(lambda _: store.add_run(make_spec()), range(20)))
        assert sorted(ids) == list(range(1, 21))


READ_ONLY = """
import sys
from expdb.errors import StoreError
from expdb.store.store import Store

url = sys.argv[1]
with Store.open(url, is_read_only=True) as store:
    print(len(store.runs()), bool(store.change_token()))
try:
    Store.open(url)
except StoreError as error:
    print(error)
"""


@pytest.mark.skipif(os.getuid() == 0 and not shutil.which("setpriv"), reason="root without setpriv may write anywhere")
def test_read_only_file_in_a_read_only_folder_is_read_and_not_written():
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with Store.open(url_of(folder / "runs.db")) as store:
            store.add_run(make_spec())
        (folder / "runs.db").chmod(0o444)
        folder.chmod(0o555)
        # root may write anywhere, unless this capability is taken from it.
        prefix = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if os.getuid() == 0 else []
        done = subprocess.run(
            [*prefix, sys.executable, "-c", READ_ONLY, url_of(folder / "runs.db")], capture_output=True, text=True
        )
        left = sorted(path.name for path in folder.iterdir())
        folder.chmod(0o755)

    assert done.stderr == ""
    assert done.stdout.splitlines() == [
        "1 True",
        f"{folder}/runs.db is read-only: change the permissions of the file and its folder",
    ]
    assert left == ["runs.db"]


def add_runs_to_full_disk(store):
    values = spec_values(make_spec()) | {"name": None, "status": "queued", "created_at": NOW}
    with store._database.writing() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 1")
        for _ in range(100):
            insert_run(connection, values)


def test_full_disk_is_named_and_leaves_nothing_half_written(sqlite_url):
    with Store.open(sqlite_url) as store:
        with pytest.raises(StoreError, match="cannot grow: the disk is full"):
            add_runs_to_full_disk(store)
        assert store.runs() == []


def test_a_lock_that_cannot_be_had_is_named(sqlite_url, tmp_path):
    (tmp_path / "runs.db.lock").mkdir()

    with pytest.raises(StoreError, match=r"runs.db.lock cannot be locked \(Is a directory\)"):
        Store.open(sqlite_url)


def test_creation_waits_for_another_process_only_so_long(database_url):
    first, second = Database(database_url), Database(database_url, busy_seconds=0.05)
    try:
        with first.schema_lock(), pytest.raises(StoreError, match="another process"), second.schema_lock():
            pass
        with second.schema_lock():  # free again
            pass
    finally:
        first.close()
        second.close()


def test_missing_driver_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)

    assert_refused("postgresql://me@127.0.0.1:1/db", r"needs its driver: pip install 'psycopg\[binary\]'")


@pytest.mark.postgres
def test_unreachable_or_unknown_postgres_is_one_line(postgres_url, new_postgres_url):
    port = postgres_url.rpartition(":")[2].partition("/")[0]
    assert_refused(f"postgresql://me:{SECRET}@127.0.0.1:1/db", "cannot use the database postgresql://me:\\*\\*\\*@")
    assert_refused(f"postgresql://me:{SECRET}@127.0.0.1:{port}/nope", "cannot use the database")
    assert_refused(f"postgresql://postgres:{SECRET}@127.0.0.1:{port}/nope", 'database "nope" does not exist')
    with pytest.raises(StoreError, match="holds no runs yet"):
        Store.open(new_postgres_url(), is_read_only=True)


@pytest.mark.postgres
def test_locked_postgres_row_is_named_after_the_wait(new_postgres_url):
    import psycopg

    url = new_postgres_url()
    with Store.open(url, busy_seconds=0.05) as store, psycopg.connect(url) as other:
        run_id = store.add_run(make_spec())
        other.execute("SELECT id FROM runs FOR UPDATE")

        with pytest.raises(StoreError, match="locked by another process"):
            store.edits.set_note(run_id, "x")


def test_all_errors_are_expdbs_own(tmp_path):
    for url in (
        "",
        "x",
        "sqlite:///",
        "sqlite:////dev/null",
        "sqlite:////proc/version",
        f"sqlite:///{tmp_path}/{'x' * 300}",
        f"sqlite:///{tmp_path}/a\0b",
    ):
        with pytest.raises(ExpdbError):
            Store.open(url, busy_seconds=0.05)


def test_a_database_whose_files_are_there_alone_is_missed(tmp_path: Path):
    (tmp_path / "runs.artifacts").mkdir()

    with pytest.raises(StoreError, match=r"runs.db, but files of its runs in runs.artifacts: was it moved\?"):
        Store.open(f"sqlite:///{tmp_path}/runs.db", is_read_only=True)

"""Copying a database: whole or not at all, and nothing that is there is lost."""

import resource
import shlex
import shutil
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from expdb.errors import StoreError
from expdb.store.database.backup import backup_database
from expdb.store.store import Store
from tests.factories import make_spec
from tests.store_runs import add_finished


@pytest.fixture
def written(sqlite_url: str) -> str:
    """URL of a database with a run."""
    with Store.open(sqlite_url) as store:
        add_finished(store, tags=["x"])
    return sqlite_url


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name not in ("runs.db-wal", "runs.db-shm"))


def test_backup_is_whole_while_others_write(sqlite_url, tmp_path):
    with Store.open(sqlite_url) as store:
        run_id = store.add_run(make_spec(), tags=["x"])

        copy = backup_database(sqlite_url, tmp_path / "it's a copy.db")

        assert copy == tmp_path / "it's a copy.db"
        with Store.open(f"sqlite:///{copy}", is_read_only=True) as copied:
            assert copied.runs() == store.runs()
            assert copied.run(run_id).tags == ("x",)
        with pytest.raises(StoreError, match="exists: name a file that does not"):
            backup_database(sqlite_url, copy)
        with pytest.raises(StoreError, match="there is no folder"):
            backup_database(sqlite_url, tmp_path / "no" / "copy.db")
    assert names_in(tmp_path) == ["it's a copy.db", "runs.db"]


@pytest.mark.parametrize(
    ("target", "words"),
    [
        (".", "is a folder"),
        ("", "is a folder"),
        ("..", "is a folder"),
        ("/", "is a folder"),
        ("there", "is a folder"),
        ("runs.db", "exists"),
        ("link.db", "exists"),
        ("nowhere.db", "exists"),
        ("file/copy.db", "there is no folder|Not a directory"),
        ("runs.db-wal", "part of a database"),
        ("runs.db-journal", "part of a database"),
        ("other.db-shm", "part of a database"),
        ("x" * 250, "cannot write|cannot copy"),
        ("x" * 5000, "cannot write|cannot copy"),
        ("a\0b", "no file name"),
        ("a\udcffb", "no file name"),
        ("/proc/copy.db", "cannot write|cannot copy"),
        ("/dev/null", "exists"),
    ],
)
def test_a_target_that_cannot_be_is_refused(written, tmp_path, monkeypatch, target, words):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there").mkdir()
    (tmp_path / "file").touch()
    (tmp_path / "link.db").symlink_to("runs.db")
    (tmp_path / "nowhere.db").symlink_to("nothing")
    before = names_in(tmp_path)

    with pytest.raises(StoreError, match=words):
        backup_database(written, Path(target))

    assert names_in(tmp_path) == before
    assert not list((tmp_path / "there").iterdir())
    with Store.open(written, is_read_only=True) as store:
        assert len(store.runs()) == 1


def test_a_disk_that_is_full_leaves_nothing(written, tmp_path):
    command = (
        "import sys; from pathlib import Path; from expdb.store.database.backup import backup_database\n"
        "from expdb.errors import StoreError\n"
        "try: backup_database(sys.argv[1], Path(sys.argv[2]))\n"
        "except StoreError as error: sys.exit(str(error))"
    )
    done = subprocess.run(
        [sys.executable, "-c", command, written, str(tmp_path / "copy.db")],
        capture_output=True,
        text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000)),
    )

    assert done.returncode == 1
    assert "cannot copy" in done.stderr
    assert "copy.db" in done.stderr
    assert done.stderr.count("\n") == 1
    assert names_in(tmp_path) == ["runs.db"]


@pytest.mark.parametrize("mode", [0o600, 0o640])
def test_a_copy_may_be_read_by_whom_the_database_may_be(written, tmp_path, mode):
    (tmp_path / "runs.db").chmod(mode)

    copy = backup_database(written, tmp_path / "copy.db")

    assert stat.S_IMODE(copy.stat().st_mode) == mode


def test_a_damaged_database_is_told(written, tmp_path):
    with closing(sqlite3.connect(tmp_path / "runs.db")) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = bytearray((tmp_path / "runs.db").read_bytes())
    content[4096:12288] = bytes(8192)
    (tmp_path / "runs.db").write_bytes(content)

    with pytest.raises(StoreError, match=r"runs.db is damaged: .*restore a backup"):
        backup_database(written, tmp_path / "copy.db")

    assert names_in(tmp_path) == ["runs.db"]


@pytest.mark.postgres
def test_the_command_that_a_server_needs_works_as_it_is_printed(postgres_url, tmp_path):
    if shutil.which("pg_dump") is None or shutil.which("psql") is None:
        pytest.skip("pg_dump and psql are not installed (Debian: postgresql-client)")
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        for name in ('"a database"', "restored"):
            connection.execute(f"CREATE DATABASE {name}")
    server = postgres_url.rpartition("/")[0]
    url = f"{server}/a%20database?application_name=it%27s%20me&options=-c%20statement_timeout%3D90000"
    with Store.open(url) as store:
        run_id = add_finished(store, top1=0.625, tags=["x"])
        runs = store.runs()
    with pytest.raises(StoreError) as refused:
        backup_database(url.replace("postgres@", "postgres:s3cret@"), tmp_path / "my copy.sql")

    message = str(refused.value)
    command = message[message.index("pg_dump") :]
    assert "s3cret" not in message
    assert "PGPASSWORD" in message
    assert shlex.split(command)[-1] == f"--file={tmp_path}/my copy.sql"
    subprocess.run(command, shell=True, check=True, capture_output=True)
    restore = ["psql", "-q", "-v", "ON_ERROR_STOP=1", "-d", f"{server}/restored", "-f", str(tmp_path / "my copy.sql")]
    subprocess.run(restore, check=True, capture_output=True)

    with Store.open(f"{server}/restored", is_read_only=True) as restored:
        assert restored.runs() == runs
        assert restored.run(run_id).tags == ("x",)


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("postgresql://ann@host/db", "postgresql://ann@host/db"),
        ("postgresql+psycopg://ann:pw@host:5433/db", "postgresql://ann@host:5433/db"),
        ("postgresql://a%40b:p%2Fw@host/db", "postgresql://a%40b@host/db"),
        ("postgresql://host/db?password=pw&sslmode=require", "postgresql://host/db?sslmode=require"),
        ("postgresql://host/db?sslpassword=pw", "postgresql://host/db"),
        ("postgresql://ann@[::1]:5/db", "postgresql://ann@[::1]:5/db"),
        ("postgresql://ann@/db?host=/run/pg", "postgresql://ann@/db?host=%2Frun%2Fpg"),
        ("postgresql://ann@/db?host=a:1&host=b:2", "postgresql://ann@/db?host=a%2Cb&port=1%2C2"),
        ("postgresql://host/db?prepare_threshold=3", "postgresql://host/db"),
        ("postgresql://host", "postgresql://host/"),
    ],
)
def test_the_address_is_one_that_libpq_reads(url, address):
    with pytest.raises(StoreError) as refused:
        backup_database(url, Path("copy.sql"))

    message = str(refused.value)
    dump, dbname, file = shlex.split(message[message.index("pg_dump") :])
    assert (dump, dbname, file) == ("pg_dump", f"--dbname={address}", "--file=copy.sql")
    assert "pw" not in message
    psycopg.conninfo.conninfo_to_dict(address)
    assert sa.make_url(address).password is None

"""What cannot be merged is said in one line, and nothing is changed by it."""

import shutil
import sqlite3
from pathlib import Path

import pytest

from expdb.errors import SchemaError, StoreError
from expdb.store.database.upgrade import upgrade_database
from expdb.store.store import Store
from expdb.store.tables import HEAD
from tests.store.merging.conftest import all_rows, merge_into, whole_file
from tests.store_runs import add_finished

ASSETS = Path(__file__).parents[2] / "assets" / "schema"


def make_old(path: Path, revision: str) -> None:
    connection = sqlite3.connect(path)
    connection.executescript((ASSETS / f"{revision}.sql").read_text(encoding="utf-8"))
    connection.close()


@pytest.mark.parametrize("revision", ["0001", "0002", "0003", "0004"])
def test_two_copies_that_were_upgraded_apart_do_not_double(tmp_path, revision):
    urls = [f"sqlite:///{tmp_path}/{name}.db" for name in ("here", "other")]
    for name, url in zip(("here", "other"), urls, strict=True):
        make_old(tmp_path / f"{name}.db", revision)
        upgrade_database(url)
    with Store.open(urls[0]) as store:
        before = all_rows(store)

        outcome = merge_into(*urls, tmp_path)

        after = all_rows(store)
        assert (outcome.num_new, outcome.num_further, outcome.num_same) == (0, 0, len(before["runs"]))
        assert len(before["runs"]) > 1
        assert (outcome.num_tables, outcome.num_papers, outcome.num_claims, outcome.told) == (0, 0, 0, [])
        changed = {name for name in before if before[name] != after[name]}
        assert changed == {"databases", "merged_runs"}
        assert all(row["number"] == row["run_id"] for row in after["merged_runs"])


def test_other_revision_is_to_be_upgraded_first(tmp_path):
    make_old(tmp_path / "other.db", "0004")
    before = (tmp_path / "other.db").read_bytes()

    with pytest.raises(
        SchemaError, match=rf"at revision 0004, not {HEAD}: upgrade it, or a copy of it, first \(expdb --db"
    ):
        merge_into(f"sqlite:///{tmp_path}/here.db", f"sqlite:///{tmp_path}/other.db", tmp_path)

    assert (tmp_path / "other.db").read_bytes() == before
    assert not (tmp_path / "here.db").exists()


def test_other_database_stays_as_it_is_to_the_byte(tmp_path):
    with Store.open(f"sqlite:///{tmp_path}/other.db") as store:
        add_finished(store)
    before = whole_file(tmp_path / "other.db")

    merge_into(f"sqlite:///{tmp_path}/here.db", f"sqlite:///{tmp_path}/other.db", tmp_path)

    assert (tmp_path / "other.db").read_bytes() == before


@pytest.mark.parametrize("link", ["none", "symbolic", "hard"])
def test_database_is_not_merged_into_itself(tmp_path, link):
    path, other = tmp_path / "here.db", tmp_path / "link.db"
    with Store.open(f"sqlite:///{path}") as store:
        add_finished(store)
    match link:
        case "none":
            other = path
        case "symbolic":
            other.symlink_to(path)
        case "hard":
            whole_file(path)
            other.hardlink_to(path)

    with pytest.raises(StoreError, match="is this very database: name another one"):
        merge_into(f"sqlite:///{path}", f"sqlite:///{other}", tmp_path)


def test_database_of_a_server_is_not_merged_into_itself(tmp_path, new_postgres_url):
    url = new_postgres_url()
    with Store.open(url, artifact_root=tmp_path / "here") as store:
        add_finished(store)

    with pytest.raises(StoreError, match="is this very database: name another one"):
        merge_into(url, url.replace("127.0.0.1", "localhost"), tmp_path)


def test_copy_that_went_on_apart_is_merged(tmp_path):
    with Store.open(f"sqlite:///{tmp_path}/here.db") as store:
        add_finished(store, name="both")
        whole_file(tmp_path / "here.db")
        shutil.copy(tmp_path / "here.db", tmp_path / "other.db")
        add_finished(store, name="here")
        with Store.open(f"sqlite:///{tmp_path}/other.db") as other:
            assert other.uuid == store.uuid
            add_finished(other, name="there")

        outcome = merge_into(f"sqlite:///{tmp_path}/here.db", f"sqlite:///{tmp_path}/other.db", tmp_path)

        assert (outcome.num_new, outcome.num_same) == (1, 1)
        assert [run.name for run in store.runs()] == ["both", "here", "there"]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda path: None, "no database at"),
        (lambda path: path.touch(), "is empty: there is nothing to merge"),
        (lambda path: Store.open(f"sqlite:///{path}").close(), "holds nothing: there is nothing to merge"),
        (lambda path: path.write_bytes(b"no database, but a text" * 99), "is not an SQLite database"),
        (lambda path: path.mkdir(), "is a folder"),
        (lambda path: path.symlink_to("/dev/null"), "is not a regular file"),
        (lambda path: sqlite3.connect(path).execute("CREATE TABLE runs (id)").connection.close(), "no expdb database"),
    ],
    ids=["missing", "empty file", "no runs", "text", "folder", "device", "of others"],
)
def test_what_is_no_database_of_runs_is_refused(tmp_path, make, message):
    path = tmp_path / "other.db"
    make(path)

    with pytest.raises(StoreError, match=message) as raised:
        merge_into(f"sqlite:///{tmp_path}/here.db", f"sqlite:///{path}", tmp_path)

    assert "\n" not in str(raised.value)

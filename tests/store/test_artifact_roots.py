"""The files of runs belong to their database, whatever it is called and wherever it is put."""

import json
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from expdb.analysis.correctness import correctness_of
from expdb.domain.run import Environment
from expdb.errors import StoreError
from expdb.store.artifact_roots import MARKER_FILE, read_marker
from expdb.store.store import Store
from tests.store.events import FINISHED
from tests.store_runs import add_finished

RIGHT = np.array([True, False, True])


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder with a database of one run, which kept its predictions; no process has it open."""
    folder = tmp_path / "home"
    folder.mkdir()
    with Store.open(url(folder / "runs.db")) as store:
        add_finished(store, correct=RIGHT)
    return folder


def url(path: Path) -> str:
    return f"sqlite:///{path}"


def root_of(path: Path, *, is_read_only: bool = True) -> str:
    with Store.open(url(path), is_read_only=is_read_only) as store:
        return str(store.artifact_root.relative_to(path.parent))


def is_found(path: Path) -> bool:
    """Whether the predictions of run 1 are read, by whom may only read."""
    with Store.open(url(path), is_read_only=True) as store:
        found = correctness_of(store)(1)
    return found is not None and found.tolist() == RIGHT.tolist()


def move(path: Path, target: Path) -> Path:
    """Move a database as `mv` does, with what SQLite may have left beside it."""
    for side in ("-wal", "-shm"):
        path.with_name(path.name + side).unlink(missing_ok=True)  # all is in the file once it is closed
    return path.rename(target)


def unmark(root: Path) -> None:
    """Let a folder be as an expdb of before the marks left it."""
    (root / MARKER_FILE).unlink()


def test_the_folder_says_of_which_database_it_is(home: Path):
    with Store.open(url(home / "runs.db"), is_read_only=True) as store:
        marker = read_marker(store.artifact_root)
        assert (marker.uuid, marker.database) == (store.uuid, "runs.db")


@pytest.mark.parametrize("is_marked", [True, False])
def test_a_renamed_database_finds_its_files_and_goes_on_there(home: Path, is_marked):
    if not is_marked:
        unmark(home / "runs.artifacts")
    thesis = move(home / "runs.db", home / "thesis.db")

    assert is_found(thesis)
    with Store.open(url(thesis)) as store:
        second = add_finished(store, correct=RIGHT, seed=1)
        assert store.artifact_dir(second).parent == home / "runs.artifacts"
    assert read_marker(home / "runs.artifacts").database == "thesis.db"


def test_renamed_back_it_has_its_files_too(home: Path):
    thesis = move(home / "runs.db", home / "thesis.db")
    root_of(thesis, is_read_only=False)

    assert root_of(move(thesis, home / "runs.db"), is_read_only=False) == "runs.artifacts"
    assert read_marker(home / "runs.artifacts").database == "runs.db"


def test_a_new_database_of_the_old_name_takes_no_files_of_the_renamed_one(home: Path):
    thesis = move(home / "runs.db", home / "thesis.db")
    with Store.open(url(home / "runs.db")) as new:
        folder = new.artifact_dir(add_finished(new, correct=~RIGHT), create=True)
        assert folder.parent == home / f"runs-{new.uuid[:8]}.artifacts"

    assert root_of(home / "runs.db") == folder.parent.name
    assert (root_of(thesis), is_found(thesis)) == ("runs.artifacts", True)


@pytest.mark.parametrize("name", ["runs.db", "other.db"])
def test_moved_together_with_its_folder_it_finds_that_under_any_name(home: Path, tmp_path: Path, name):
    far = tmp_path / "far"
    far.mkdir()
    move(home / "runs.db", far / name)
    (home / "runs.artifacts").rename(far / "runs.artifacts")

    assert is_found(far / name)
    assert root_of(far / name, is_read_only=False) == "runs.artifacts"


def test_moved_without_its_folder_it_has_no_files_until_the_place_is_named(home: Path, tmp_path: Path):
    from expdb.store.database.identity import record_artifact_root

    far = move(home / "runs.db", tmp_path / "runs.db")
    assert not is_found(far)

    record_artifact_root(url(far), home / "runs.artifacts")
    assert is_found(far)


def test_a_copy_reads_the_files_of_the_original_and_writes_its_own_elsewhere(home: Path):
    copy = home / "copy.db"
    shutil.copy(home / "runs.db", copy)

    assert is_found(copy)
    with Store.open(url(copy)) as store:
        second = add_finished(store, correct=RIGHT, seed=1)
        assert store.artifact_dir(second).parent == home / "copy.artifacts"
        store.purging.purge([1])
    assert is_found(home / "runs.db")


def test_a_copy_of_a_renamed_database_leaves_it_its_folder(home: Path):
    thesis = move(home / "runs.db", home / "thesis.db")
    root_of(thesis, is_read_only=False)
    for name in ("copy.db", "runs.db"):
        shutil.copy(thesis, home / name)

        assert is_found(home / name)
        assert root_of(home / name, is_read_only=False) != "runs.artifacts"
    assert root_of(thesis, is_read_only=False) == "runs.artifacts"


def test_files_of_a_run_that_another_database_has_too_are_not_written_into(home: Path):
    with Store.open(url(home / "runs.db")) as store:
        failed = add_finished(store, status="failed", seed=1)
        store.artifact_dir(failed, create=True)
    shutil.copy(home / "runs.db", home / "copy.db")

    with Store.open(url(home / "copy.db")) as copy:
        with pytest.raises(StoreError, match=r"runs\.artifacts, which may be another database's too: move its folder"):
            copy.artifact_dir(failed, create=True)
        assert copy.artifact_dir(failed).parent == home / "runs.artifacts"


@pytest.mark.parametrize("name", ["runs.db", "link.db"])
@pytest.mark.parametrize("place", [".", "links"])
def test_a_link_leads_to_the_files_too(home: Path, name, place):
    if (place, name) == (".", "runs.db"):
        name = "runs2.db"
    (home / place).mkdir(exist_ok=True)
    link = home / place / name
    link.symlink_to(home / "runs.db")

    assert is_found(link)
    with Store.open(url(link)) as store:
        assert store.artifact_root.resolve() == home / "runs.artifacts"
    assert read_marker(home / "runs.artifacts").database == "runs.db"


def test_a_relative_path_finds_the_files_from_any_folder(home: Path, monkeypatch: pytest.MonkeyPatch):
    thesis = move(home / "runs.db", home / "thesis.db")
    for folder, path in (
        (home, "thesis.db"),
        (home.parent, "home/thesis.db"),
        (home / "runs.artifacts", "../thesis.db"),
    ):
        monkeypatch.chdir(folder)
        assert is_found(Path(path)), path
    assert is_found(thesis)


def test_two_databases_that_share_a_name_share_the_folder_as_before_the_marks(home: Path):
    unmark(home / "runs.artifacts")
    with Store.open(url(home / "runs.sqlite")) as other:
        add_finished(other, correct=RIGHT)
        assert other.artifact_root == home / "runs.artifacts"

    assert not (home / "runs.artifacts" / MARKER_FILE).exists()
    assert is_found(home / "runs.db")
    assert is_found(home / "runs.sqlite")


def test_of_two_folders_without_a_database_none_is_guessed_and_both_are_read(home: Path):
    shutil.copytree(home / "runs.artifacts", home / "older.artifacts")
    thesis = move(home / "runs.db", home / "thesis.db")

    assert root_of(thesis, is_read_only=False) == "thesis.artifacts"
    assert is_found(thesis)


def test_numbered_folders_are_taken_only_where_the_folder_is_this_databases(home: Path):
    with sqlite3.connect(home / "runs.db") as connection:
        (uuid,) = connection.execute("SELECT artifact_dir FROM runs").fetchone()
        connection.execute("UPDATE runs SET artifact_dir = '1'")
    connection.close()
    (home / "runs.artifacts" / uuid).rename(home / "runs.artifacts" / "1")
    thesis = move(home / "runs.db", home / "thesis.db")
    assert is_found(thesis)

    unmark(home / "runs.artifacts")
    assert not is_found(thesis)


def test_who_may_only_read_writes_no_mark(home: Path):
    unmark(home / "runs.artifacts")

    root_of(home / "runs.db")

    assert not (home / "runs.artifacts" / MARKER_FILE).exists()
    root_of(home / "runs.db", is_read_only=False)
    assert (home / "runs.artifacts" / MARKER_FILE).exists()


@pytest.mark.parametrize("said", ["", "[]", "{}", '{"uuid": 3}', "\0", '{"uuid": "x", "database": "../../etc/passwd"}'])
def test_a_broken_mark_takes_no_files_away(home: Path, said):
    (home / "runs.artifacts" / MARKER_FILE).write_text(said)

    assert is_found(home / "runs.db")
    assert is_found(move(home / "runs.db", home / "thesis.db"))


def test_a_named_place_is_the_only_one_that_is_looked_into(home: Path, tmp_path: Path):
    with Store.open(url(home / "runs.db"), artifact_root=tmp_path / "named") as store:
        assert not store.artifact_dir(1).exists()
        add_finished(store, correct=RIGHT, seed=1)
    assert not (tmp_path / "named" / MARKER_FILE).exists()


@pytest.mark.postgres
def test_a_database_on_a_server_keeps_its_files_when_it_is_renamed(
    new_postgres_url, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    import psycopg

    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    before = new_postgres_url()
    with Store.open(before) as store:
        add_finished(store, correct=RIGHT)
    name = before.rpartition("%3D")[2]
    with psycopg.connect(before.partition("?")[0], autocommit=True) as connection:
        connection.execute(f"ALTER SCHEMA {name} RENAME TO renamed_{name}")

    with Store.open(before.replace(name, f"renamed_{name}"), is_read_only=True) as store:
        assert correctness_of(store)(1) is not None


class TestWhatIsGone:
    """`store.files.gone()`."""

    @pytest.fixture
    def store(self, tmp_path: Path):
        with Store.open(url(tmp_path / "runs.db")) as opened:
            self.add(opened, name="kept")
            yield opened

    @staticmethod
    def add(store: Store, **values) -> int:
        run_id = add_finished(store, correct=RIGHT, environment=Environment(host="here"), **values)
        (store.artifact_dir(run_id) / FINISHED.weights_file).write_bytes(b"w")
        return run_id

    def test_a_file_or_a_whole_folder_is_named(self, store: Store):
        second, third = self.add(store, seed=1), self.add(store, seed=2)
        (store.artifact_dir(second) / "predictions.npz").unlink()
        shutil.rmtree(store.artifact_dir(third))

        gone = store.files.gone()

        assert [(one.run_id, one.files, one.is_whole, one.excuse) for one in gone] == [
            (second, ("predictions.npz",), False, ""),
            (third, ("weights.safetensors", "predictions.npz"), True, ""),
        ]

    def test_nothing_is_missed_of_runs_that_have_no_files(self, store: Store):
        add_finished(store, status="queued", seed=1)
        add_finished(store, status="failed", seed=2, environment=Environment(host="here"))
        removed = self.add(store, seed=3)
        shutil.rmtree(store.artifact_dir(removed))
        store.edits.remove(removed)

        assert store.files.gone() == []

    def test_cleaning_up_takes_no_file_of_a_run(self, store: Store):
        store.garbage.collect(store.garbage.find())

        assert store.files.gone() == []

    def test_a_run_of_no_known_machine_is_excused(self, store: Store):
        run_id = add_finished(store, seed=1)

        assert [(one.run_id, one.excuse) for one in store.files.gone()] == [(run_id, "their records name no machine")]

    def test_a_run_that_came_without_its_files_is_excused(self, store: Store, tmp_path: Path):
        from expdb.store.merging.other_database import open_other

        with Store.open(url(tmp_path / "other.db")) as other:
            self.add(other, seed=5)
        with open_other(url(tmp_path / "other.db")) as opened:
            store.merging.merge(opened, with_files=False)

        assert [one.excuse for one in store.files.gone()] == ["they came from another database, without files"]


def test_the_mark_is_one_line_of_json(home: Path):
    (line,) = (home / "runs.artifacts" / MARKER_FILE).read_text().splitlines()

    assert sorted(json.loads(line)) == ["database", "uuid"]


LOOK = """
import sys
opened = []
sys.addaudithook(lambda event, args: opened.append(str(args[0])) if event == "open" else None)
from expdb.store.store import Store
with Store.open("sqlite:///runs.db") as store, Store.open("sqlite:///runs.db") as again:
    again.runs()
    print(sorted({path for path in opened if "runs.db" in path}))
"""


def test_no_file_of_the_database_is_opened_but_by_sqlite(tmp_path: Path):
    # Closing it would drop the locks that this process has on it: another one would take it for unused.
    Store.open(f"sqlite:///{tmp_path}/runs.db").close()
    (tmp_path / "runs.artifacts").mkdir(exist_ok=True)

    said = subprocess.run([sys.executable, "-c", LOOK], cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert said == "[]\n"

"""Who may read what a store makes, whatever the umask."""

import os
import sqlite3
from pathlib import Path

import pytest

from expdb.errors import StoreError
from expdb.store.database.backup import backup_database
from expdb.store.database.file_lock import file_lock
from expdb.store.database.upgrade import upgrade_database
from expdb.store.store import Store
from tests.factories import make_spec


@pytest.fixture(params=[0o000, 0o022, 0o077])
def _umask(request: pytest.FixtureRequest):
    before = os.umask(request.param)
    yield
    os.umask(before)


def modes(folder: Path) -> dict[str, str]:
    return {path.name: f"{path.stat().st_mode & 0o777:o}" for path in sorted(folder.rglob("*"))}


@pytest.mark.usefixtures("_umask")
@pytest.mark.parametrize(("is_group_readable", "of_file", "of_folder"), [(False, "600", "700"), (True, "640", "750")])
def test_all_that_a_store_makes_is_for_its_user_or_group(tmp_path: Path, is_group_readable, of_file, of_folder):
    url = f"sqlite:///{tmp_path / 'runs.db'}"
    with Store.open(url, is_group_readable=is_group_readable) as store:
        run_id = store.add_run(make_spec())
        folder = store.artifact_dir(run_id, create=True)
        found = modes(tmp_path)
        assert {found.pop(name) for name in ("runs.artifacts", folder.name)} == {of_folder}
        assert {found.pop(name) for name in ("runs.db", "runs.db-wal", "runs.db-shm")} == {of_file}
    backup_database(url, tmp_path / "copy.db")
    with Store.open(url) as store:  # as the next command does, without being told
        later = store.artifact_dir(store.add_run(make_spec(seed=1)), create=True)

    assert modes(tmp_path)["copy.db"] == of_file
    assert modes(tmp_path)[later.name] == of_folder


@pytest.mark.usefixtures("_umask")
def test_the_first_upgrade_and_its_lock_are_for_the_user(tmp_path: Path):
    upgrade_database(f"sqlite:///{tmp_path / 'runs.db'}")
    with file_lock(tmp_path / "runs.db", label="runs.db", wait_seconds=1):
        assert modes(tmp_path) == {"runs.db": "600", "runs.db.lock": "600"}


def test_an_older_database_stays_as_readable_as_it_is(tmp_path: Path):
    path = tmp_path / "runs.db"
    sqlite3.connect(path).close()
    path.touch()
    path.chmod(0o644)

    with Store.open(f"sqlite:///{path}") as store:
        folder = store.artifact_dir(store.add_run(make_spec()), create=True)

        assert modes(tmp_path)["runs.db"] == "644"
        assert modes(tmp_path)[folder.name] == "700"


def test_a_link_in_place_of_a_run_folder_is_refused(tmp_path: Path):
    with Store.open(f"sqlite:///{tmp_path / 'runs.db'}") as store:
        first, second = (store.add_run(make_spec(seed=seed)) for seed in range(2))
        folder = store.artifact_dir(first, create=True)
        linked = store.artifact_dir(second)
        for target in (folder, tmp_path):
            linked.unlink(missing_ok=True)
            linked.symlink_to(target)
            with pytest.raises(StoreError, match=r"is a link|lie outside"):
                store.artifact_dir(second, create=True)

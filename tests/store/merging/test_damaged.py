"""What can be read of a damaged database is brought into an empty one, and what cannot is told."""

import re
import shutil
import sqlite3
from pathlib import Path

import pytest

from expdb.errors import ExpdbError, StoreError
from expdb.store.database.check import check_database
from expdb.store.store import Store
from tests.store.database.damaged import damages, make_whole
from tests.store.merging.conftest import merge_into
from tests.store_runs import add_finished

NUM_EPOCHS = 150


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("whole") / "other.db"
    make_whole(path)
    return path


@pytest.fixture(scope="module")
def known(whole: Path):
    with Store.open(f"sqlite:///{whole}", is_read_only=True) as store:
        runs = {run.uuid: run for run in store.runs()}
        return runs, {uuid: {one.epoch: one for one in store.epochs(run.id)} for uuid, run in runs.items()}


@pytest.fixture
def urls(whole: Path, tmp_path: Path) -> tuple[str, str]:
    shutil.copy(whole, tmp_path / "other.db")
    return f"sqlite:///{tmp_path}/here.db", f"sqlite:///{tmp_path}/other.db"


@pytest.mark.parametrize(("name", "damage"), [pytest.param(*one, id=one[0]) for one in damages()])
def test_of_any_damage_what_is_saved_is_sound(tmp_path: Path, urls, known, name, damage):
    here, other = urls
    try:
        damage(tmp_path / "other.db")
    except sqlite3.OperationalError as error:
        pytest.skip(f"of an older revision: {error}")

    try:
        outcome = merge_into(here, other, tmp_path)
    except ExpdbError as error:
        problem = str(error)
        outcome = None
    if outcome is None:
        assert "\n" not in problem
        return

    assert check_database(here) == []
    with Store.open(here) as store:
        for run in store.runs():
            store.epochs(run.id)
        store.saved_tables.all()
        rest = merge_into(here, other, tmp_path)
        assert (rest.num_new, rest.num_tables) == (0, 0)
        assert outcome.num_new == len(store.ids("", include_removed=True))
        if not outcome.lost and not name.startswith("log"):
            runs, epochs = known
            assert {run.uuid for run in store.runs()} == set(runs)
            assert all(len(store.epochs(run.id)) == len(epochs[run.uuid]) for run in store.runs())


def test_rows_on_pages_that_are_garbage_are_told_and_all_others_saved(tmp_path: Path, urls, known):
    here, other = urls
    connection = sqlite3.connect(tmp_path / "other.db")
    (root,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'epochs'").fetchone()
    connection.close()
    content = bytearray((tmp_path / "other.db").read_bytes())
    page = (root - 1) * 4096
    child = int.from_bytes(content[page + 12 + 2 :][:0] or _first_child(content, page), "big")
    content[(child - 1) * 4096 : child * 4096] = b"\xa5" * 4096
    (tmp_path / "other.db").write_bytes(content)

    outcome = merge_into(here, other, tmp_path)

    runs, epochs = known
    with Store.open(here) as store:
        assert {run.uuid for run in store.runs()} == set(runs)
        saved = {run.uuid: {one.epoch: one for one in store.epochs(run.id)} for run in store.runs()}
    num_lost = sum(map(len, epochs.values())) - sum(map(len, saved.values()))
    assert all(epochs[uuid][number] == one for uuid, of_run in saved.items() for number, one in of_run.items())
    (lost,) = [line for line in outcome.lost if line.startswith("epochs: rows")]
    first, last = map(int, re.findall(r"rows (\d+) to (\d+)", lost)[0])
    assert num_lost == last - first + 1 > 0


def _first_child(content: bytearray, page: int) -> bytes:
    """Return the number of the first page below an inner page of a table."""
    assert content[page] == 5
    cell = int.from_bytes(content[page + 12 : page + 14], "big")
    return bytes(content[page + cell : page + cell + 4])


def test_rows_of_a_run_whose_own_row_is_gone_are_told(tmp_path: Path, urls):
    here, other = urls
    connection = sqlite3.connect(tmp_path / "other.db", isolation_level=None)
    connection.executescript("PRAGMA foreign_keys=OFF; DELETE FROM runs WHERE id = 5")
    connection.close()

    outcome = merge_into(here, other, tmp_path)

    assert f"epochs: {NUM_EPOCHS} rows are lost, of row 5 of runs, which cannot be read" in outcome.lost
    with Store.open(here) as store:
        assert {run.id for run in store.runs()} == {1, 2, 3, 4, 5, 6}


def test_value_that_must_be_there_is_replaced_and_told(tmp_path: Path, urls):
    here, other = urls
    connection = sqlite3.connect(tmp_path / "other.db", isolation_level=None)
    connection.executescript("UPDATE runs SET quote = '{\"a' WHERE id = 2; UPDATE runs SET name = x'80' WHERE id = 1")
    connection.close()

    outcome = merge_into(here, other, tmp_path)

    assert any(re.match(r"runs: row 2, quote: is no JSON: .*; something else stands", line) for line in outcome.lost)
    assert any(line.startswith("runs: row 1, name: is no text") for line in outcome.lost)
    with Store.open(here) as store:
        assert (store.run(2).quote, store.run(1).name) == ({}, None)


def test_damaged_database_is_merged_into_an_empty_one_only(tmp_path: Path, urls):
    here, other = urls
    connection = sqlite3.connect(tmp_path / "other.db", isolation_level=None)
    connection.executescript("UPDATE runs SET quote = '{\"a' WHERE id = 2")
    connection.close()
    with Store.open(here) as store:
        add_finished(store)

        with pytest.raises(StoreError, match=r"is damaged: save what can be read into an empty database first"):
            merge_into(here, other, tmp_path)

        assert len(store.runs()) == 1

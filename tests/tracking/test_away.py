"""A database that is away while a script tracks: the script goes on, and nothing is lost."""

import os
import sqlite3
from pathlib import Path

import pytest

import expdb
from expdb.errors import StoreError
from expdb.launch import recorder
from expdb.launch.sync import sync_pending
from expdb.store.store import Store
from expdb.tracking import track
from tests.launch.recorded import wait_until
from tests.tracking.conftest import saying


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait a moment only for the database."""
    monkeypatch.setitem(recorder.Recorder.__init__.__kwdefaults__, "last_wait_seconds", 0.3)
    monkeypatch.setitem(Store.open.__func__.__kwdefaults__, "busy_seconds", 0.2)  # type: ignore[attr-defined]


def test_a_locked_database_gets_all_as_soon_as_it_can(tmp_path: Path, store: Store):
    with saying() as said:
        run = expdb.track(model="net", dataset="set")
        other = sqlite3.connect(tmp_path / "runs.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        for step in range(100):
            run.log(step=step, loss=1.0)
        wait_until(lambda: bool(list(run.folder.glob("events-1.jsonl"))))  # type: ignore[union-attr]
        other.execute("ROLLBACK")
        other.close()
        run.finish()

    assert store.points.summaries([1])[1]["loss"].n == 100
    assert store.run(1).status == "finished"
    assert [text for text in said if "run 1 not recorded" in text] == []


def test_what_a_database_could_not_take_before_the_end_is_brought_in_by_sync(tmp_path: Path, store: Store):
    with saying() as said:
        run = expdb.track(model="net", dataset="set")
        other = sqlite3.connect(tmp_path / "runs.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        run.log(step=0, loss=1.0)
        run.note("while it was away")
        run.finish()
        other.execute("ROLLBACK")
        other.close()

    assert any("of run 1 not recorded" in text and "expdb db sync" in text for text in said)
    assert any(text.startswith("the note is not recorded") for text in said)
    assert store.run(1).status == "running"
    assert [(one.run_id, one.problem) for one in sync_pending(store)] == [(1, "")]
    assert (store.run(1).status, store.points.summaries([1])[1]["loss"].n) == ("finished", 1)


def test_a_database_that_is_deleted_meanwhile_ends_no_training(tmp_path: Path):
    with saying() as said:
        run = expdb.track(model="net", dataset="set")
        for path in tmp_path.glob("runs.db*"):
            path.unlink()
        run.log(step=0, loss=1.0)
        run.finish()

    assert any("kept in" in text for text in said)
    assert not (tmp_path / "runs.db").exists()
    assert run.folder is not None
    assert '"loss"' in (run.folder / "events-1.jsonl").read_text()


def test_a_folder_that_cannot_be_written_leaves_the_database(store: Store, monkeypatch: pytest.MonkeyPatch):
    with saying() as said, expdb.track(model="net", dataset="set") as run:
        assert run._recorder is not None
        monkeypatch.setattr(run._recorder._spool, "_file", os.open(os.devnull, os.O_RDONLY))  # takes nothing
        run.log(step=0, loss=1.0)

    assert any("cannot be kept in" in text for text in said)
    assert store.points.summaries([1])[1]["loss"].n == 1


def test_a_database_that_is_locked_as_a_run_begins_is_said_before_it_ends_the_begin(
    tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(track, "_SLOW_SECONDS", 0.0)
    other = sqlite3.connect(tmp_path / "runs.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with saying() as said, pytest.raises(StoreError, match="database is locked by another process"):
        expdb.track(model="net", dataset="set")
    other.close()

    (line,) = said
    assert line.startswith(f"waiting for {tmp_path / 'runs.db'}, to begin a run: another process has it locked, or it")
    assert store.runs() == []

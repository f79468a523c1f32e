"""The database is in trouble while a run trains: nothing is lost, nothing comes twice, nothing goes elsewhere."""

import errno
import json
import os
import resource
import sqlite3
import threading
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest

from expdb.domain.run import Environment
from expdb.errors import NotRecordedError, TakenOverError
from expdb.launch import recorder as recorder_module
from expdb.launch.recorder import Recorder
from expdb.launch.sync import count_waiting, sync_pending
from expdb.store.attempts import pending
from expdb.store.attempts.spool import spool_path
from expdb.store.store import Store
from tests.factories import make_spec
from tests.launch.recorded import EVENTS, contents, queue, record_attempt, told, undisturbed, wait_until
from tests.store.events import epoch, silence, started

BREAK, MEND = 2, 4  # before these events


pytestmark = pytest.mark.usefixtures("impatient")


# What can happen to an SQLite file: begins, ends, and what the warning says.


class Locked:
    reason = "locked by another process"

    def __init__(self, path: Path) -> None:
        self._path = path

    def begin(self) -> None:
        self._other = sqlite3.connect(self._path, isolation_level=None, timeout=60, check_same_thread=False)
        self._other.execute("BEGIN EXCLUSIVE")

    def end(self) -> None:
        self._other.close()


class MovedAway:
    reason = "is gone (deleted or moved?)"
    endings: tuple[str, ...] = ("",)

    def __init__(self, path: Path) -> None:
        self._path = path

    def begin(self) -> None:
        for ending in self.endings:
            Path(f"{self._path}{ending}").rename(f"{self._path}.elsewhere{ending}")

    def end(self) -> None:
        for ending in self.endings:
            Path(f"{self._path}.elsewhere{ending}").replace(f"{self._path}{ending}")


class Replaced(MovedAway):
    """By something else, until it is put back."""

    endings = ("", "-wal", "-shm")

    def begin(self) -> None:
        super().begin()
        self.put()

    def put(self) -> None:
        self._path.write_bytes(b"no database at all" * 1000)

    reason = "is not an SQLite database"


class ReplacedByAnother(Replaced):
    reason = "another database is in the place"

    def put(self) -> None:
        other = self._path.with_name("another.db")
        with Store.open(f"sqlite:///{other}") as store:
            run_id, _ = queue(store)
            store.start_run(run_id, Environment())  # of the same number, and at the same place
            for sequence, event in enumerate(EVENTS[:BREAK], start=1):
                store.record(run_id, event, attempt=1, sequence=sequence)
        with closing(sqlite3.connect(other)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        other.rename(self._path)


class ReplacedBesideItsLog(ReplacedByAnother):
    endings = ("",)
    reason = "beside the log of the one before: move runs.db-wal away"


class ReplacedByForeignTables(Replaced):
    reason = "another database is in the place"

    def put(self) -> None:
        with closing(sqlite3.connect(self._path)) as connection, connection:
            connection.execute("CREATE TABLE runs (id INTEGER PRIMARY KEY, uuid TEXT)")


class NoPermission:
    """Of the folder; root, whom nothing is forbidden, is somebody else meanwhile."""

    reason = "runs.db cannot be used: Permission denied"

    def __init__(self, path: Path) -> None:
        self._folder, self._is_root = path.parent, os.geteuid() == 0

    def begin(self) -> None:
        if self._is_root:
            self._folder.chmod(0o700)
            os.seteuid(65534)
        else:
            self._folder.chmod(0)

    def end(self) -> None:
        if self._is_root:
            os.seteuid(0)
        else:
            self._folder.chmod(0o700)


class Full:
    """A limit on file sizes, as a full disk ends writing."""

    reason = "disk"

    def __init__(self, path: Path) -> None:
        self._path = path

    def begin(self) -> None:
        self._before = resource.getrlimit(resource.RLIMIT_FSIZE)
        size = self._path.with_name(self._path.name + "-wal").stat().st_size
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, self._before[1]))

    def end(self) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, self._before)


FAULTS = [
    *(Locked, NoPermission, MovedAway, Replaced, ReplacedByAnother, ReplacedBesideItsLog, ReplacedByForeignTables),
    Full,
]


@pytest.mark.parametrize("kind", FAULTS)
def test_trouble_that_passes_is_told_once_and_leaves_nothing_behind(lite: Store, tmp_path: Path, kind):
    expected = undisturbed(lite)
    run_id, uuid = queue(lite)
    fault = kind(tmp_path / "runs.db")
    warned: list[str] = []

    def mend() -> None:
        wait_until(lambda: bool(warned))
        fault.end()

    record_attempt(lite, run_id, warned, before={BREAK: fault.begin, MEND: mend})

    trouble, end = told(warned)
    assert fault.reason in trouble
    assert "is there again" in end
    assert contents(lite, uuid) == expected
    assert list(pending.pending_attempts(lite.artifact_root)) == []


@pytest.mark.parametrize("kind", FAULTS)
def test_trouble_that_lasts_is_said_at_the_end_and_sync_brings_all_in_once(lite: Store, tmp_path: Path, kind):
    expected = undisturbed(lite)
    run_id, uuid = queue(lite)
    fault = kind(tmp_path / "runs.db")
    warned: list[str] = []

    def wait() -> None:
        wait_until(lambda: bool(warned))

    try:
        with pytest.raises(NotRecordedError) as raised:
            record_attempt(lite, run_id, warned, before={BREAK: fault.begin, MEND: wait}, last_wait_seconds=0.01)
    finally:
        fault.end()

    said = str(raised.value)
    assert said.startswith(f"{len(EVENTS) - BREAK} events of run {run_id} not recorded: ")
    assert fault.reason in said
    assert str(lite.artifact_dir(run_id)) in said
    assert "expdb db sync" in said
    assert [fault.reason in text for text in told(warned)] == [True]
    assert count_waiting(lite) == 1
    (found,) = sync_pending(lite)
    # The last try may have been under way when the trouble ended.
    assert (found.run_id, found.problem, found.num_events >= len(EVENTS) - BREAK - 1) == (run_id, "", True)
    assert contents(lite, uuid) == expected
    assert (count_waiting(lite), list(sync_pending(lite))) == (0, [])
    assert list(pending.pending_attempts(lite.artifact_root)) == []


def test_times_are_those_of_the_events_however_late_they_are_recorded(lite: Store, tmp_path: Path):
    run_id, _ = queue(lite)
    fault = Locked(tmp_path / "runs.db")
    with pytest.raises(NotRecordedError):
        record_attempt(lite, run_id, [], before={BREAK: fault.begin}, last_wait_seconds=0.01)
    fault.end()
    lines = spool_path(lite.artifact_dir(run_id), 1).read_text().splitlines()
    ended_at = datetime.fromisoformat(json.loads(lines[-1])["at"])

    list(sync_pending(lite))

    run = lite.run(run_id)
    assert (run.ended_at, run.results.wall_seconds) == (ended_at, (ended_at - run.started_at).total_seconds())


def test_a_deleted_database_is_not_made_anew(lite: Store, tmp_path: Path):
    run_id, _ = queue(lite)
    warned: list[str] = []

    with pytest.raises(NotRecordedError, match="is gone"):
        record_attempt(lite, run_id, warned, before={BREAK: (tmp_path / "runs.db").unlink}, last_wait_seconds=0.01)

    assert not (tmp_path / "runs.db").exists()
    assert "is gone (deleted or moved?): put it back" in warned[0]


def test_nothing_is_written_into_another_database(lite: Store, tmp_path: Path):
    run_id, _ = queue(lite)
    fault = ReplacedByAnother(tmp_path / "runs.db")

    with pytest.raises(NotRecordedError):
        record_attempt(lite, run_id, [], before={BREAK: fault.begin}, last_wait_seconds=0.01)

    with Store.open(f"sqlite:///{tmp_path}/runs.db", artifact_root=tmp_path / "none") as other:
        assert [(run.id, run.results.epochs_done, run.status) for run in other.runs()] == [
            (run_id, BREAK - 1, "running")
        ]
    fault.end()


def test_the_answer_to_a_commit_is_lost_and_the_event_is_known(lite: Store, monkeypatch: pytest.MonkeyPatch):
    run_id, uuid = queue(lite)
    expected = undisturbed(lite)
    record, answers = lite.record, []

    def cut_off(*arguments, **options):
        answers.append(record(*arguments, **options))
        if len(answers) == MEND:
            raise_lost()
        return answers[-1]

    monkeypatch.setattr(lite, "record", cut_off)
    warned: list[str] = []
    record_attempt(lite, run_id, warned)

    assert answers[MEND - 1 : MEND + 1] == ["recorded", "known"]
    assert len(told(warned)) == 2
    assert contents(lite, uuid) == expected


def raise_lost() -> None:
    raise ConnectionError("the connection was lost")


def test_a_run_that_was_taken_over_stops_and_its_late_events_are_kept_apart(store: Store):
    run_id, uuid = queue(store)
    warned: list[str] = []

    def take_over() -> None:
        silence(store, run_id)
        store.resume_run(run_id, Environment())
        store.record(run_id, started(), attempt=2, sequence=1)
        store.record(run_id, epoch(1, top1=0.75), attempt=2, sequence=2)

    with pytest.raises(TakenOverError, match="attempt 1"):
        record_attempt(store, run_id, warned, before={3: take_over})

    run = store.run(run_id)
    assert (run.status, run.attempt, run.results.epochs_done, run.results.top1, run.results.best_top1) == (
        "running",
        2,
        1,
        0.75,
        0.75,
    )
    assert [(done.epoch, done.attempt) for done in store.epochs(run_id)] == [(1, 2)]
    assert [(done.epoch, done.attempt) for done in store.attempts.superseded_epochs(run_id)] == [(1, 1), (2, 1), (3, 1)]
    assert uuid not in {found.uuid for found in pending.pending_attempts(store.artifact_root)}


def test_a_fenced_attempt_hears_of_it_by_its_heartbeat(store: Store, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(recorder_module, "HEARTBEAT_SECONDS", 0.01)
    run_id, _ = queue(store)

    with (  # noqa: PT012 - how it comes to that
        pytest.raises(TakenOverError),
        Recorder(store, run_id, Environment(), resume=False, warn=lambda _: None) as recorder,
    ):
        recorder.record(started())
        silence(store, run_id)
        monkeypatch.setattr(recorder, "_beat", lambda: None)  # as long as a process is stopped
        while True:
            try:
                silence(store, run_id)
                store.resume_run(run_id, Environment())
                break
            except Exception:  # noqa: BLE001 - a beat was under way
                continue
        monkeypatch.undo()
        wait_until(lambda: recorder._is_taken_over)
        recorder.require_current()  # as with each progress of training

    assert store.run(run_id).attempt == 2


def test_epochs_of_an_attempt_that_was_thrown_away_count_nowhere(store: Store):
    run_id = store.add_run(make_spec(epochs=94))
    old = [started(), *(epoch(number, top1=0.94) for number in range(1, 95))]
    new = [started(), *(epoch(number, top1=0.5 + number / 1000) for number in range(1, 14))]
    with pytest.raises(ZeroDivisionError):
        record_attempt(store, run_id, [], events=[*old, old[-1]], before={95: lambda: 1 / 0})
    silence(store, run_id)
    with pytest.raises(ZeroDivisionError):
        record_attempt(store, run_id, [], events=[*new, new[-1]], before={14: lambda: 1 / 0}, resume=True)

    run = store.run(run_id)
    assert (run.results.epochs_done, run.results.top1, run.results.best_top1, run.results.best_epoch) == (
        13,
        0.513,
        0.513,
        13,
    )
    assert {done.attempt for done in store.epochs(run_id)} == {2}
    assert len(store.attempts.superseded_epochs(run_id)) == 94
    assert len(store.curves([run_id], "top1", points=200).values[run_id]) == 13


def test_a_folder_that_takes_no_events_is_told_and_the_database_gets_them_all(lite: Store, tmp_path: Path):
    expected = undisturbed(lite)
    run_id, uuid = queue(lite)
    real_write, warned = os.write, []

    def write(file: int, data: bytes) -> int:
        if Path(f"/proc/self/fd/{file}").readlink().name == "events-1.jsonl" and b'"epoch": 3' in data:
            real_write(file, data[:20])
            raise OSError(errno.ENOSPC, "No space left on device")
        return real_write(file, data)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(os, "write", write)
        record_attempt(lite, run_id, warned)

    assert ["No space left on device" in text for text in told(warned)] == [True]
    assert contents(lite, uuid) == expected
    assert spool_path(lite.artifact_dir(run_id), 1).read_text().endswith("}\n")


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "full"), BrokenPipeError(), ValueError("closed file")])
def test_warnings_that_cannot_be_printed_harm_nothing(lite: Store, tmp_path: Path, error: Exception):
    run_id, uuid = queue(lite)
    fault = Locked(tmp_path / "runs.db")

    class Closed(list):
        tried = 0

        def append(self, _text: str) -> None:
            self.tried += 1
            raise error

    def mend() -> None:
        wait_until(lambda: warned.tried > 0)
        fault.end()

    warned = Closed()
    record_attempt(lite, run_id, warned, before={BREAK: fault.begin, MEND: mend})

    assert contents(lite, uuid)["run"]["status"] == "finished"


def test_a_database_that_never_answers_does_not_keep_the_command(lite: Store, monkeypatch: pytest.MonkeyPatch):
    run_id, _ = queue(lite)
    record, is_over = lite.record, threading.Event()
    monkeypatch.setattr(recorder_module, "SILENT_SECONDS", 0.0)

    def stuck(*arguments, **options):
        if arguments[1] == EVENTS[BREAK]:
            is_over.wait()
        return record(*arguments, **options)

    monkeypatch.setattr(lite, "record", stuck)
    with pytest.raises(NotRecordedError, match="does not answer"):
        record_attempt(lite, run_id, [], last_wait_seconds=0.01)
    monkeypatch.undo()

    assert sum(found.num_events for found in sync_pending(lite)) == len(EVENTS) - BREAK
    is_over.set()
    assert lite.run(run_id).status == "finished"

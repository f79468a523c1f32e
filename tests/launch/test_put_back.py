"""A database is put back to an older state while a run trains, or between its attempts: it gets what it lost."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from expdb.domain.events import Logged, PointsLogged, RunFinished
from expdb.domain.run import Environment
from expdb.launch import recorder as recorder_module
from expdb.launch.recorder import Recorder
from expdb.store.store import Store
from tests.factories import tracked_start
from tests.launch.recorded import EVENTS, NUM_EPOCHS, contents, queue, record_attempt, told, undisturbed, wait_until
from tests.store.events import silence, started

BREAK, MEND = 2, 4  # before these events


pytestmark = pytest.mark.usefixtures("impatient")


def back_up(path: Path) -> None:
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(path.with_name("backup"))) as target:
        source.backup(target)


def put_back(path: Path) -> None:
    shutil.copy(path.with_name("backup"), path.with_name("copy"))
    for ending in ("-wal", "-shm"):  # as one does, for they are of the other file
        Path(f"{path}{ending}").unlink(missing_ok=True)
    path.with_name("copy").replace(path)


@pytest.mark.parametrize("when", ["before the run", "before its start", "in between"])
@pytest.mark.parametrize("is_number_taken", [False, True])
def test_a_database_that_is_put_back_to_an_older_state_gets_what_it_lost(
    lite: Store, tmp_path: Path, when: str, is_number_taken: bool
):
    if is_number_taken and when != "before the run":
        pytest.skip("the number is the run's own there")
    path = tmp_path / "runs.db"
    expected = undisturbed(lite)
    if when == "before the run":
        back_up(path)
    run_id, uuid = queue(lite)
    if when == "before its start":
        back_up(path)

    def restore() -> None:
        put_back(path)
        if is_number_taken:  # by a run that is at the very same place
            with Store.open(f"sqlite:///{path}", artifact_root=tmp_path / "none") as again:
                other, _ = queue(again)
                assert other == run_id
                again.start_run(other, Environment())
                for sequence, event in enumerate(EVENTS[:MEND], start=1):
                    again.record(other, event, attempt=1, sequence=sequence)

    def save() -> None:
        if when == "in between":
            back_up(path)

    warned: list[str] = []
    record_attempt(lite, run_id, warned, before={BREAK: save, MEND: restore})

    assert ["put back to an older state" in text for text in told(warned)] == [True]
    assert contents(lite, uuid) == expected
    assert (f"it was run {run_id}, and is run {run_id + 1} now" in warned[0]) is is_number_taken
    if is_number_taken:
        assert lite.run(run_id).results.epochs_done == MEND - 1


def test_a_heartbeat_does_not_take_a_database_that_was_put_back_for_a_takeover(
    lite: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(recorder_module, "HEARTBEAT_SECONDS", 0.01)
    back_up(tmp_path / "runs.db")
    run_id, uuid = queue(lite)
    warned: list[str] = []

    with Recorder(lite, run_id, Environment(), resume=False, warn=warned.append) as recorder:
        for event in EVENTS[:MEND]:
            recorder.record(event)
        put_back(tmp_path / "runs.db")
        wait_until(lambda: bool(warned))  # no event comes: a heartbeat notices
        for event in EVENTS[MEND:]:
            recorder.record(event)

    assert ["put back to an older state" in text for text in told(warned)] == [True]
    assert contents(lite, uuid)["run"]["epochs_done"] == NUM_EPOCHS


def test_attempts_before_this_one_come_back_too(lite: Store, tmp_path: Path):
    path = tmp_path / "runs.db"
    back_up(path)
    run_id, uuid = queue(lite)
    with pytest.raises(ZeroDivisionError):
        record_attempt(lite, run_id, [], events=EVENTS[:3], before={2: lambda: 1 / 0})
    silence(lite, run_id)
    rest = (started(first_epoch=2), *EVENTS[2:])
    before = []

    def restore() -> None:
        before.append(contents(lite, uuid))
        put_back(path)

    record_attempt(lite, run_id, [], events=rest, before={2: restore}, resume=True)

    after = contents(lite, uuid)
    assert [attempt[0] for attempt in after["attempts"]] == [1, 2]
    assert [(done["epoch"], done["attempt"]) for done in after["epochs"]] == [(1, 1), (2, 2), (3, 2), (4, 2), (5, 2)]
    assert after["run"]["status"] == "finished"


def test_an_attempt_that_the_database_lost_keeps_its_number(lite: Store, tmp_path: Path):
    path = tmp_path / "runs.db"
    run_id, uuid = queue(lite)
    with pytest.raises(ZeroDivisionError):
        record_attempt(lite, run_id, [], events=EVENTS[:3], before={2: lambda: 1 / 0})
    back_up(path)
    silence(lite, run_id)
    with pytest.raises(ZeroDivisionError):
        record_attempt(
            lite, run_id, [], events=(started(first_epoch=2), *EVENTS[2:]), before={3: lambda: 1 / 0}, resume=True
        )
    put_back(path)
    silence(lite, run_id)

    record_attempt(lite, run_id, [], events=(started(first_epoch=4), *EVENTS[4:]), resume=True)

    after = contents(lite, uuid)
    assert [attempt[0] for attempt in after["attempts"]] == [1, 2, 3]
    assert [(done["epoch"], done["attempt"]) for done in after["epochs"]] == [(1, 1), (2, 2), (3, 2), (4, 3), (5, 3)]


def test_a_tracked_run_that_a_database_lost_is_made_again_with_its_points(lite: Store, tmp_path: Path):
    path = tmp_path / "runs.db"
    back_up(path)
    run_id = lite.tracked.add(tracked_start(name="mine", columns={"lr": 0.5}, tags=("a",)))
    uuid = lite.run(run_id).uuid
    warned: list[str] = []
    with Recorder(lite, run_id, Environment(), resume=False, kind="tracked", warn=warned.append) as recorder:
        for number in range(1, 6):
            if number == 3:
                put_back(path)
            recorder.record(PointsLogged(rows=(Logged(number, None, {"top1": number / 8, "f1": 0.5}),)))
        recorder.record(RunFinished())

    (run,) = [run for run in lite.runs() if run.uuid == uuid]

    assert ["put back to an older state" in text for text in told(warned)] == [True]
    assert (run.kind, run.status, run.name, run.fields["lr"], run.tags) == ("tracked", "finished", "mine", 0.5, ("a",))
    assert (run.settings, run.results.top1) == ({"width": 16}, 5 / 8)
    assert [one.epoch for one in lite.points.of([run.id], ["f1"])] == [1, 2, 3, 4, 5]

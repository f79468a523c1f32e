"""`expdb db sync`, and what other commands do about events that are not recorded."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from expdb.errors import NotRecordedError
from expdb.store.attempts import pending
from expdb.store.attempts.folder_lock import FolderLock
from expdb.store.attempts.spool import spool_path
from expdb.store.store import Store
from tests.cli.conftest import Cli
from tests.factories import make_spec
from tests.launch.recorded import EVENTS, contents, record_attempt, undisturbed

URL = "sqlite:///runs.db"


def leave_waiting(folder: Path, *, num_runs: int = 1) -> list[str]:
    """Train runs whose database goes away after two events; return their uuids."""
    path, uuids = folder / "runs.db", []
    with Store.open(f"sqlite:///{path}") as store:
        for _ in range(num_runs):
            run_id = store.add_run(make_spec(epochs=5))
            uuids.append(store.run(run_id).uuid)
            with pytest.raises(NotRecordedError):
                record_attempt(
                    store, run_id, [], before={2: lambda: path.rename(folder / "away")}, last_wait_seconds=0.01
                )
            (folder / "away").rename(path)
    return uuids


# Ends as by kill -9 after it has recorded so many events, within the command.
KILLED_SYNC = """
import os, signal, sys
from expdb.cli.main import main
from expdb.store.store import Store

record, left = Store.record, int(sys.argv[1])

def counted(self, *args, **kwargs):
    global left
    done = record(self, *args, **kwargs)
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return done

Store.record = counted
main(["db", "sync"])
"""


@pytest.mark.parametrize("num_recorded", range(1, len(EVENTS) - 1))
def test_a_sync_that_is_killed_is_taken_up_by_the_next(cli: Cli, tmp_path: Path, num_recorded: int):
    with Store.open(f"sqlite:///{tmp_path / 'other.db'}") as store:
        expected = undisturbed(store)
    (uuid,) = leave_waiting(tmp_path)
    command = [sys.executable, "-c", KILLED_SYNC, str(num_recorded)]
    killed = subprocess.run(command, cwd=tmp_path, env=os.environ, check=False, capture_output=True)

    done = cli("db", "sync")

    num_waiting = len(EVENTS) - 2
    if num_recorded < num_waiting:
        assert killed.returncode == -signal.SIGKILL
        assert f"recorded {num_waiting - num_recorded} event" in done.out
    with Store.open(URL) as store:
        assert contents(store, uuid) == expected
    assert cli("db", "sync").out == "nothing waits to be recorded\n"


def spool_of(folder: Path, uuid: str) -> Path:
    return spool_path(folder / "runs.artifacts" / uuid, 1)


def test_what_waits_is_told_by_who_reads_and_recorded_once_by_sync(cli: Cli, tmp_path: Path):
    (uuid,) = leave_waiting(tmp_path)
    waits = "note: 1 attempt waits to be recorded: expdb db sync brings in what they said\n"

    for reading in (["ls"], ["show", "1"], ["ls", "--json"]):
        assert cli(*reading).err == waits
    assert cli("db", "sync", "--dry-run").out == "1 attempt waits to be recorded\n"
    assert json.loads(cli("db", "sync", "--dry-run", "--json").out) == {"waiting": 1}
    done = cli("db", "sync")
    assert (done.code, done.out, done.err) == (0, "run 1, attempt 1: recorded 5 events that waited in its folder\n", "")
    assert cli("db", "sync").out == "nothing waits to be recorded\n"
    assert cli("ls").err == ""
    with Store.open(URL) as store:
        assert contents(store, uuid) == undisturbed(store)


def test_every_command_that_writes_brings_in_what_waits(cli: Cli, tmp_path: Path):
    leave_waiting(tmp_path, num_runs=2)

    done = cli("note", "1", "a remark")

    assert done.code == 0
    assert sorted(done.err.splitlines()) == [
        f"note: run {run_id}, attempt 1: recorded 5 events that waited in its folder" for run_id in (1, 2)
    ]
    assert cli("ls").err == ""


def change_header(path: Path, **values: object) -> None:
    first, rest = path.read_text().split("\n", 1)
    path.write_text(json.dumps({**json.loads(first), **values}) + "\n" + rest)


def change_row(path: Path, **values: object) -> None:
    header = json.loads(path.read_text().split("\n", 1)[0])
    change_header(path, row={**header["row"], **values})


def change_event(path: Path, **values: object) -> None:
    lines = path.read_text().splitlines()
    lines[4] = json.dumps({**json.loads(lines[4]), **values})
    path.write_text("\n".join(lines) + "\n")


FORGED: dict[str, Callable[[Path], object]] = {
    "'sum'": lambda path: change_row(path, sum=1),
    "is not of the folder": lambda path: change_row(path, artifact_dir="../../outside"),
    "is not of the folder ": lambda path: change_row(path, uuid="another"),
    "is of run": lambda path: change_header(path, run="another"),
    "holds no spec": lambda path: change_row(path, spec_json="{}"),
    "holds no spec ": lambda path: change_row(path, spec_json="[" * 100_000),
    "is no created_at": lambda path: change_row(path, created_at=7),
    "does not say when it was created": lambda path: change_row(path, created_at=None),
    "is no heartbeat_at": lambda path: change_row(path, heartbeat_at="2026-11-30T00:00:00"),
    "does not say when attempt 1 began": lambda path: change_header(path, attempt_row={}),
    "refused a value": lambda path: change_event(path, top1=7.5),
    " is no event": lambda path: change_event(path, epoch=2**70),
    "line 5 is no event": lambda path: change_event(path, status="finished"),
    "belongs to another user": lambda path: os.chown(path, 65534, 65534),
}


@pytest.mark.parametrize("words", FORGED)
def test_forged_events_are_left_alone_and_all_others_recorded(cli: Cli, tmp_path: Path, words: str):
    uuids = sorted(leave_waiting(tmp_path, num_runs=3))  # in the order of sync
    if words.startswith("belongs") and os.getuid() == 0:
        pytest.skip("everything belongs to root")
    FORGED[words](spool_of(tmp_path, uuids[1]))

    done = cli("db", "sync")

    assert done.code == 1
    (line,) = done.err.splitlines()
    assert words.strip() in line
    assert line.startswith("warning: run ")
    assert len(done.out.splitlines()) == 2
    with Store.open(URL) as store:
        statuses = [store.run(run.id).status for run in sorted(store.runs(), key=lambda run: run.uuid)]
    assert [statuses[0], statuses[2]] == ["finished", "finished"]
    assert statuses[1] != "finished"
    assert cli("note", "1", "others work on").code == 0


def test_a_status_or_number_in_the_header_is_not_believed(cli: Cli, tmp_path: Path):
    (uuid,) = leave_waiting(tmp_path)
    path = spool_of(tmp_path, uuid)
    tricks = {
        "id": 2**31 - 2,
        "status": "finished",
        "top1": 1.0,
        "best_top1": 1.0,
        "kind": "reported",
        "epochs_done": 99,
    }
    change_row(path, **tricks)
    with Store.open(URL) as store, store._database.writing() as connection:
        connection.exec_driver_sql("DELETE FROM attempts")
        connection.exec_driver_sql("DELETE FROM epochs")
        connection.exec_driver_sql("DELETE FROM runs")

    done = cli("db", "sync")

    assert (done.code, done.out) == (0, "run 2, attempt 1: recorded 7 events that waited in its folder\n")
    with Store.open(URL) as store:
        assert contents(store, uuid) == undisturbed(store)


def test_a_folder_that_is_a_link_is_not_followed(cli: Cli, tmp_path: Path):
    (uuid,) = leave_waiting(tmp_path)
    folder = tmp_path / "runs.artifacts" / uuid
    folder.rename(tmp_path / "outside")
    folder.symlink_to(tmp_path / "outside")

    done = cli("db", "sync")

    assert done.code == 1
    assert "refused" in done.err
    assert not (tmp_path / "outside" / "lock").read_text()


def test_a_run_that_is_alive_is_left_alone(cli: Cli, tmp_path: Path):
    (uuid,) = leave_waiting(tmp_path)

    with FolderLock(tmp_path / "runs.artifacts" / uuid, run_id=1):
        assert cli("db", "sync").out == "nothing waits to be recorded\n"
        assert cli("ls").err == ""

    assert cli("db", "sync").out == "run 1, attempt 1: recorded 5 events that waited in its folder\n"


def test_syncs_at_once_record_everything_once(tmp_path: Path):
    uuids = leave_waiting(tmp_path, num_runs=4)
    command = [sys.executable, "-m", "expdb", "db", "sync", "--json"]

    both = [subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    said = [one for process in both for one in json.loads(process.communicate(timeout=120)[0])]

    assert sum(one["num_events"] for one in said) == 4 * 5
    with Store.open(f"sqlite:///{tmp_path}/runs.db") as store:
        expected = undisturbed(store)
        assert [contents(store, uuid) == expected for uuid in uuids] == [True] * 4


def test_sync_makes_no_database(cli: Cli, tmp_path: Path):
    leave_waiting(tmp_path)
    (tmp_path / "runs.db").unlink()

    done = cli("db", "sync")

    assert (done.code, len(done.err.splitlines())) == (2, 1)
    assert not (tmp_path / "runs.db").exists()


def test_events_of_another_database_stay_where_they_are(cli: Cli, tmp_path: Path):
    (uuid,) = leave_waiting(tmp_path)
    before = spool_of(tmp_path, uuid).read_bytes()
    for path in tmp_path.glob("runs.db*"):
        path.unlink()
    with Store.open(URL):
        pass

    done = cli("db", "sync")

    assert (done.code, done.out) == (0, "nothing waits to be recorded\n")
    assert (
        done.err == f"note: {tmp_path / 'runs.artifacts'} is of another database, whose runs are not brought in here\n"
    )
    cli("db", "artifacts", str(tmp_path / "runs.artifacts"))
    told = cli("db", "sync")
    assert told.code == 1
    assert "is of database" in told.err
    with Store.open(URL) as store:
        assert store.runs() == []
    assert spool_of(tmp_path, uuid).read_bytes() == before


def test_marks_of_nothing_are_taken_away_when_their_process_is_gone(cli: Cli, tmp_path: Path):
    with Store.open(URL) as store:
        root = store.artifact_root
    uuid = "0b3f4c1c-55a4-4a83-a7a1-6d3a4a0b5a11"
    pending.mark(root, uuid, 1)
    mark = root / pending.PENDING_FOLDER / f"{uuid}.1"

    assert cli("db", "sync").code == 0
    assert mark.exists()  # its process is this one
    mark.write_text(json.dumps({**json.loads(mark.read_text()), "pid": 2**22 + 1}))
    assert cli("db", "sync").out == "nothing waits to be recorded\n"
    assert not mark.exists()


@pytest.mark.skipif(os.getuid() != 0, reason="only root can be somebody else")
def test_who_may_only_read_is_told_so(tmp_path: Path):
    leave_waiting(tmp_path)
    for folder in (tmp_path, *tmp_path.parents):
        if folder == Path("/tmp"):
            break
        folder.chmod(0o755)
    for path in tmp_path.glob("runs.db*"):
        path.chmod(0o644)

    def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-m", "expdb", *arguments]
        return subprocess.run(
            command, cwd=tmp_path, user=65534, group=65534, extra_groups=[], capture_output=True, text=True, check=False
        )

    try:
        looked = run("ls")
    except PermissionError:
        pytest.skip("the user nobody may not run this Python")
    synced = run("db", "sync")

    assert (looked.returncode, looked.stderr) == (0, "")
    assert synced.returncode == 2
    assert len(synced.stderr.splitlines()) == 1
    assert "read-only" in synced.stderr


def test_events_after_the_end_hold_nothing_up(tmp_path: Path):
    """As where a display fails after the last event: the run stays finished."""
    with Store.open(f"sqlite:///{tmp_path}/runs.db") as store:
        run_id = store.add_run(make_spec(epochs=5))
        warned: list[str] = []
        record_attempt(store, run_id, warned, events=[*EVENTS, *EVENTS[-2:]])

        assert (store.run(run_id).status, warned) == ("finished", [])
        assert store.attempts.of(run_id)[0].last_sequence == len(EVENTS) + 2

"""Real runs, whose database goes away or whose processes are killed, stopped or joined by others."""

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from expdb.domain.run import Environment
from expdb.store.store import Store

pytestmark = pytest.mark.slow

TRAIN = (
    *("run", "--dataset", "digits", "--model", "vit_mini", "--optimizer", "adamw", "--epochs", "3", "--device", "cpu"),
    *("--set", "data.limit=64", "--set", "data.img_size=8", "--batch-size", "32", "--checkpoint-minutes", "0"),
)


class Held:
    """A command that waits before some of its events."""

    def __init__(self, folder: Path, places: Sequence[int], *arguments: str, prefix: Sequence[str] = ()) -> None:
        command = [sys.executable, "-m", "tests.launch.held_process", ",".join(map(str, places)), *arguments]
        self.process = subprocess.Popen(
            [*prefix, *command],
            cwd=folder,
            env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(Path(__file__).parents[2])},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.said: list[str] = []

    def wait(self, place: int) -> None:
        """Wait until it is before that event."""
        assert self.process.stderr is not None
        for line in self.process.stderr:
            if line == f"before event {place}\n":
                return
            self.said.append(line)
        pytest.fail(f"it ended: {self.said}")

    def go_on(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def wait_for_warning(self) -> str:
        assert self.process.stderr is not None
        line = self.process.stderr.readline()
        self.said.append(line)
        return line

    def end(self) -> int:
        _, err = self.process.communicate(timeout=240)
        self.said += err.splitlines(keepends=True)
        return self.process.returncode

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()


def expdb(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "expdb", *arguments]
    env = {**os.environ, "OMP_NUM_THREADS": "1"}
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False, timeout=240)


@contextmanager
def opened(folder: Path) -> Iterator[Store]:
    with Store.open(f"sqlite:///{folder}/runs.db") as store:
        yield store


def test_a_run_outlives_a_lock_of_another_process_and_its_command_says_what_is_missing(tmp_path: Path):
    run = Held(tmp_path, [2, 4], *TRAIN)
    run.wait(2)
    with closing(sqlite3.connect(tmp_path / "runs.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        run.go_on()
        run.wait(4)
        run.go_on()
        code = run.end()
        files = {path.name for path in (tmp_path / "runs.artifacts").rglob("*")}

    warnings = [line for line in run.said if line.startswith("warning: ") and "waiting up to" not in line]
    error = run.said[-1]
    assert code == 1, run.said
    assert ["locked by another process" in line for line in warnings] == [True]
    assert error.startswith("error: 6 events of run 1 not recorded: ")
    assert "expdb db sync" in error
    assert {"weights.safetensors", "predictions.npz", "events-1.jsonl"} <= files
    assert "1 attempt waits" in expdb(tmp_path, "ls").stderr
    assert expdb(tmp_path, "db", "sync").stdout == "run 1, attempt 1: recorded 6 events that waited in its folder\n"
    with opened(tmp_path) as store:
        assert (store.run(1).status, [done.epoch for done in store.epochs(1)]) == ("finished", [1, 2, 3])


@pytest.mark.parametrize(
    "place", [2, pytest.param(3, marks=pytest.mark.long), 4, pytest.param(5, marks=pytest.mark.long)]
)
def test_killed_while_the_database_is_away_it_goes_on_and_every_epoch_is_there_once(tmp_path: Path, place: int):
    run = Held(tmp_path, [2, place] if place > 2 else [2], *TRAIN)
    run.wait(2)
    with closing(sqlite3.connect(tmp_path / "runs.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        if place > 2:
            run.go_on()
            run.wait(place)
        run.kill()

    resumed = expdb(tmp_path, "resume", "1")  # which is a command that writes

    assert resumed.returncode == 0, resumed.stdout + resumed.stderr
    with opened(tmp_path) as store:
        assert [done.epoch for done in store.epochs(1)] == [1, 2, 3]
        assert (store.run(1).status, store.run(1).results.epochs_done) == ("finished", 3)
        numbers = [(attempt.number, attempt.last_sequence) for attempt in store.attempts.of(1)]
    assert numbers[0] == (1, place - 1)
    assert len(numbers) == 2


@pytest.mark.long
def test_two_who_resume_at_once_are_one_and_a_living_run_is_not_taken_over(tmp_path: Path):
    run = Held(tmp_path, [2], *TRAIN)
    run.wait(2)
    with opened(tmp_path) as store, store._database.writing() as connection:
        connection.exec_driver_sql("UPDATE runs SET heartbeat_at = '2020-01-01 00:00:00.000000'")
    living = expdb(tmp_path, "resume", "1")
    assert (living.returncode, "is being recorded by another process of this machine" in living.stderr) == (1, True)
    run.kill()

    both = [Held(tmp_path, [1], "resume", "1") for _ in range(2)]
    for process in both:
        process.go_on()
    codes = sorted(process.end() for process in both)

    assert codes == [0, 1], [process.said for process in both]
    with opened(tmp_path) as store:
        assert (store.run(1).status, len(store.attempts.of(1))) == ("finished", 2)


@pytest.mark.long
def test_a_run_in_another_container_of_the_same_host_name_is_not_taken_over(tmp_path: Path):
    unshare = ("unshare", "--pid", "--fork", "--kill-child", "--mount-proc")
    if subprocess.run([*unshare, "true"], check=False, capture_output=True).returncode != 0:
        pytest.skip("the system does not let processes into a namespace of their own")
    run = Held(tmp_path, [2], *TRAIN, prefix=unshare)
    run.wait(2)

    for heartbeat in (None, "2020-01-01 00:00:00.000000"):
        if heartbeat:
            with closing(sqlite3.connect(tmp_path / "runs.db")) as connection, connection:
                connection.execute("UPDATE runs SET heartbeat_at = ?", [heartbeat])
        refused = expdb(tmp_path, "resume", "1")
        assert refused.returncode == 1
        assert "run 1 is " in refused.stderr
    run.go_on()

    assert run.end() == 0, run.said
    with opened(tmp_path) as store:
        assert [(attempt.number, attempt.status) for attempt in store.attempts.of(1)] == [(1, "finished")]


@pytest.mark.long
def test_a_stopped_process_that_was_taken_over_merges_nothing_when_it_goes_on(tmp_path: Path):
    run = Held(tmp_path, [3], *TRAIN)
    run.wait(3)
    os.kill(run.process.pid, signal.SIGSTOP)
    with opened(tmp_path) as store:  # as on another machine, which sees no lock
        with store._database.writing() as connection:
            connection.exec_driver_sql("UPDATE runs SET heartbeat_at = '2020-01-01 00:00:00.000000'")
        store.resume_run(1, Environment())
        before = store.epochs(1)
    run.go_on()
    os.kill(run.process.pid, signal.SIGCONT)

    assert run.end() == 1
    assert run.said[-1].startswith("error: run 1 was taken over by another attempt: this process stops")
    with opened(tmp_path) as store:
        run_now = store.run(1)
        assert (run_now.status, run_now.attempt, run_now.results.epochs_done) == ("running", 2, len(before) + 1)
        assert [done.attempt for done in store.epochs(1)] == [1, 1]


@pytest.mark.long
def test_epochs_of_an_attempt_whose_checkpoints_are_gone_count_no_more(tmp_path: Path):
    run = Held(tmp_path, [4], *TRAIN)
    run.wait(4)
    run.kill()
    (folder,) = (path for path in (tmp_path / "runs.artifacts").iterdir() if path.name != "pending")
    for path in folder.rglob("*"):
        if "checkpoint" in str(path.relative_to(folder)) and path.is_file():
            path.unlink()

    resumed = expdb(tmp_path, "resume", "1")

    assert resumed.returncode == 0, resumed.stderr
    with opened(tmp_path) as store:
        assert [(done.epoch, done.attempt) for done in store.epochs(1)] == [(1, 2), (2, 2), (3, 2)]
        assert [(done.epoch, done.attempt) for done in store.attempts.superseded_epochs(1)] == [(1, 1), (2, 1)]
        assert (store.run(1).results.epochs_done, store.run(1).status) == (3, "finished")

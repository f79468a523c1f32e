"""What is recorded, logged and said of a group of processes that fails: each is a small program that says it."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest

from expdb.domain.events import LOST_CONNECTION, Event, RunFailed
from expdb.domain.run import Environment, Run
from expdb.errors import LaunchError
from expdb.launch import data_parallel
from expdb.launch.data_parallel import run_group
from expdb.launch.read_log import LOG_FILE
from expdb.store.store import Store
from tests.factories import make_spec
from tests.launch.test_ranks import FOR_EVER, ranks_of

KILLED = "import os; os.kill(os.getpid(), 9)"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(f"sqlite:///{tmp_path}/runs.db") as opened:
        yield opened


def failing(reason: str, message: str, *, error_type: str = "TrainingError") -> str:
    """Return a program that says that it failed, complains, and ends so."""
    event = RunFailed(status="failed", reason=reason, error_type=error_type, message=message, traceback="Traceback: x")
    line = json.dumps({"event": "RunFailed", **asdict(event)})
    return f"import sys; print({line!r}, flush=True); sys.stderr.write('[c10d] {message}\\n'); sys.exit(1)"


LOST = failing(LOST_CONNECTION, "gloo: the connection broke")


def launch(
    store: Store, monkeypatch: pytest.MonkeyPatch, *programs: str, events: list[Event], warned: list[str]
) -> None:
    """Train a run by these programs, one a process."""
    run_id = store.add_run(make_spec(gpus=len(programs), device="cpu"))
    monkeypatch.setattr(data_parallel, "Ranks", lambda *_: ranks_of(*programs))
    if FOR_EVER in programs:  # nobody waits for its last word
        monkeypatch.setattr("expdb.launch.ranks.LAST_WORD_SECONDS", 0.0)
    run_group(
        store,
        run_id,
        len(programs),
        url=store.url,
        data_dir=Path(),
        environment=Environment(),
        checkpoint_minutes=1.0,
        threads=None,
        on_event=events.append,
        warn=warned.append,
        resume=False,
    )


def fail(store: Store, monkeypatch: pytest.MonkeyPatch, *programs: str) -> tuple[Run, list[Event], LaunchError]:
    """Train a run by programs of which one fails."""
    events: list[Event] = []
    with pytest.raises(LaunchError) as failed:
        launch(store, monkeypatch, *programs, events=events, warned=[])
    (run,) = store.runs()
    return run, events, failed.value


@pytest.mark.parametrize(
    ("programs", "reason", "message"),
    [
        ((LOST, failing("data", "a broken image", error_type="DataError")), "data", "a broken image"),
        ((failing("diverged", "the loss is nan"), FOR_EVER), "diverged", "the loss is nan"),
        ((LOST, KILLED), "rank 1 lost", "the process of rank 1 was ended by SIGKILL, as the system does where memory"),
        ((KILLED, LOST), "rank 0 lost", "the process of rank 0 was ended by SIGKILL"),
        ((FOR_EVER, "raise SystemExit(3)"), "rank 1 lost", "the process of rank 1 failed with exit code 3"),
        ((LOST, LOST), LOST_CONNECTION, "gloo: the connection broke"),
    ],
    ids=["another's data", "diverged", "rank 1 killed", "rank 0 killed", "without a word", "nobody knows"],
)
def test_what_ended_one_process_is_what_the_run_failed_of(
    store: Store, monkeypatch: pytest.MonkeyPatch, programs: tuple[str, ...], reason: str, message: str
) -> None:
    run, events, error = fail(store, monkeypatch, *programs)

    assert (run.status, run.reason) == ("failed", reason)
    assert run.error_message is not None
    assert run.error_message.startswith(message)
    assert [event.reason for event in events if isinstance(event, RunFailed)] == [reason]
    assert str(error) == run.error_message


def test_what_processes_complained_of_is_in_the_log_and_in_the_traceback_and_not_on_the_terminal(
    store: Store, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    run, _, error = fail(store, monkeypatch, LOST, KILLED)

    log = (store.artifact_dir(run.id) / LOG_FILE).read_text()
    assert "rank 0: [c10d] gloo: the connection broke\n" in log
    assert "run 1 failed (rank 1 lost); see expdb show 1" in log
    assert error.__notes__ == ["rank 0: [c10d] gloo: the connection broke"]
    assert capfd.readouterr() == ("", "")


def test_warnings_for_users_are_told_once_and_all_else_that_goes_well_is_not(
    store: Store, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    warned: list[str] = []
    program = "import sys; sys.stderr.write('[W socket.cpp] whatever\\nwarning: the log cannot be written\\n')"

    launch(store, monkeypatch, program, program, events=[], warned=warned)

    assert warned == ["the log cannot be written"]
    assert capfd.readouterr() == ("", "")

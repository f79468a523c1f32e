"""A data-parallel run that loses a process ends as failed, and names it."""

import os
import signal
from pathlib import Path
from typing import Any

import pytest

from expdb.domain.events import EpochEnded, Event, RunFailed
from expdb.domain.run import Environment
from expdb.errors import LaunchError
from expdb.launch.launchers.local import launch_run
from expdb.launch.stop_signals import Terminated
from expdb.store.store import Store
from tests.factories import make_spec

SPEC: dict[str, Any] = {
    "model__name": "vit_mini",
    "data__limit": 64,
    "data__img_size": 8,
    "batch_size": 32,
    "epochs": 500,
    "device": "cpu",
    "gpus": 2,
}


def pid_of(rank: int, url: str) -> int:
    """Find the process of a rank that trains a run of this database."""
    wanted = {f"RANK={rank}", f"EXPDB_URL={url}"}
    for folder in Path("/proc").iterdir():
        try:
            if folder.name.isdecimal() and wanted <= set((folder / "environ").read_text().split("\0")):
                return int(folder.name)
        except OSError:
            continue  # it has ended, or is someone else's
    raise AssertionError(f"no process of rank {rank}")


def train_until_an_epoch_ends(folder: Path, *, victim: int | None, number: int) -> tuple[Store, list[Event]]:
    """Launch a run in two processes, and send one of them (None: this one) a signal when an epoch has ended."""
    url = f"sqlite:///{folder / 'runs.db'}"
    store, events = Store.open(url), list[Event]()

    def kill(event: Event) -> None:
        is_first = not any(isinstance(other, EpochEnded) for other in events)
        events.append(event)
        if isinstance(event, EpochEnded) and is_first:
            os.kill(os.getpid() if victim is None else pid_of(victim, url), number)

    run_id = store.add_run(make_spec(**SPEC))
    with pytest.raises((LaunchError, Terminated)):
        launch_run(store, run_id, url=url, data_dir=folder, environment=Environment(), on_event=kill)
    return store, events


needs_proc = pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="finds processes in /proc")


@needs_proc
@pytest.mark.slow
@pytest.mark.parametrize("victim", [pytest.param(0, marks=pytest.mark.long), 1])  # who it was: test_data_parallel.py
def test_a_rank_that_is_killed_fails_the_run_and_is_named_and_nothing_else_is_printed_or_left(
    tmp_path: Path, victim: int, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))

    store, events = train_until_an_epoch_ends(tmp_path, victim=victim, number=signal.SIGKILL)

    with store:
        (run,) = store.runs()
    assert capfd.readouterr() == ("", "")
    assert not list(temporary.glob("torchelastic*"))
    assert (run.status, run.reason) == ("failed", f"rank {victim} lost")
    assert run.error_message is not None
    assert f"rank {victim} was ended by SIGKILL" in run.error_message
    assert [event.reason for event in events if isinstance(event, RunFailed)] == [run.reason]


@pytest.mark.slow
def test_two_processes_that_are_asked_to_stop_are_killed_not_failed(tmp_path: Path) -> None:
    store, events = train_until_an_epoch_ends(tmp_path, victim=None, number=signal.SIGTERM)

    with store:
        (run,) = store.runs()
    assert (run.status, run.reason) == ("killed", "terminated")
    assert [event.reason for event in events if isinstance(event, RunFailed)] == ["terminated"]

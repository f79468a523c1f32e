import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from expdb.domain.events import EpochEnded, RunFinished, RunStarted
from expdb.domain.run import Environment
from expdb.errors import LaunchError, TrainingError
from expdb.launch.execute import describe_failure, execute_run
from expdb.launch.read_log import LOG_FILE
from expdb.store.store import Store
from expdb.train.loop import train
from tests.factories import make_spec


@pytest.fixture
def sqlite_store(tmp_path: Path):
    with Store.open(f"sqlite:///{tmp_path / 'runs.db'}") as store:
        yield store


def tiny(**settings):
    return make_spec(data__limit=64, batch_size=32, **settings)


def test_a_run_is_recorded_from_queued_to_finished_with_its_files(sqlite_store: Store, tmp_path: Path):
    run_id = sqlite_store.add_run(tiny())
    seen = []
    execute_run(sqlite_store, run_id, data_dir=tmp_path, environment=Environment(host="here"), on_event=seen.append)
    run = sqlite_store.run(run_id)
    folder = sqlite_store.artifact_dir(run_id)

    kinds = [type(event) for event in seen if isinstance(event, RunStarted | EpochEnded | RunFinished)]
    assert kinds == [RunStarted, EpochEnded, EpochEnded, RunFinished]
    assert (run.status, run.results.epochs_done, run.environment.host) == ("finished", 2, "here")
    assert run.results.top1 == sqlite_store.epochs(run_id)[-1].top1
    assert (folder / run.weights_file).is_file()
    assert (folder / run.predictions_file).stat().st_size <= 36 * 360 + 1500


def test_a_run_is_started_once(sqlite_store: Store, tmp_path: Path):
    run_id = sqlite_store.add_run(tiny(epochs=1))
    sqlite_store.start_run(run_id, Environment())

    with pytest.raises(LaunchError):
        execute_run(sqlite_store, run_id, data_dir=tmp_path, environment=Environment())


def test_a_failure_is_recorded_and_raised(sqlite_store: Store, tmp_path: Path):
    run_id = sqlite_store.add_run(tiny(optim__lr=1e30, epochs=3))

    with pytest.raises(TrainingError):
        execute_run(sqlite_store, run_id, data_dir=tmp_path, environment=Environment())
    run = sqlite_store.run(run_id)
    assert (run.status, run.reason, run.error_type) == ("failed", "diverged", "TrainingError")
    assert "Traceback" in run.traceback


@pytest.mark.parametrize(
    ("error", "status", "reason"),
    [
        (KeyboardInterrupt(), "killed", "interrupted"),
        (TrainingError("x", reason="diverged"), "failed", "diverged"),
        (MemoryError(), "failed", "out of memory"),
        (ZeroDivisionError("x"), "failed", "error"),
    ],
)
def test_failures_are_told_apart(error: BaseException, status: str, reason: str):
    failed = describe_failure(error)

    assert (failed.status, failed.reason) == (status, reason)


@pytest.mark.parametrize(
    ("number", "code", "reason"),
    [
        (signal.SIGINT, 130, "interrupted"),
        # tests/cli/commands/test_resume.py stops a run so before it looks for its checkpoint.
        pytest.param(signal.SIGTERM, 143, "terminated", marks=pytest.mark.long),
    ],
)
def test_a_stopped_run_is_killed_with_what_it_had(tmp_path: Path, number: int, code: int, reason: str):
    arguments = ["run", "--dataset", "digits", "--model", "resnet_mini", "--epochs", "500", "--set", "data.limit=64"]
    process = start(tmp_path, *arguments)
    for line in process.stdout:
        if line.lstrip().startswith("2/500"):
            break
    process.send_signal(number)
    out, err = process.communicate(timeout=240)

    assert process.returncode == code, out + err
    assert "Traceback" not in err
    with Store.open(f"sqlite:///{tmp_path / 'runs.db'}", is_read_only=True) as store:
        (run,) = store.runs()
    assert (run.status, run.reason) == ("killed", reason)
    assert run.results.epochs_done >= 2
    assert run.weights_file is None


@pytest.mark.slow
def test_two_processes_train_one_run(tmp_path: Path):
    arguments = ["run", "--dataset", "digits", "--model", "vit_mini", "--optimizer", "adamw", "--epochs", "2"]
    settings = ["--set", "data.limit=64", "--batch-size", "32", "--device", "cpu", "--no-amp", "--gpus", "2"]
    process = start(tmp_path, *arguments, *settings)
    out, err = process.communicate(timeout=240)
    assert process.returncode == 0, out + err
    assert "run" in out
    assert "finished" in out
    with Store.open(f"sqlite:///{tmp_path / 'runs.db'}", is_read_only=True) as store:
        [run] = store.runs()
        losses = [epoch.train_loss for epoch in store.epochs(run.id)]
        log = (store.artifact_dir(run.id) / LOG_FILE).read_text()
    assert (
        run.machine.parallel,
        run.machine.num_devices,
        run.fields["batch_size"],
        run.machine.batch_size_per_device,
    ) == ("DDP", 2, 32, 16)
    assert [log.count(words) for words in ("run 1: vit_mini", "  2/2  ", "run 1 finished")] == [1, 1, 1]  # by rank 0
    assert run.fields["ram_bytes_peak"] > 100e6  # of all processes
    alone = train(run.spec.model_copy(update={"gpus": 1}), data_dir=tmp_path, out_dir=tmp_path / "alone")
    expected = [event.train_loss for event in alone if isinstance(event, EpochEnded)]
    assert losses == pytest.approx(expected, rel=1e-5)


def start(folder: Path, *arguments: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-u", "-m", "expdb", *arguments],
        cwd=folder,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )

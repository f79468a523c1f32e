"""Train on this machine: in this process, or on several devices by torchrun, one process a device."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from expdb.domain.events import EpochEnded, Event, Progress, RunFailed, RunFinished, RunStarted
from expdb.domain.run import Environment
from expdb.errors import LaunchError, RunFinishedError
from expdb.launch.execute import Terminated, execute_run, sigterm_raises
from expdb.store.store import Store

STOP_SECONDS = 30.0  # what torchrun gets to end its workers before it is killed
ENVIRONMENT_VARIABLE = "EXPDB_RUN_ENVIRONMENT"  # the environment to record, as JSON, for worker processes
_EVENT_TYPES = {kind.__name__: kind for kind in (RunStarted, Progress, EpochEnded, RunFinished, RunFailed)}


def launch_run(
    store: Store,
    run_id: int,
    *,
    url: str,
    data_dir: Path,
    environment: Environment,
    on_event: Callable[[Event], None],
) -> None:
    """Train a queued run on this machine and wait for its end.

    Args:
        url: the database's URL with its password, for worker processes.
        environment: recorded with the run.
        on_event: sees every event.

    Raises:
        LaunchError: the processes of a data-parallel run ended badly.
        ExpdbError: what training raised.
        KeyboardInterrupt, Terminated: the run was stopped; it is recorded as killed.
    """
    spec = store.run(run_id).spec
    if spec is not None and spec.gpus > 1:
        _run_workers(store, run_id, spec.gpus, url=url, data_dir=data_dir, environment=environment, on_event=on_event)
        return
    execute_run(store, run_id, data_dir=data_dir, environment=environment, on_event=on_event)


def run_worker(store: Store, run_id: int, *, data_dir: Path, rank: int) -> None:
    """Be one process of a data-parallel run: rank 0 records, and prints each event as a line of JSON.

    Raises:
        ExpdbError: what training raised.
    """
    if rank == 0:
        environment = Environment(**json.loads(os.environ[ENVIRONMENT_VARIABLE]))
        execute_run(store, run_id, data_dir=data_dir, environment=environment, on_event=_print_event)
        return
    from expdb.train.loop import train

    spec = store.run(run_id).spec
    if spec is None:
        raise LaunchError(f"run {run_id} has no spec: it was reported, not measured")
    for _ in train(spec, data_dir=data_dir, out_dir=store.artifact_dir(run_id)):
        pass


def _run_workers(
    store: Store,
    run_id: int,
    num_workers: int,
    *,
    url: str,
    data_dir: Path,
    environment: Environment,
    on_event: Callable[[Event], None],
) -> None:
    # Only the run id is an argument; the URL, which may hold a password, goes by the environment.
    variables = {
        "EXPDB_URL": url,
        "EXPDB_DATA_DIR": str(data_dir),
        ENVIRONMENT_VARIABLE: json.dumps(asdict(environment)),
    }
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={num_workers}"]
    process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
        [*torchrun, "-m", "expdb", "worker", str(run_id)],
        env={**os.environ, **variables},
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    try:
        with sigterm_raises():
            for line in process.stdout or ():
                event = _read_event(line)
                if event is not None:
                    on_event(event)
            process.wait()
    except (KeyboardInterrupt, Terminated):
        _stop(process)
        raise
    finally:
        if process.poll() is None:
            _stop(process)
    if process.returncode != 0:
        message = f"run {run_id}: its {num_workers} processes ended with exit code {process.returncode}"
        _record_lost(store, run_id, message)
        raise LaunchError(store.run(run_id).error_message or message)


def _stop(process: "subprocess.Popen[str]") -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _record_lost(store: Store, run_id: int, message: str) -> None:
    """Record a failure that the processes could not record themselves (killed, or never up)."""
    if store.run(run_id).status in ("queued", "running"):
        failed = RunFailed(status="failed", reason="error", error_type="LaunchError", message=message, traceback="")
        try:
            store.record(run_id, failed)
        except RunFinishedError:
            return  # rank 0 was faster


def _print_event(event: Event) -> None:
    print(json.dumps({"event": type(event).__name__, **asdict(event)}), flush=True)


def _read_event(line: str) -> Event | None:
    try:
        fields = json.loads(line)
        return _EVENT_TYPES[fields.pop("event")](**fields)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None  # something that a library printed

"""One run in several processes, one a device: what starts them (by torchrun), and what each of them does.

Rank 0 records the run, and prints each event as a line of JSON, which the process that started the group reads.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from pathlib import Path

from expdb.domain.events import Event, RunFailed
from expdb.domain.run import Environment
from expdb.errors import LaunchError
from expdb.launch.event_json import RankFailed, print_event, read_event
from expdb.launch.execute import describe_failure, execute_run
from expdb.launch.source_runs import gather_sources
from expdb.launch.stop_signals import StopRequest, stop_request
from expdb.launch.write_log import LogFile, failure_lines
from expdb.report.run_lines import failed_line
from expdb.store.store import Store

STOP_SECONDS = 30.0  # what torchrun gets to end its workers before it is killed
ENVIRONMENT_VARIABLE = "EXPDB_RUN_ENVIRONMENT"  # the environment to record, as JSON, for worker processes


def run_group(
    store: Store,
    run_id: int,
    num_workers: int,
    *,
    url: str,
    data_dir: Path,
    environment: Environment,
    checkpoint_minutes: float,
    on_event: Callable[[Event], None],
    resume: bool,
) -> None:
    """Train a run in a group of processes, and wait for its end. When one of them dies, torchrun ends the others.

    Args:
        url: the database's URL with its password, for the processes.
        checkpoint_minutes: least time between two checkpoints.
        on_event: sees what rank 0 says, and how the run ended early.

    Raises:
        LaunchError: the processes ended badly.
        KeyboardInterrupt, Terminated: the run was stopped; it is recorded as killed.
    """
    variables = {
        "EXPDB_URL": url,  # which may hold a password: so it is no argument
        "EXPDB_DATA_DIR": str(data_dir),
        "EXPDB_CHECKPOINT_MINUTES": repr(checkpoint_minutes),
        ENVIRONMENT_VARIABLE: json.dumps(asdict(environment)),
    }
    group = _Group(run_id, num_workers, log=LogFile(store.artifact_dir(run_id, create=True)))
    process = _start(run_id, num_workers, variables, resume=resume)
    with process, stop_request(on_first=process.send_signal) as request:
        try:
            group.listen(process, on_event)
        finally:
            _stop(process)
            if process.returncode != 0:
                group.record_failure(store, request, process.returncode, on_event)
        request.raise_if_asked()
    if process.returncode != 0:
        raise LaunchError(store.run(run_id).error_message or group.ended_with(process.returncode))


def run_rank(store: Store, run_id: int, *, data_dir: Path, rank: int, checkpoint_minutes: float, resume: bool) -> None:
    """Be one process of a group: rank 0 records and says what happens, the others only train.

    How the run ended early is for whoever started the group to record: rank 0 cannot tell a process that died from a
    wish to stop.

    Raises:
        ExpdbError: what training raised.
        KeyboardInterrupt, Terminated: the run was stopped.
    """
    if rank == 0:
        execute_run(
            store,
            run_id,
            data_dir=data_dir,
            environment=Environment(**json.loads(os.environ[ENVIRONMENT_VARIABLE])),
            checkpoint_minutes=checkpoint_minutes,
            on_event=print_event,
            resume=resume,
            records_failure=False,
        )
        return
    from expdb.train.loop import train

    spec = store.run(run_id).spec
    if spec is None:
        raise LaunchError(f"run {run_id} has no spec: it was reported, not measured")
    with stop_request(on_first=lambda _: None) as request:  # rank 0 ends the run in order, and that ends this one
        try:
            sources = gather_sources(store, spec)
            for _ in train(
                spec, data_dir=data_dir, out_dir=store.artifact_dir(run_id), teachers=sources, resume=resume
            ):
                pass
        except RuntimeError as error:
            if request.is_asked:
                raise request.error() from error
            raise


class _Group:
    """What is known of a group while it trains: what rank 0 and torchrun said last."""

    def __init__(self, run_id: int, num_workers: int, *, log: LogFile) -> None:
        self._run_id, self._num_workers, self._log = run_id, num_workers, log
        self._told: RunFailed | None = None
        self._lost: RankFailed | None = None

    def listen(self, process: "subprocess.Popen[str]", on_event: Callable[[Event], None]) -> None:
        """Pass on what rank 0 says until the processes have ended; keep what is said of a failure."""
        for line in process.stdout or ():
            match read_event(line):
                case RunFailed() as event:
                    self._told = event
                case RankFailed() as event:
                    self._lost = event
                case None:
                    pass
                case event:
                    on_event(event)
        process.wait()

    def record_failure(
        self, store: Store, request: StopRequest, exit_code: int, on_event: Callable[[Event], None]
    ) -> None:
        """Record, log and say how the run ended early, unless it is at its end: then it finished before."""
        failed = self._told or describe_failure(
            request.error() if request.is_asked else LaunchError(self.ended_with(exit_code))
        )
        if self._lost is not None and not request.is_asked and _is_cause(self._lost, self._told):
            failed = _describe_lost(self._lost, failed)
        if store.run(self._run_id).status not in ("queued", "running"):
            return
        if failed is not self._told:  # which rank 0 has logged
            self._log.write([*failure_lines(failed), failed_line(self._run_id, failed)])
        store.record(self._run_id, failed)
        on_event(failed)

    def ended_with(self, exit_code: int) -> str:
        """Return what is said of an end that nobody explained."""
        return f"run {self._run_id}: its {self._num_workers} processes ended with exit code {exit_code}"


def _start(run_id: int, num_workers: int, variables: Mapping[str, str], *, resume: bool) -> "subprocess.Popen[str]":
    torchrun = [sys.executable, "-m", "expdb.train.torchrun", str(num_workers)]
    return subprocess.Popen(  # noqa: S603 - our own interpreter and module
        [*torchrun, "-m", "expdb", "worker", str(run_id), *(["--resume"] if resume else [])],
        env={**os.environ, **variables},
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        start_new_session=True,  # Ctrl-C comes to this process alone; torchrun takes a second signal badly
    )


def _stop(process: "subprocess.Popen[str]") -> None:
    """End torchrun if it is still there."""
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _is_cause(lost: RankFailed, told: RunFailed | None) -> bool:
    """Whether that process ended the run, and not what rank 0 told of its own end."""
    if told is None or lost.exit_code < 0:
        return True
    return lost.rank != 0 and told.status == "killed"  # torchrun stopped rank 0, for nobody else has


def _describe_lost(lost: RankFailed, failed: RunFailed) -> RunFailed:
    """Return a group's failure, named after the process that caused it."""
    how = f"failed with exit code {lost.exit_code}"
    if lost.exit_code < 0:
        hint = ", as the system does where memory runs out" if lost.exit_code == -signal.SIGKILL else ""
        how = f"was ended by {signal.Signals(-lost.exit_code).name}{hint}"
    reason, message = f"rank {lost.rank} lost", f"the process of rank {lost.rank} {how}"
    return replace(failed, status="failed", reason=reason, error_type=LaunchError.__name__, message=message)

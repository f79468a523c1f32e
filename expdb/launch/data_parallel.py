"""One run in several processes, one a device: what starts them (by torchrun), and what each of them does.

Rank 0 prints each event as a line of JSON, which the process that started the group reads and records.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path

from expdb.domain.events import Event, Progress, RunFailed, RunFinished
from expdb.domain.run import Environment
from expdb.errors import LaunchError, TakenOverError
from expdb.launch.event_json import RankFailed, print_event, read_event
from expdb.launch.execute import describe_failure, train_logged
from expdb.launch.recorder import Recorder
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
    threads: int | None,
    on_event: Callable[[Event], None],
    warn: Callable[[str], None],
    resume: bool,
) -> None:
    """Train a run in a group of processes, and wait for its end. When one of them dies, torchrun ends the others.

    This process records what rank 0 says.

    Args:
        url: the database's URL with its password, for the processes.
        checkpoint_minutes: least time between two checkpoints.
        threads: CPU threads of each process; None: what torchrun gives them.
        on_event: sees what rank 0 says, and how the run ended early.
        warn: called with what keeps events from being recorded.

    Raises:
        LaunchError: the processes ended badly.
        KeyboardInterrupt, Terminated: the run was stopped; it is recorded as killed.
    """
    variables = {
        "EXPDB_URL": url,  # which may hold a password: so it is no argument
        "EXPDB_DATA_DIR": str(data_dir),
        "EXPDB_CHECKPOINT_MINUTES": repr(checkpoint_minutes),
        "EXPDB_THREADS": "" if threads is None else str(threads),
        ENVIRONMENT_VARIABLE: json.dumps(asdict(environment)),
    }
    with Recorder(store, run_id, environment, resume=resume, warn=warn) as recorder:
        group = _Group(run_id, num_workers, recorder=recorder)
        process = _start(run_id, num_workers, variables, resume=resume)
        with process, stop_request(on_first=process.send_signal) as request:
            try:
                group.listen(process, on_event)
            finally:
                _stop(process)
                if process.returncode != 0:
                    group.record_failure(request, process.returncode, on_event)
            request.raise_if_asked()
        if process.returncode != 0:
            raise LaunchError(group.why or group.ended_with(process.returncode))


def run_rank(
    store: Store,
    run_id: int,
    *,
    data_dir: Path,
    rank: int,
    checkpoint_minutes: float,
    threads: int | None = None,
    resume: bool,
) -> None:
    """Be one process of a group: rank 0 logs and says what happens, the others only train.

    How the run ended early is for whoever started the group to tell: rank 0 cannot tell a process that died from a
    wish to stop.

    Raises:
        ExpdbError: what training raised.
        KeyboardInterrupt, Terminated: the run was stopped.
    """
    spec = store.run(run_id).spec
    if spec is None:
        raise LaunchError(f"run {run_id} has no spec: it was reported, not measured")
    if rank == 0:
        train_logged(
            store,
            run_id,
            spec,
            earlier=store.epochs(run_id) if resume else (),
            data_dir=data_dir,
            environment=Environment(**json.loads(os.environ[ENVIRONMENT_VARIABLE])),
            checkpoint_minutes=checkpoint_minutes,
            threads=threads,
            out_dir=store.artifact_dir(run_id),
            record=lambda _: None,
            on_event=print_event,
            resume=resume,
        )
        return
    from expdb.train.loop import train

    with stop_request(on_first=lambda _: None) as request:  # rank 0 ends the run in order, and that ends this one
        try:
            sources = gather_sources(store, spec)
            for _ in train(
                spec,
                data_dir=data_dir,
                out_dir=store.artifact_dir(run_id),
                teachers=sources,
                resume=resume,
                threads=threads,
            ):
                pass
        except RuntimeError as error:
            if request.is_asked:
                raise request.error() from error
            raise


class _Group:
    """What is known of a group while it trains: what rank 0 and torchrun said last.

    Attributes:
        why: what ended the run early; empty where nothing did.
    """

    def __init__(self, run_id: int, num_workers: int, *, recorder: Recorder) -> None:
        self._run_id, self._num_workers, self._recorder = run_id, num_workers, recorder
        self._log = LogFile(recorder.folder)
        self._told: RunFailed | None = None
        self._lost: RankFailed | None = None
        self._is_finished = False
        self.why = ""

    def listen(self, process: "subprocess.Popen[str]", on_event: Callable[[Event], None]) -> None:
        """Record what rank 0 says until the processes have ended; keep what is said of a failure."""
        for line in process.stdout or ():
            match read_event(line):
                case RunFailed() as event:
                    self._told = event
                case RankFailed() as event:
                    self._lost = event
                case None:
                    pass
                case Progress() as event:
                    self._recorder.require_current()
                    on_event(event)
                case event:
                    self._is_finished |= isinstance(event, RunFinished)
                    self._recorder.record(event)
                    on_event(event)
        process.wait()

    def record_failure(self, request: StopRequest, exit_code: int, on_event: Callable[[Event], None]) -> None:
        """Record, log and say how the run ended early, unless it is at its end: then it finished before."""
        failed = self._told or describe_failure(
            request.error() if request.is_asked else LaunchError(self.ended_with(exit_code))
        )
        if self._lost is not None and not request.is_asked and _is_cause(self._lost, self._told):
            failed = _describe_lost(self._lost, failed)
        self.why = failed.message
        if self._is_finished:
            return
        if failed is not self._told:  # which rank 0 has logged
            self._log.write([*failure_lines(failed), failed_line(self._run_id, failed)])
        with suppress(TakenOverError):  # which says more where it was raised first
            self._recorder.record(failed)
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

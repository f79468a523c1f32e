"""Train on this machine: in this process, or on several devices by torchrun, one process a device."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from expdb.domain.events import EpochEnded, Event, Progress, RunFailed, RunFinished, RunStarted
from expdb.domain.run import Environment
from expdb.errors import LaunchError
from expdb.launch.execute import describe_failure, execute_run
from expdb.launch.sources import gather_sources
from expdb.launch.stopping import stop_request
from expdb.launch.write_log import LogFile, failure_lines
from expdb.report.run_lines import failed_line
from expdb.store.store import Store

STOP_SECONDS = 30.0  # what torchrun gets to end its workers before it is killed
ENVIRONMENT_VARIABLE = "EXPDB_RUN_ENVIRONMENT"  # the environment to record, as JSON, for worker processes


@dataclass(frozen=True, kw_only=True)
class RankFailed:
    """Torchrun's word on the process of a group that failed; an exit code below 0 is a signal's number."""

    rank: int
    exit_code: int


_EVENT_TYPES = {kind.__name__: kind for kind in (RunStarted, Progress, EpochEnded, RunFinished, RunFailed, RankFailed)}


def launch_run(
    store: Store,
    run_id: int,
    *,
    url: str,
    data_dir: Path,
    environment: Environment,
    on_event: Callable[[Event], None],
    resume: bool = False,
) -> None:
    """Train a run on this machine and wait for its end: a queued one, or with `resume` one that ended early.

    Args:
        url: the database's URL with its password, for worker processes.
        environment: recorded with the run.
        on_event: sees every event.
        resume: go on from its last checkpoint, or from its beginning where there is none.

    Raises:
        LaunchError: the processes of a data-parallel run ended badly.
        ExpdbError: what training raised.
        KeyboardInterrupt, Terminated: the run was stopped; it is recorded as killed.
    """
    spec = store.run(run_id).spec
    if spec is not None and spec.gpus > 1:
        variables = {
            "EXPDB_URL": url,  # which may hold a password: so it is no argument
            "EXPDB_DATA_DIR": str(data_dir),
            ENVIRONMENT_VARIABLE: json.dumps(asdict(environment)),
        }
        _run_group(store, run_id, spec.gpus, resume=resume, variables=variables, on_event=on_event)
        return
    execute_run(store, run_id, data_dir=data_dir, environment=environment, on_event=on_event, resume=resume)


def run_worker(store: Store, run_id: int, *, data_dir: Path, rank: int, resume: bool) -> None:
    """Be one process of a data-parallel run: rank 0 records, and prints each event as a line of JSON.

    How the run ended early is for the launcher to record: rank 0 cannot tell a process that died from a wish to stop.

    Raises:
        ExpdbError: what training raised.
        KeyboardInterrupt, Terminated: the run was stopped.
    """
    if rank == 0:
        environment = Environment(**json.loads(os.environ[ENVIRONMENT_VARIABLE]))
        with _StoreOfRank0.open(os.environ["EXPDB_URL"], artifact_root=store.artifact_root) as own:
            execute_run(own, run_id, data_dir=data_dir, environment=environment, on_event=_print_event, resume=resume)
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


class _StoreOfRank0(Store):
    """The database as rank 0 sees it."""

    def record(self, run_id: int, event: Event) -> None:
        """Store an event, but leave the end of a run that failed to the launcher, who hears of it."""
        if not isinstance(event, RunFailed):
            super().record(run_id, event)


def _run_group(
    store: Store,
    run_id: int,
    num_workers: int,
    *,
    resume: bool,
    variables: Mapping[str, str],
    on_event: Callable[[Event], None],
) -> None:
    """Start torchrun, which ends all its workers when one dies, and pass on what rank 0 says."""
    log = LogFile(store.artifact_dir(run_id, create=True))
    torchrun = [sys.executable, "-m", "expdb.train.torchrun", str(num_workers)]
    process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
        [*torchrun, "-m", "expdb", "worker", str(run_id), *(["--resume"] if resume else [])],
        env={**os.environ, **variables},
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        start_new_session=True,  # Ctrl-C comes to this process alone; torchrun takes a second signal badly
    )
    told: RunFailed | None = None
    lost: RankFailed | None = None
    with process, stop_request(on_first=process.send_signal) as request:
        try:
            for line in process.stdout or ():
                match _read_event(line):
                    case RunFailed() as event:
                        told = event
                    case RankFailed() as event:
                        lost = event
                    case None:
                        pass
                    case event:
                        on_event(event)
            process.wait()
        finally:
            if process.poll() is None:
                _stop(process)
            if process.returncode != 0:
                message = f"run {run_id}: its {num_workers} processes ended with exit code {process.returncode}"
                failed = told or describe_failure(request.error() if request.is_asked else LaunchError(message))
                if lost is not None and not request.is_asked and _is_cause(lost, told):
                    failed = _describe_lost(lost, failed)
                # If the run is at its end, it finished before.
                if store.run(run_id).status in ("queued", "running"):
                    if failed is not told:  # which rank 0 has logged
                        log.write([*failure_lines(failed), failed_line(run_id, failed)])
                    store.record(run_id, failed)
                    on_event(failed)
        request.raise_if_asked()
    if process.returncode != 0:
        raise LaunchError(store.run(run_id).error_message or message)


def _stop(process: "subprocess.Popen[str]") -> None:
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


def _print_event(event: Event) -> None:
    print(json.dumps({"event": type(event).__name__, **asdict(event)}), flush=True)


def _read_event(line: str) -> Event | RankFailed | None:
    try:
        fields = json.loads(line)
        return _EVENT_TYPES[fields.pop("event")](**fields)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None  # something that a library printed

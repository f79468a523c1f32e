"""One run in several processes, one a device: what starts them, and what each of them does.

Rank 0 prints each event as a line of JSON, the others how they failed; the process that started them reads and records.
"""

import json
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path

from expdb.domain.events import LOST_CONNECTION, Event, Progress, RunFailed, RunFinished
from expdb.domain.run import Environment
from expdb.errors import LaunchError, TakenOverError
from expdb.launch.event_json import print_event, read_event
from expdb.launch.execute import describe_failure, train_logged
from expdb.launch.load.system_load import SystemLoad, load_seconds, record_with_load
from expdb.launch.ranks import Ended, Ranks
from expdb.launch.recorder import Recorder
from expdb.launch.source_runs import gather_sources
from expdb.launch.stop_signals import StopRequest, stop_request
from expdb.launch.unchanged import require_unchanged
from expdb.launch.write_log import LogFile, failure_lines
from expdb.report.run_lines import RunLines
from expdb.store.store import Store

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
    accept_changed_data: bool = False,
) -> None:
    """Train a run in a group of processes, and wait for its end. When one of them dies, the others are ended.

    This process records what rank 0 says. What they write on standard error goes into the run's log where the run
    fails, and is a note of the exception; warnings for users are told at the end.

    Args:
        url: the database's URL with its password, for the processes.
        checkpoint_minutes: least time between two checkpoints.
        threads: CPU threads of each process; None: one, unless OMP_NUM_THREADS says more.
        on_event: sees what rank 0 says, and how the run ended early.
        warn: called with what keeps events from being recorded, and with rank 0's warnings.
        accept_changed_data: see `execute_run`.

    Raises:
        SpecError, DataError: see `execute_run`.
        LaunchError: the processes ended badly.
        KeyboardInterrupt, Terminated: the run was stopped; it is recorded as killed.
    """
    from expdb.train.distributed import open_meeting  # torch: seconds to import

    variables = {
        "EXPDB_URL": url,  # which may hold a password: so it is no argument
        "EXPDB_DATA_DIR": str(data_dir),
        "EXPDB_CHECKPOINT_MINUTES": repr(checkpoint_minutes),
        "EXPDB_THREADS": "" if threads is None else str(threads),
        ENVIRONMENT_VARIABLE: json.dumps(asdict(environment)),
    }
    command = [sys.executable, "-m", "expdb", "worker", str(run_id), *(["--resume"] if resume else [])]
    require_unchanged(
        store, run_id, data_dir=data_dir, resume=resume, accept_changed_data=accept_changed_data, warn=warn
    )
    earlier, seconds = store.epochs(run_id) if resume else (), load_seconds()
    with (
        Recorder(store, run_id, environment, resume=resume, warn=warn) as recorder,
        SystemLoad(recorder.folder, seconds=seconds, warn=warn) as load,
    ):
        spec = store.run(run_id).spec
        assert spec is not None  # noqa: S101 - or it could not be begun
        lines = RunLines(run_id, spec, earlier=earlier)
        group = _Group(run_id, num_workers, recorder=recorder, load=load, lines=lines)
        with open_meeting() as meeting:
            places = [{**variables, **meeting, **_place(rank, num_workers)} for rank in range(num_workers)]
            with Ranks(command, places) as ranks, stop_request(on_first=ranks.ask_to_stop) as request:
                try:
                    group.listen(ranks, on_event)
                finally:
                    ranks.stop()
                    _tell_warnings(ranks, warn)
                    if any(ranks.exit_codes):
                        group.record_failure(request, ranks, on_event)
                request.raise_if_asked()
                if any(ranks.exit_codes):
                    error = LaunchError(group.why)
                    error.add_note("\n".join(ranks.errors()))
                    raise error


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
    """Be one process of a group: rank 0 logs and says what happens, the others train, and say how they fail.

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
        except Exception as error:
            if request.is_asked:
                raise request.error() from error
            print_event(describe_failure(error))
            raise


class _Group:
    """What is known of a group while it trains: what the processes said, and how they ended.

    Attributes:
        why: what ended the run early; empty where nothing did.
    """

    def __init__(self, run_id: int, num_workers: int, *, recorder: Recorder, load: SystemLoad, lines: RunLines) -> None:
        self._run_id, self._num_workers, self._recorder, self._lines = run_id, num_workers, recorder, lines
        self._record = record_with_load(load, recorder.record, attempt=recorder.attempt)
        self._log = LogFile(recorder.folder)
        self._told: dict[int, RunFailed] = {}
        self._cause: RunFailed | Ended | None = None
        self._is_finished = False
        self.why = ""

    def listen(self, ranks: Ranks, on_event: Callable[[Event], None]) -> None:
        """Record what rank 0 says until the processes have ended; keep what is said of a failure."""
        for message in ranks.messages():
            if isinstance(message, Ended):
                if message.exit_code and not message.is_asked and message.rank not in self._told:
                    self._cause = self._cause or message
                continue
            match read_event(message.line):
                case None:
                    pass
                case RunFailed() as event:
                    self._told[message.rank] = event
                    if event.reason != LOST_CONNECTION:  # which follows from what another one meets
                        self._cause = self._cause or event
                case Progress() as event:
                    self._recorder.require_current()
                    on_event(event)
                case event:
                    self._is_finished |= isinstance(event, RunFinished)
                    self._lines.of(event)  # which the end counts its epochs by
                    self._record(event)
                    on_event(event)

    def record_failure(self, request: StopRequest, ranks: Ranks, on_event: Callable[[Event], None]) -> None:
        """Record, log and say how the run ended early, unless it is at its end: then it finished before."""
        failed = self._failure(request, ranks)
        self.why = failed.message
        if self._is_finished:
            return
        if failed.status == "failed":
            self._log.write(ranks.errors())
        if failed is not self._told.get(0):  # which rank 0 has logged
            self._log.write([*failure_lines(failed), *self._lines.of(failed)])
        with suppress(TakenOverError):  # which says more where it was raised first
            self._record(failed)
        on_event(failed)

    def _failure(self, request: StopRequest, ranks: Ranks) -> RunFailed:
        """Return what ended the run: a wish, or what came first of what the processes told and met."""
        if request.is_asked:
            return self._told.get(0) or describe_failure(request.error())
        match self._cause or next(iter(self._told.values()), None):
            case None:
                codes = ", ".join(map(str, ranks.exit_codes))
                what = f"run {self._run_id}: its {self._num_workers} processes ended with exit codes {codes}"
                return describe_failure(LaunchError(what))
            case Ended() as lost:
                return _describe_lost(lost)
            case failed:
                return failed


def _place(rank: int, num_workers: int) -> dict[str, str]:
    """Return the variables that tell a process its place, as torchrun names them."""
    place = {"RANK": rank, "LOCAL_RANK": rank, "WORLD_SIZE": num_workers, "LOCAL_WORLD_SIZE": num_workers}
    threads = {} if "OMP_NUM_THREADS" in os.environ else {"OMP_NUM_THREADS": "1"}  # as many as the cores are too many
    return {**{name: str(value) for name, value in place.items()}, **threads}


def _tell_warnings(ranks: Ranks, warn: Callable[[str], None]) -> None:
    """Hand on the warnings that are for users; all processes have the same, so that those of rank 0 will do."""
    mark = "rank 0: warning: "
    for line in ranks.errors():
        if line.startswith(mark):
            warn(line.removeprefix(mark))


def _describe_lost(lost: Ended) -> RunFailed:
    """Return the failure of a group of which a process ended without a word."""
    how = f"failed with exit code {lost.exit_code}"
    if lost.exit_code < 0:
        hint = ", as the system does where memory runs out" if lost.exit_code == -signal.SIGKILL else ""
        how = f"was ended by {signal.Signals(-lost.exit_code).name}{hint}"
    failed = describe_failure(LaunchError(f"the process of rank {lost.rank} {how}"))
    return replace(failed, reason=f"rank {lost.rank} lost")

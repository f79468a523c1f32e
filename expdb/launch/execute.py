"""`execute_run`: train one recorded run and record what happens. Every launcher ends here."""

import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from expdb.domain.checkpoint_minutes import DEFAULT_CHECKPOINT_MINUTES
from expdb.domain.events import Event, RunFailed, RunFinished, RunStarted
from expdb.domain.run import Environment, Epoch
from expdb.domain.spec import RunSpec
from expdb.errors import DataError, StoreError, TrainingError
from expdb.launch.source_runs import gather_sources
from expdb.launch.stop_signals import StopRequest, Terminated, stop_request
from expdb.launch.write_log import RunLog
from expdb.report.run_lines import RunLines
from expdb.store.store import Store

HEARTBEAT_SECONDS = 10.0
TRACEBACK_LINES = 40


def execute_run(
    store: Store,
    run_id: int,
    *,
    data_dir: Path,
    environment: Environment,
    checkpoint_minutes: float = DEFAULT_CHECKPOINT_MINUTES,
    on_event: Callable[[Event], None] = lambda _: None,
    resume: bool = False,
    records_failure: bool = True,
) -> None:
    """Train a run in this process, recording each event; whatever ends it early is recorded and raised again.

    A first Ctrl-C or SIGTERM lets the step end and a checkpoint be written; a second leaves at once. What happens also
    goes into the run's log (see `write_log`), before it is recorded: who sees the end of the run finds the whole log.

    Args:
        run_id: a queued run, or with `resume` one that ended early; its spec is read back from the store.
        environment: recorded with the run, or with what is resumed of it.
        checkpoint_minutes: least time between two checkpoints; 0: one after every epoch.
        on_event: sees every event after it is recorded.
        resume: go on from the run's last checkpoint, or from its beginning where there is none.
        records_failure: record how it ended early; False: `on_event` sees it, and whoever started this process does.

    Raises:
        RunFinishedError: the run has ended (with `resume`: well).
        LaunchError: the run is not queued, or cannot be resumed.
        ExpdbError: what training raised.
        KeyboardInterrupt, Terminated: the run is recorded as killed.
    """
    from expdb.train.loop import train  # torch: seconds to import, needed only here

    spec, earlier = _begin(store, run_id, environment, resume=resume)
    with stop_request() as request, RunLog(RunLines(run_id, spec, earlier=earlier)) as log:
        try:
            out_dir = store.artifact_dir(run_id, create=True)
            log.begin(out_dir, environment, resume=resume)
            sources = gather_sources(store, spec)
            with (
                _heartbeat(store, run_id),
                closing(
                    train(
                        spec,
                        data_dir=data_dir,
                        out_dir=out_dir,
                        teachers=sources,
                        resume=resume,
                        checkpoint_seconds=60 * checkpoint_minutes,
                    )
                ) as events,
            ):
                _record_all(store, run_id, events, log=log, request=request, on_event=on_event)
        except BaseException as error:
            # A process of a group that stops fails when another was a step faster: that is no failure of the run.
            cause = request.error() if request.is_asked else error
            failed = describe_failure(cause)
            log.event(failed)
            if records_failure:
                store.record(run_id, failed)
            on_event(failed)
            if cause is error:
                raise
            raise cause from error
        request.raise_if_asked()  # it came too late for this run, but not for those that wait behind it


def _begin(store: Store, run_id: int, environment: Environment, *, resume: bool) -> tuple[RunSpec, Sequence[Epoch]]:
    """Record that a run begins or goes on; return its spec, and its epochs so far."""
    if not resume:
        return store.start_run(run_id, environment)[0], ()
    earlier = store.epochs(run_id)
    return store.resume_run(run_id, environment)[0], earlier


def _record_all(
    store: Store,
    run_id: int,
    events: Iterator[Event],
    *,
    log: RunLog,
    request: StopRequest,
    on_event: Callable[[Event], None],
) -> None:
    """Record what training says. Raises KeyboardInterrupt or Terminated between two steps if a stop was asked for."""
    for event in events:
        log.event(event)
        store.record(run_id, event)
        on_event(event)
        if isinstance(event, RunStarted):
            request.is_graceful = True  # before the first step there is nothing to end in order
        if not isinstance(event, RunFinished):
            request.raise_if_asked()


def describe_failure(error: BaseException) -> RunFailed:
    """Return the event that records an exception: who or what ended the run, and where."""
    match error:
        case KeyboardInterrupt():
            status, reason = "killed", "interrupted"
        case Terminated():
            status, reason = "killed", "terminated"
        case TrainingError():
            status, reason = "failed", error.reason
        case DataError():
            status, reason = "failed", "data"
        case MemoryError():
            status, reason = "failed", "out of memory"
        case _:
            status, reason = "failed", "error"
    lines = "".join(traceback.format_exception(error)).splitlines()
    return RunFailed(
        status="killed" if status == "killed" else "failed",
        reason=reason,
        error_type=type(error).__name__,
        message=str(error),
        traceback="\n".join(lines[-TRACEBACK_LINES:]),
    )


@contextmanager
def _heartbeat(store: Store, run_id: int) -> Iterator[None]:
    """Say every few seconds that the run is alive. A database that is away for a moment does not end a run."""
    stop = threading.Event()

    def beat() -> None:
        while not stop.wait(HEARTBEAT_SECONDS):
            with suppress(StoreError):
                store.heartbeat(run_id)

    thread = threading.Thread(target=beat, name=f"heartbeat of run {run_id}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()

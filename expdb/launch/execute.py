"""`execute_run`: train one recorded run and record what happens. Every launcher ends here."""

import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from pathlib import Path

from expdb.analysis.measure_predictions import with_metrics
from expdb.domain.checkpoint_minutes import DEFAULT_CHECKPOINT_MINUTES
from expdb.domain.event_codec import RecordedEvent
from expdb.domain.events import Event, PointsLogged, Progress, RunFailed, RunFinished, RunStarted
from expdb.domain.masking.mask import mask_secrets
from expdb.domain.run import Environment, Epoch
from expdb.domain.spec import RunSpec
from expdb.errors import DataError, TakenOverError, TrainingError
from expdb.launch.load.system_load import SystemLoad, load_seconds, record_with_load
from expdb.launch.recorder import Recorder, warn_plainly
from expdb.launch.source_runs import gather_sources
from expdb.launch.stop_signals import StopRequest, Terminated, stop_request
from expdb.launch.unchanged import require_unchanged
from expdb.launch.write_log import RunLog
from expdb.report.run_lines import RunLines
from expdb.store.store import Store

TRACEBACK_LINES = 40


def execute_run(
    store: Store,
    run_id: int,
    *,
    data_dir: Path,
    environment: Environment,
    checkpoint_minutes: float = DEFAULT_CHECKPOINT_MINUTES,
    threads: int | None = None,
    on_event: Callable[[Event], None] = lambda _: None,
    warn: Callable[[str], None] = warn_plainly,
    resume: bool = False,
    accept_changed_data: bool = False,
) -> None:
    """Train a run in this process, recording each event; whatever ends it early is recorded and raised again.

    A first Ctrl-C or SIGTERM lets the step end and a checkpoint be written; a second leaves at once.

    Args:
        run_id: a queued run, or with `resume` one that ended early; its spec is read back from the store.
        environment: recorded with the run, or with what is resumed of it.
        checkpoint_minutes: least time between two checkpoints; 0: one after every epoch.
        threads: CPU threads to compute with; None: as many as help and are free.
        on_event: sees every event after it is recorded, or kept to be recorded.
        warn: called with what keeps events from being recorded.
        resume: go on from the run's last checkpoint, or from its beginning where there is none.
        accept_changed_data: go on with other images than its epochs so far were trained on; the run is marked.

    Raises:
        SpecError: the user's own code is another than the run was recorded with; nothing is begun.
        DataError: the images are others (likewise).
        RunFinishedError: the run has ended (with `resume`: well).
        LaunchError: the run is not queued, or cannot be resumed, or another attempt took it over.
        NotRecordedError: it is trained, but the database could not take all of it yet.
        ExpdbError: what training raised.
        KeyboardInterrupt, Terminated: the run is recorded as killed.
    """
    require_unchanged(
        store, run_id, data_dir=data_dir, resume=resume, accept_changed_data=accept_changed_data, warn=warn
    )
    earlier, seconds = store.epochs(run_id) if resume else (), load_seconds()
    with (
        Recorder(store, run_id, environment, resume=resume, warn=warn) as recorder,
        SystemLoad(recorder.folder, seconds=seconds, warn=warn) as load,
    ):
        train_logged(
            store,
            run_id,
            recorder.spec,
            earlier=earlier,
            data_dir=data_dir,
            environment=environment,
            checkpoint_minutes=checkpoint_minutes,
            threads=threads,
            out_dir=recorder.folder,
            record=record_with_load(load, recorder.record, attempt=recorder.attempt),
            require_current=recorder.require_current,
            on_event=on_event,
            resume=resume,
        )


def train_logged(
    store: Store,
    run_id: int,
    spec: RunSpec,
    *,
    earlier: Sequence[Epoch],
    data_dir: Path,
    environment: Environment,
    checkpoint_minutes: float,
    threads: int | None,
    out_dir: Path,
    record: Callable[[RecordedEvent], None],
    require_current: Callable[[], None] = lambda: None,
    on_event: Callable[[Event], None],
    resume: bool,
) -> None:
    """Train a run that was begun; write its log (see `write_log`) before `record` gets an event, then `on_event`.

    So who sees the end of the run finds the whole log. What ends it early is told likewise, and raised again.

    Args:
        earlier: its epochs so far, where it is resumed.
        out_dir: the run's folder.
        record: gets all events but progress.
        require_current: called with every progress; raises where this process has to stop.
    """
    from expdb.train.loop import train  # torch: seconds to import, needed only here

    def tell(event: Event) -> None:
        log.event(event)
        if isinstance(event, Progress):
            require_current()
        else:
            record(event)
        on_event(event)

    with stop_request() as request, RunLog(RunLines(run_id, spec, earlier=earlier)) as log:
        try:
            log.begin(out_dir, environment, resume=resume)
            events = train(
                spec,
                data_dir=data_dir,
                out_dir=out_dir,
                teachers=gather_sources(store, spec),
                resume=resume,
                checkpoint_seconds=60 * checkpoint_minutes,
                threads=threads,
            )
            with closing(events):
                _tell_all(with_metrics(events, out_dir, spec.epochs or 1), tell, request)
        except BaseException as error:
            # A process of a group that stops fails when another was a step faster: that is no failure of the run.
            cause = request.error() if request.is_asked else error
            with suppress(TakenOverError):  # which says more where it was raised first
                tell(describe_failure(cause))
            if cause is error:
                raise
            raise cause from error
        request.raise_if_asked()  # it came too late for this run, but not for those that wait behind it


def _tell_all(events: Iterator[Event], tell: Callable[[Event], None], request: StopRequest) -> None:
    """Tell what training says. Raises KeyboardInterrupt or Terminated between two steps if a stop was asked for."""
    for event in events:
        tell(event)
        if isinstance(event, RunStarted):
            request.is_graceful = True  # before the first step there is nothing to end in order
        if not isinstance(event, (PointsLogged, RunFinished)):  # all is trained and on disk
            request.raise_if_asked()


def describe_failure(error: BaseException) -> RunFailed:
    """Return the event that records an exception: who or what ended the run, and where; no secret is in it."""
    match error:
        case KeyboardInterrupt():
            status, reason = "killed", "interrupted"
        case Terminated():
            status, reason = "killed", "terminated"
        case TrainingError():
            status, reason = "failed", error.reason
        case TakenOverError():
            status, reason = "failed", "taken over"
        case DataError():
            status, reason = "failed", "data"
        case MemoryError():
            status, reason = "failed", "out of memory"
        case _:
            status, reason = "failed", "error"
    lines = mask_secrets("".join(traceback.format_exception(error))).splitlines()
    return RunFailed(
        status="killed" if status == "killed" else "failed",
        reason=reason,
        error_type=type(error).__name__,
        message=mask_secrets(str(error)),
        traceback="\n".join(lines[-TRACEBACK_LINES:]),
    )

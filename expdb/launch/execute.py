"""`execute_run`: train one recorded run and record what happens. Every launcher ends here."""

import signal
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

from expdb.domain.events import Event, RunFailed
from expdb.domain.run import Environment
from expdb.errors import DataError, StoreError, TrainingError
from expdb.store.store import Store

HEARTBEAT_SECONDS = 10.0
TRACEBACK_LINES = 40


class Terminated(BaseException):
    """SIGTERM arrived: someone, or a scheduler, ended this run."""


def execute_run(
    store: Store,
    run_id: int,
    *,
    data_dir: Path,
    environment: Environment,
    on_event: Callable[[Event], None] = lambda _: None,
) -> None:
    """Train a queued run in this process, recording each event; whatever ends it early is recorded and raised again.

    Args:
        store: where the run is; its spec is read back from there.
        run_id: a queued run.
        data_dir: where datasets are.
        environment: recorded with the run.
        on_event: sees every event after it is recorded.

    Raises:
        LaunchError: the run is not queued.
        ExpdbError: what training raised.
        KeyboardInterrupt, Terminated: the run is recorded as killed.
    """
    from expdb.train.loop import train  # torch: seconds to import, needed only here

    spec = store.start_run(run_id, environment)
    with sigterm_raises():
        try:
            out_dir = store.artifact_dir(run_id, create=True)
            with _heartbeat(store, run_id):
                for event in train(spec, data_dir=data_dir, out_dir=out_dir):
                    store.record(run_id, event)
                    on_event(event)
        except BaseException as error:
            failed = describe_failure(error)
            store.record(run_id, failed)
            on_event(failed)
            raise


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


@contextmanager
def sigterm_raises() -> Iterator[None]:
    """Turn SIGTERM into an exception, where signals can be handled (the main thread)."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def terminate(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - the signal module's signature
        raise Terminated

    before = signal.signal(signal.SIGTERM, terminate)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)

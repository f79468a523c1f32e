"""For tests of recording: an attempt of made-up events, and what has to be in the database after it."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from expdb.domain.event_codec import RecordedEvent
from expdb.domain.run import Environment
from expdb.launch.recorder import Recorder
from expdb.store.store import Store
from tests.factories import make_spec
from tests.store.events import FINISHED, epoch, started

NUM_EPOCHS = 5
EVENTS: tuple[RecordedEvent, ...] = (
    started(),
    epoch(1, top1=0.1),
    epoch(2, test_loss=None, top1=None, top5=None, train_loss=1 / 2),  # not evaluated
    *(epoch(number, top1=0.1 * number, train_loss=1 / number) for number in range(3, NUM_EPOCHS + 1)),
    FINISHED,
)
AT_EPOCH = {number: number for number in range(1, NUM_EPOCHS + 1)}  # place among the events


def record_attempt(
    store: Store,
    run_id: int,
    warned: list[str],
    *,
    events: Sequence[RecordedEvent] = EVENTS,
    before: Mapping[int, Callable[[], object]] | None = None,
    resume: bool = False,
    last_wait_seconds: float = 15.0,
) -> None:
    """Record an attempt.

    Args:
        warned: gets the warnings.
        before: what is done before an event, by its place.
        last_wait_seconds: how long to wait at the end; by default until a test has failed anyway.
    """
    recorder = Recorder(
        store, run_id, Environment(), resume=resume, warn=warned.append, last_wait_seconds=last_wait_seconds
    )
    with recorder:
        for place, event in enumerate(events):
            (before or {}).get(place, lambda: None)()
            recorder.record(event)


def contents(store: Store, uuid: str) -> dict[str, Any]:
    """Return all that is recorded of a run but numbers and times, which no two runs share."""
    (run,) = [run for run in store.runs(include_removed=True) if run.uuid == uuid]
    times = ("created_at", "started_at", "ended_at", "heartbeat_at", "wall_seconds")
    own = {name: value for name, value in run.fields.items() if name not in ("id", "uuid", "artifact_dir", *times)}
    attempts = [
        (found.number, found.first_epoch, found.last_sequence, found.status, found.reason)
        for found in store.attempts.of(run.id)
    ]
    done = [asdict(found) for found in store.epochs(run.id)]
    return {"run": own, "attempts": attempts, "epochs": done, "superseded": store.attempts.superseded_epochs(run.id)}


def undisturbed(store: Store) -> dict[str, Any]:
    """Return what is recorded of a run where nothing goes wrong."""
    warned: list[str] = []
    run_id = store.add_run(make_spec(epochs=NUM_EPOCHS))
    record_attempt(store, run_id, warned)
    assert told(warned) == []
    return contents(store, store.run(run_id).uuid)


def told(warned: list[str]) -> list[str]:
    """Return the warnings but that it waits at the end, which a slow machine makes it do."""
    return [text for text in warned if not text.startswith("waiting up to")]


def queue(store: Store) -> tuple[int, str]:
    """Queue a run; return its number and uuid."""
    run_id = store.add_run(make_spec(epochs=NUM_EPOCHS))
    return run_id, store.run(run_id).uuid


def wait_until(is_so: Callable[[], bool], *, seconds: float = 60.0) -> None:
    """Wait for a condition; a bound on it, so that a failure ends."""
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.005)

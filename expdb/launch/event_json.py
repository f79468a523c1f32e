"""Events as lines of JSON, by which the processes of one run tell each other what happens."""

import json
from dataclasses import asdict

from expdb.domain.events import EpochEnded, Event, Progress, RunFailed, RunFinished, RunStarted

EVENT_TYPES = {kind.__name__: kind for kind in (RunStarted, Progress, EpochEnded, RunFinished, RunFailed)}


def print_event(event: Event) -> None:
    """Write an event to standard output."""
    print(json.dumps({"event": type(event).__name__, **asdict(event)}), flush=True)


def read_event(line: str) -> Event | None:
    """Return what a line says; None for one that something else printed."""
    try:
        fields = json.loads(line)
        return EVENT_TYPES[fields.pop("event")](**fields)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None

"""Events as lines of JSON, by which the processes of one run tell each other what happens."""

import json
from dataclasses import asdict

from expdb.domain.event_codec import event_from_dict, event_to_dict
from expdb.domain.events import Event, Progress
from expdb.errors import SpecError


def print_event(event: Event) -> None:
    """Write an event to standard output."""
    told = {"event": "Progress", **asdict(event)} if isinstance(event, Progress) else event_to_dict(event)
    print(json.dumps(told), flush=True)


def read_event(line: str) -> Event | None:
    """Return what a line says; None for one that something else printed."""
    try:
        values = json.loads(line)
        if values["event"] == "Progress":
            return Progress(**{name: value for name, value in values.items() if name != "event"})
        return event_from_dict(values)
    except (ValueError, KeyError, TypeError, AttributeError, SpecError):
        return None

"""Events as lines of JSON, by which the processes of one run tell each other what happens."""

import json
from dataclasses import asdict, dataclass

from expdb.domain.events import EpochEnded, Event, Progress, RunFailed, RunFinished, RunStarted


@dataclass(frozen=True, kw_only=True)
class RankFailed:
    """Torchrun's word on the process of a group that failed; an exit code below 0 is a signal's number."""

    rank: int
    exit_code: int


EVENT_TYPES = {kind.__name__: kind for kind in (RunStarted, Progress, EpochEnded, RunFinished, RunFailed, RankFailed)}


def print_event(event: Event) -> None:
    """Write an event to standard output."""
    print(json.dumps({"event": type(event).__name__, **asdict(event)}), flush=True)


def read_event(line: str) -> Event | RankFailed | None:
    """Return what a line says; None for one that something else printed."""
    try:
        fields = json.loads(line)
        return EVENT_TYPES[fields.pop("event")](**fields)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None

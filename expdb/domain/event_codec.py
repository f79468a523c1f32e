"""Events as JSON objects and back: what is read was perhaps written by somebody else, so every field is checked."""

import json
from dataclasses import asdict, fields
from typing import Any, get_args

from pydantic import TypeAdapter, ValidationError

from expdb.domain.events import (
    EpochEnded,
    Evaluated,
    MetricsDefined,
    PointsLogged,
    RunFailed,
    RunFinished,
    RunStarted,
)
from expdb.errors import SpecError

RecordedEvent = RunStarted | EpochEnded | Evaluated | PointsLogged | MetricsDefined | RunFinished | RunFailed

_KINDS: dict[str, type[RecordedEvent]] = {kind.__name__: kind for kind in get_args(RecordedEvent)}
_READERS = {kind: TypeAdapter(kind) for kind in _KINDS.values()}
# As many as the columns take.
_BIG = ("num_params", "num_trainable_params", "macs", "peak_memory_bytes")
_MOST, _MOST_BIG = 2**31 - 1, 2**63 - 1


def event_to_dict(event: RecordedEvent) -> dict[str, Any]:
    """Return an event as what JSON can hold; a number that is not finite stays one, as Python's `json` writes it."""
    if isinstance(event, PointsLogged):  # of thousands of values, `asdict` would copy each
        return {"event": "PointsLogged", "rows": event.rows}
    return {"event": type(event).__name__, **asdict(event)}


def event_from_dict(values: dict[str, Any]) -> RecordedEvent:
    """Read an event back.

    Raises:
        SpecError: it is none, or has a field that is unknown, missing or of another kind.
    """
    kind = _KINDS.get(str(values.get("event")))
    given = {name: value for name, value in values.items() if name != "event"}
    if kind is None or not given.keys() <= {field.name for field in fields(kind)}:
        raise SpecError(f"not an event of a run: {json.dumps(values, default=str)[:80]!r}")
    try:
        # As JSON: of Python values the strict way takes an instance only.
        event: RecordedEvent = _READERS[kind].validate_json(json.dumps(given), strict=True)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise SpecError(f"not an event of a run: {where}: {first['msg']}: {str(values)[:80]!r}") from error
    places = [place for row in event.rows for place in (row.epoch, row.step)] if isinstance(event, PointsLogged) else []
    for name, value in (*given.items(), *(("a place", place) for place in places)):
        if type(value) is int and not 0 <= value <= (_MOST_BIG if name in (*_BIG, "a place") else _MOST):
            raise SpecError(f"not an event of a run: {name} {str(value)[:40]} is out of range")
    return event

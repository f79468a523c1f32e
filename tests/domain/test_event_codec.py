"""Events as JSON objects and back."""

import json
import math
from dataclasses import replace
from typing import Any

import pytest

from expdb.domain.event_codec import RecordedEvent, event_from_dict, event_to_dict
from expdb.errors import SpecError
from tests.store.events import FINISHED, epoch, failed, started


@pytest.mark.parametrize(
    "event",
    [started(), started(macs=None, first_epoch=7), epoch(3), epoch(1, val_loss=0.5, top1=1), FINISHED, failed()],
    ids=lambda event: type(event).__name__,
)
def test_event_comes_back_as_it_was(event: RecordedEvent):
    assert event_from_dict(json.loads(json.dumps(event_to_dict(event)))) == event


@pytest.mark.parametrize("loss", [math.nan, math.inf, -math.inf, -0.0, 5e-324])
def test_every_loss_comes_back(loss: float):
    event = event_from_dict(json.loads(json.dumps(event_to_dict(epoch(1, train_loss=loss)))))

    assert repr(event.train_loss) == repr(loss)  # type: ignore[union-attr]
    assert replace(event, train_loss=0.0) == epoch(1, train_loss=0.0)  # type: ignore[call-arg]


@pytest.mark.parametrize(
    "change",
    [
        {"event": "Progress"},
        {"event": ["EpochEnded"]},
        {"epoch": "1"},
        {"epoch": True},
        {"epoch": 1.5},
        {"train_loss": None},
        {"lr": [0.1]},
        {"run_id": 3},
        {"peak_memory_bytes": 1e30},
        {"peak_memory_bytes": 2**63},
        {"epoch": 10**22},
        {"epoch": 2**31},
        {"epoch": -1},
    ],
    ids=str,
)
def test_what_is_no_event_is_refused(change: dict[str, Any]):
    with pytest.raises(SpecError, match="not an event"):
        event_from_dict({**event_to_dict(epoch(1)), **change})
    with pytest.raises(SpecError, match="not an event"):
        event_from_dict({name: value for name, value in event_to_dict(epoch(1)).items() if name != "lr"})

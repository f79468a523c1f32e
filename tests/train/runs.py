"""Small engines on real digits for the tests of training."""

import io
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import Any, TypeVar

import torch

from expdb.domain.spec import RunSpec
from expdb.train.device import choose_device
from expdb.train.distributed import Team
from expdb.train.engine import Engine, make_engine
from expdb.train.epoch import TrainedEpoch, train_epoch
from expdb.train.input.splits import load_data
from tests.factories import make_spec

SMALL = {"data__limit": 96, "data__img_size": 8, "batch_size": 32, "amp": False, "device": "cpu"}
_Result = TypeVar("_Result")


def make_small_engine(*, teachers: Mapping[int, tuple[RunSpec, Path]] | None = None, **settings: Any) -> Engine:
    """Build an engine of three steps an epoch, on the CPU unless told otherwise; keywords as in `make_spec`."""
    spec = make_spec(**(SMALL | settings))
    device = choose_device(spec)
    return make_engine(spec, load_data(spec, Path()), team=Team(), device=device, teachers=teachers or {})


def finish(events: Generator[object, None, _Result]) -> _Result:
    """Take all events and return the result."""
    while True:
        try:
            next(events)
        except StopIteration as end:
            result: _Result = end.value
            return result


def run_epoch(engine: Engine, epoch: int = 1) -> TrainedEpoch:
    """Train an epoch."""
    return finish(train_epoch(engine, epoch))


def through_a_file(state: Mapping[str, Any]) -> dict[str, Any]:
    """Write a state and read it back, as torch reads it safely."""
    file = io.BytesIO()
    torch.save(dict(state), file)
    file.seek(0)
    read: dict[str, Any] = torch.load(file, weights_only=True)
    return read

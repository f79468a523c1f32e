"""Runs in a store without training: a few events each, as training would have recorded them."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from expdb.data.predictions import Predictions, write_predictions
from expdb.domain.run import Environment, Status
from expdb.store.store import Store
from tests.factories import make_spec
from tests.store.events import FINISHED, epoch, failed, silence, started


def add_finished(
    store: Store,
    *,
    top1: float = 0.5,
    curve: Sequence[float] = (),
    status: Status = "finished",
    correct: npt.NDArray[np.bool_] | None = None,
    environment: Environment | None = None,
    start: Mapping[str, Any] | None = None,
    last: Mapping[str, Any] | None = None,
    name: str | None = None,
    group: str | None = None,
    tags: Sequence[str] = (),
    **settings: Any,
) -> int:
    """Add a run that is trained to its end, and return its id.

    Args:
        store: an open store.
        top1: test top-1 of its last epoch, the only one that is recorded.
        curve: test top-1 by epoch, of all of them, in place of `top1`.
        status: how it ended instead.
        correct: which test images it got right: makes its file of predictions.
        environment: where it was trained; None: nothing is known of that.
        start: fields of `RunStarted` (device, images, ...).
        last: fields of its last `EpochEnded` (times, losses, ...).
        name, group, tags: labels.
        **settings: as of `factories.make_spec` (`optim__lr=0.1`).
    """
    spec = make_spec(**settings)
    run_id = store.add_run(spec, name=name, group=group, tags=tags)
    if status == "queued":
        return run_id
    store.start_run(run_id, environment or Environment())
    store.record(run_id, started(**(start or {})))
    for number, value in enumerate(curve[:-1], start=1):
        store.record(run_id, epoch(number, top1=value))
    number = len(curve) or spec.epochs
    store.record(run_id, epoch(number, **{"top1": curve[-1] if curve else top1, **(last or {})}))
    match status:
        case "finished":
            if correct is not None:
                _write_predictions(store, run_id, correct)
            store.record(run_id, FINISHED)
        case "failed" | "killed":
            store.record(run_id, failed(status=status))
        case "crashed":
            silence(store, run_id)
    return run_id


def add_seeds(store: Store, values: Sequence[float], **arguments: Any) -> list[int]:
    """Add one finished run a value of top-1, with seeds from 0 on, and return their ids."""
    return [add_finished(store, top1=value, seed=seed, **arguments) for seed, value in enumerate(values)]


def _write_predictions(store: Store, run_id: int, correct: npt.NDArray[np.bool_]) -> None:
    label = np.arange(len(correct), dtype=np.uint16) % 10
    first = np.where(correct, label, (label + 1) % 10)
    top5 = (first[:, None] + np.arange(5)) % 10
    predictions = Predictions(
        label=label, top5=top5.astype(np.uint16), probability=np.full(len(label), 0.5, dtype=np.float32)
    )
    write_predictions(predictions, store.artifact_dir(run_id, create=True) / str(FINISHED.predictions_file))

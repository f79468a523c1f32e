"""What is measured of the predictions that a run keeps: at its end, and later of runs that ended before that was."""

import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from expdb.analysis.stored_predictions import stored_predictions
from expdb.domain.events import Event, Logged, PointsLogged, RunFinished
from expdb.errors import DataError, TrainingWarning
from expdb.store.store import Store

if TYPE_CHECKING:
    from expdb.data.predictions import Predictions


def with_metrics(events: Iterator[Event], folder: Path, epoch: int) -> Iterator[Event]:
    """Yield what training says, and before its end what is measured of the predictions that it left in the folder.

    Args:
        epoch: the last one, which made the predictions.
    """
    from expdb.data.predictions import read_predictions

    for event in events:
        if isinstance(event, RunFinished) and event.predictions_file is not None:
            try:
                yield _points(read_predictions(folder / event.predictions_file), epoch)
            except DataError as error:  # it is trained all the same
                warnings.warn(f"nothing was measured of the predictions: {error}", TrainingWarning, stacklevel=2)
        yield event


def measure_run(store: Store, run_id: int) -> Mapping[str, float]:
    """Measure a run's stored predictions anew, and record it as of its last epoch.

    Returns:
        What was recorded, by the key of its column.

    Raises:
        NotFoundError: there is no such run, or it kept no predictions.
        DataError: they are not on this machine, or cannot be read.
        LaunchError: it was never begun.
    """
    run = store.run(run_id)
    logged = _points(stored_predictions(store, run), run.results.epochs_done or 1).rows
    store.points.add(run.id, logged)
    return logged[0].values


def _points(predictions: "Predictions", epoch: int) -> PointsLogged:
    from expdb.report.predictions.class_metrics import prediction_metrics  # and numpy

    return PointsLogged(rows=(Logged(epoch=epoch, step=None, values=prediction_metrics(predictions)),))

"""What a recorded run said of each test image, or in one line why that is not known."""

from typing import TYPE_CHECKING

from expdb.data.run_files import run_file
from expdb.domain.run import Run
from expdb.errors import DataError, NotFoundError
from expdb.store.store import Store

if TYPE_CHECKING:
    from expdb.data.predictions import Predictions


def stored_predictions(store: Store, run: Run) -> "Predictions":
    """Return the predictions that a run keeps in its folder.

    Raises:
        NotFoundError: it has none.
        DataError: they are not on this machine, or cannot be read.
    """
    from expdb.data.predictions import read_predictions  # and numpy, which most tables need not wait for

    if run.predictions_file is None:
        raise NotFoundError(f"run {run.id} has no predictions: {_why_none(run)}")
    folder = store.artifact_dir(run.id)
    try:
        path = run_file(folder, run.predictions_file)
    except FileNotFoundError as error:
        raise DataError(
            f"the predictions of run {run.id} are not on this machine: no file {str(folder / run.predictions_file)!r}; "
            "expdb db check says where they were written"
        ) from error
    except OSError as error:
        raise DataError(f"the predictions of run {run.id} cannot be read: {error}") from error
    return read_predictions(path)


def _why_none(run: Run) -> str:
    match run.kind:
        case "reported":
            return "it is copied from a document"
        case "tracked":
            return "its script logged none"
    return f"it is {run.status}, and they are written at its end" if run.status != "finished" else "it kept none"

"""Which test images a recorded run got right, and what it got of every item by other metrics."""

from functools import lru_cache
from typing import TYPE_CHECKING

from expdb.analysis.stored_predictions import stored_predictions
from expdb.domain.scripts.metric_names import read_metric_name
from expdb.domain.task import point_name
from expdb.errors import ExpdbError
from expdb.store.store import Store

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from expdb.data.outcomes import Outcomes
    from expdb.data.predictions import Predictions


class StoredCorrectness:
    """From run id to per-image correctness, (N,) bool in the order of the test split.

    It gives None where the run kept no predictions, or they are not on this machine.

    Attributes:
        lost: the runs that were asked for, and whose predictions are not on this machine.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._cached = lru_cache(maxsize=64)(self._read)
        self._cached_outcomes = lru_cache(maxsize=64)(self._read_outcomes)
        self.lost: set[int] = set()

    def __call__(self, run_id: int, /) -> "npt.NDArray[np.bool_] | None":
        """Return whether a run was right about each image."""
        return self._cached(run_id)

    def outcomes(self, run_id: int, field: str, /) -> "Outcomes | None":
        """Return what a run got of every item, by a field of a run: as its script logged it, or as predictions say."""
        return self._cached_outcomes(run_id, field)

    def _read(self, run_id: int) -> "npt.NDArray[np.bool_] | None":
        predictions = self._predictions(run_id)
        if predictions is not None:
            right: npt.NDArray[np.bool_] = predictions.top5[:, 0] == predictions.label
            return right
        logged = None if run_id in self.lost else self._logged(run_id, "top1")
        return logged.values.astype(bool) if logged is not None and logged.is_binary else None

    def _read_outcomes(self, run_id: int, field: str) -> "Outcomes | None":
        logged = self._logged(run_id, field)
        if logged is not None or field not in ("top5", "nll", "test_loss"):
            return logged
        predictions = self._predictions(run_id)
        return None if predictions is None else _of_predictions(predictions, field)

    def _predictions(self, run_id: int) -> "Predictions | None":
        try:
            run = self._store.run(run_id)
            return None if run.predictions_file is None else stored_predictions(self._store, run)
        except (ExpdbError, OSError):
            self.lost.add(run_id)
            return None

    def _logged(self, run_id: int, field: str) -> "Outcomes | None":
        from expdb.data.outcomes import OUTCOMES_FILE, read_outcomes  # and numpy, which most tables need not wait for

        try:
            run = self._store.run(run_id)
            folder = self._store.artifact_dir(run_id) if run.artifact_dir is not None else None
            if folder is None or not (folder / OUTCOMES_FILE).exists():
                return None
            found = read_outcomes(folder)
        except (ExpdbError, OSError):
            self.lost.add(run_id)
            return None
        own = point_name(field)
        return found.get(own) or next((one for name, one in found.items() if read_metric_name(name).known == own), None)


def _of_predictions(predictions: "Predictions", field: str) -> "Outcomes | None":
    """Return what predictions say of every image by a metric that is a mean over them; None: nothing."""
    import numpy as np

    from expdb.data.outcomes import Outcomes

    if field == "top5":
        is_hit = (predictions.top5 == predictions.label[:, None]).any(axis=1)
        return Outcomes(values=is_hit.astype(np.float64))
    if not (predictions.probability > 0).all():
        return None
    return Outcomes(values=-np.log(predictions.probability.astype(np.float64)))


def correctness_of(store: Store) -> StoredCorrectness:
    """Return what tells which test images the runs of a store got right."""
    return StoredCorrectness(store)

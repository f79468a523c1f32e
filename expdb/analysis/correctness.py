"""Which test images a recorded run got right."""

from functools import lru_cache
from typing import TYPE_CHECKING

from expdb.analysis.stored_predictions import stored_predictions
from expdb.errors import ExpdbError
from expdb.store.store import Store

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


class StoredCorrectness:
    """From run id to per-image correctness, (N,) bool in the order of the test split.

    It gives None where the run kept no predictions, or they are not on this machine.

    Attributes:
        lost: the runs that were asked for, and whose predictions are not on this machine.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._cached = lru_cache(maxsize=64)(self._read)
        self.lost: set[int] = set()

    def __call__(self, run_id: int, /) -> "npt.NDArray[np.bool_] | None":
        """Return whether a run was right about each image."""
        return self._cached(run_id)

    def _read(self, run_id: int) -> "npt.NDArray[np.bool_] | None":
        try:
            run = self._store.run(run_id)
            if run.predictions_file is None:
                return None
            predictions = stored_predictions(self._store, run)
        except (ExpdbError, OSError):
            self.lost.add(run_id)
            return None
        right: npt.NDArray[np.bool_] = predictions.top5[:, 0] == predictions.label
        return right


def correctness_of(store: Store) -> StoredCorrectness:
    """Return what tells which test images the runs of a store got right."""
    return StoredCorrectness(store)

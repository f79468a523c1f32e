"""Which test images a recorded run got right."""

from functools import lru_cache
from typing import TYPE_CHECKING

from expdb.data.run_files import run_file
from expdb.errors import ExpdbError
from expdb.report.source import Correctness
from expdb.store.store import Store

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


def correctness_of(store: Store) -> Correctness:
    """Return a function from run id to per-image correctness, (N,) bool in the order of the test split.

    It gives None where the run kept no predictions, or they are not on this machine.
    """

    @lru_cache(maxsize=64)
    def correct(run_id: int) -> "npt.NDArray[np.bool_] | None":
        from expdb.data.predictions import read_predictions  # and numpy, which most tables need not wait for

        try:
            run = store.run(run_id)
            if run.predictions_file is None:
                return None
            predictions = read_predictions(run_file(store.artifact_dir(run_id), run.predictions_file))
        except (ExpdbError, OSError):
            return None
        right: npt.NDArray[np.bool_] = predictions.top5[:, 0] == predictions.label
        return right

    return correct

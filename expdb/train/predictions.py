"""What the final model said about each test image, as a small file. Imports numpy only, so that readers stay light."""

import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from expdb.errors import DataError
from expdb.train.atomic import replacing


@dataclass(frozen=True, kw_only=True)
class Predictions:
    """The final evaluation on the test split, one row an image, in the order of the test split.

    Attributes:
        label: (N,) uint16, the true class.
        top5: (N, k) uint16, k = min(5, classes), the most probable classes, best first.
        probability: (N,) float32 in [0, 1], of the true class.
    """

    label: npt.NDArray[np.uint16]
    top5: npt.NDArray[np.uint16]
    probability: npt.NDArray[np.float32]


def write_predictions(predictions: Predictions, path: Path) -> None:
    """Write predictions (16 bytes an image) so that the file is never seen half-written."""
    with replacing(path) as temporary, temporary.open("wb") as file:
        np.savez(file, label=predictions.label, top5=predictions.top5, probability=predictions.probability)


def read_predictions(path: Path) -> Predictions:
    """Read predictions back.

    Raises:
        DataError: the file is missing or holds something else.
    """
    try:
        # Opened here: given a path, numpy leaves a file that is no zip archive open.
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            return Predictions(label=arrays["label"], top5=arrays["top5"], probability=arrays["probability"])
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise DataError(f"no predictions in {str(path)!r}: {error}") from error

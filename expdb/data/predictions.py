"""What the final model said about each test image, as a small file. Imports numpy only, so that readers stay light."""

import io
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from expdb.data.atomic_files import write_whole
from expdb.data.run_files import open_run_file
from expdb.errors import DataError

_NUM_BYTES_OF_NAMES = 1500


@dataclass(frozen=True, kw_only=True)
class Predictions:
    """The final evaluation on the test split, one row an image, in the order of the test split.

    Attributes:
        label: (N,) uint16, the true class.
        top5: (N, k) uint16, k = min(5, classes), the most probable classes, best first.
        probability: (N,) float32 in [0, 1], of the true class.
        confidence: (N, k) float32 in [0, 1], of the classes in `top5`; None where an earlier version wrote the file.
            Not float16: near 1, where the most confident mistakes are ranked, its steps are 0.0005.
    """

    label: npt.NDArray[np.uint16]
    top5: npt.NDArray[np.uint16]
    probability: npt.NDArray[np.float32]
    confidence: npt.NDArray[np.float32] | None = None

    def __post_init__(self) -> None:
        """Check that all arrays are of the same images.

        Raises:
            ValueError: they are not.
        """
        guesses = self.top5.shape
        confidence = guesses if self.confidence is None else self.confidence.shape
        if len(guesses) != 2 or not self.label.shape == self.probability.shape == guesses[:1] or confidence != guesses:
            raise ValueError(
                f"arrays of different images: label {self.label.shape}, top5 {guesses},"
                f" probability {self.probability.shape}, confidence {confidence}"
            )


def write_predictions(predictions: Predictions, path: Path) -> None:
    """Write predictions (36 bytes an image with five guesses) so that the file is never seen half-written.

    Raises:
        UnwrittenError: the file cannot be written.
    """
    file = io.BytesIO()
    np.savez(file, **{name: array for name, array in vars(predictions).items() if array is not None})
    write_whole(file.getvalue(), path)


def predictions_bytes(num_images: int, num_classes: int) -> int:
    """Return about how large a file of predictions will be."""
    return _NUM_BYTES_OF_NAMES + num_images * (2 + 4 + min(5, num_classes) * (2 + 4))


def read_predictions(path: Path) -> Predictions:
    """Read predictions back.

    Raises:
        DataError: the file is missing or holds something else, or what a diverged model said.
    """
    try:
        # Opened here: given a path, numpy leaves a file that is no zip archive open.
        with open_run_file(path) as file, np.load(file, allow_pickle=False) as arrays:
            predictions = Predictions(
                label=arrays["label"],
                top5=arrays["top5"],
                probability=arrays["probability"],
                confidence=arrays.get("confidence"),
            )
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise DataError(f"no predictions in {str(path)!r}: {error}") from error
    if not np.isfinite(predictions.probability).all():  # an earlier version wrote them
        raise DataError(f"no predictions in {str(path)!r}: its probabilities are not finite, the run diverged")
    return predictions

"""What the final model said about each test image, as a small file. Imports numpy only, so that readers stay light."""

import io
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from expdb.data.atomic_files import write_whole
from expdb.data.run_files import open_run_file
from expdb.errors import DataError, SpecError

_NUM_BYTES_OF_NAMES = 1500
_MOST_CLASSES = 65_536  # uint16
_ROWS_AT_ONCE = 4096  # so that 1,000 classes take some 100 MB


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


def predictions_of_logits(labels: object, logits: object) -> Predictions:
    """Return predictions as they are stored, of what a model said before the softmax.

    Args:
        labels: (N,) whole numbers, the true classes from 0 on: an array, a list or a tensor on any device.
        logits: (N, C) finite numbers, one a class (likewise); of equal ones the lower class comes first.

    Raises:
        SpecError: they are not of these shapes, or hold something else.
    """
    label, scores = as_array(labels, "labels"), as_array(logits, "logits")
    if scores.ndim != 2 or not 1 <= scores.shape[1] <= _MOST_CLASSES or label.shape != scores.shape[:1]:
        raise SpecError(
            f"predictions are (N,) labels and (N, C) logits of at most {_MOST_CLASSES:,} classes, not of shapes "
            f"{label.shape} and {scores.shape}"
        )
    if not np.issubdtype(label.dtype, np.integer) and label.size:
        raise SpecError(f"labels are whole numbers, the classes from 0 on, not {label.dtype}")
    num_classes = scores.shape[1]
    if (bad := label[(label < 0) | (label >= num_classes)]).size:
        raise SpecError(
            f"label {bad[0]} is none of the {num_classes:,} classes of the logits, 0 to {num_classes - 1:,}"
        )
    if scores.dtype == np.bool_ or not np.issubdtype(scores.dtype, np.number) or np.iscomplexobj(scores):
        raise SpecError(f"logits are numbers, not {scores.dtype}")
    num_bad = int((~np.isfinite(scores).all(axis=1)).sum())
    if num_bad:
        raise SpecError(
            f"the logits of {num_bad:,} of {len(label):,} images are not finite: nothing can be told of them"
        )
    num_guesses = min(5, num_classes)
    top5 = np.empty((len(label), num_guesses), dtype=np.uint16)
    confidence, probability = np.empty(top5.shape, dtype=np.float32), np.empty(label.shape, dtype=np.float32)
    for first in range(0, len(label), _ROWS_AT_ONCE):
        own = slice(first, first + _ROWS_AT_ONCE)
        part = scores[own].astype(np.float64)
        best = np.argsort(-part, axis=1, kind="stable")[:, :num_guesses]
        part -= part.max(axis=1, keepdims=True)
        part -= np.log(np.exp(part).sum(axis=1, keepdims=True))  # log-probabilities
        top5[own] = best
        confidence[own] = np.exp(np.take_along_axis(part, best, axis=1))
        probability[own] = np.exp(np.take_along_axis(part, label[own, None].astype(np.intp), axis=1)[:, 0])
    return Predictions(label=label.astype(np.uint16), top5=top5, probability=probability, confidence=confidence)


def as_array(values: object, name: str) -> npt.NDArray[Any]:
    """Return what somebody gave as an array: arrays, lists, and tensors on any device and of any precision.

    Raises:
        SpecError: it is none, as a list of lists of several lengths.
    """
    if hasattr(values, "detach"):  # a tensor of torch, which is not imported for it
        tensor = values.detach().cpu()
        values = tensor.float() if "bfloat16" in str(tensor.dtype) else tensor
    try:
        array = np.asarray(values)
    except (ValueError, TypeError) as error:
        raise SpecError(f"{name}: no array can be made of them: {error}") from error
    if array.dtype == object:
        raise SpecError(f"{name}: no array of numbers can be made of {type(values).__name__}")
    return array


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

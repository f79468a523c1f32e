"""Predictions that a script logs, as training writes them: what McNemar's test, confusion and disagreement read."""

from typing import Any

import numpy as np
import numpy.typing as npt

from expdb.data.predictions import Predictions
from expdb.domain.events import MOST_CLASSES_WITHOUT_TOP5
from expdb.errors import DataError
from expdb.report.predictions.class_metrics import prediction_metrics

MOST_CLASSES = 2**16
MOST_GUESSES = 5
_SUM_TOLERANCE = 1e-2  # of probabilities in half precision
_AT_ONCE = 4096  # images, so that no second table of all of them is made


def predictions_of(labels: Any, logits: Any = None, *, probabilities: Any = None) -> Predictions:
    """Return what a model said of each image of the test split, in its order.

    Args:
        labels: (N,) whole numbers from 0, the true classes.
        logits: (N, classes) numbers, whose softmax is the model's probability.
        probabilities: instead, (N, classes) in [0, 1], of each image summing to 1.

    Raises:
        DataError: they do not fit together, or are not finite.
    """
    if (logits is None) == (probabilities is None):
        raise DataError("give either logits or probabilities, of all classes")
    label = _labels(array_of(labels))
    values = _table(array_of(logits if probabilities is None else probabilities))
    if values.shape[0] != label.shape[0]:
        raise DataError(f"{label.shape[0]} labels and predictions of {values.shape[0]} images: give both of each image")
    num_classes = values.shape[1]
    if int(label.max()) >= num_classes:
        raise DataError(f"label {int(label.max())} is none of {num_classes} classes: they are counted from 0")
    top5 = np.empty((label.size, min(MOST_GUESSES, num_classes)), np.uint16)
    confidence = np.empty(top5.shape, np.float32)
    probability = np.empty(label.size, np.float32)
    for start in range(0, label.size, _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        given = values[part].astype(np.float64)
        shares = (_softmax if probabilities is None else _shares)(given)
        # Of equal values the first class is first; not of equal shares, which logits that lie close may round to.
        best = np.argsort(-given, axis=1, kind="stable")[:, : top5.shape[1]]
        top5[part], confidence[part] = best, np.take_along_axis(shares, best, axis=1)
        probability[part] = shares[np.arange(len(shares)), label[part]]
    return Predictions(label=label, top5=top5, probability=probability, confidence=confidence)


def measures_of(predictions: Predictions) -> dict[str, float]:
    """Return what predictions of the test split tell, by our keys; see `prediction_metrics`."""
    is_hit = predictions.top5 == predictions.label[:, None]
    found = {"top1": float(is_hit[:, 0].mean()), **prediction_metrics(predictions)}
    if predictions.top5.shape[1] == MOST_GUESSES and predictions.top5.max() >= MOST_CLASSES_WITHOUT_TOP5:
        found["top5"] = float(is_hit.any(axis=1).mean())
    return found


def array_of(values: Any) -> npt.NDArray[Any]:
    """Return numbers as an array, wherever they are: numpy's, torch's on any device, lists."""
    if hasattr(values, "detach"):  # of torch; half precision of bfloat16 has no counterpart in numpy
        found = values.detach().cpu()
        values = (found.float() if found.is_floating_point() else found).numpy()
    try:
        return np.asarray(values)
    except Exception as error:
        raise DataError(f"no numbers: {type(values).__module__}.{type(values).__qualname__}") from error


def _labels(labels: npt.NDArray[Any]) -> npt.NDArray[np.uint16]:
    if labels.ndim != 1:
        raise DataError(f"labels have the shape {labels.shape}: give one class an image, (images,)")
    if not labels.size:
        raise DataError("there are no labels")
    if labels.dtype.kind not in "iu" and not (labels.dtype.kind == "f" and bool(np.all(labels == np.rint(labels)))):
        raise DataError(f"labels are {labels.dtype}, not whole numbers: give the numbers of the classes, from 0")
    if labels.min() < 0 or labels.max() >= MOST_CLASSES:
        raise DataError(
            f"labels from {labels.min()} to {labels.max()}: classes are counted from 0 to {MOST_CLASSES - 1}"
        )
    return labels.astype(np.uint16)


def _table(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    if values.ndim != 2 or values.shape[1] < 2 or values.dtype.kind not in "fiu":
        raise DataError(f"predictions have the shape {values.shape} of {values.dtype}: give numbers, (images, classes)")
    if values.shape[1] > MOST_CLASSES:
        raise DataError(f"predictions are of {values.shape[1]} classes: at most {MOST_CLASSES}")
    is_finite = np.isfinite(values).all(axis=1)
    if not is_finite.all():
        raise DataError(f"the predictions of {int((~is_finite).sum())} images are not finite")
    return values


def _softmax(logits: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares: npt.NDArray[np.float64] = powers / powers.sum(axis=1, keepdims=True)
    return shares


def _shares(probabilities: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    sums = probabilities.sum(axis=1)
    if probabilities.min() < 0 or abs(sums - 1).max() > _SUM_TOLERANCE:
        raise DataError(
            f"probabilities from {probabilities.min():.3g}, summing to {sums.min():.3g} … {sums.max():.3g}: of each "
            "image they are in [0, 1] and sum to 1 (give logits otherwise)"
        )
    shares: npt.NDArray[np.float64] = probabilities / sums[:, None]
    return shares

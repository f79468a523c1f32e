"""What stored predictions say of a model beside its accuracy: of every class alike, and of its probabilities."""

import math
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from expdb.data.predictions import Predictions
from expdb.report.predictions.mistakes import Counts, Shares, class_counts, num_classes_of

Probabilities = npt.NDArray[np.float64]
NUM_BINS = 15  # of confidence, as Guo et al. have them


def prediction_metrics(predictions: Predictions) -> Mapping[str, float]:
    """Return what can be measured from predictions, by the metric's key, without what they do not tell.

    Shares are in [0, 1].

    - `balanced_accuracy`: the mean over classes of the share of a class's images that are right, of the classes that
      have images (Brodersen et al., The balanced accuracy and its posterior distribution, 2010).
    - `macro_f1`: the mean of the F1 of classes, not the F1 of means (Opitz and Burst, Macro F1 and macro F1, 2019), of
      the classes that have images or are guessed for one: one without a right guess counts 0.
    - `nll`: mean negative log-likelihood of the true class, in nats; see `nll_of`.
    - `ece`: expected calibration error; see `ece_of`.
    """
    labels, top5 = predictions.label, predictions.top5
    num_images, num_taken, num_right = class_counts(labels, top5, num_classes_of(labels, top5, None))
    found = {
        "balanced_accuracy": _mean_share(num_right, num_images),
        "macro_f1": _mean_share(2 * num_right, num_images + num_taken),
        "nll": nll_of(predictions.probability),
        "ece": ece_of(predictions),
    }
    return {key: value for key, value in found.items() if value is not None}


def _mean_share(part: Counts, whole: Counts) -> float | None:
    """Return the mean of shares over the classes of which there is a whole; None where there is none."""
    is_there = whole > 0
    return float((part[is_there] / whole[is_there]).mean()) if is_there.any() else None


def nll_of(probability: Shares) -> float | None:
    """Return the mean of -ln p over the images, in nats.

    Args:
        probability: of each image's true class.

    Returns:
        None without images, and where a probability is 0 (below 1e-45, less than a float32 holds): it is finite then,
        but not known.
    """
    if not probability.size or not (probability > 0).all():
        return None
    return float(np.abs(np.log(probability.astype(np.float64)).mean()))  # else 0 would be -0.0


def ece_of(predictions: Predictions, num_bins: int = NUM_BINS) -> float | None:
    """Return how far confidence and accuracy lie apart, in [0, 1]; None without images or where none was kept.

    Confidence is the probability of the first guess. Of images in bins of equal width, open at the lower end and closed
    at the upper one, the distance of mean confidence and accuracy is averaged by the images in a bin.

    Source: Guo, Pleiss, Sun and Weinberger, On calibration of modern neural networks (2017), equation 3.
    """
    if predictions.confidence is None or not predictions.label.size:
        return None
    is_right = predictions.top5[:, 0] == predictions.label
    return calibration_error(predictions.confidence[:, 0].astype(np.float64), is_right, num_bins)


def calibration_error(confidence: Probabilities, is_right: npt.NDArray[np.bool_], num_bins: int = NUM_BINS) -> float:
    """Return the expected calibration error of (N,) confidences in [0, 1]; see `ece_of`."""
    # |mean confidence - accuracy| · images of the bin = |sum of their differences|: an empty bin adds 0.
    bins = confidence_bins(confidence, num_bins)
    gaps = np.bincount(bins, weights=confidence - is_right, minlength=num_bins)
    return math.fsum(np.abs(gaps)) / len(confidence)


def confidence_bins(confidence: Probabilities, num_bins: int = NUM_BINS) -> npt.NDArray[np.intp]:
    """Return the bin of each confidence, (N,), of bins of equal width, open at the lower end."""
    upper_ends = np.arange(1, num_bins + 1) / num_bins
    # A softmax in float32 may exceed 1 by its rounding: the last bin takes it.
    found: npt.NDArray[np.intp] = np.minimum(np.searchsorted(upper_ends, confidence), num_bins - 1)
    return found

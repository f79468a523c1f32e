"""What a reader hands over: labels at once, images when they are asked for. Readers import no torch."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from expdb.errors import DataError

Labels = npt.NDArray[np.int64]
Images = npt.NDArray[np.uint8]


@dataclass(frozen=True, kw_only=True)
class Source:
    """One split as found on disk.

    Attributes:
        labels: (N,) int64.
        read: positions (n,) int64 -> images (n, C, H, W) uint8, in that order, an array of their own.
    """

    labels: Labels
    read: Callable[[Labels], Images]


@dataclass(frozen=True, kw_only=True)
class Splits:
    """The two splits that a dataset comes with."""

    train: Source
    test: Source


def source_of(images: Images, labels: Labels) -> Source:
    """Return a source of images (N, C, H, W) that are in memory already."""
    return Source(labels=labels, read=lambda positions: images[positions])


def check_labels(labels: Labels, *, num_classes: int, where: str) -> None:
    """Raise DataError if a label is no class of the dataset, or there is none."""
    if not len(labels):
        raise DataError(f"{where} holds no images")
    if labels.min() < 0 or labels.max() >= num_classes:
        raise DataError(f"{where} has labels from {labels.min()} to {labels.max()}, not 0 to {num_classes - 1}")

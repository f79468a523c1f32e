"""Maps over images that analyses kept: which image is shown with which maps of which runs, and the pictures of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from expdb.errors import DataError

Arrays = Mapping[str, npt.NDArray[Any]]
# Why an image is among those that an analysis kept. What is picked looks more telling than it is.
IMAGE_KINDS: Mapping[str, str] = {
    "random": "a random sample, the same for every run of these images",
    "mistake": "picked by hand: the most confident mistakes of each run",
    "hit": "picked by hand: the most confident right answers of each run",
}
# From dark to light, as Matplotlib's inferno.
_STOPS = np.array([[0, 0, 4], [87, 16, 110], [188, 55, 84], [249, 142, 9], [252, 255, 164]], dtype=np.float64)
_GRID = np.array([255, 255, 255], dtype=np.uint8)
_KNOWN = ("positions", "kind", "true", "predicted", "probability")


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a run says of an image: a class with its probability, and where its map says it was read from.

    Attributes:
        map: (h, w), in [0, 1].
    """

    predicted: int
    probability: float
    map: npt.NDArray[np.floating[Any]]


@dataclass(frozen=True, kw_only=True)
class GalleryImage:
    """An image with the answers of runs.

    Attributes:
        position: in the test split, from 0.
        true: its label.
        answers: of each run; None where the run has no map of this image.
    """

    position: int
    true: int
    answers: tuple[Answer | None, ...]


def map_sets(arrays: Arrays) -> dict[str, tuple[int, ...]]:
    """Return the maps that an analysis kept of its images, by name, with how many there are of each: layers, heads.

    Raises:
        DataError: the arrays are none of a gallery.
    """
    missing = [name for name in _KNOWN if name not in arrays]
    if missing:
        raise DataError(f"there are no {missing[0]} of images among these arrays")
    number = len(arrays["positions"])
    if any(arrays[name].shape != (number,) for name in _KNOWN):
        raise DataError("there are not as many answers as images")
    return {
        name: array.shape[1:-2]
        for name, array in arrays.items()
        if array.ndim >= 3 and len(array) == number and np.issubdtype(array.dtype, np.floating)
    }


def kinds_kept(runs: Sequence[Arrays | None]) -> list[str]:
    """Return the kinds of images that any of the runs kept, the random ones first."""
    found = {str(kind) for arrays in runs if arrays is not None for kind in arrays["kind"]}
    return [kind for kind in IMAGE_KINDS if kind in found]


def gallery_of(
    runs: Sequence[Arrays | None], *, kind: str, maps: str, place: Sequence[int | None], most: int
) -> list[GalleryImage]:
    """Return images of a kind with the maps of every run that has one of them, in the order of the runs.

    Args:
        runs: what each kept; None of one without.
        kind: of IMAGE_KINDS.
        maps: a name of `map_sets`.
        place: which layer, which head; None: the mean over all of them.
        most: images.
    """
    by_run = [{} if arrays is None else _answers(arrays, maps, place) for arrays in runs]
    chosen = [
        (int(arrays["positions"][at]), int(arrays["true"][at]))
        for arrays in runs
        if arrays is not None
        for at in np.flatnonzero(arrays["kind"] == kind)[:most]
    ]
    return [
        GalleryImage(position=position, true=true, answers=tuple(answers.get(position) for answers in by_run))
        for position, true in list(dict.fromkeys(chosen))[:most]
    ]


def _answers(arrays: Arrays, maps: str, place: Sequence[int | None]) -> dict[int, Answer]:
    if maps not in arrays:
        return {}
    found = arrays[maps].astype(np.float32)
    for index in place:
        found = found.mean(axis=1) if index is None else found[:, min(index, found.shape[1] - 1)]
    return {
        int(position): Answer(predicted=int(predicted), probability=float(probability), map=_scaled_map(one))
        for position, predicted, probability, one in zip(
            arrays["positions"], arrays["predicted"], arrays["probability"], found, strict=True
        )
    }


def _scaled_map(values: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Return a map from 0 to 1; one that is the same everywhere says nothing and is 0."""
    known = np.nan_to_num(values)
    low, high = float(known.min()), float(known.max())
    return (known - low) / (high - low) if high > low else np.zeros_like(known)


def overlaid(
    image: npt.NDArray[np.uint8], values: npt.NDArray[np.floating[Any]], *, share: float, side: int
) -> npt.NDArray[np.uint8]:
    """Return an image with a map over it, (side, side, 3).

    Args:
        image: (H, W) or (H, W, 3).
        values: (h, w), in [0, 1].
        share: of the map in each pixel, in [0, 1].
        side: in pixels.
    """
    from PIL import Image

    size = (side, side)
    below = np.asarray(Image.fromarray(image).convert("RGB").resize(size, Image.Resampling.NEAREST), dtype=np.float64)
    smooth = Image.fromarray(np.asarray(values, dtype=np.float32)).resize(size, Image.Resampling.BILINEAR)
    at = np.asarray(smooth, dtype=np.float64).clip(0, 1)
    stops = np.linspace(0, 1, len(_STOPS))
    above = np.stack([np.interp(at, stops, _STOPS[:, channel]) for channel in range(3)], axis=-1)
    return np.asarray((1 - share) * below + share * above, dtype=np.uint8)


def with_patches(image: npt.NDArray[np.uint8], *, rows: int, columns: int, side: int) -> npt.NDArray[np.uint8]:
    """Return an image, (side, side, 3), with lines between the patches that it is cut into."""
    from PIL import Image

    drawn = np.array(Image.fromarray(image).convert("RGB").resize((side, side), Image.Resampling.NEAREST))
    for row in range(1, rows):
        drawn[round(row * side / rows)] = _GRID
    for column in range(1, columns):
        drawn[:, round(column * side / columns)] = _GRID
    return drawn

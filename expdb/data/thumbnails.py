"""Test images to look at, by their position in the split. Imports no torch."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from expdb.catalog.datasets import dataset
from expdb.data.central_crop import central_box
from expdb.data.dataset_files import find_reader, missing
from expdb.data.image_folders import find_pictures, folder_root
from expdb.data.pictures import open_rgb
from expdb.data.test_limit import choose_test
from expdb.domain.spec import RunSpec
from expdb.errors import DataError

_FILE_SIDE = 160  # px; of photographs, which may be large


def test_images(spec: RunSpec, positions: Sequence[int], data_dir: Path) -> list[npt.NDArray[np.uint8]]:
    """Return what evaluation looks at of images of a run's test split, each (H, W, 3) or (H, W) uint8.

    Args:
        spec: of the run.
        positions: which ones of those it is evaluated on, in their order, as predictions are recorded.
        data_dir: where datasets lie.

    Raises:
        DataError: the dataset is not there, a position is not in it, or an image is broken.
        NotFoundError: there is no such dataset.
    """
    name = spec.data.dataset
    entry = dataset(name)
    if entry.source == "folder":
        return [_photograph(path, spec) for path in _files(spec, positions)]
    reader = find_reader(entry, data_dir)
    if reader is None:
        raise DataError(missing(entry, data_dir))
    test = reader().test
    tested = choose_test(test.labels, spec.data)
    _check(positions, len(tested), name)
    images = test.read(tested[np.asarray(positions, dtype=np.int64)]).transpose(0, 2, 3, 1)
    left, top, right, bottom = central_box(images.shape[2], images.shape[1], share=spec.eval.crop)
    images = images[:, top:bottom, left:right]
    return [image[..., 0] if image.shape[-1] == 1 else image for image in images]


def _files(spec: RunSpec, positions: Sequence[int]) -> list[Path]:
    test = find_pictures(folder_root(spec.data.dataset)).splits["test"]
    paths = test.of(choose_test(test.labels, spec.data)).paths
    _check(positions, len(paths), spec.data.dataset)
    return [paths[position] for position in positions]


def _photograph(path: Path, spec: RunSpec) -> npt.NDArray[np.uint8]:
    rgb = open_rgb(path, spec.data)
    return np.asarray(rgb.resize((_FILE_SIDE, _FILE_SIDE), box=central_box(*rgb.size, share=spec.eval.crop)))


def _check(positions: Sequence[int], num_images: int, name: str) -> None:
    for position in positions:
        if not 0 <= position < num_images:
            raise DataError(f"{name} has {num_images} test images: there is none at position {position}")

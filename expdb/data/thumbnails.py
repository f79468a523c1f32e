"""Test images to look at, by their position in the split. Imports no torch."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from expdb.catalog.datasets import dataset
from expdb.data.central_crop import central_box
from expdb.data.dataset_files import find_reader, missing
from expdb.data.image_folders import BROKEN, broken, find_files, folder_root, open_rgb
from expdb.data.test_limit import choose_test
from expdb.domain.spec import DataSpec, RunSpec
from expdb.errors import DataError

_FILE_SIDE = 160  # px; of photographs, which may be large


def test_images(spec: RunSpec, positions: Sequence[int], data_dir: Path) -> list[npt.NDArray[np.uint8]]:
    """Return images that a run was evaluated on, each (H, W, 3) or (H, W) uint8.

    Args:
        spec: of the run.
        positions: which ones, as predictions are recorded: in the order of the split, or of its part by `test_limit`.
        data_dir: where datasets lie.

    Raises:
        DataError: the dataset is not there, a position is not in it, or an image is broken.
        NotFoundError: there is no such dataset.
    """
    name = spec.data.dataset
    entry = dataset(name)
    if entry.source == "folder":
        return [_photograph(path) for path in _files(spec.data, positions)]
    reader = find_reader(entry, data_dir)
    if reader is None:
        raise DataError(missing(entry, data_dir))
    test = reader().test
    chosen = choose_test(test.labels, spec.data)
    _check(positions, len(chosen), name)
    images = test.read(chosen[np.asarray(positions, dtype=np.int64)]).transpose(0, 2, 3, 1)
    return [image[..., 0] if image.shape[-1] == 1 else image for image in images]


def _files(data: DataSpec, positions: Sequence[int]) -> list[Path]:
    files = find_files(folder_root(data.dataset))["test"]
    chosen = choose_test(files.labels, data)
    _check(positions, len(chosen), data.dataset)
    return [files.paths[chosen[position]] for position in positions]


def _photograph(path: Path) -> npt.NDArray[np.uint8]:
    try:
        rgb = open_rgb(path)
        return np.asarray(rgb.resize((_FILE_SIDE, _FILE_SIDE), box=central_box(*rgb.size)))
    except BROKEN as error:
        raise broken(path, error) from error


def _check(positions: Sequence[int], num_images: int, name: str) -> None:
    for position in positions:
        if not 0 <= position < num_images:
            raise DataError(f"{name} has {num_images} test images: there is none at position {position}")

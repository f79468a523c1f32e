"""Datasets that are folders of image files, one folder a class. Imports no torch."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
from PIL import Image

from expdb.catalog.datasets import IMAGE_SUFFIXES, class_names, split_folder
from expdb.domain.spec import FOLDER_PREFIX
from expdb.errors import DataError

SplitName = Literal["train", "val", "test"]

# What PIL raises for a damaged file, depending on its format.
BROKEN = (OSError, ValueError, SyntaxError, TypeError, EOFError, Image.DecompressionBombError)


@dataclass(frozen=True, kw_only=True)
class ImageFiles:
    """The files of one split, sorted by class and name; labels are (N,) int64."""

    paths: tuple[Path, ...]
    labels: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.paths)

    def of(self, indices: npt.NDArray[np.int64]) -> "ImageFiles":
        """Return some of the files, in that order."""
        return ImageFiles(paths=tuple(self.paths[index] for index in indices), labels=self.labels[indices])


def folder_root(dataset: str) -> Path:
    """Return the folder of a dataset named `folder:PATH`."""
    return Path(dataset.removeprefix(FOLDER_PREFIX)).expanduser()


def find_files(root: Path) -> dict[SplitName, ImageFiles]:
    """List the image files of the splits that are there; `train` and `test` always are.

    Raises:
        DataError: train/ or test/ is missing; a class folder is empty; a class of test/ is not in train/.
    """
    folders: dict[SplitName, Path] = {}
    for split in ("train", "val", "test"):
        folder = split_folder(root, split)
        if folder is not None:
            folders[split] = folder
    if "train" not in folders:
        raise DataError(f"{str(root)!r} has no train/ folder: expected train/CLASS/*.jpg, test/CLASS/*.jpg")
    if "test" not in folders:
        hint = f": {folders['val'].name}/ serves for choosing, not for reporting" if "val" in folders else ""
        raise DataError(f"{str(root)!r} has no test/ folder{hint}; put images to report on into test/CLASS/")
    classes = class_names(folders["train"])
    return {split: _list_split(folder, classes) for split, folder in folders.items()}


def check_headers(files: Iterable[Path]) -> None:
    """Open every file far enough to see that it is an image. Raises DataError naming the first that is not."""
    with ThreadPoolExecutor(8) as pool:
        for error in pool.map(_header_error, files):
            if error is not None:
                raise error


def open_rgb(path: Path) -> Image.Image:
    """Open an image file as RGB; EXIF (an orientation, say) is ignored. Raises what `BROKEN` lists."""
    with Image.open(path) as image:
        # A palette with transparent colours goes to RGB by way of RGBA, or PIL warns.
        opaque = image.convert("RGBA") if "transparency" in image.info else image
        return opaque.convert("RGB")


def broken(path: Path, error: Exception) -> DataError:
    """Return the error for a file that is no readable image."""
    reason = str(error).splitlines()[0] if str(error) else type(error).__name__
    return DataError(f"broken image {str(path)!r}: {reason}; repair or remove it")


def _list_split(folder: Path, classes: list[str]) -> ImageFiles:
    strangers = sorted(set(class_names(folder)) - set(classes))
    if strangers:
        raise DataError(f"{str(folder / strangers[0])!r} is a class that train/ does not have: {', '.join(classes)}")
    paths: list[Path] = []
    labels: list[int] = []
    for label, name in enumerate(classes):
        files = sorted(path for path in (folder / name).rglob("*") if path.suffix.lower() in IMAGE_SUFFIXES)
        if not files:
            raise DataError(f"{str(folder / name)!r} holds no images ({' '.join(IMAGE_SUFFIXES)})")
        paths += files
        labels += [label] * len(files)
    return ImageFiles(paths=tuple(paths), labels=np.array(labels, dtype=np.int64))


def _header_error(path: Path) -> DataError | None:
    try:
        with Image.open(path):
            return None
    except BROKEN as error:
        return broken(path, error)

"""Datasets that are folders of image files, one folder a class: which files are theirs. Imports no torch."""

import os
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from expdb.catalog.split_folders import (
    SplitName,
    class_folders,
    composed,
    folder_meant_as,
    is_hidden,
    other_folders,
    split_folders,
    train_folder,
)
from expdb.data.picture_counts import LeftOut
from expdb.data.pictures import picture_suffixes
from expdb.domain.spec import FOLDER_PREFIX
from expdb.errors import DataError, SpecError

# How exports for segmentation and detection call the folders of one split.
_OF_OTHER_TASKS = frozenset(
    {*("image", "images", "img", "imgs", "mask", "masks", "label", "labels", "labelmap", "labelmaps", "jpegimages")}
    | {*("annotation", "annotations", "annots", "segmentation", "segmentations", "segmentationclass", "gt", "depth")}
)


@dataclass(frozen=True, kw_only=True)
class ImageFiles:
    """The files of one split, sorted by class and name.

    Attributes:
        names: from the class folder on, as in `cat/1.jpg`; the same on every machine.
        labels: (N,) int64.
        readings: for each file what reading it does beyond decoding (see `pictures.reading_of`); empty: not known.
    """

    paths: tuple[Path, ...]
    names: tuple[str, ...]
    labels: npt.NDArray[np.int64]
    readings: tuple[tuple[str, ...], ...] = ()

    def __len__(self) -> int:
        return len(self.paths)

    def of(self, indices: npt.NDArray[np.int64]) -> "ImageFiles":
        """Return some of the files, in that order."""
        return ImageFiles(
            paths=tuple(self.paths[index] for index in indices),
            names=tuple(self.names[index] for index in indices),
            labels=self.labels[indices],
            readings=tuple(self.readings[index] for index in indices) if self.readings else (),
        )


@dataclass(frozen=True, kw_only=True)
class FolderPictures:
    """The pictures of a dataset; `train` and `test` are always there.

    Attributes:
        classes: names, by label.
        left_out: number of files that are not used, by reason.
    """

    classes: tuple[str, ...]
    splits: Mapping[SplitName, ImageFiles]
    left_out: Mapping[str, int]


def folder_root(dataset: str) -> Path:
    """Return the folder of a dataset named `folder:PATH`."""
    return Path(dataset.removeprefix(FOLDER_PREFIX)).expanduser()


def find_pictures(root: Path) -> FolderPictures:
    """List the image files of the splits, and count what is left out.

    Raises:
        SpecError: train/ or test/ is missing or empty; a class has no training images; a class of test/ is not in
            train/; two classes share a folder.
        DataError: a folder cannot be read.
    """
    folders = _splits_of(root)
    finder = _Finder(root, folders)
    classes = tuple(class_folders(folders["train"]))
    splits = {split: finder.find(folder, classes) for split, folder in folders.items()}
    for split, files in splits.items():
        if not len(files):
            raise SpecError(f"{str(folders[split])!r} holds no images{finder.found_instead()}")
    counts = np.bincount(splits["train"].labels, minlength=len(classes))
    if not counts.all():
        empty = class_folders(folders["train"])[classes[int(counts.argmin())]][0]
        raise SpecError(f"{str(empty)!r} holds no images{finder.found_instead()}; remove the folder if it is no class")
    _check_names(classes, folders["train"])
    finder.count_beside()
    return FolderPictures(classes=classes, splits=splits, left_out=finder.left_out)


def images_per_class(files: ImageFiles, num_classes: int) -> npt.NDArray[np.int64]:
    """Return how many images each class has, (num_classes,) int64."""
    return np.bincount(files.labels, minlength=num_classes)


def _splits_of(root: Path) -> dict[SplitName, Path]:
    folders = split_folders(root)
    if "train" not in folders:
        train_folder(root)  # which says what to do
    if "test" not in folders:
        meant = folder_meant_as(root, "test")
        if meant is not None:
            raise SpecError(f"{str(root)!r} has no test/ folder: rename {meant.name}/ to test/")
        hint = f": {folders['val'].name}/ serves for choosing, not for reporting" if "val" in folders else ""
        raise SpecError(f"{str(root)!r} has no test/ folder{hint}; put images to report on into test/CLASS/")
    return folders


def _check_names(classes: tuple[str, ...], folder: Path) -> None:
    """Refuse data sets for other tasks: folders of pictures and of their masks are no classes."""
    if {name.casefold() for name in classes} <= _OF_OTHER_TASKS:
        raise SpecError(
            f"{str(folder)!r} holds {' and '.join(classes)}, as data for segmentation or detection do: put the images "
            "of each class into a folder of its own"
        )


class _Finder:
    """Walks through the splits of one dataset."""

    def __init__(self, root: Path, folders: Mapping[SplitName, Path]) -> None:
        self.left_out: Counter[str] = Counter()
        self._root = root
        # A link that leads up again would bring the images of all classes into one.
        self._above = {_identity(folder) for folder in (root, *folders.values())}

    def find(self, folder: Path, classes: tuple[str, ...]) -> ImageFiles:
        """List the files of a split."""
        own = class_folders(folder)
        strangers = [name for name in own if name not in classes]
        if strangers:
            stranger = str(own[strangers[0]][0])
            raise SpecError(f"{stranger!r} is a class that train/ does not have: {', '.join(classes)}")
        for entry in _entries(folder):
            if is_hidden(entry.name) or not _is_folder(entry):
                self._leave_out(entry, LeftOut.LOOSE)
        seen: dict[tuple[int, int], str] = {}
        found: list[tuple[int, tuple[str, ...], Path]] = []
        for label, name in enumerate(classes):
            for top in own.get(name, ()):
                for path in self._walk(top, name, seen):
                    parts = (name, *map(composed, path.relative_to(top).parts))
                    found.append((label, parts, path))
        found.sort()
        return ImageFiles(
            paths=tuple(path for _, _, path in found),
            names=tuple("/".join(parts) for _, parts, _ in found),
            labels=np.array([label for label, _, _ in found], dtype=np.int64),
        )

    def _walk(self, folder: Path, class_name: str, seen: dict[tuple[int, int], str]) -> Iterator[Path]:
        """Yield the images below a folder; a folder that links lead to twice is read once."""
        identity = _identity(folder)
        other = seen.setdefault(identity, class_name)
        if other != class_name:
            raise SpecError(f"{str(folder)!r} is in two classes, {other} and {class_name}: remove one of the links")
        for entry in _entries(folder):
            if is_hidden(entry.name) or not _is_folder(entry):
                if not self._leave_out(entry):
                    yield Path(entry.path)
            elif self._is_read(Path(entry.path), class_name, seen):
                self.left_out[LeftOut.LINK] += 1
            else:
                yield from self._walk(Path(entry.path), class_name, seen)

    def _is_read(self, folder: Path, class_name: str, seen: Mapping[tuple[int, int], str]) -> bool:
        identity = _identity(folder)
        return identity in self._above or seen.get(identity) == class_name

    def _leave_out(self, entry: "os.DirEntry[str]", reason: str | None = None) -> bool:
        """Count an entry that is no image of a class; return False for one that is.

        Args:
            reason: why an image here is none of a class.
        """
        suffix = _suffix(entry.name)
        if is_hidden(entry.name):
            self.left_out[LeftOut.HIDDEN] += _num_files(Path(entry.path)) if _is_folder(entry) else 1
        elif suffix not in picture_suffixes():
            self.left_out[suffix or LeftOut.NO_SUFFIX] += 1
        elif _is_device(entry):
            self.left_out[LeftOut.NO_FILE] += 1
        elif reason is not None:
            self.left_out[reason] += 1
        else:
            return False
        return True

    def count_beside(self) -> None:
        """Count the images of the dataset's folder that are in no split."""
        names = [entry.name for entry in _entries(self._root)]
        for folder in other_folders(self._root):
            names += [name for _, _, files in os.walk(folder) for name in files]
        num = sum(_suffix(name) in picture_suffixes() and not is_hidden(name) for name in names)
        if num:
            self.left_out[LeftOut.BESIDE] = num

    def found_instead(self) -> str:
        """Return what there is in place of images, in brackets."""
        parts = [f"{num} {reason}" for reason, num in sorted(self.left_out.items())]
        return f" (left out: {', '.join(parts)})" if parts else ""


def _entries(folder: Path) -> list["os.DirEntry[str]"]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError as error:
        raise DataError(f"cannot read the folder {str(folder)!r}: {error.strerror}") from error


def _is_folder(entry: "os.DirEntry[str]") -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself
        return False


def _is_device(entry: "os.DirEntry[str]") -> bool:
    """Whether opening an entry may wait forever; a link to nothing is a picture that is missing: reading it says so."""
    try:
        return not entry.is_file() and Path(entry.path).exists()
    except OSError:
        return False


def _suffix(name: str) -> str:
    return os.path.splitext(name)[1].lower()  # noqa: PTH122 - of a million names


def _identity(folder: Path) -> tuple[int, int]:
    found = folder.stat()
    return found.st_dev, found.st_ino


def _num_files(folder: Path) -> int:
    return sum(len(files) for _, _, files in os.walk(folder))

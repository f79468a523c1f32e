"""The images of a run: finding them, reading them, and splitting off what serves for choosing."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torchvision.transforms.v2 import InterpolationMode, functional

from expdb.catalog.datasets import Dataset, dataset, normalisation
from expdb.catalog.models import SMALL_INPUT
from expdb.data.central_crop import central_box, central_squares
from expdb.data.dataset_files import find_reader, missing
from expdb.data.folder_data import read_folder
from expdb.data.holdout import split_training
from expdb.data.image_folders import ImageFiles
from expdb.data.image_source import Labels, Source, check_labels
from expdb.data.test_limit import choose_test
from expdb.domain.spec import DataSpec, RunSpec
from expdb.errors import DataError
from expdb.train.input.download import download as download_dataset

_RESIZE_CHUNK = 4096  # images; bounds the memory that resizing takes


@dataclass(frozen=True, kw_only=True)
class ImageTensor:
    """A split in memory: images (N, C, H, W) uint8, labels (N,) int64."""

    images: torch.Tensor
    labels: torch.Tensor

    def __len__(self) -> int:
        return len(self.labels)


Split = ImageTensor | ImageFiles


@dataclass(frozen=True, kw_only=True)
class TrainingData:
    """The splits of a run. `val` serves for choosing, `test` for reporting only; all are of one kind.

    Attributes:
        mean, std: per channel, of images scaled to [0, 1]; what the run normalises with.
        picture_counts: what reading does to how many files of a folder, and what is left out of it.
    """

    train: Split
    val: Split | None
    test: Split
    mean: tuple[float, ...]
    std: tuple[float, ...]
    picture_counts: Mapping[str, int] | None = None


def find_data(spec: RunSpec, data_dir: Path, *, download: bool = True) -> None:
    """Make sure that the dataset is at hand; download it if it may be. Pictures of a folder are read ahead.

    Raises:
        DataError: it is not there and cannot be downloaded, a picture of a folder cannot be read, or it has another
            number of classes than the spec says.
        SpecError: a folder lacks splits, classes or images, or `val_fraction` or `limit` cannot be had from it.
    """
    entry = dataset(spec.data.dataset)
    if entry.num_classes != spec.data.num_classes:
        raise DataError(
            f"{entry.name} has {entry.num_classes} classes by now, not {spec.data.num_classes}, of which the run was "
            "made: put them back, or run it anew"
        )
    if entry.source == "folder":
        read_folder(spec.data)
    elif find_reader(entry, data_dir) is None:
        if not download:
            raise DataError(missing(entry, data_dir))
        download_dataset(entry, data_dir)


def load_data(spec: RunSpec, data_dir: Path) -> TrainingData:
    """Read the run's images, which `find_data` has looked at; the splits depend on the dataset and `spec.data` alone.

    Raises:
        DataError: the dataset is not there, or an image or a file of it is broken.
        SpecError: `val_fraction`, `limit` or `test_limit` cannot be had from this dataset.
    """
    entry = dataset(spec.data.dataset)
    mean, std = normalisation(spec.data.normalize, entry)
    if entry.source == "folder":
        # `find_data` has decoded them, once for all processes of a team.
        folder = read_folder(spec.data.model_copy(update={"verify": "headers"}))
        return TrainingData(
            train=folder.train, val=folder.val, test=folder.test, mean=mean, std=std, picture_counts=folder.counts
        )
    train, val, test = _load_tensors(spec, entry, data_dir)
    return TrainingData(train=train, val=val, test=test, mean=mean, std=std)


def normalisation_of(spec: RunSpec) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return mean and standard deviation per channel, of images in [0, 1], with which a run normalises."""
    return normalisation(spec.data.normalize, dataset(spec.data.dataset))


def load_test(spec: RunSpec, data_dir: Path, *, most: int) -> Split:
    """Read images of the run's test split, which `find_data` has looked at: as many of each class as can be.

    Args:
        spec: of the run.
        data_dir: where datasets are.
        most: how many; 0: all.

    Raises:
        DataError: the dataset is not there, or an image or a file of it is broken.
    """
    entry = dataset(spec.data.dataset)
    own = spec.data.test_limit
    limit = own if not most or (own is not None and own < most) else most
    data = spec.data.model_copy(update={"test_limit": None, "verify": "headers"})
    reader = None if entry.source == "folder" else find_reader(entry, data_dir)
    if entry.source == "folder":
        files = read_folder(data).test
        return files.of(choose_test(files.labels, _limited(data, limit, len(files))))
    if reader is None:
        raise DataError(missing(entry, data_dir))
    source = reader().test
    check_labels(source.labels, num_classes=entry.num_classes, where=f"the test split of {entry.name}")
    chosen = choose_test(source.labels, _limited(data, limit, len(source.labels)))
    return _read(source, chosen, spec.data.img_size, share=spec.eval.crop)


def places_of_test(spec: RunSpec, data_dir: Path, *, most: int) -> Labels:
    """Return which images of the run's test split `load_test` reads, counted as predictions count them, (n,) int64.

    Raises:
        DataError: the dataset is not there.
        SpecError: as `load_test`.
    """
    entry = dataset(spec.data.dataset)
    data = spec.data.model_copy(update={"verify": "headers"})
    reader = None if entry.source == "folder" else find_reader(entry, data_dir)
    if entry.source == "folder":
        labels = read_folder(data.model_copy(update={"test_limit": None})).test.labels
    elif reader is None:
        raise DataError(missing(entry, data_dir))
    else:
        labels = reader().test.labels
    own = choose_test(labels, data)
    limit = most if most and most < len(own) else None
    used = choose_test(labels, _limited(data.model_copy(update={"test_limit": None}), limit, len(labels)))
    return np.searchsorted(own, used) if limit else np.arange(len(own))


def _limited(data: DataSpec, limit: int | None, num_images: int) -> DataSpec:
    return data if limit is None or limit >= num_images else data.model_copy(update={"test_limit": limit})


def _load_tensors(spec: RunSpec, entry: Dataset, data_dir: Path) -> tuple[ImageTensor, ImageTensor | None, ImageTensor]:
    reader = find_reader(entry, data_dir)
    if reader is None:
        raise DataError(missing(entry, data_dir))
    splits = reader()
    for source, name in ((splits.train, "train"), (splits.test, "test")):
        check_labels(source.labels, num_classes=entry.num_classes, where=f"the {name} split of {entry.name}")
    chosen, held_out = split_training(splits.train.labels, spec.data)
    tested = choose_test(splits.test.labels, spec.data)
    size, share = spec.data.img_size, spec.eval.crop
    train = _read(splits.train, chosen, size, share=share if spec.aug.crop == "none" else 1.0)
    val = _read(splits.train, held_out, size, share=share) if len(held_out) else None
    return train, val, _read(splits.test, tested, size, share=share)


def _read(source: Source, positions: Labels, img_size: int, *, share: float) -> ImageTensor:
    """Read the central square of images at the run's size; small ones stay as they are (see `stored_side`).

    Args:
        source, positions: which images.
        img_size: of the run, in pixels.
        share: side of the square, as a share of the short side.
    """
    pixels = source.read(positions)
    if share < 1:
        left, _, right, _ = central_box(pixels.shape[-1], pixels.shape[-2], share=share)
        pixels = central_squares(pixels, share=share, side=stored_side(right - left, img_size))
    images = torch.from_numpy(pixels)
    side = stored_side(images.shape[-1], img_size)
    if images.shape[-1] != side:
        parts = torch.split(images, _RESIZE_CHUNK)
        images = torch.cat(
            [functional.resize(part, [side, side], InterpolationMode.BILINEAR, antialias=True) for part in parts]
        )
    return ImageTensor(images=images, labels=torch.from_numpy(source.labels[positions]))


def stored_side(native: int, img_size: int) -> int:
    """Return the side in pixels at which images are kept and augmented.

    Images of 32 px enlarged to 224 would take 49 times the memory and the time to augment, for nothing: the device
    enlarges them batch by batch.
    """
    return native if native < img_size and img_size > SMALL_INPUT else img_size

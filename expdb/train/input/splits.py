"""The images of a run: finding them, reading them, and splitting off what serves for choosing."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torchvision.transforms.v2 import InterpolationMode, functional

from expdb.catalog.datasets import Dataset, dataset
from expdb.catalog.models import SMALL_INPUT
from expdb.data.dataset_files import find_reader, missing
from expdb.data.image_folders import ImageFiles, check_headers, find_files, folder_root
from expdb.data.image_source import Labels, Source, check_labels
from expdb.data.stratify import stratified_order
from expdb.data.test_limit import choose_test
from expdb.domain.spec import DataSpec, RunSpec
from expdb.errors import DataError, SpecError
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
    """

    train: Split
    val: Split | None
    test: Split
    mean: tuple[float, ...]
    std: tuple[float, ...]


def find_data(spec: RunSpec, data_dir: Path, *, download: bool = True) -> None:
    """Make sure that the dataset is at hand, without reading images; download it if it may be.

    Raises:
        DataError: it is not there and cannot be downloaded, or a folder lacks splits, classes or images.
    """
    entry = dataset(spec.data.dataset)
    if entry.source == "folder":
        find_files(folder_root(entry.name))
    elif find_reader(entry, data_dir) is None:
        if not download:
            raise DataError(missing(entry, data_dir))
        download_dataset(entry, data_dir)


def load_data(spec: RunSpec, data_dir: Path) -> TrainingData:
    """Read the run's images; the splits depend on the dataset and `spec.data`, never on the seed.

    Raises:
        DataError: the dataset is not there, or an image or a file of it is broken.
        SpecError: `val_fraction`, `limit` or `test_limit` cannot be had from this dataset.
    """
    entry = dataset(spec.data.dataset)
    mean, std = (entry.mean, entry.std) if spec.data.normalize == "dataset" else ((0.5,) * entry.channels,) * 2
    train: Split
    train, val, test = (
        _load_folder(spec.data) if entry.source == "folder" else _load_tensors(spec.data, entry, data_dir)
    )
    return TrainingData(train=train, val=val, test=test, mean=mean, std=std)


def split_training(labels: Labels, data: DataSpec) -> tuple[Labels, Labels]:
    """Return positions for training and for validation, each sorted; the second may be empty.

    Raises:
        SpecError: `val_fraction` leaves one of them without images, or `limit` is more than there is.
    """
    order = stratified_order(labels, stream="validation")
    num_val = round(data.val_fraction * len(labels))
    if data.val_fraction and not 0 < num_val <= len(labels) - 2:
        raise SpecError(
            f"data.val_fraction={data.val_fraction:g} of {len(labels)} training images gives {num_val} for "
            "validation: choose another share"
        )
    val, train = np.sort(order[:num_val]), np.sort(order[num_val:])
    if data.limit is not None:
        if data.limit > len(train):
            raise SpecError(
                f"data.limit={data.limit} has no effect: {data.dataset} has {len(train)} training images; leave it out"
            )
        train = np.sort(train[stratified_order(labels[train], stream="limit")[: data.limit]])
    return train, val


def _load_folder(data: DataSpec) -> tuple[ImageFiles, ImageFiles | None, ImageFiles]:
    files = find_files(folder_root(data.dataset))
    if "val" in files and data.val_fraction:
        raise SpecError(
            f"data.val_fraction={data.val_fraction:g} has no effect: {data.dataset} has a "
            "validation folder; leave it out"
        )
    chosen, held_out = split_training(files["train"].labels, data)
    train, test = files["train"].of(chosen), files["test"].of(choose_test(files["test"].labels, data))
    val = files.get("val") or (files["train"].of(held_out) if len(held_out) else None)
    check_headers([*train.paths, *(val.paths if val else ()), *test.paths])
    return train, val, test


def _load_tensors(
    data: DataSpec, entry: Dataset, data_dir: Path
) -> tuple[ImageTensor, ImageTensor | None, ImageTensor]:
    reader = find_reader(entry, data_dir)
    if reader is None:
        raise DataError(missing(entry, data_dir))
    splits = reader()
    for source, name in ((splits.train, "train"), (splits.test, "test")):
        check_labels(source.labels, num_classes=entry.num_classes, where=f"the {name} split of {entry.name}")
    chosen, held_out = split_training(splits.train.labels, data)
    train = _read(splits.train, chosen, data.img_size)
    val = _read(splits.train, held_out, data.img_size) if len(held_out) else None
    return train, val, _read(splits.test, choose_test(splits.test.labels, data), data.img_size)


def _read(source: Source, positions: Labels, img_size: int) -> ImageTensor:
    """Read images at the run's size; far larger than they are, they stay as they are (see `stored_side`)."""
    images = torch.from_numpy(source.read(positions))
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

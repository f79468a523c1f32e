"""Where each named dataset lies under the data folder, and how it is read. A new kind of source: a function here."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

from expdb.catalog.datasets import DATASETS, Dataset
from expdb.data.cifar_pickles import read_pickles
from expdb.data.idx import read_idx
from expdb.data.image_source import Source, Splits, source_of
from expdb.data.parquet import Jpeg, read_parquet
from expdb.data.stratify import stratified_order

_CIFAR = {
    "cifar10": (
        "cifar-10-batches-py",
        [f"data_batch_{number}" for number in range(1, 6)],
        ["test_batch"],
        "label",
        b"labels",
    ),
    "cifar100": (
        "cifar-100-python",
        ["train"],
        ["test"],
        "fine_label",
        b"fine_labels",
    ),
}
_NUM_DIGITS_TEST = 360

Reader = Callable[[], Splits]


def find_reader(entry: Dataset, data_dir: Path) -> Reader | None:
    """Return a function that reads the dataset from where it lies, or None if it is not there. Reads no image."""
    match entry.source:
        case "digits":
            return _read_digits
        case "cifar":
            return (None if entry.files else _find_pickles(entry, data_dir)) or _find_parquet(entry, data_dir)
        case "fashion_mnist":
            return _find_fashion_mnist(data_dir)
    raise ValueError(entry.source)


def missing(entry: Dataset, data_dir: Path) -> str:
    """Return the line that says what is not there and what to do."""
    return f"no {entry.name} in {str(data_dir)!r}: put {entry.where} there, or set EXPDB_DATA_DIR"


def _find_pickles(entry: Dataset, data_dir: Path) -> Reader | None:
    folder, train_names, test_names, _, label_key = _CIFAR[entry.name]
    for root in (data_dir / folder, data_dir / entry.name / folder):
        train, test = [root / name for name in train_names], [root / name for name in test_names]
        if all(file.is_file() for file in train + test):
            read = partial(read_pickles, label_key=label_key)
            return partial(_read_both, partial(read, train), partial(read, test))
    return None


def _find_parquet(entry: Dataset, data_dir: Path) -> Reader | None:
    name = entry.files or entry.name
    column = _CIFAR[name][3]
    train, test = (parquet_files(entry, data_dir, split) for split in ("train", "test"))
    if not train or not test:
        return None
    read = partial(read_parquet, label_column=column, size=entry.img_size, jpeg=_jpeg_of(entry))
    return partial(_read_both, partial(read, train), partial(read, test))


def _jpeg_of(entry: Dataset) -> Jpeg:
    """Return what is to be done with files that are JPEG, where the dataset's own are not."""
    if entry.files:
        return Jpeg(is_required=True, advice=f"the dataset is {entry.files} itself")
    copy = next((one.name for one in DATASETS.values() if one.files == entry.name), None)
    return Jpeg(advice=f"say --dataset {copy}" if copy else "say so beside every number")


def parquet_files(entry: Dataset, data_dir: Path, split: str) -> list[Path]:
    """Return the shards of a split in the order in which they are read; none where there are none."""
    return sorted((data_dir / (entry.files or entry.name)).glob(f"**/{split}-*.parquet"))


def _find_fashion_mnist(data_dir: Path) -> Reader | None:
    for root in (data_dir / "FashionMNIST" / "raw", data_dir / "fashion_mnist"):
        names = [f"{split}-{kind}-ubyte" for split in ("train", "t10k") for kind in ("images-idx3", "labels-idx1")]
        files = [file for name in names for file in (root / name, root / f"{name}.gz") if file.is_file()]
        found = {file.name.removesuffix(".gz"): file for file in reversed(files)}
        if len(found) == len(names):
            train_images, train_labels, test_images, test_labels = (found[name] for name in names)
            read_train = partial(read_idx, train_images, train_labels)
            return partial(_read_both, read_train, partial(read_idx, test_images, test_labels))
    return None


def _read_both(train: Callable[[], Source], test: Callable[[], Source]) -> Splits:
    return Splits(train=train(), test=test())


def _read_digits() -> Splits:
    """Read scikit-learn's digits: 1437 for training, 360 for testing, always the same ones."""
    from sklearn.datasets import load_digits

    bunch = load_digits()
    images = (bunch.images * (255 / 16)).round().astype(np.uint8)[:, None]
    labels = bunch.target.astype(np.int64)
    order = stratified_order(labels, stream="digits")
    test, train = np.sort(order[:_NUM_DIGITS_TEST]), np.sort(order[_NUM_DIGITS_TEST:])
    return Splits(train=source_of(images[train], labels[train]), test=source_of(images[test], labels[test]))

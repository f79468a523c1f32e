"""Downloading a named dataset with torchvision."""

import re
import shutil
import tempfile
from pathlib import Path

import torchvision

from expdb.catalog.datasets import Dataset
from expdb.data.dataset_files import missing
from expdb.errors import DataError

_CIFAR = {
    "cifar10": ("cifar-10-batches-py", torchvision.datasets.CIFAR10),
    "cifar100": ("cifar-100-python", torchvision.datasets.CIFAR100),
}


def download(entry: Dataset, data_dir: Path) -> None:
    """Download the dataset into the data folder with torchvision, which shows its progress.

    Raises:
        DataError: there is no network, the server answers badly, or the folder cannot be written.
    """
    if entry.files:
        raise DataError(f"{missing(entry, data_dir)}; nobody publishes it, so it cannot be downloaded")
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        if entry.source == "cifar":
            _download_cifar(entry, data_dir)
        else:
            torchvision.datasets.FashionMNIST(data_dir, download=True)
    except (OSError, RuntimeError, EOFError) as error:
        reason = re.sub(r"\s+", " ", str(error))
        raise DataError(f"{missing(entry, data_dir)}; downloading it failed: {reason}") from error


def _download_cifar(entry: Dataset, data_dir: Path) -> None:
    folder, published = _CIFAR[entry.name]
    # Unpacked elsewhere first: an interrupted download leaves no half dataset behind.
    with tempfile.TemporaryDirectory(dir=data_dir, prefix=".download-") as temporary:
        torchvision.datasets.utils.download_and_extract_archive(
            published.url, temporary, filename=published.filename, md5=published.tgz_md5
        )
        shutil.copytree(Path(temporary) / folder, data_dir / folder, dirs_exist_ok=True)

"""CIFAR's Python pickles, read without trusting them."""

import pickle
from pathlib import Path
from typing import Any

import numpy as np

from expdb.data.image_source import Source, source_of
from expdb.errors import DataError

# All that an array of numbers is made of, in the old and the new module layout of numpy.
_ALLOWED = {
    (module, name)
    for module, name in (
        ("numpy", "dtype"),
        ("numpy", "ndarray"),
        ("numpy.core.multiarray", "_reconstruct"),
        ("numpy._core.multiarray", "_reconstruct"),
        ("_codecs", "encode"),  # how protocol 2 writes bytes
    )
}
_NUM_VALUES = 3 * 32 * 32


class _ArrayUnpickler(pickle.Unpickler):
    """Loads arrays, lists, numbers and text; anything else in the pickle (code to run, say) is an error."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _ALLOWED:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}, which an image file has no use for")
        return super().find_class(module, name)


def read_pickles(files: list[Path], *, label_key: bytes) -> Source:
    """Read CIFAR batches: `data` (N, 3072) uint8 channel-first, and labels under `label_key`.

    Raises:
        DataError: a file is cut short, holds something else, or asks for code to be run.
    """
    parts = [_read_batch(file, label_key) for file in files]
    images = np.concatenate([images for images, _ in parts])
    return source_of(images.reshape(-1, 3, 32, 32), np.concatenate([labels for _, labels in parts]))


def _read_batch(file: Path, label_key: bytes) -> tuple[Any, Any]:
    try:
        with file.open("rb") as stream:
            batch = _ArrayUnpickler(stream, encoding="bytes").load()
        images, labels = np.asarray(batch[b"data"]), np.asarray(batch[label_key], dtype=np.int64)
    except Exception as error:  # a damaged pickle raises anything
        raise DataError(f"{str(file)!r} is no CIFAR batch: {error!r}") from error
    if images.dtype != np.uint8 or images.shape != (len(labels), _NUM_VALUES):
        raise DataError(
            f"{str(file)!r} is no CIFAR batch: data {images.dtype}{images.shape} for {len(labels)} labels, "
            f"not uint8 ({len(labels)}, {_NUM_VALUES})"
        )
    return images, labels

"""The idx format of MNIST and Fashion-MNIST."""

import gzip
import struct
import zlib
from pathlib import Path

import numpy as np

from expdb.data.image_source import Source, source_of
from expdb.errors import DataError

_UINT8 = 0x08


def read_idx(images_file: Path, labels_file: Path) -> Source:
    """Read grey images and their labels from a pair of idx files, gzipped or not.

    Raises:
        DataError: a file is cut short or something else, or the two do not belong together.
    """
    images, labels = _read_array(images_file, num_dimensions=3), _read_array(labels_file, num_dimensions=1)
    if len(images) != len(labels):
        raise DataError(f"{str(images_file)!r} has {len(images)} images, {str(labels_file)!r} {len(labels)} labels")
    return source_of(images[:, None], labels.astype(np.int64))


def _read_array(file: Path, *, num_dimensions: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    try:
        content = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
        magic, *shape = struct.unpack_from(f">{1 + num_dimensions}I", content)
        values = np.frombuffer(content, np.uint8, offset=4 * (1 + num_dimensions)).reshape(shape)
    except (OSError, EOFError, zlib.error, struct.error, ValueError) as error:
        raise DataError(f"{str(file)!r} is no idx file with {num_dimensions} dimensions of bytes: {error}") from error
    if magic != _UINT8 * 256 + num_dimensions:
        raise DataError(f"{str(file)!r} is no idx file with {num_dimensions} dimensions of bytes: it starts {magic:#x}")
    return values

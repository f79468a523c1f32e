"""Images in Hugging Face's parquet layout: a struct column with the encoded file, and an integer column."""

import io
import warnings
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from PIL import Image, UnidentifiedImageError

from expdb.data.cpus import num_usable_cpus
from expdb.data.image_source import Images, Labels, Source
from expdb.errors import DataError, TrainingWarning

_JPEG: Final = b"\xff\xd8"  # what these files begin with


@dataclass(frozen=True, kw_only=True)
class Jpeg:
    """What is known of a dataset whose files are, or are not, JPEG.

    Attributes:
        is_required: they are; else they should not be, for what was saved so lost some of the image.
        advice: what to do where it is otherwise.
    """

    is_required: bool = False
    advice: str


def read_parquet(files: list[Path], *, label_column: str, size: int, jpeg: Jpeg) -> Source:
    """Read the labels of parquet shards; their images are decoded when asked for, by threads.

    Args:
        label_column: `label`, or `fine_label` for CIFAR-100.
        size: side in pixels that every image must have.
        jpeg: whether the files should be JPEG.

    Raises:
        DataError: a shard is no parquet file or lacks the columns, or its files should be JPEG; later: an image is
            broken.
    """
    try:
        table = pa.concat_tables([pq.read_table(file, columns=["img", label_column]) for file in files])
        labels = table[label_column].to_numpy().astype(np.int64)
        encoded = pc.struct_field(table["img"], "bytes")
    except (pa.ArrowException, OSError, KeyError) as error:
        reason = str(error).splitlines()[0]
        raise DataError(
            f"{str(files[0])!r} does not hold the columns img (struct with bytes) and {label_column}: {reason}"
        ) from error

    _check_jpeg(encoded, files[0].parent, jpeg)

    def read(positions: Labels) -> Images:
        chosen = encoded.take(pa.array(positions)).to_pylist()
        images = np.empty((len(chosen), 3, size, size), dtype=np.uint8)
        with ThreadPoolExecutor(num_usable_cpus()) as pool:
            jobs = pool.map(_decode, chosen)
            for slot, position in enumerate(positions):
                try:
                    images[slot] = _sized(next(jobs), size)
                except (OSError, ValueError, TypeError, SyntaxError, UnidentifiedImageError) as error:
                    raise DataError(f"image {position} of {str(files[0].parent)!r} is broken: {error}") from error
        return images

    return Source(labels=labels, read=read)


def _check_jpeg(encoded: pa.ChunkedArray, folder: Path, jpeg: Jpeg) -> None:
    first = encoded[0].as_py() if len(encoded) else None
    is_jpeg = isinstance(first, bytes) and first.startswith(_JPEG)
    if jpeg.is_required and not is_jpeg:
        raise DataError(f"the images in {str(folder)!r} are no JPEG files: {jpeg.advice}")
    if is_jpeg and not jpeg.is_required:
        told = f"the images in {str(folder)!r} were saved as JPEG, which costs accuracy: {jpeg.advice}"
        warnings.warn(told, TrainingWarning, stacklevel=2)


def read_paths(files: list[Path]) -> list[str | None]:
    """Return the path of each image, as whoever made the shards noted it; None where nobody did.

    Raises:
        DataError: a shard is no parquet file or lacks the column.
    """
    try:
        table = pa.concat_tables([pq.read_table(file, columns=["img"]) for file in files])
        found: list[str | None] = pc.struct_field(table["img"], "path").to_pylist()
    except (pa.ArrowException, OSError, KeyError) as error:
        raise DataError(f"{str(files[0])!r} notes no paths of its images: {str(error).splitlines()[0]}") from error
    return found


def _decode(encoded: bytes) -> Images:
    with Image.open(io.BytesIO(encoded)) as image:
        return np.asarray(image.convert("RGB")).transpose(2, 0, 1)


def _sized(pixels: Images, size: int) -> Images:
    if pixels.shape[1:] != (size, size):
        raise ValueError(f"{pixels.shape[2]}x{pixels.shape[1]} pixels, not {size}x{size}")
    return pixels

"""Before a run: whether every picture of a folder can be read, and what reading them does. Imports no torch."""

import warnings
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import lru_cache, partial
from pathlib import Path
from typing import Final

import numpy as np

from expdb.data.cpus import num_usable_cpus
from expdb.data.image_folders import ImageFiles
from expdb.data.pictures import open_rgb, reading_of
from expdb.domain.spec import DataSpec
from expdb.errors import DataError

MOST_DECODED: Final = 2_000_000_000  # bytes of files; reading more takes minutes
_NUM_THREADS: Final = 8
_SIXTEEN_BITS: Final = "scaled from 16 bits"
_NEARLY_BLACK: Final = 16  # of 255: what 12 bits are in the range of 16


def read_ahead(splits: Sequence[ImageFiles], data: DataSpec) -> tuple[list[ImageFiles], bool]:
    """Open every picture, decode it if `data.verify` wants it, and note what reading it does.

    Pictures whose range is not in their header are always decoded.

    Returns:
        The splits with their readings, and whether all pictures were decoded.

    Raises:
        DataError: naming the first picture that cannot be read, and how many more there are.
    """
    paths = [path for files in splits for path in files.paths]
    is_whole = data.verify == "all" or (data.verify == "auto" and _num_bytes(paths) <= MOST_DECODED)
    look = partial(_look, data=data, is_whole=is_whole)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow's, of damage that no pixel suffers from
        with ThreadPoolExecutor(max(_NUM_THREADS, num_usable_cpus())) as pool:
            found = list(pool.map(look, paths))
    errors = [outcome for outcome in found if isinstance(outcome, DataError)]
    if errors:
        more = f" (and {len(errors) - 1:,} more such files)" if len(errors) > 1 else ""
        raise DataError(f"{errors[0]}{more}") from errors[0]
    seen = [outcome for outcome in found if not isinstance(outcome, DataError)]
    _require_range([shown for readings, shown in seen if _SIXTEEN_BITS in readings])
    all_readings = iter(readings for readings, _ in seen)
    return [replace(files, readings=tuple(next(all_readings) for _ in files.paths)) for files in splits], is_whole


def _look(path: Path, *, data: DataSpec, is_whole: bool) -> tuple[tuple[str, ...], int | None] | DataError:
    try:
        found = path.stat()
        return _seen(path, found.st_mtime_ns, found.st_size, data.max_megapixels, is_whole)
    except OSError as error:
        return DataError(f"cannot read the image {str(path)!r}: {error.strerror}")
    except DataError as error:
        return error


@lru_cache(maxsize=1 << 20)
def _seen(
    path: Path,
    changed_at: int,  # noqa: ARG001 - this and the size are part of the key: a file is read again when it has changed
    num_bytes: int,  # noqa: ARG001
    max_megapixels: float,
    is_whole: bool,  # noqa: FBT001
) -> tuple[tuple[str, ...], int | None]:
    """Return what reading a picture does, and its brightest value if it was decoded."""
    data = DataSpec(max_megapixels=max_megapixels)
    readings = reading_of(path, data)
    if not is_whole and not any(reading.startswith("scaled") for reading in readings):
        return readings, None
    return readings, int(np.asarray(open_rgb(path, data)).max())


def _num_bytes(paths: Sequence[Path]) -> int:
    total = 0
    for path in paths:
        try:
            total += path.stat().st_size
        except OSError:
            continue  # reading it says why
    return total


def _require_range(brightest: Sequence[int | None]) -> None:
    """Refuse 12 bits in files of 16 that do not say so: every picture would be nearly black."""
    shown = [value for value in brightest if value]
    if shown and max(shown) <= _NEARLY_BLACK:
        raise DataError(
            f"none of the {len(brightest):,} pictures of 16 bits uses more than a 16th of that range: they seem to "
            "hold 12 bits; multiply their values by 16, or state MaxSampleValue=4095 (TIFF)"
        )

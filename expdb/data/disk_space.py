"""Whether there is room for a file, and what is said where there is none."""

import errno
import math
import re
import resource
import shutil
from collections.abc import Iterable
from pathlib import Path

from expdb.errors import UnwrittenError

_WORDS_OF_A_NUMBER = re.compile(r"\(os error (\d+)\)")  # as libraries written in Rust pass on the system's error
_LACK_OF_SPACE = (errno.ENOSPC, errno.EDQUOT)


def free_bytes(folder: Path) -> float:
    """Return how much may be written into a folder that need not be there yet; infinity where nobody knows."""
    existing = next((path for path in (folder, *folder.parents) if path.is_dir()), folder)
    try:
        return shutil.disk_usage(existing).free
    except OSError:
        return math.inf


def files_bytes(folder: Path) -> int:
    """Return how much the files of a folder take; 0 where it is not there. Links are not followed."""
    try:
        return sum(path.lstat().st_size for path in folder.iterdir())
    except OSError:
        return 0


def require_room(folder: Path, sizes: Iterable[int], *, freed: int = 0) -> None:
    """Check that there is room for files of so many bytes.

    Args:
        freed: what can be deleted for them.

    Raises:
        OSError: ENOSPC, or EFBIG where one is larger than a file of this process may be.
    """
    sizes = list(sizes)
    if max(sizes, default=0) > _most_bytes_of_a_file():
        raise OSError(errno.EFBIG, "File too large")
    if sum(sizes) > free_bytes(folder) + freed:
        raise OSError(errno.ENOSPC, "No space left on device")


def unwritten(error: Exception, what: str, folder: Path, num_bytes: int) -> UnwrittenError:
    """Return what is said of something in a folder that could not be written, in one line."""
    number = _number_of(error, folder, num_bytes)
    match number:
        case errno.ENOSPC:
            why, way_out = f"the disk is full ({size_text(free_bytes(folder))} free)", "free space"
        case errno.EDQUOT:
            why, way_out = "your quota of the disk is used up", "free space"
        case errno.EFBIG:
            limit = size_text(_most_bytes_of_a_file())
            why, way_out = f"no file may be larger than {limit} here", "raise the limit (ulimit -f)"
        case _:
            why = getattr(error, "strerror", None) or next(iter(str(error).splitlines()), type(error).__name__)
            way_out = "mend that"
    return UnwrittenError(
        f"cannot write {what} ({size_text(num_bytes)}) in {str(folder)!r}: {why}",
        reason="disk full" if number in (*_LACK_OF_SPACE, errno.EFBIG) else "cannot write",
        way_out=way_out,
        is_lack_of_space=number in _LACK_OF_SPACE,
    )


def size_text(num_bytes: float) -> str:
    """Return a size as people say it: three digits at most before the unit, one behind the point of small numbers.

    >>> [size_text(number) for number in (0, 812, 9_400, 5_310_000, 44_200_000, 1_250_000_000)]
    ['0 kB', '1 kB', '9 kB', '5.3 MB', '44 MB', '1.2 GB']
    """
    if num_bytes < 1e6:
        return f"{math.ceil(num_bytes / 1e3) if num_bytes < 1e3 else num_bytes / 1e3:.0f} kB"
    number, unit = (num_bytes / 1e6, "MB") if num_bytes < 1e9 else (num_bytes / 1e9, "GB")
    return f"{number:.1f} {unit}" if number < 10 else f"{number:.0f} {unit}"


def _number_of(error: Exception, folder: Path, num_bytes: int) -> int | None:
    """Return the system's number of an error. PyTorch keeps it to itself: then the cause is looked for."""
    if isinstance(error, OSError):
        return error.errno
    if told := _WORDS_OF_A_NUMBER.search(str(error)):
        return int(told[1])
    try:
        require_room(folder, [num_bytes])
    except OSError as cause:
        return cause.errno
    return None


def _most_bytes_of_a_file() -> float:
    limit, _ = resource.getrlimit(resource.RLIMIT_FSIZE)
    return math.inf if limit == resource.RLIM_INFINITY else limit

"""Files that are either whole or not there."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from expdb.data.disk_space import unwritten
from expdb.data.run_files import file_mode


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary path beside `path`; when the block ends well, sync it to disk and rename it to `path`.

    When the block raises (a key press included), `path` stays as it was and the temporary file is removed. The file is
    for this user, and for the group where its folder is.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    temporary.unlink(missing_ok=True)  # a link that somebody put there would be written through
    try:
        yield temporary
        temporary.chmod(file_mode(path.parent))
        sync(temporary)
        temporary.replace(path)
        sync(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


def write_whole(data: bytes, path: Path) -> None:
    """Write a file that is never seen half-written.

    Raises:
        UnwrittenError: the system does not let it be; then nothing of it stays.
    """
    try:
        with replacing(path) as temporary:
            temporary.write_bytes(data)
    except OSError as error:
        raise unwritten(error, repr(path.name), path.parent, len(data)) from error


def remove_leftovers(path: Path) -> None:
    """Remove what processes that were killed left of writing a file."""
    for leftover in path.parent.glob(f".{path.name}.*.tmp"):
        leftover.unlink(missing_ok=True)


def sync(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

"""A lock that processes hold while they create or upgrade an SQLite file. A dead process frees it."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from expdb.errors import StoreError


@contextmanager
def file_lock(path: Path, *, label: str, wait_seconds: float) -> Iterator[None]:
    """Hold the lock of a file: `NAME.lock` beside it, which is gone afterwards.

    Args:
        path: of the file; it need not exist.
        label: what errors call it.
        wait_seconds: how long to wait for another process.

    Raises:
        StoreError: another process holds it all the while, or files cannot be locked there.
    """
    from filelock import FileLock, Timeout  # which only few starts need

    lock_path = path.with_name(f"{path.name}.lock")
    lock = FileLock(lock_path, timeout=wait_seconds, mode=0o600, fallback_to_soft=False)
    try:
        lock.acquire()
    except Timeout as error:
        raise StoreError(f"{label}: another process is creating or upgrading it (waited {wait_seconds:g} s)") from error
    except OSError as error:
        raise StoreError(
            f"{label}: {lock_path} cannot be locked ({error.strerror or error}): SQLite needs a local disk"
        ) from error
    try:
        yield
    finally:
        # While it is held: whoever waits sees that the file is gone, and makes a new one.
        with suppress(OSError):  # where an open file cannot be removed it stays, and does no harm
            lock_path.unlink()
        lock.release()

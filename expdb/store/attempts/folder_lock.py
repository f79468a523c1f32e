"""The lock on a run's folder: held by the process that records its attempt, freed by the system when that dies.

The locked file says who holds it, and its time of change is that process's last sign of life.
"""

import errno
import fcntl
import json
import os
import stat
import time
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Self

from expdb.domain.run import CRASH_SECONDS, ProcessIdentity
from expdb.errors import FolderInUseError, LaunchError
from expdb.store.attempts.process import is_gone, read_process, this_process

LOCK_FILE = "lock"

# Who looks at a lock holds it for a moment, and loader processes of one that was killed keep it for some seconds.
_LOOKING_SECONDS = 10.0

# Of file systems that know no locks: there heartbeats and the fence have to do.
_NO_LOCKS = (errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS, errno.EINVAL)


class FolderLock:
    """Holds the lock of a run's folder while the block lasts."""

    def __init__(self, folder: Path, *, run_id: int) -> None:
        self._path, self._run_id = folder / LOCK_FILE, run_id
        self._file: int | None = None

    def __enter__(self) -> Self:
        """Take the lock.

        Raises:
            FolderInUseError: another process holds it, or shows signs of life.
            LaunchError: there can be no lock.
        """
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
        try:
            self._file = os.open(self._path, flags, 0o600)
            self._lock(self._file)
            _require_silence(self._file, self._run_id)
            os.ftruncate(self._file, 0)
            os.pwrite(self._file, json.dumps(asdict(this_process())).encode(), 0)
        except OSError as error:
            self._close()
            if error.errno in (errno.ELOOP, errno.EISDIR, errno.ENXIO):
                raise LaunchError(f"{str(self._path)!r} is no regular file: remove it") from error
            raise LaunchError(f"cannot lock {str(self._path)!r}: {error.strerror}") from error
        except BaseException:
            self._close()
            raise
        return self

    def __exit__(
        self, error_type: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._file is not None:
            with suppress(OSError):
                os.ftruncate(self._file, 0)  # nobody holds it: not even for those who do not see the lock
        self._close()

    def beat(self) -> None:
        """Show a sign of life in the folder, which needs no database."""
        if self._file is not None:
            with suppress(OSError):
                os.utime(self._file)

    def _lock(self, file: int) -> None:
        if not stat.S_ISREG(os.fstat(file).st_mode):
            raise LaunchError(f"{str(self._path)!r} is no regular file: remove it")
        give_up_at = time.monotonic() + _LOOKING_SECONDS
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except BlockingIOError as error:
                holder = _holder(file)
                is_named = holder.pid is not None and not is_gone(holder)
                if is_named or time.monotonic() > give_up_at:
                    of_process = f" (process {holder.pid} on {holder.host})" if is_named else ""
                    who = "this process" if holder == this_process() else f"another process of this machine{of_process}"
                    raise FolderInUseError(f"run {self._run_id} is being recorded by {who}: stop that first") from error
                time.sleep(0.02)
            except OSError as error:
                if error.errno not in _NO_LOCKS:
                    raise
                return

    def _close(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None


def is_held(folder: Path) -> bool:
    """Whether some process holds the lock of a run's folder, or showed a sign of life there of late."""
    try:
        file = os.open(folder / LOCK_FILE, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        if not stat.S_ISREG(os.fstat(file).st_mode):
            return False
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        return _silent_seconds(file) is not None
    except BlockingIOError:
        return not is_gone(_holder(file))
    except OSError:
        return _silent_seconds(file) is not None
    finally:
        os.close(file)


def _require_silence(file: int, run_id: int) -> None:
    """Raise LaunchError if a process that may be alive, elsewhere or unseen from here, showed a sign of life."""
    seconds = _silent_seconds(file)
    if seconds is not None:
        holder = _holder(file)
        raise FolderInUseError(
            f"run {run_id} is being recorded by process {holder.pid} on {holder.host} (last sign of life in its folder "
            f"{seconds:.0f} s ago): stop that first, or wait until it is {CRASH_SECONDS:g} s old"
        )


def _silent_seconds(file: int) -> float | None:
    """Return how old the sign of a holder is that may be alive; None where it is gone, silent, or there is none."""
    holder = _holder(file)
    seconds = max(0.0, time.time() - os.fstat(file).st_mtime)
    return None if holder.pid is None or is_gone(holder) or seconds > CRASH_SECONDS else seconds


def _holder(file: int) -> ProcessIdentity:
    return read_process(os.pread(file, 4096, 0))

"""Opening files of a run's folder: regular files of that folder, and what they are called in it; no link is followed.

Whoever may write into a folder, by an upload or a container, could otherwise show and change any file of its reader.
"""

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO

PRIVATE_FOLDER, GROUP_FOLDER = 0o700, 0o750
PRIVATE_FILE, GROUP_FILE = 0o600, 0o640


def run_file(folder: Path, name: str) -> Path:
    """Return the path of a file in a run's folder that may be opened with `open_run_file`.

    Raises:
        OSError: it is not there, or refused; the error names it.
    """
    if name in ("", ".", "..") or "/" in name or "\0" in name:
        raise OSError(errno.EINVAL, "it is no file's name in the folder of a run", name)
    with open_run_file(folder / name):
        return folder / name


def open_run_file(path: Path) -> BinaryIO:
    """Open a file of a run for reading.

    Raises:
        FileNotFoundError: it is not there.
        OSError: it or its folder is a link, it is no regular file, or cannot be read; the error names it.
    """
    return _opened(path, os.O_RDONLY)


def read_run_file(path: Path) -> bytes:
    """Return all of a file of a run. Raises OSError, as `open_run_file`."""
    with open_run_file(path) as file:
        return file.read()


def append_to_run_file(path: Path) -> BinaryIO:
    """Open a file of a run for adding to it, unbuffered; it is made, as readable as its folder. Raises OSError."""
    return _opened(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)


def file_mode(folder: Path) -> int:
    """Return with which permissions a file is made in a folder: for the group too, where the folder is."""
    return GROUP_FILE if is_for_group(folder) else PRIVATE_FILE


def is_for_group(path: Path) -> bool:
    """Whether the group may read a file or folder, and nobody else."""
    mode = path.stat().st_mode
    return bool(mode & 0o040 and not mode & 0o007)


def make_folder(path: Path, *, is_group_readable: bool) -> None:
    """Make a folder for this user, or also for the group to read, whatever the umask; one that is there stays so.

    Raises:
        OSError: it cannot be made.
    """
    mode = GROUP_FOLDER if is_group_readable else PRIVATE_FOLDER
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        path.mkdir(mode=mode)
    except FileExistsError:
        if not path.is_dir():
            raise
        return
    path.chmod(mode)


def make_file(path: Path, *, is_group_readable: bool) -> None:
    """Make an empty file for this user, or also for the group to read, whatever the umask; one that is there stays so.

    Raises:
        OSError: it cannot be made.
    """
    mode = GROUP_FILE if is_group_readable else PRIVATE_FILE
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    except FileExistsError:
        return
    try:
        os.fchmod(descriptor, mode)
    finally:
        os.close(descriptor)


def _opened(path: Path, flags: int) -> BinaryIO:
    # The folder first, and the file from it: between two looks at a path anybody could put a link there.
    folder = _open(path.parent, os.O_RDONLY | os.O_DIRECTORY, None)
    try:
        # Without waiting: a pipe in place of the file has no other end.
        descriptor = _open(path, flags | os.O_NONBLOCK, folder)
    finally:
        os.close(folder)
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "it is no regular file", str(path))
    if flags & os.O_CREAT and found.st_size == 0:
        os.fchmod(descriptor, file_mode(path.parent))  # whatever the umask
    return os.fdopen(descriptor, "rb") if flags == os.O_RDONLY else os.fdopen(descriptor, "ab", buffering=0)


def _open(path: Path, flags: int, folder: int | None) -> int:
    mode = file_mode(path.parent) if flags & os.O_CREAT else 0
    try:
        return os.open(path if folder is None else path.name, flags | os.O_NOFOLLOW | os.O_CLOEXEC, mode, dir_fd=folder)
    except OSError as error:
        if path.is_symlink():
            raise OSError(errno.ELOOP, "it is a symbolic link, which is not followed", str(path)) from error
        raise OSError(error.errno, error.strerror, str(path)) from error

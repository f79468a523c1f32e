"""A checkpoint on disk: a folder that is whole or not there, and that is not trusted when it is read."""

import errno
import hashlib
import json
import os
import pickle  # for its errors
import shutil
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from expdb.data.atomic_files import sync
from expdb.train.checkpoint_state import STATE_FILE, TABLE_SUFFIX, State, read_state, write_state
from expdb.train.device import is_out_of_memory

_MANIFEST = "manifest.json"
_FORM = 1
_MOST_MANIFEST_BYTES = 100_000


class BrokenCheckpointError(Exception):
    """A checkpoint is not what was written, or of something else."""


def write_checkpoint(state: Mapping[str, Any], target: Path, *, spec_digest: str) -> None:
    """Write a state after an epoch as a folder of that number; what cannot be written leaves nothing behind."""
    folder = target.parent
    if folder.is_symlink():
        raise OSError(errno.ELOOP, "it is a link")
    folder.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f"{target.name}.{os.getpid()}.tmp")
    try:
        temporary.mkdir()
        write_state(state, temporary)
        files = {path.name: _sha256(path) for path in sorted(temporary.iterdir())}
        manifest = {"form": _FORM, "epoch": int(target.name), "spec": spec_digest, "files": files}
        (temporary / _MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
        for path in (*temporary.iterdir(), temporary):
            sync(path)
        remove_tree(target)  # a torn one, or this run would not have been here again
        temporary.rename(target)
        sync(folder)
    finally:
        remove_tree(temporary)


def read_checkpoint(path: Path, *, spec_digest: str, most_bytes: int) -> State:
    """Read a checkpoint, if it is of this spec and every file of it is as it was written.

    Nothing in it is run, no link is followed, and what is larger than a checkpoint of the run can be is not read.

    Raises:
        BrokenCheckpointError: it is not; with the reason.
    """
    try:
        _check_files(path, _read_manifest(path, spec_digest), most_bytes=most_bytes)
        return read_state(path)
    except BrokenCheckpointError:
        raise
    except FileNotFoundError as error:
        raise BrokenCheckpointError(f"{Path(error.filename or path).name} is missing") from error
    except OSError as error:
        raise BrokenCheckpointError(f"{Path(error.filename or path).name}: {error.strerror}") from error
    except Exception as error:  # whatever a forged file makes a library raise
        if is_out_of_memory(error):
            raise
        raise BrokenCheckpointError(_reason(error)) from error


def remove_tree(path: Path) -> None:
    """Remove a folder or a link as well as it can be."""
    if path.is_symlink() or path.is_file():
        path.unlink(missing_ok=True)
    else:
        shutil.rmtree(path, ignore_errors=True)


def _read_manifest(path: Path, spec_digest: str) -> object:
    """Return the checksums of a checkpoint's files, by name."""
    if path.is_symlink() or not path.is_dir():
        raise BrokenCheckpointError("it is no folder")
    if _size(path / _MANIFEST) > _MOST_MANIFEST_BYTES:
        raise BrokenCheckpointError(f"{_MANIFEST} is too large")
    manifest = json.loads((path / _MANIFEST).read_bytes())
    if not isinstance(manifest, dict):
        raise BrokenCheckpointError(f"{_MANIFEST} is no table")
    for key, expected in {"form": _FORM, "epoch": int(path.name), "spec": spec_digest}.items():
        if manifest.get(key) != expected:
            raise BrokenCheckpointError(f"its {key} is {str(manifest.get(key))[:20]}, not {str(expected)[:20]}")
    return manifest.get("files")


def _check_files(path: Path, checksums: object, *, most_bytes: int) -> None:
    if not isinstance(checksums, dict) or STATE_FILE not in checksums:
        raise BrokenCheckpointError(f"{_MANIFEST} names no {STATE_FILE}")
    there = {file.name for file in path.iterdir()} - {_MANIFEST}
    for name in sorted(there ^ checksums.keys()):
        raise BrokenCheckpointError(f"{name[:60]} is {'not of it' if name in there else 'missing'}")
    for name in sorted(there):
        if name != STATE_FILE and not name.endswith(TABLE_SUFFIX):
            raise BrokenCheckpointError(f"{name[:60]} is not of it")
    if sum(_size(path / name) for name in there) > most_bytes:
        raise BrokenCheckpointError("it is larger than any of this run")
    for name in sorted(there):
        if _sha256(path / name) != checksums[name]:
            raise BrokenCheckpointError(f"{name} is not as it was written")


def _size(path: Path) -> int:
    """Return the size of a regular file. Raises BrokenCheckpointError for everything else, such as a link."""
    found = path.lstat()
    if not stat.S_ISREG(found.st_mode):
        raise BrokenCheckpointError(f"{path.name} is {'a link' if stat.S_ISLNK(found.st_mode) else 'no file'}")
    return found.st_size


def _reason(error: Exception) -> str:
    first = next((line.strip() for line in str(error).splitlines() if line.strip()), "")
    if isinstance(error, pickle.UnpicklingError):  # its text is a page about other ways to load
        return f"{STATE_FILE} holds more than numbers and text, or is none of PyTorch's files"
    return f"{type(error).__name__}: {first[:120]}"


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

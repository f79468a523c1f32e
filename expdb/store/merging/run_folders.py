"""Copying the folder of a run: regular files only, whole or not at all, and nothing that is here is written over."""

import hashlib
import os
import shutil
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from glob import escape
from pathlib import Path

from expdb.data.atomic_files import sync
from expdb.data.run_files import file_mode, is_for_group, make_folder
from expdb.errors import StoreError
from expdb.store.artifact_roots import ArtifactRoots

_AT_ONCE = 1 << 20  # bytes
_SPARE = 16 << 20  # bytes that are to stay free on the disk
_OF_PROCESSES = ("lock",)  # what says that a process is at work there


@dataclass(kw_only=True)
class CopiedFiles:
    """What became of a run's files.

    Attributes:
        num_files, num_bytes: that were copied.
        told: what was not, a line each.
    """

    num_files: int = 0
    num_bytes: int = 0
    told: list[str] = field(default_factory=list)


def folder_there(roots: ArtifactRoots, artifact_dir: str | None) -> Path | None:
    """Return the folder of a run's files; None where there is none, or it is not inside a root."""
    if artifact_dir is None or artifact_dir in ("", ".", "..") or "/" in artifact_dir or "\0" in artifact_dir:
        return None
    folder = roots.holding(artifact_dir) / artifact_dir
    return folder if folder.is_dir() and not folder.is_symlink() else None


def missing_bytes(source: Path, target: Path) -> int:
    """Return how many bytes copying a folder would write, by the sizes of its files."""
    return sum(size for name, size in _files(source, []) if _size(target / name) != size)


def require_space(folder: Path, num_bytes: int, *, what: str, way_out: str) -> None:
    """Raise StoreError if a disk has no room for so many bytes, which `what` needs."""
    existing = next(parent for parent in (folder, *folder.parents) if parent.exists())
    free = shutil.disk_usage(existing).free - _SPARE
    if num_bytes > free:
        raise StoreError(
            f"{what} needs {_megabytes(num_bytes)} in {folder}, where {_megabytes(max(0, free))} are free: {way_out}"
        )


def copy_folder(source: Path, target: Path, *, is_further: bool) -> CopiedFiles:
    """Copy what a run's folder here lacks of another one.

    Args:
        source: the folder to copy, which stays as it is.
        target: the run's folder here; made if it is not there.
        is_further: files that differ are of a later stage: then the folder is copied whole, and what was here is kept
            beside it. Otherwise they stay as they are, which is told.

    Raises:
        OSError: something cannot be read or written; what was copied stays, and the next try goes on from there.
    """
    done = CopiedFiles()
    if target.exists() and not (is_further and _differs(source, target)):
        _copy_files(source, target, done, with_checkpoints=is_further)
        return done
    make_folder(target.parent, is_group_readable=False)
    temporary = target.with_name(f".{target.name}.merging")
    make_folder(temporary, is_group_readable=is_for_group(target.parent))
    _copy_files(source, temporary, done, replaces=True)
    if target.exists():
        older = next(
            path
            for number in range(1, 10_000)
            if not (path := target.with_name(f"{target.name}.before-merge-{number}")).exists()
        )
        target.rename(older)
        done.told.append(f"its files of before are kept in {older}")
    temporary.rename(target)
    sync(target.parent)
    return done


def _differs(source: Path, target: Path) -> bool:
    return any(_size(target / name) is not None and not _is_equal(source, target, name) for name, _ in _files(source))


def _copy_files(
    source: Path, target: Path, done: CopiedFiles, *, replaces: bool = False, with_checkpoints: bool = True
) -> None:
    for name, size in _files(source, done.told):
        if name.startswith("checkpoints/") and not with_checkpoints:
            continue  # of a state that is not so far: nobody goes on from there
        there = _size(target / name)
        if there is not None:
            if _is_equal(source, target, name):
                continue
            if not replaces:
                done.told.append(f"{name} differs ({size:,} bytes there, {there:,} here): kept as it is here")
                continue
        if (target / name).parent.resolve() != (target.resolve() / name).parent:
            done.told.append(f"{name} would lie behind a link here: not copied")
            continue
        try:
            written = _copy_file(source / name, target / name)
        except FileNotFoundError:
            done.told.append(f"{name} went away while it was to be copied")
            continue
        done.num_files += 1
        done.num_bytes += written


def _copy_file(source: Path, target: Path) -> int:
    """Copy a file under another name, and then give it its own; return its size."""
    above = next(parent for parent in target.parent.parents if parent.exists())
    make_folder(target.parent, is_group_readable=is_for_group(above))
    for leftover in target.parent.glob(f".{escape(target.name)}.*.tmp"):  # of a merge that was killed
        leftover.unlink(missing_ok=True)
    temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")  # which expdb db gc knows
    descriptor = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        with os.fdopen(descriptor, "rb") as reading:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise FileNotFoundError(source)
            temporary.unlink(missing_ok=True)
            writing = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
            with os.fdopen(writing, "wb") as out:
                shutil.copyfileobj(reading, out, _AT_ONCE)
                out.flush()
                os.fchmod(writing, file_mode(target.parent))
                os.fsync(writing)
                size = out.tell()
        os.utime(temporary, ns=(status.st_atime_ns, status.st_mtime_ns))
        temporary.rename(target)
    finally:
        temporary.unlink(missing_ok=True)
    return size


def _files(folder: Path, told: list[str] | None = None, inside: str = "") -> Iterator[tuple[str, int]]:
    """Yield names and sizes of the regular files in a folder and those in it; what else there is, is told."""
    with os.scandir(folder / inside) as entries:
        found = sorted(entries, key=lambda entry: entry.name)
    for entry in found:
        name = f"{inside}{entry.name}"
        if entry.is_symlink():
            if told is not None:
                told.append(f"{name} is a link: not copied")
        elif entry.is_dir(follow_symlinks=False):
            yield from _files(folder, told, f"{name}/")
        elif entry.is_file(follow_symlinks=False):
            is_temporary = entry.name.startswith(".") and entry.name.endswith((".tmp", ".merging"))
            if name not in _OF_PROCESSES and not is_temporary:
                yield name, entry.stat(follow_symlinks=False).st_size
        elif told is not None:
            told.append(f"{name} is no regular file: not copied")


def _is_equal(source: Path, target: Path, name: str) -> bool:
    return _size(source / name) == _size(target / name) and _hash(source / name) == _hash(target / name)


def _hash(path: Path) -> bytes | None:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return None
    with os.fdopen(descriptor, "rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


def _size(path: Path) -> int | None:
    """Return the size of a regular file; None of anything else, also of nothing."""
    try:
        status = path.lstat()
    except OSError:
        return None
    return status.st_size if stat.S_ISREG(status.st_mode) else -1


def _megabytes(num_bytes: int) -> str:
    return f"{num_bytes / 1e6:,.1f} MB"

"""Files of a script, copied into the folder of its run under safe names."""

import os
import shutil
import stat
from pathlib import Path
from typing import Final

from expdb.data.atomic_files import replacing
from expdb.data.run_files import is_for_group, make_folder
from expdb.domain.value_text import bytes_text
from expdb.errors import DataError

ARTIFACTS_FOLDER: Final = "artifacts"
_MOST_FILES: Final = 10_000
_MOST_LETTERS: Final = 200
_MOST_TOLD: Final = 10


def copy_artifact(source: Path, run_folder: Path, name: str | None) -> Path:
    """Copy a file, or all files of a folder, into the folder of a run; return where it is.

    One of the same name is replaced. Links are followed where they are named, and not inside a folder.

    Args:
        name: what it is called there, with `/` for folders; None: as it is called now.

    Raises:
        DataError: it is not there, is no file, has an unsafe name, or cannot be copied.
    """
    parts = _parts(source.resolve().name if name is None else name)
    try:
        found = source.stat()
        root = run_folder / ARTIFACTS_FOLDER
        target = root.joinpath(*parts)
        if stat.S_ISDIR(found.st_mode):
            return _copy_folder(source, target, root)
        if not stat.S_ISREG(found.st_mode):
            raise DataError(f"{str(source)!r} is no file and no folder: it is not copied")
        _copy_file(source, target, root)
    except FileNotFoundError as error:
        raise DataError(f"{str(source)!r} is not there: it is not copied") from error
    except OSError as error:
        raise DataError(f"{str(source)!r} cannot be copied to {str(run_folder)!r}: {error.strerror}") from error
    return target


def artifact_sizes(run_folder: Path) -> list[tuple[str, int]]:
    """Return the names of a run's artifacts and their sizes in bytes, by name."""
    root = run_folder / ARTIFACTS_FOLDER
    found: list[tuple[str, int]] = []
    if root.is_symlink():
        return found
    for folder, _, files in os.walk(root):
        for file in files:
            path = Path(folder) / file
            status = path.lstat()
            if stat.S_ISREG(status.st_mode) and not file.startswith("."):
                found.append((path.relative_to(root).as_posix(), status.st_size))
    return sorted(found)


def artifact_lines(run_folder: Path) -> list[tuple[str, str]]:
    """Return what is told of a run's artifacts: name and size of the first few, and how many there are beside."""
    found = artifact_sizes(run_folder)
    lines = [("artifact", f"{run_folder / ARTIFACTS_FOLDER / name} ({bytes_text(size)})") for name, size in found]
    if len(found) <= _MOST_TOLD:
        return lines
    rest = found[_MOST_TOLD:]
    return [*lines[:_MOST_TOLD], ("artifacts", f"{len(rest)} more ({bytes_text(sum(size for _, size in rest))})")]


def _parts(name: str) -> list[str]:
    parts = name.split("/")
    is_safe = all(part not in ("", ".", "..") and part.isprintable() and not part.startswith(".") for part in parts)
    if not is_safe or len(name) > _MOST_LETTERS or "\\" in name:
        raise DataError(f"artifact {name[:60]!r}: call it by a plain name, with / for folders and none above")
    return parts


def _copy_folder(source: Path, target: Path, root: Path) -> Path:
    if root.resolve().is_relative_to(source.resolve()):
        raise DataError(f"{str(source)!r} holds the run's own folder: copy what is in it by itself")
    files = [
        Path(folder) / name
        for folder, _, names in os.walk(source)
        for name in names
        if stat.S_ISREG((Path(folder) / name).lstat().st_mode) and not name.startswith(".")
    ]
    if len(files) > _MOST_FILES:
        raise DataError(f"{str(source)!r} holds {len(files):,} files, at most {_MOST_FILES:,}: pack them into one")
    for file in files:
        _copy_file(file, target / file.relative_to(source), root)
    return target


def _copy_file(source: Path, target: Path, root: Path) -> None:
    is_group_readable = is_for_group(root.parent)
    for folder in [root, *reversed([part for part in target.parents if part != root and part.is_relative_to(root)])]:
        if folder.is_symlink():
            raise DataError(f"{str(folder)!r} is a link: nothing is written there")
        make_folder(folder, is_group_readable=is_group_readable)
    with replacing(target) as temporary:
        shutil.copyfile(source, temporary)

"""Files of a script, copied into the folder of its run under safe names."""

import os
import shutil
import stat
from collections.abc import Sequence
from dataclasses import dataclass, field
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
_MOST_NAMED: Final = 3


@dataclass(kw_only=True)
class CopiedArtifact:
    """What was copied.

    Attributes:
        path: where it is now, a file or a folder.
        left_out: what of a folder is not copied, below it, each with the reason.
    """

    path: Path
    left_out: list[tuple[str, str]] = field(default_factory=list)

    @property
    def told(self) -> str:
        """What to say of what is left out, in one line; empty where nothing is."""
        if not self.left_out:
            return ""
        named = ", ".join(f"{name!r} ({why})" for name, why in self.left_out[:_MOST_NAMED])
        more = len(self.left_out) - _MOST_NAMED
        return f"not copied of {self.path.name!r}: {named}{f' and {more:,} more' if more > 0 else ''}"


def copy_artifact(source: Path, run_folder: Path, name: str | None) -> CopiedArtifact:
    """Copy a file, or all that is in a folder, into the folder of a run; return where it is, and what is left out.

    One of the same name is replaced. Of a link, what it leads to is copied, under the link's name; but inside a folder,
    links to folders are left out, which may lead anywhere, and what has a hidden name or is no file.

    Args:
        name: what it is called there, with `/` for folders; None: as it is called now.

    Raises:
        DataError: it is not there, is no file, has an unsafe name, or cannot be copied.
    """
    parts = _parts(_own_name(source) if name is None else name)
    try:
        found = source.stat()
        root = run_folder / ARTIFACTS_FOLDER
        target = root.joinpath(*parts)
        if stat.S_ISDIR(found.st_mode):
            return CopiedArtifact(path=target, left_out=_copy_folder(source, target, root))
        if not stat.S_ISREG(found.st_mode):
            raise DataError(f"{str(source)!r} is no file and no folder: it is not copied")
        _copy_file(source, target, root)
    except FileNotFoundError as error:
        raise DataError(f"{str(source)!r} is not there: it is not copied") from error
    except OSError as error:
        raise DataError(f"{str(source)!r} cannot be copied to {str(run_folder)!r}: {error.strerror}") from error
    return CopiedArtifact(path=target)


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


def _own_name(source: Path) -> str:
    """Return how a file or folder is called where it was named: a link by its own name; `.` and `..` by theirs."""
    return source.name if source.name not in ("", "..") else source.resolve().name


def _parts(name: str) -> list[str]:
    if len(name) > _MOST_LETTERS:
        raise DataError(f"artifact {name[:20]!r}… has {len(name)} characters: call it by at most {_MOST_LETTERS}")
    parts = name.split("/")
    is_safe = all(part not in ("", ".", "..") and part.isprintable() and not part.startswith(".") for part in parts)
    if not is_safe or "\\" in name:
        raise DataError(
            f"artifact {name[:60]!r}: call it by a plain name, with / for folders, none above and no dot in front"
        )
    return parts


def _copy_folder(source: Path, target: Path, root: Path) -> list[tuple[str, str]]:
    """Copy what is in a folder, empty folders too; return what is left out, and why."""
    if root.resolve().is_relative_to(source.resolve()):
        raise DataError(f"{str(source)!r} holds the run's own folder: copy what is in it by itself")
    folders, files, left_out = _entries_of(source)
    if len(files) > _MOST_FILES:
        raise DataError(f"{str(source)!r} holds {len(files):,} files, at most {_MOST_FILES:,}: pack them into one")
    for folder in folders:
        _make_folders(target / folder, root)
    for file in files:
        _copy_file(source / file, target / file, root)
    return left_out


def _entries_of(source: Path) -> tuple[Sequence[Path], Sequence[Path], list[tuple[str, str]]]:
    """Return folders and files below a folder, by their paths from it, and what is left out with the reason."""
    folders, files = [Path()], list[Path]()
    left_out: list[tuple[str, str]] = []
    for above, inner, names in os.walk(source, onerror=_raise):
        place = Path(above).relative_to(source)
        reasons = {
            name: _why_left_out(Path(above) / name, is_folder=name in inner) for name in sorted((*inner, *names))
        }
        left_out += [((place / name).as_posix(), why) for name, why in reasons.items() if why]
        inner[:] = [name for name in sorted(inner) if not reasons[name]]  # it goes down into these
        folders += [place / name for name in inner]
        files += [place / name for name in sorted(names) if not reasons[name]]
    return folders, files, left_out


def _raise(error: OSError) -> None:
    raise error


def _why_left_out(path: Path, *, is_folder: bool) -> str:
    """Return why an entry of a folder is not copied; empty: it is."""
    if path.name.startswith("."):
        return "hidden"
    if is_folder:
        return "a link to a folder" if path.is_symlink() else ""
    try:
        return "" if stat.S_ISREG(path.stat().st_mode) else "no file"
    except OSError:
        return "a link that leads nowhere" if path.is_symlink() else "cannot be read"


def _make_folders(last: Path, root: Path) -> None:
    """Make a folder below that of the artifacts, with those above it."""
    is_group_readable = is_for_group(root.parent)
    for folder in reversed([last, *last.parents]):
        if not folder.is_relative_to(root):
            continue
        if folder.is_symlink():
            raise DataError(f"{str(folder)!r} is a link: nothing is written there")
        make_folder(folder, is_group_readable=is_group_readable)


def _copy_file(source: Path, target: Path, root: Path) -> None:
    _make_folders(target.parent, root)
    with replacing(target) as temporary:
        shutil.copyfile(source, temporary)

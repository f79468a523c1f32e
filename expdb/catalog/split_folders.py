"""Which folders of a dataset `folder:PATH` are its splits and classes, and what lies there that is neither."""

import unicodedata
from pathlib import Path
from typing import Final, Literal

from expdb.errors import SpecError

SplitName = Literal["train", "val", "test"]

# In any case of letters, as some file systems know no other.
_SPLIT_NAMES: Final[dict[str, SplitName]] = {
    "train": "train",
    "val": "val",
    "valid": "val",
    "validation": "val",
    "test": "test",
}
# What file managers, archives and notebooks leave behind; so is every name that begins with a dot.
_LITTER: Final = frozenset(
    {
        *("__macosx", "thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r", "@eadir", "#recycle", "$recycle.bin"),
        *("system volume information", "lost+found", "__pycache__"),
    }
)


def is_hidden(name: str) -> bool:
    """Whether a file or folder of that name is no part of a dataset: hidden, or left behind by a program."""
    return name.startswith(".") or name.casefold() in _LITTER


def composed(name: str) -> str:
    """Return a name as one form of Unicode: `é` may be one letter or two, and both look the same."""
    return unicodedata.normalize("NFC", name)


def split_folders(root: Path) -> dict[SplitName, Path]:
    """Return the folders that hold the splits, of those that are there.

    Raises:
        SpecError: two folders are one split, or the root cannot be read.
    """
    found: dict[SplitName, Path] = {}
    for folder in _folders(root):
        split = _SPLIT_NAMES.get(folder.name.lower())
        if split is None:
            continue
        if split in found:
            raise SpecError(
                f"{str(root)!r} has {found[split].name}/ and {folder.name}/, which are one split: join or rename them"
            )
        found[split] = folder
    return found


def train_folder(root: Path) -> Path:
    """Return the folder of the training split.

    Raises:
        SpecError: there is none, or it cannot be told.
    """
    folder = split_folders(root).get("train")
    if folder is not None:
        return folder
    there = _folders(root)
    below = next((name for name in there if "train" in split_folders(name)), None)
    if below is not None:
        raise SpecError(f"{str(root)!r} has no train/ folder, but {below.name}/ in it has: use folder:{below}")
    holds = f" (it holds {', '.join(f'{name.name}/' for name in there[:5])})" if there else ""
    raise SpecError(f"{str(root)!r} has no train/ folder{holds}: expected train/CLASS/*.jpg, test/CLASS/*.jpg")


def other_folders(root: Path) -> list[Path]:
    """Return the folders beside the splits."""
    return [folder for folder in _folders(root) if folder.name.lower() not in _SPLIT_NAMES]


def class_folders(folder: Path) -> dict[str, list[Path]]:
    """Return the folders of each class of a split, by its name, sorted; the positions of the names are the labels.

    Names that look the same are one class: a disk may hold `café` written in two ways.
    """
    found: dict[str, list[Path]] = {}
    for entry in _folders(folder):
        found.setdefault(composed(entry.name), []).append(entry)
    return dict(sorted(found.items()))


def class_names(folder: Path) -> list[str]:
    """Return the names of the classes of a split, sorted; their positions are the labels."""
    return list(class_folders(folder))


def _folders(folder: Path) -> list[Path]:
    try:
        return sorted(entry for entry in folder.iterdir() if not is_hidden(entry.name) and entry.is_dir())
    except OSError as error:
        raise SpecError(f"cannot read the folder {str(folder)!r}: {error.strerror}") from error

"""Which folders of a dataset `folder:PATH` are its splits and classes, and what lies there that is neither."""

import re
import unicodedata
from contextlib import suppress
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
# How else a split is called: `training_set`, `seg_test`.
_SAID: Final = re.compile(
    r"(.*[^a-z])?((?P<train>train|training)|(?P<test>test|testing)|val|valid|validation)"
    r"([-_ ]?(set|data|images|split))?"
)
_LEVELS: Final = 3  # below a dataset's folder, where another one with train/ is looked for
_MOST_READ: Final = 300  # folders on the way
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
    lacks = f"{str(root)!r} has no train/ folder"
    below = _dataset_below(there)
    if below is not None:
        raise SpecError(f"{lacks}, but {below.relative_to(root)}/ in it has: use folder:{below}")
    above = _dataset_above(root)
    if above is not None:
        raise SpecError(f"{lacks}, it is a split itself: use folder:{above}")
    holds = f" (it holds {', '.join(f'{name.name}/' for name in there[:5])})" if there else ""
    renamed = [f"{name.name}/ to {split}/" for name in there if (split := _meant_split(name.name)) is not None]
    if any(name.endswith(" to train/") for name in renamed):
        raise SpecError(f"{lacks}{holds}: rename {', '.join(renamed)}")
    if len(there) > 1 and not renamed:
        raise SpecError(
            f"{lacks}{holds}: if these are the classes, make train/ and test/ and put a part of each class into both, "
            f"as train/{there[0].name}/ and test/{there[0].name}/"
        )
    raise SpecError(f"{lacks}{holds}: expected train/CLASS/*.jpg, test/CLASS/*.jpg")


def deeper_hint(train: Path) -> str:
    """Return what to do where a training split holds one folder, which seems to hold the classes; "" elsewhere."""
    there = _folders(train)
    inner = _folders(there[0]) if len(there) == 1 else []
    return f" ({there[0].name}/ holds {len(inner)}: if they are the classes, move them up)" if len(inner) > 1 else ""


def folder_meant_as(root: Path, split: SplitName) -> Path | None:
    """Return a folder that is called as a split in its own way, as `test_set` is; None where there is none."""
    return next((folder for folder in other_folders(root) if _meant_split(folder.name) == split), None)


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


def _dataset_below(folders: list[Path]) -> Path | None:
    """Return the nearest folder with train/, of these and two levels below them."""
    num_read, level = 0, folders
    for _ in range(_LEVELS):
        deeper: list[Path] = []
        for folder in level:
            num_read += 1
            if num_read > _MOST_READ:
                return None
            with suppress(SpecError):  # what cannot be read is no way out
                inner = _folders(folder)
                if any(_SPLIT_NAMES.get(entry.name.lower()) == "train" for entry in inner):
                    return folder
                deeper += inner
        level = deeper
    return None


def _dataset_above(root: Path) -> Path | None:
    """Return the folder that a split lies in, where the root is one: `pets` of `pets/train`; else None."""
    whole = root if root.name not in ("", "..") else root.resolve()
    if _meant_split(whole.name) is None:
        return None
    with suppress(SpecError):
        if any(_meant_split(entry.name) == "train" for entry in _folders(whole.parent)):
            return whole.parent
    return None


def _meant_split(name: str) -> SplitName | None:
    """Return which split a folder's name says in its own way, as `training_set` does; None where it says none."""
    said = _SAID.fullmatch(name.casefold())
    if said is None:
        return None
    return "train" if said["train"] else "test" if said["test"] else "val"


def _folders(folder: Path) -> list[Path]:
    try:
        return sorted(entry for entry in folder.iterdir() if not is_hidden(entry.name) and entry.is_dir())
    except OSError as error:
        raise SpecError(f"cannot read the folder {str(folder)!r}: {error.strerror}") from error

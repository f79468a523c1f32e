"""What was done with the files of a folder, counted: the keys that are recorded, and the line that tells them."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

_LEFT_OUT = "left out: "
_WITHOUT = "classes without "


class LeftOut(StrEnum):
    """Why a file is not used, where it is not for its suffix."""

    HIDDEN = "hidden"
    LOOSE = "images outside of class folders"
    BESIDE = "images outside of the splits"
    LINK = "links to folders that are read already"
    NO_FILE = "no plain files"
    NO_SUFFIX = "without a suffix"


def recorded_counts(
    readings: Mapping[str, int], left_out: Mapping[str, int], without: Mapping[str, int] = MappingProxyType({})
) -> dict[str, int]:
    """Return one mapping of counts, as they are recorded.

    Args:
        readings: what reading does beyond decoding, to how many files.
        left_out: number of files that are not used, by reason.
        without: number of classes that a split has no images of, by its name.
    """
    return {
        **dict(sorted(readings.items())),
        **{_LEFT_OUT + key: left_out[key] for key in sorted(left_out)},
        **{f"{_WITHOUT}{split} images": num for split, num in without.items() if num},
    }


def counts_text(counts: Mapping[str, int], *, label: str = "") -> str:
    """Return recorded counts in one line, as in "2 turned; left out: 3 hidden, 1 .txt"; "" without any.

    Args:
        label: stands before what was done with pictures that are used, where nothing else says what it is about.
    """
    left_out = [f"{num:,} {key.removeprefix(_LEFT_OUT)}" for key, num in counts.items() if key.startswith(_LEFT_OUT)]
    without = [f"{num:,} {key}" for key, num in counts.items() if key.startswith(_WITHOUT)]
    done = [f"{num:,} {key}" for key, num in counts.items() if not key.startswith((_LEFT_OUT, _WITHOUT))]
    parts = ((label, done), (_LEFT_OUT, left_out), ("", without))
    return "; ".join(title + ", ".join(told) for title, told in parts if told)

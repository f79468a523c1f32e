"""Text without regard to case and to how letters with accents are composed, alike on every back end.

SQLite knows only the letters of ASCII, and what PostgreSQL's `lower` knows depends on the server's locale.
"""

import unicodedata
from collections import defaultdict
from collections.abc import Mapping
from functools import cache

FOLD_FUNCTION = "expdb_fold"  # of SQLite connections

_LAST_WITH_CASE = 0x1E943  # of the letters that have a small and a capital form


def folded(text: str) -> str:
    """Return a text composed, in small letters, with single blanks: what is equal to another but for these, is so here.

    Letter by letter, so that it has as many as the composed text.

    >>> folded("MÜNCHEN  Σ") == folded("mu\N{COMBINING DIAERESIS}nchen ς")
    True
    """
    line = " ".join(text.split())
    if line.isascii():
        return line.lower()
    return "".join(map(_small, unicodedata.normalize("NFC", line)))


def fold_or_null(value: object) -> str | None:
    """Do so for SQLite, which may hand over NULL, or a number."""
    return None if value is None else folded(str(value))


def capitals_of(text: str) -> tuple[str, str]:
    """Return the letters beyond ASCII that fold to one in a folded text, and what each folds to."""
    pairs = [(other, letter) for letter in sorted(set(text)) for other in _by_small().get(letter, ())]
    return "".join(other for other, _ in pairs), "".join(letter for _, letter in pairs)


def _small(letter: str) -> str:
    small = letter.casefold()
    if len(small) != 1:
        small = letter.lower()
    return small if len(small) == 1 else letter


@cache
def _by_small() -> Mapping[str, tuple[str, ...]]:
    found: dict[str, list[str]] = defaultdict(list)
    for number in range(0x80, _LAST_WITH_CASE + 1):
        letter = chr(number)
        if (small := _small(letter)) != letter:
            found[small].append(letter)
    return {small: tuple(letters) for small, letters in found.items()}

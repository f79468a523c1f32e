"""Settings that the words above a table say of all its rows: how long they were trained, with which augmentation."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from expdb.report.written.reading.pieces import Piece, as_written, pieces_of, word_of
from expdb.report.written.reading.said_around import levels_around
from expdb.report.written.reading.vocabulary import Vocabulary
from expdb.report.written.reading.words_around import places_said, words_said
from expdb.report.written.written_table import WrittenTable

_LONGEST_NAME = 4  # pieces of an augmentation's name
_NEAR = 4  # pieces around a count of epochs that may say that it is no whole training


@dataclass(frozen=True, kw_only=True)
class SettingsAbove:
    """What is said beyond doubt: one count of epochs, one augmentation; None where nothing is.

    Attributes:
        told: the places and words that say it, for a reason; empty where nothing is said.
    """

    epochs: int | None = None
    augmentation: Mapping[str, Any] | None = None
    told: str = ""


def settings_above(
    written: WrittenTable, vocabulary: Vocabulary, *, says_epochs: bool, says_augmentation: bool
) -> SettingsAbove:
    """Return the settings that are said above a table and by none of its columns.

    An augmentation is that of all rows only where none of their cells names one: else the table compares them.
    """
    levels = [(where, pieces_of(text)) for where, text in levels_around(written.surroundings)]
    epochs = None if says_epochs else next((found for one in levels if (found := _epochs(*one, vocabulary))), None)
    cells = (pieces_of(cell.text) for row in written.rows for cell in row.cells)
    is_compared = says_augmentation or any(
        word_of(cell) in vocabulary.cells.plain or any(_augmentations(cell, vocabulary)) for cell in cells
    )
    augmentation = next(
        (found for one in levels if not is_compared and (found := _augmentation(*one, vocabulary))), None
    )
    return SettingsAbove(
        epochs=int(epochs[0]) if epochs and epochs[0] else None,
        augmentation={augmentation[0]: True} if augmentation and augmentation[0] else None,
        told=" and ".join(said for _, said in (epochs or ("", ""), augmentation or ("", "")) if said),
    )


def _epochs(where: str, pieces: Sequence[Piece], vocabulary: Vocabulary) -> tuple[str, str] | None:
    """Return the one count of epochs of a text and what says it; empty where it is in doubt, None without any."""
    found: dict[str, str] = {}
    has_any = False
    for start, end in places_said(pieces, vocabulary, "epochs"):
        has_any = True
        if words_said(pieces[max(0, start - _NEAR) : end + _NEAR], vocabulary, "epochs_in_part"):
            continue
        if _is_of_several(pieces, start, vocabulary):
            return "", ""
        count = next(piece.word for piece in pieces[start:end] if piece.word.isdecimal())
        found.setdefault(count, f"{where} says “{' '.join(as_written(pieces[start:end]))}”")
    if not has_any:
        return None
    return next(iter(found.items())) if len(found) == 1 else ("", "")


def _is_of_several(pieces: Sequence[Piece], start: int, vocabulary: Vocabulary) -> bool:
    """Tell whether another number stands before a count: `100 and 300 epochs`, `200-300 epochs`."""
    before = [piece.word for piece in pieces[max(0, start - 2) : start]]
    is_listed = len(before) == 2 and before[1] in vocabulary.around["lists"] | vocabulary.around["ranges"]
    return bool(before) and (before[-1].isdecimal() or (is_listed and before[0].isdecimal()))


def _augmentation(where: str, pieces: Sequence[Piece], vocabulary: Vocabulary) -> tuple[str, str] | None:
    """Return the one augmentation that a text says is on, as `_epochs`."""
    named = list(_augmentations(pieces, vocabulary))
    if not named:
        return None
    names = {name for name, _, _ in named}
    is_doubtful = len(names) > 1 or bool(words_said(pieces, vocabulary, "doubts_settings"))
    for name, start, end in () if is_doubtful else named:
        before, behind = word_of(pieces[max(0, start - 1) : start]), word_of(pieces[end : end + _NEAR])
        starts = tuple(vocabulary.around["augmented_behind"])
        if before in vocabulary.around["augmented_before"] or (starts and behind.startswith(starts)):
            return name, f"{where} says “{' '.join(as_written(pieces[start:end]))}”"
    return "", ""


def _augmentations(pieces: Sequence[Piece], vocabulary: Vocabulary) -> Iterator[tuple[str, int, int]]:
    """Yield the augmentations that a text names, and where each begins and ends."""
    place = 0
    while place < len(pieces):
        for end in range(min(len(pieces), place + _LONGEST_NAME), place, -1):
            name = vocabulary.cells.settings.get(word_of(pieces[place:end]))
            if name in vocabulary.cells.switched and (place == 0 or pieces[place].glue is None):
                yield str(name), place, end
                place = end - 1
                break
        place += 1

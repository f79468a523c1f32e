"""Words of captions, sentences and headings that say what the results below them are of."""

import re
from collections.abc import Iterator, Sequence

from expdb.report.written.reading.pieces import NUMBER, Piece, as_written
from expdb.report.written.reading.vocabulary import Vocabulary
from expdb.report.written.reading.vocabulary_file import Around

_LONGEST = 16  # pieces
_NUMBER = re.compile(r"\d+(?:\.\d+)*")


def places_said(pieces: Sequence[Piece], vocabulary: Vocabulary, about: Around) -> Iterator[tuple[int, int]]:
    """Yield where words of a kind begin and end in a text, those that it denies left out."""
    words = vocabulary.around[about]
    place = 0
    while place < len(pieces):
        end = _end_of_words(pieces, place, words)
        if end is None:
            place += 1
            continue
        if not _is_denied(pieces, place, end, vocabulary):
            yield place, end
        place = end


def words_said(pieces: Sequence[Piece], vocabulary: Vocabulary, about: Around) -> str:
    """Return the first words of a kind that a text says, as written; empty where it says none."""
    return next((" ".join(as_written(pieces[start:end])) for start, end in places_said(pieces, vocabulary, about)), "")


def _end_of_words(pieces: Sequence[Piece], start: int, words: frozenset[str]) -> int | None:
    if start and pieces[start].glue is not None and pieces[start - 1].word.isalnum():  # within a word
        return None
    for end in range(min(len(pieces), start + _LONGEST), start, -1):
        taken = [piece.word for piece in pieces[start:end]]
        if {"".join(taken), "".join(NUMBER if _NUMBER.fullmatch(word) else word for word in taken)} & words:
            is_cut = taken[-1].isascii() and end < len(pieces) and pieces[end].glue == "" and pieces[end].word.isalpha()
            if not is_cut or not pieces[end].word.isascii():
                return end
    return None


def _is_denied(pieces: Sequence[Piece], start: int, end: int, vocabulary: Vocabulary) -> bool:
    """Tell whether a text says that it is not so: `without label noise`, `before pruning`, `노이즈 없이`."""
    before = {piece.word for piece in pieces[max(0, start - 2) : start]}
    before.add("".join(piece.word for piece in pieces[max(0, start - 3) : start]))
    behind = {piece.word for piece in pieces[end : end + 2]}
    return bool(before & vocabulary.around["denies"]) or bool(behind & vocabulary.around["denies_behind"])

"""What the words above a table say of its means: over how many seeds, that they are none, and what stands behind ±."""

from collections.abc import Iterator
from dataclasses import dataclass

from expdb.report.written.reading.pieces import pieces_of
from expdb.report.written.reading.said_around import levels_around
from expdb.report.written.reading.vocabulary import Vocabulary
from expdb.report.written.reading.vocabulary_file import Around
from expdb.report.written.reading.words_around import places_said, words_said
from expdb.report.written.written_table import Surroundings

_NEAR = 3  # pieces around a number of seeds that may put it in doubt


@dataclass(frozen=True, kw_only=True)
class MeansSaid:
    """What is said of all means of a table.

    Attributes:
        n: number of seeds; None where none is said, or several are.
        other_spread: the place and words that say that ± is no standard deviation: `caption '…' says “95% CI”`.
        median: the same of medians.
    """

    n: int | None = None
    other_spread: str = ""
    median: str = ""


def read_means(around: Surroundings, vocabulary: Vocabulary) -> MeansSaid:
    """Return what is said of means, each thing at the nearest place that says it."""
    levels = levels_around(around)
    counts = next((found for _, text in levels if (found := set(_counts(text, vocabulary)))), set())
    return MeansSaid(
        n=next(iter(counts)) if len(counts) == 1 else None,
        other_spread=_said(levels, vocabulary, "other_spread"),
        median=_said(levels, vocabulary, "medians"),
    )


def _said(levels: list[tuple[str, str]], vocabulary: Vocabulary, about: Around) -> str:
    found = ((where, words_said(pieces_of(text), vocabulary, about)) for where, text in levels)
    return next((f"{where} says “{words}”" for where, words in found if words), "")


def _counts(text: str, vocabulary: Vocabulary) -> Iterator[int | None]:
    """Yield the numbers of seeds that a text says means are over; None of one that is in doubt, `3-5 seeds`."""
    pieces = pieces_of(text)
    for start, end in places_said(pieces, vocabulary, "seeds_said"):
        before = pieces[start - 1].word if start else ""
        near = pieces[max(0, start - _NEAR) : end + _NEAR]
        is_doubtful = before.isdecimal() or before in vocabulary.around["lists"] | vocabulary.around["ranges"]
        is_doubtful |= bool(words_said(near, vocabulary, "seeds_in_doubt"))
        yield None if is_doubtful else next(int(piece.word) for piece in pieces[start:end] if piece.word.isdecimal())

"""What a heading says once every word, unit and bracket of it is accounted for."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from functools import lru_cache

from expdb.report.columns import COLUMNS
from expdb.report.written.reading.phrases import Sense, loose_unit, phrases_at, said_values, sense_of, words_left
from expdb.report.written.reading.pieces import CLOSING, OPENING, Piece, one_encoding, pieces_of
from expdb.report.written.reading.vocabulary import Vocabulary
from expdb.report.written.reading.vocabulary_file import RESULT_SPLITS

# A number in square brackets, or authors: where a column was copied from. Three digits may be a size.
_CITATION = re.compile(r"(?<=\S)\s*(?:\[\d{1,2}(?:\s*[,–-]\s*\d{1,2})*\]|\([^()]*\bet al\b[^()]*\))")


@dataclass(frozen=True, kw_only=True)
class Heading(Sense):
    """What a heading says, and what of it says nothing or is not understood.

    Attributes:
        text: as printed.
        remarks: words that say nothing of what is measured: arrows, citations, `(ours)`.
        left: words that were not understood, in order.
        hint: the key that it would have if its words said which quantity they are of: `macs` of `FLOPs (G)`.
        parts: the readings of `Top-1/Top-5`, one after the other; empty for one quantity.
    """

    text: str
    remarks: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    hint: str | None = None
    parts: tuple["Heading", ...] = ()

    @property
    def key(self) -> str | None:
        """The likeliest of `keys`; None where the heading is not understood."""
        return self.keys[0] if self.keys else None


@lru_cache(4096)
def read_heading(text: str, vocabulary: Vocabulary) -> Heading:
    """Return what a heading says."""
    plain = one_encoding(text)
    remarks = tuple(match.group().strip() for match in _CITATION.finditer(plain))
    pieces = pieces_of(_CITATION.sub(" ", plain))
    if not pieces:
        return Heading(text=text, remarks=remarks)
    remarks += tuple(_remarks(pieces, vocabulary))
    sense = sense_of(pieces, vocabulary)
    if sense is not None:
        return _of_sense(text, sense, remarks, vocabulary)
    if parts := _parts(text, pieces, vocabulary):
        return Heading(text=text, remarks=remarks, parts=parts, dataset=parts[0].dataset)
    return _not_understood(text, pieces, remarks, vocabulary)


def _of_sense(text: str, sense: Sense, remarks: tuple[str, ...], vocabulary: Vocabulary) -> Heading:
    """Return a heading; which of several names of scripts it means says only one that we print so ourselves."""
    heading = replace(_heading(text, sense), remarks=remarks)
    if not sense.may_be:
        return heading
    printed = None if vocabulary.scripts is None else vocabulary.scripts.printed.get(text)
    if printed in sense.may_be:
        return replace(heading, keys=(printed,), may_be=())
    return replace(heading, left=(text,))


def _heading(text: str, sense: Sense) -> Heading:
    return Heading(text=text, **{field.name: getattr(sense, field.name) for field in fields(sense)})


def _not_understood(text: str, pieces: Sequence[Piece], remarks: tuple[str, ...], vocabulary: Vocabulary) -> Heading:
    """Return a heading that has no key, with what is known of it."""
    phrases, left = words_left(pieces, vocabulary)
    guess = sense_of(pieces, vocabulary, guesses=True)
    splits, datasets = said_values(phrases, "split"), said_values(phrases, "dataset")
    return Heading(
        text=text,
        unit=loose_unit(phrases, left) or (guess.unit if guess is not None else ""),
        split=RESULT_SPLITS[next(iter(splits))] if len(splits) == 1 else None,
        is_error=any(phrase.meaning.kind == "error" or phrase.meaning.is_error for phrase in phrases),
        dataset=next(iter(datasets)) if len(datasets) == 1 else None,
        remarks=remarks,
        left=left,
        hint=guess.keys[0] if guess is not None and guess.keys else None,
    )


def _remarks(pieces: Sequence[Piece], vocabulary: Vocabulary) -> Iterator[str]:
    place = 0
    while place < len(pieces):
        phrase = next(phrases_at(pieces, place, vocabulary), None)
        if phrase is not None and phrase.meaning.kind == "remark":
            yield " ".join(piece.raw for piece in phrase.pieces)
        place += len(phrase.pieces) if phrase is not None else 1


def _parts(text: str, pieces: Sequence[Piece], vocabulary: Vocabulary) -> tuple[Heading, ...]:
    """Return the readings of a heading of two results: `Top-1/Top-5 (%)`, `Top-1 (Top-5)`; none of any other."""
    for place, piece in enumerate(pieces):
        if piece.word == "/" or (piece.word in OPENING and place):
            for first, second in _pairs(pieces, place, vocabulary):
                senses = [sense_of(part, vocabulary) for part in (first, second)]
                if all(sense is not None and _is_part(sense) for sense in senses):
                    found = tuple(_heading(text, sense) for sense in senses if sense is not None)
                    if _meant(found[0]) != _meant(found[1]):
                        return found
    return ()


def _pairs(
    pieces: Sequence[Piece], place: int, vocabulary: Vocabulary
) -> Iterator[tuple[Sequence[Piece], Sequence[Piece]]]:
    """Yield the headings that one of two results may stand for: what stands around the two is said of both."""
    before, after = pieces[:place], pieces[place + 1 :]
    in_brackets = pieces[place].word in OPENING
    for start in range(len(before)):
        if not any(len(phrase.pieces) == len(before) - start for phrase in phrases_at(before, start, vocabulary)):
            continue
        lengths = {len(phrase.pieces) for phrase in phrases_at(after, 0, vocabulary)}
        if after and after[0].word in ("1", "5") and not in_brackets:  # Top-1/5
            lengths.add(1)
        for length in sorted(lengths, reverse=True):
            second, rest = after[:length], after[length:]
            if in_brackets:
                if not rest or rest[0].word not in CLOSING:
                    continue
                rest = rest[1:]
            if length == 1 and second[0].word in ("1", "5"):
                second = (*before[start:-1], second[0])
            yield (*before, *rest), (*before[:start], *second, *rest)
    yield before, after


def _is_part(sense: Sense) -> bool:
    """Return whether a heading is of a result, so that another may stand beside it in a cell."""
    key = sense.keys[0] if sense.keys else ""
    return key in COLUMNS and COLUMNS[key].higher_is_better is not None


def _meant(heading: Heading) -> tuple[object, ...]:
    return heading.keys, heading.split, heading.at, heading.is_error

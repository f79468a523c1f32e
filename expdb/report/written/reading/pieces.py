"""A heading in its smallest pieces: runs of letters, numbers, signs, however it is spelt and encoded."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

NUMBER = "{n}"  # stands for any whole number in the vocabulary

_FOOTNOTE = re.compile(r"\[\^[^\]\s]*\]|[¹²³⁰⁴⁵⁶⁷⁸⁹ᵃᵇᶜᵈᵉᶠᵍ]+")
_FOOTNOTE_SIGN = "*"
_PIECE = re.compile(
    r"\{n\}|\d+(?:\.\d+)*|[가-힣]|[A-Z]+(?![a-z])|[A-Z]?[a-z]+|(?:(?![a-zA-Z가-힣])[^\W\d_])+"
    r"|(?P<dash>(?<=\s)[-\u2013\u2014]+(?=\s)|^[-\u2013\u2014]+|[-\u2013\u2014]+$)|[^\w\s]"
)
_SILENT = frozenset("-\u2010\u2011\u2013\u2014.'’\"`")  # between the words of one phrase
_BREAKS = frozenset(",;:|·")  # no phrase goes over them
_BRACKETS = {"{": "(", "}": ")", "[": "[", "]": "]", "（": "(", "）": ")"}
OPENING, CLOSING = frozenset("(["), frozenset(")]")


@dataclass(frozen=True)
class Piece:
    """One piece.

    Attributes:
        word: as it is compared: without case; a bracket is `(` or `[`, what parts phrases is `,`.
        raw: as written, its encoding apart.
        glue: what stands between it and the piece before, hyphens say; None where that is a space, or there is none.
        depth: how many brackets it stands in; of a bracket itself, how many are around it.
    """

    word: str
    raw: str
    glue: str | None = None
    depth: int = 0


def one_encoding(text: str) -> str:
    """Return a text in one encoding, without what cannot be seen, and with `*` for every mark of a footnote."""
    shown = "".join(char for char in text if unicodedata.category(char) not in ("Cf", "Cc") or char.isspace())
    return unicodedata.normalize("NFKC", _FOOTNOTE.sub(_FOOTNOTE_SIGN, shown))


def pieces_of(text: str) -> tuple[Piece, ...]:
    """Return the pieces of a text; spaces, hyphens, underscores and full stops between words are none."""
    plain = one_encoding(text)
    found: list[Piece] = []
    depth, end = 0, -1
    for match in _PIECE.finditer(plain):
        raw = match.group()
        if raw in _SILENT and match["dash"] is None:
            continue
        word = "," if raw in _BREAKS or match["dash"] is not None else _BRACKETS.get(raw, raw.casefold())
        depth -= word in CLOSING
        between = plain[end : match.start()] if end >= 0 else " "
        glue = None if any(char.isspace() for char in between) else between
        found.append(Piece(word=word, raw=raw, glue=glue, depth=depth))
        end = match.end()
        depth += word in OPENING
    return tuple(found)


def word_of(pieces: Sequence[Piece]) -> str:
    """Return pieces as one word, as the vocabulary is looked up."""
    return "".join(piece.word for piece in pieces)


def as_written(pieces: Sequence[Piece]) -> tuple[str, ...]:
    """Return some of a heading's pieces, in order, as the words that they are of: what stands together is one."""
    words: list[str] = []
    for piece in pieces:
        if words and piece.glue is not None:
            words[-1] += piece.glue + piece.raw
        else:
            words.append(piece.raw)
    return tuple(words)

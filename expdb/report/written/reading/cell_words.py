"""The words of cells, units and captions: those of `catalog/headings.toml`, and a user's beside them while in use.

Cells are read in many places, far from where a command was told of a user's words: these are in use for the time that a
document is read, `with words_in_use(vocabulary.cells): ...`, instead of being handed through every one of them.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, cached_property
from typing import get_args

from expdb.report.written.reading.pieces import pieces_of, word_of
from expdb.report.written.reading.vocabulary_file import (
    MODEL_NOUNS,
    CellKind,
    UnitKind,
    VocabularyFile,
    Words,
    shipped_vocabulary,
)


@dataclass(frozen=True, eq=False)  # two are the same where they are one object: so they are keys of caches
class CellWords:
    """Words of one or more files, as cells and units are read by.

    Attributes:
        files: whose words they are, each more beside those before.
    """

    files: tuple[VocabularyFile, ...]

    def with_entries(self, entries: VocabularyFile) -> "CellWords":
        """Return the words with those of another file beside them."""
        return CellWords((*self.files, entries))

    @cached_property
    def kinds(self) -> Mapping[CellKind, frozenset[str]]:
        """What cells say, by what it says: words without case."""
        return {kind: _folded(file.cells.get(kind) for file in self.files) for kind in get_args(CellKind)}

    @cached_property
    def plain(self) -> frozenset[str]:
        """What heads results without augmentation, as `one_word_of` has it."""
        return frozenset(map(one_word_of, self.kinds["plain"]))

    @cached_property
    def summaries(self) -> frozenset[str]:
        """What names rows that are no models, without blanks."""
        return frozenset(word_of(pieces_of(word)) for word in self.kinds["summaries"])

    @cached_property
    def truths(self) -> Mapping[str, bool]:
        """What says yes and no, without blanks."""
        said = ((kind == "yes", word) for kind in ("yes", "no") for word in self.kinds[kind])
        return {word.replace(" ", ""): is_yes for is_yes, word in said}

    @cached_property
    def settings(self) -> Mapping[str, str]:
        """The names of settings that reported rows use, by their spellings without case, spaces and hyphens."""
        entries = [pair for file in self.files for pair in file.settings.items()]
        return {word_of(pieces_of(word)): key for key, entry in entries for word in (key, *entry.all_words())}

    @cached_property
    def switched(self) -> frozenset[str]:
        """The settings that are on where their name stands alone over a column of results."""
        return frozenset(key for file in self.files for key, entry in file.settings.items() if entry.is_switched)

    @cached_property
    def seconds(self) -> Mapping[str, Decimal]:
        """The units of time, as `bare_unit` has them, in seconds."""
        return self._factors("time")

    @cached_property
    def sizes(self) -> Mapping[str, Decimal]:
        """The units of memory in bytes."""
        return self._factors("memory")

    @cached_property
    def powers(self) -> Mapping[str, Decimal]:
        """The units of counts in ones."""
        return self._factors("count")

    @cached_property
    def percents(self) -> frozenset[str]:
        """What says percent behind a number."""
        return frozenset(
            word
            for file in self.files
            for unit in file.units.get("percent", {}).values()
            for word in map(bare_unit, (*unit.all_words(), *unit.in_cells))
        )

    @cached_property
    def model_nouns(self) -> tuple[re.Pattern[str], ...]:
        """Patterns of what names the model of a row, the surest first."""
        return tuple(
            re.compile("|".join(rf"\b{word}\b" if word.isascii() else word for word in map(re.escape, sorted(words))))
            for noun in MODEL_NOUNS
            if (words := _folded(file.models.get(noun) for file in self.files))
        )

    @cached_property
    def accuracies(self) -> frozenset[str]:
        """What says that a share of right answers is meant."""
        return _folded(file.words.get("accuracy") for file in self.files)

    @cached_property
    def table(self) -> str:
        """A pattern of what begins a caption: `Table`."""
        return _any_of(_folded(file.captions.get("table") for file in self.files))

    @cached_property
    def sentence_ends(self) -> tuple[str, ...]:
        """What a sentence ends with, and a heading does not."""
        return tuple(_folded(file.captions.get("sentence_end") for file in self.files))

    def pattern(self, kind: CellKind) -> str:
        """Return a pattern of the words of a kind, without groups."""
        return _any_of(self.kinds[kind])

    def _factors(self, dimension: UnitKind) -> Mapping[str, Decimal]:
        found: dict[str, Decimal] = {}
        factors: dict[str, Decimal] = {}  # a user's file need not say again how much a unit is
        for file in self.files:
            for unit, entry in file.units.get(dimension, {}).items():
                factor = entry.factor or factors.get(unit)
                if factor is not None:
                    factors[unit] = factor
                    words = (unit, *entry.all_words(), *entry.in_cells)
                    found |= dict.fromkeys(map(bare_unit, words), factor)
        return found


def cell_words() -> CellWords:
    """Return the words that cells are read by."""
    return _IN_USE.get() or shipped_cell_words()


@contextmanager
def words_in_use(words: CellWords) -> Iterator[None]:
    """Read cells by these words."""
    token = _IN_USE.set(words)
    try:
        yield
    finally:
        _IN_USE.reset(token)


@cache
def shipped_cell_words() -> CellWords:
    """Return the words of `catalog/headings.toml` alone."""
    return CellWords((shipped_vocabulary(),))


def bare_unit(text: str) -> str:
    """Return a unit as it is looked up: without case (`Mb` of bits is not told from `MB`), dot and blanks."""
    return (
        re.sub(r"^[×x]\s?(?=10)", "", unicodedata.normalize("NFKC", text).casefold().strip().rstrip("."))
        .replace("{", "")
        .replace("}", "")
    )


def one_word_of(text: str) -> str:
    """Return a text without case, blanks, dots, slashes and hyphens."""
    return re.sub(r"[\s._/-]", "", unicodedata.normalize("NFKC", text).casefold())


_IN_USE: ContextVar[CellWords | None] = ContextVar("cell words in use", default=None)


def _folded(entries: Iterator[Words | None]) -> frozenset[str]:
    return frozenset(word.casefold() for entry in entries if entry is not None for word in entry.all_words())


def _any_of(words: frozenset[str]) -> str:
    return rf"(?i:{'|'.join(map(re.escape, sorted(words, key=len, reverse=True))) or '(?!)'})"

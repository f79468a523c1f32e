"""The words of written tables and what they mean: those of `catalog/headings.toml`, and a user's own before them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import cache, cached_property
from typing import Any, Literal, get_args

from expdb.catalog.datasets import DATASETS
from expdb.domain.metric import Metric
from expdb.domain.task import FREE
from expdb.errors import SpecError
from expdb.report.columns import COLUMNS
from expdb.report.written.reading.cell_words import CellWords, shipped_cell_words
from expdb.report.written.reading.pieces import pieces_of, word_of
from expdb.report.written.reading.vocabulary_file import (
    Around,
    VocabularyFile,
    Words,
    parse_vocabulary,
    shipped_vocabulary,
)

MeaningKind = Literal[
    "quantity", "hint", "accuracy", "error", "count", "filler", "remark", "split", "stage", "unit", "dataset"
]
_WordsAround = Mapping[Around, frozenset[str]]

_FROM_USER = "--heading"


@dataclass(frozen=True, kw_only=True)
class Meaning:
    """What a word may mean.

    Attributes:
        kind: what sort of thing it says.
        value: which one: the name of a quantity's entry, a unit, a split, a stage, a dataset.
        keys: of a quantity: the columns that it may be, the likeliest first.
        whole: of a quantity that scripts log: those of `keys` that are called so, split and all.
        unit: of a quantity: the unit that the word says as well.
        dimension: of a unit: what it measures.
        is_error: of a quantity: it is 1 - the accuracy.
        needs_unit: it means the quantity only where a unit is said.
        is_broad: of a hint: the quantity itself may stand beside it in brackets.
        given_by: the `TEXT=KEY` of the user that says so; empty elsewhere.
    """

    kind: MeaningKind
    value: str = ""
    keys: tuple[str, ...] = ()
    whole: tuple[str, ...] = ()
    unit: str = ""
    dimension: str = ""
    is_error: bool = False
    needs_unit: bool = False
    is_broad: bool = False
    given_by: str = ""


@dataclass(frozen=True, kw_only=True)
class ScriptWords:
    """What users' scripts call their metrics and parameters: `written.reading.script_words` makes it.

    Attributes:
        keys: every `metrics.NAME` and `settings.NAME`, with what is known of the metric.
        printed: those that a table of ours heads with a text, by that.
    """

    keys: Mapping[str, Metric | None]
    printed: Mapping[str, str]


_Listed = tuple[str, str, str, Meaning]  # section, entry, word, what it means


class Vocabulary:
    """Words and what they mean.

    Attributes:
        counted: names of the quantities before which `number of` may stand.
        around: what texts above a table say of its results, by what it says.
        cells: what cells and units say.
        scripts: the names of users' scripts; None: it was made without a database.
    """

    def __init__(
        self,
        entries: Mapping[str, Sequence[Meaning]],
        counted: frozenset[str],
        around: _WordsAround,
        cells: CellWords,
        given: Mapping[str, Meaning] | None = None,
        scripts: ScriptWords | None = None,
    ) -> None:
        """Make a vocabulary of words without case and spaces; use `default_vocabulary`.

        Args:
            entries: what each word may mean.
            counted: see the class.
            around: likewise.
            cells: likewise.
            given: what a user's headings mean, whatever their words mean elsewhere.
            scripts: see the class.
        """
        self._meanings = entries
        self._given = given or {}
        self.scripts = scripts
        self.counted = counted
        self.around = around
        self.cells = cells

    def meanings(self, word: str) -> Sequence[Meaning]:
        """Return what a phrase may mean, as `word_of` gives it; none where it is not known."""
        given = self._given.get(word)
        return self._meanings.get(word, ()) if given is None else (given,)

    @property
    def given(self) -> tuple[str, ...]:
        """The `TEXT=KEY` of a user."""
        return tuple(meaning.given_by for meaning in self._given.values())

    def without(self, pair: str) -> "Vocabulary":
        """Return what the words mean without one `TEXT=KEY` of a user."""
        return self._with_given({word: one for word, one in self._given.items() if one.given_by != pair})

    @cached_property
    def of_texts(self) -> "Vocabulary":
        """What the words mean where they head no column: a dataset that heads one is one all the same elsewhere."""
        known = {word for word, meanings in self._meanings.items() if any(one.kind == "dataset" for one in meanings)}
        return self._with_given({word: one for word, one in self._given.items() if word not in known})

    def _with_given(self, given: Mapping[str, Meaning]) -> "Vocabulary":
        return self if len(given) == len(self._given) else self._made(given=given)

    def _made(self, entries: Mapping[str, Sequence[Meaning]] | None = None, **parts: Any) -> "Vocabulary":
        """Return a vocabulary with other words, or other parts; what is not named stays."""
        every: dict[str, Any] = {
            "around": self.around,
            "cells": self.cells,
            "given": self._given,
            "scripts": self.scripts,
        }
        return Vocabulary(self._meanings if entries is None else entries, self.counted, **(every | parts))

    def target(self, name: str) -> Meaning:
        """Return the quantity of that name: an entry of the vocabulary, or a column."""
        return self._targets()[name]

    def dataset(self, text: str) -> str | None:
        """Return the dataset that a text is the name of, as the catalog or its runs call it."""
        word = _word(text)
        every = (*self._meanings.get(word, ()), *self.meanings(word))
        return next((meaning.value for meaning in every if meaning.kind == "dataset"), None)

    def with_additions(self, pairs: Sequence[str] = (), *, documents: Mapping[str, str] | None = None) -> "Vocabulary":
        """Return a vocabulary in which a user's words stand before ours.

        Args:
            pairs: `TEXT=KEY`; the last `=` parts them.
            documents: texts of TOML files of the form of `catalog/headings.toml`, by name.

        Raises:
            SpecError: a text has no key, or the key is none, or two texts that are one have two; a document is not of
                that form, or says a word twice.
        """
        targets = self._targets()
        given: dict[str, Meaning] = {}
        own: dict[str, tuple[Meaning, ...]] = {}
        around, cells = self.around, self.cells
        for name, document in (documents or {}).items():
            entries = parse_vocabulary(document, name)
            listed = [
                (section, entry, text, _known(meaning, targets, f"{name}: {section}.{entry}"))
                for section, entry, text, meaning in _listed(entries, name)
            ]
            own |= _by_word(listed)
            around = {kind: words | _of_around(entries)[kind] for kind, words in around.items()}
            cells = cells.with_entries(entries)
        for pair in pairs:
            text, _, key = (part.strip() for part in pair.rpartition("="))
            if not _word(text) or not key:
                raise SpecError(f"{_FROM_USER} {pair!r} is not TEXT=KEY, as 'acc. (ours)=top1'")
            _require(key, targets, f"{_FROM_USER} {pair!r}")
            other = given.setdefault(_word(text), replace(targets[key], given_by=pair))
            if replace(other, given_by="") != targets[key]:
                raise SpecError(f"{_FROM_USER} {other.given_by!r} and {pair!r} say two things of one heading: keep one")
        if not own and not given and not documents:
            return self
        return self._made({**self._meanings, **own}, around=around, cells=cells, given={**self._given, **given})

    def with_datasets(self, names: Sequence[str]) -> "Vocabulary":
        """Return a vocabulary that knows these names of datasets, too, where they mean nothing else.

        A dataset of ours that is there under another of its spellings only is called by that.
        """
        spelt = {self.dataset(name): name for name in names}
        renamed = {ours: theirs for ours, theirs in spelt.items() if ours is not None and ours not in names}
        known = self._meanings
        if renamed:
            known = {
                word: tuple(
                    replace(one, value=renamed.get(one.value, one.value)) if one.kind == "dataset" else one
                    for one in meanings
                )
                for word, meanings in known.items()
            }
        new = {_word(name): (Meaning(kind="dataset", value=name),) for name in names}
        new = {word: meanings for word, meanings in new.items() if word and word not in known}
        return self._made({**known, **new}) if new or renamed else self

    def with_scripts(
        self,
        scripts: ScriptWords,
        words: Mapping[str, Meaning],
        more_keys: Mapping[tuple[str, ...], Iterable[str]],
    ) -> "Vocabulary":
        """Return a vocabulary that knows the names of users' scripts, too.

        Args:
            scripts: these names.
            words: what each of their words means; it stands before what the word means here.
            more_keys: by the columns that a quantity of ours may be: others that come after these.
        """
        known = {
            word: tuple(replace(one, keys=(*one.keys, *more_keys.get(one.keys, ()))) for one in meanings)
            for word, meanings in self._meanings.items()
        }
        new = {word: (meaning, *known.get(word, ())) for word, meaning in words.items()}
        return self._made({**known, **new}, scripts=scripts)

    def _targets(self) -> dict[str, Meaning]:
        """Return what a user's word may mean, by the name that it is asked for with."""
        every = [meaning for meanings in self._meanings.values() for meaning in meanings]
        datasets = {meaning.value: meaning for meaning in every if meaning.kind == "dataset"}
        entries = {
            meaning.value: replace(meaning, unit="", needs_unit=False)
            for meaning in every
            if meaning.kind == "quantity" and not _is_of_scripts(meaning)
        }
        names = (*COLUMNS, *(self.scripts.keys if self.scripts is not None else ()))
        single = {key: Meaning(kind="quantity", value=key, keys=(key,)) for key in names}
        return datasets | single | entries


@cache
def default_vocabulary() -> Vocabulary:
    """Return the words of `catalog/headings.toml`, and the names and headings of the columns of expdb."""
    entries = shipped_vocabulary()
    listed = _listed(entries, "headings.toml")
    known = _by_word([one for one in listed if one[0] != "settings"])
    for key, column in COLUMNS.items():
        for text in (key, column.heading.partition(" (")[0]):
            own = Meaning(kind="quantity", value=key, keys=(key,))
            _add_quantity(known, _word(text), own)
    for *_, text, meaning in (one for one in listed if one[0] == "settings"):
        _add_quantity(known, _word(text), meaning)
    for dataset in DATASETS:
        if not any(meaning.kind == "dataset" for meaning in known.get(_word(dataset), ())):
            known[_word(dataset)] = (*known.get(_word(dataset), ()), Meaning(kind="dataset", value=dataset))
    counted = frozenset(key for key, entry in entries.quantities.items() if entry.is_counted)
    return Vocabulary(known, counted, _of_around(entries), shipped_cell_words())


def _listed(entries: VocabularyFile, name: str) -> list[_Listed]:
    """Return every word with what it means. Raises SpecError where one section says a word twice."""
    found = [*_of_quantities(entries), *_of_others(entries), *_of_settings(entries)]
    seen: dict[tuple[str, str], str] = {}
    for section, entry, text, _ in found:
        word = _word(text)
        if not word:
            raise SpecError(f"{name}: {section}.{entry}: {text!r} has neither letters nor signs")
        other = seen.setdefault((section, word), entry)
        if other != entry:
            raise SpecError(f"{name}: {text!r} stands in {section}.{other} and in {section}.{entry}: keep one")
    return found


def _of_quantities(entries: VocabularyFile) -> Iterator[_Listed]:
    for name, entry in entries.quantities.items():
        plain = Meaning(kind="quantity", value=name, keys=entry.keys or (name,), is_error=entry.is_error)
        for word in entry.all_words():
            yield "quantities", name, word, plain
        for word in entry.with_unit:
            yield "quantities", name, word, replace(plain, needs_unit=True)
        for unit, words in entry.in_unit.items():
            yield from (("quantities", name, word, replace(plain, unit=unit)) for word in words)


def _of_settings(entries: VocabularyFile) -> Iterator[_Listed]:
    for name, entry in entries.settings.items():
        meaning = Meaning(kind="quantity", value=name, keys=(name,))
        yield from (("settings", name, word, meaning) for word in (name, *entry.all_words()))


def _of_others(entries: VocabularyFile) -> Iterator[_Listed]:
    for name, hint in entries.hints.items():
        yield from (("hints", name, word, Meaning(kind="hint", value=name)) for word in hint.all_words())
        broad = Meaning(kind="hint", value=name, is_broad=True)
        yield from (("hints", name, word, broad) for word in hint.broad)
    for kind, entry in entries.words.items():
        yield from (("words", kind, word, Meaning(kind=kind)) for word in entry.all_words())
    for split, entry in entries.splits.items():
        yield from (("splits", split, word, Meaning(kind="split", value=split)) for word in entry.all_words())
    for stage in ("last", "best", "mean", "seeds"):
        words = getattr(entries.stages, stage).all_words()
        yield from (("stages", stage, word, Meaning(kind="stage", value=stage)) for word in words)
    for dimension, units in entries.units.items():
        for unit, entry in units.items():
            meaning = Meaning(kind="unit", value=unit, dimension=dimension)
            yield from ((f"units.{dimension}", unit, word, meaning) for word in entry.all_words())
    for name, entry in entries.datasets.items():
        words_of_it = (name, *entry.all_words())
        yield from (("datasets", name, word, Meaning(kind="dataset", value=name)) for word in words_of_it)


def _of_around(entries: VocabularyFile) -> _WordsAround:
    return {kind: frozenset(map(_word, entries.around.get(kind, Words()).all_words())) for kind in get_args(Around)}


def _by_word(listed: Sequence[_Listed]) -> dict[str, tuple[Meaning, ...]]:
    known: dict[str, tuple[Meaning, ...]] = {}
    for _, _, text, meaning in listed:
        others = known.get(_word(text), ())
        known[_word(text)] = others if meaning in others else (*others, meaning)
    return known


def _add_quantity(known: dict[str, tuple[Meaning, ...]], word: str, meaning: Meaning) -> None:
    """Add what a name of expdb's own means, where no entry says something else."""
    others = known.get(word, ())
    if not any(other.kind == "quantity" for other in others):
        known[word] = (*others, meaning)


def _is_of_scripts(meaning: Meaning) -> bool:
    """Return whether a word is a name of users' scripts, which may be short for several: it is no entry."""
    return meaning.keys[0].startswith("settings.") or any(key.startswith(FREE) for key in meaning.keys)


def _known(meaning: Meaning, targets: Mapping[str, Meaning], where: str) -> Meaning:
    """Return what a user's word means, with all that an entry of ours of that name may be."""
    keys = {"quantity": meaning.keys, "hint": (meaning.value,)}.get(meaning.kind, ())
    for key in keys:
        _require(key, targets, where)
    if meaning.kind == "quantity" and meaning.keys == (meaning.value,):
        target = targets[meaning.value]
        return replace(meaning, keys=target.keys, is_error=meaning.is_error or target.is_error)
    return meaning


def _require(key: str, targets: Mapping[str, Meaning], where: str) -> None:
    if key not in targets:
        spelt = {target.lower(): target for target in sorted(targets)}
        near = [spelt[word] for word in get_close_matches(key.lower(), list(spelt), n=3, cutoff=0.6)]
        hint = f"did you mean {', '.join(near)}?" if near else "see expdb table --columns help"
        raise SpecError(f"{where}: {key!r} is no column that a written table may have: {hint}")


def _word(text: str) -> str:
    return word_of(pieces_of(text))

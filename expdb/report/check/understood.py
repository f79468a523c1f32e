"""A written table with what its headings and surroundings say: what `check` compares."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from expdb.report.check.judge_number import Recorded
from expdb.report.check.printed_numbers import any_number
from expdb.report.check.same_words import MODELS, same_words
from expdb.report.check.settings_above import SettingsAbove, settings_above
from expdb.report.written.reading.heading import Heading, read_heading
from expdb.report.written.reading.means_said import MeansSaid, read_means
from expdb.report.written.reading.numbers import is_blank, read_cell
from expdb.report.written.reading.vocabulary import Vocabulary
from expdb.report.written.tables.augmentation_headings import augmentation_settings
from expdb.report.written.tables.columns import ACCURACIES, RESULTS, ReadColumn
from expdb.report.written.tables.read_table import ReadTable
from expdb.report.written.tables.told import told_columns
from expdb.report.written.written_table import WrittenRow, WrittenTable

_AUGMENTATIONS = ("aug_label", "settings", "aug", "policy")
_KEYS: Mapping[str, tuple[str, ...]] = {"model": MODELS, "settings": _AUGMENTATIONS}  # of columns that cells name
_WHOLE = 100  # per cent
_LONGEST_NAME = 40  # letters


@dataclass(frozen=True, kw_only=True)
class UnderstoodTable:
    """A table, or those of its columns that are of one dataset and augmentation, and what is said of its cells.

    Attributes:
        written: as it is printed; a column of several quantities is there once for each.
        headings: what each of its headings says.
        places: where each of its columns stands in the whole table.
        vocabulary: what headings are read by.
        dataset: what its rows are of, unless a cell or a section says it; None where nothing does.
        datasets: what the catalog calls the datasets that cells and sections name, by their text.
        rivals: datasets that are named above it, where nobody knows which one a row is of.
        augmentation: the settings that are on in its rows, where a heading says so; None: none does.
        above: the settings that the words above it say of all its rows.
        means: what the words above it say of its means.
        fractions: the places of accuracies that are printed as fractions of one.
        in_percent: the places of shares that it prints in percent, and runs have as fractions of one.
        reasons: what each column is read as, and why it is none that runs have, by its place.
    """

    written: WrittenTable
    headings: tuple[Heading, ...]
    places: tuple[int, ...]
    vocabulary: Vocabulary
    dataset: str | None = None
    datasets: Mapping[str, str] = field(default_factory=dict)
    rivals: tuple[str, ...] = ()
    augmentation: Mapping[str, Any] | None = None
    above: SettingsAbove = field(default_factory=SettingsAbove)
    means: MeansSaid = field(default_factory=MeansSaid)
    fractions: frozenset[int] = frozenset()
    in_percent: frozenset[int] = frozenset()
    reasons: Mapping[int, str] = field(default_factory=dict)

    @property
    def rows(self) -> tuple[WrittenRow, ...]:
        """The rows, as printed."""
        return self.written.rows

    @cached_property
    def keys(self) -> frozenset[str]:
        """The columns that its headings may mean."""
        return frozenset(key for heading in self.headings for key in heading.keys)

    def dataset_of(self, row: WrittenRow) -> str | None:
        """Return the dataset that is said above a row, not in it: by its section, or above its table."""
        return self.datasets.get(row.section or "") or self.dataset

    def augmentation_of(self, row: WrittenRow) -> Mapping[str, Any] | None:
        """Return the settings that are on in a row, by its column or the section above it; None: nothing says it."""
        said = None if row.section is None else augmentation_settings(row.section)
        return self.augmentation if self.augmentation is not None else said or None  # `Baselines` may be any

    def words(self, row: WrittenRow, place: int) -> str:
        """Return what a cell of words says: a dataset by the name that the catalog has for it."""
        text = row.cells[place].text
        return self.datasets.get(text, text) if "dataset" in self.headings[place].keys else text

    def units(self, place: int) -> tuple[str, ...]:
        """Return what a column's numbers are in, as `read_cell` takes it."""
        return (self.headings[place].unit,) if self.headings[place].unit else ()

    def stated(self, place: int, facts: Recorded) -> Recorded:
        """Return what a column should print of what is recorded: of one of errors, 1 - accuracy."""
        if place in self.in_percent:
            return _as_percent(facts)
        return _as_error(facts) if self.headings[place].is_error else facts

    @cached_property
    def spread_places(self) -> frozenset[int]:
        """The places of columns that print a ± in any row."""
        return frozenset(
            place
            for place in range(len(self.headings))
            if any("±" in row.cells[place].text or "+/-" in row.cells[place].text for row in self.rows)
        )

    def readings(self) -> Iterator[str]:
        """Yield what is to be known of how columns are read."""
        for place, heading in enumerate(self.headings):
            if place in self.fractions:
                yield f"column {self.name(place)!r} is read as fractions"
            if heading.is_error and heading.key:
                yield f"column {self.name(place)!r} is compared with 1 - {heading.key}"

    def name(self, place: int) -> str:
        """Return what a column is called."""
        return self.written.headings[place] or f"column {self.places[place] + 1}"

    def looks_numeric(self, place: int) -> bool:
        """Return whether most cells of a column are numbers."""
        texts = [row.cells[place].text for row in self.rows if not is_blank(row.cells[place].text)]
        return 2 * sum(any_number(text, self.units(place)) is not None for text in texts) > len(texts)

    def row_name(self, row: WrittenRow) -> str:
        """Return how the report calls a row: its text in the column whose short texts tell rows apart best."""
        return (row.cells[self._naming].text if self._naming is not None else "") or "this row"

    @cached_property
    def _naming(self) -> int | None:
        scores = {}
        for place, heading in enumerate(self.headings):
            texts = {row.cells[place].text for row in self.rows}
            if not self.looks_numeric(place) and all(len(text) <= _LONGEST_NAME for text in texts):
                scores[place] = (len(texts) > 1, "dataset" not in heading.keys, len(texts), -place)
        return max(scores, key=lambda place: scores[place], default=None)


def whole_table(read: ReadTable, vocabulary: Vocabulary) -> UnderstoodTable:
    """Return all columns of a table, whatever its results are of."""
    return _of_columns(read, vocabulary, range(len(read.columns)))


def single_tables(read: ReadTable, vocabulary: Vocabulary) -> Iterator[UnderstoodTable]:
    """Yield a table for each dataset or augmentation that headings of results name; the whole one if none does."""
    coordinates = dict.fromkeys(column.of for column in read.columns if column.of)
    for of in coordinates or [()]:
        places = [place for place, column in enumerate(read.columns) if column.of in ((), of)]
        said = dict(of)
        single = _of_columns(read, vocabulary, places)
        if "dataset" in said:
            single = replace(single, dataset=said["dataset"])
        if "augmentation" in said:
            single = replace(single, augmentation=augmentation_settings(said["augmentation"]))
        if of:
            own = tuple(replace(heading, dataset=None) for heading in single.headings)
            single = replace(single, headings=own)
        yield single


def table_by_headings(written: WrittenTable, vocabulary: Vocabulary) -> UnderstoodTable:
    """Return a table by its headings alone: one that a mark names says its columns itself."""
    headings = tuple(read_heading(text, vocabulary) for text in written.headings)
    table = UnderstoodTable(
        written=written, headings=headings, places=tuple(range(len(headings))), vocabulary=vocabulary
    )
    return replace(table, fractions=frozenset(_fractions(table)))


def same_heading(one: Heading, other: Heading) -> bool:
    """Return whether two headings say the same, whatever the unit: word by word, or as they are understood."""
    if same_words(one.text) == same_words(other.text):
        return bool(one.text)
    return _sense(one) == _sense(other) and bool(one.keys)


def _of_columns(read: ReadTable, vocabulary: Vocabulary, places: Sequence[int]) -> UnderstoodTable:
    columns = [read.columns[place] for place in places]
    told = dict(told_columns(read))

    def cut(row: WrittenRow) -> WrittenRow:
        cells = (
            replace(row.cells[one.place], text=one.text_of(row.cells[one.place].text) or row.cells[one.place].text)
            for one in columns
        )
        return replace(row, cells=tuple(cells))

    written = replace(
        read.written,
        headings=tuple(read.written.headings[column.place] for column in columns),
        rows=tuple(cut(row) for row in read.written.rows),
    )
    says_dataset = any(column.role == "dataset" for column in columns)
    headings = tuple(map(_heading, columns))
    keys = {key for heading in headings for key in heading.keys}
    kinds = {kind for column in columns for kind, _ in column.of}
    names_runs = "id" in keys  # of which everything is known
    above = settings_above(
        written,
        vocabulary,
        says_epochs=names_runs or "epochs" in keys,
        says_augmentation=names_runs or "augmentation" in kinds or bool(keys & set(_AUGMENTATIONS)),
    )
    table = UnderstoodTable(
        written=written,
        headings=headings,
        places=tuple(places),
        vocabulary=vocabulary,
        dataset=None if says_dataset else read.dataset,
        datasets=read.datasets,
        rivals=read.rivals,
        above=above,
        means=read_means(read.written.surroundings, vocabulary),
        fractions=frozenset(place for place, column in enumerate(columns) if column.is_fraction),
        reasons={place: told[column.quoted] for place, column in enumerate(columns)},
    )
    of_scripts = frozenset(place for place in _fractions(table) if headings[place].key not in ACCURACIES)
    return replace(table, fractions=table.fractions | of_scripts)


def _heading(column: ReadColumn) -> Heading:
    """Return what a column is headed with, as its cells and surroundings bear it out."""
    heading = column.heading
    if column.role in ("metric", "setting", "tick", "nothing") and (column.reason or column.is_rival):
        return replace(heading, keys=(), is_error=False)
    if column.role in RESULTS and column.role not in heading.keys:  # said around the table, or by another column
        return replace(heading, keys=(column.role,), left=(), is_error=column.is_error)
    keys = heading.keys or _KEYS.get(column.role) or (() if column.role in _OWN else (column.role,))
    return replace(heading, keys=keys, is_error=column.is_error or (heading.is_error and bool(heading.keys)))


_OWN = ("metric", "setting", "tick", "nothing", "links", "devices")


def _fractions(table: UnderstoodTable) -> Iterator[int]:
    for place, heading in enumerate(table.headings):
        if (set(ACCURACIES) | _shares(table.vocabulary)) & set(heading.keys):
            cells = (read_cell(row.cells[place].text, "percent", table.units(place)) for row in table.rows)
            if {read.main.may_be_fraction for read in cells if read is not None} == {True}:
                yield place


def _shares(vocabulary: Vocabulary) -> frozenset[str]:
    """Return the metrics of scripts that are shares of one, and print in percent."""
    names = {} if vocabulary.scripts is None else vocabulary.scripts.keys
    return frozenset(key for key, metric in names.items() if metric is not None and metric.unit == "fraction")


def _sense(heading: Heading) -> tuple[object, ...]:
    return heading.keys, heading.split, heading.at, heading.is_error, heading.dataset, heading.left


def _as_percent(facts: Recorded) -> Recorded:
    std, low, high = (None if one is None else _WHOLE * one for one in (facts.std, facts.low, facts.high))
    return replace(facts, main=_WHOLE * facts.main, std=std, low=low, high=high, form="percent")


def _as_error(facts: Recorded) -> Recorded:
    low, high = (None if end is None else _WHOLE - end for end in (facts.low, facts.high))
    return replace(facts, main=_WHOLE - facts.main, low=high, high=low)

"""A written table with what its headings and surroundings say: what `check` compares."""

from dataclasses import dataclass, replace
from functools import cached_property

from expdb.report.check.judge_number import Recorded
from expdb.report.written.reading.dataset_names import dataset_name, dataset_named
from expdb.report.written.reading.heading import Heading
from expdb.report.written.reading.headings import (
    LINKS,
    MODELS,
    heading_units,
    heading_word,
    keys_of,
    same_words,
)
from expdb.report.written.reading.numbers import read_cell
from expdb.report.written.written_table import WrittenRow, WrittenTable

_ACCURACIES = frozenset(("top1", "top5", "val_top1", "best_top1"))
_WHOLE = 100  # per cent


@dataclass(frozen=True, kw_only=True)
class UnderstoodTable:
    """A table, and what is said of its cells.

    Attributes:
        written: as it is printed.
        headings: what each of its headings says.
        dataset: what stands above it names; None where nothing does.
    """

    written: WrittenTable
    headings: tuple[Heading, ...]
    dataset: str | None = None

    @property
    def rows(self) -> tuple[WrittenRow, ...]:
        """The rows, as printed."""
        return self.written.rows

    @cached_property
    def keys(self) -> frozenset[str]:
        """The columns that its headings may mean."""
        return frozenset(key for heading in self.headings for key in heading.keys)

    @cached_property
    def says_dataset(self) -> bool:
        """Whether a column or what stands above names the dataset of its rows."""
        return self.dataset is not None or "dataset" in self.keys

    def dataset_of(self, row: WrittenRow) -> str | None:
        """Return the dataset that is said above a row, not in it: by its section, or above its table."""
        said = None if row.section is None else dataset_named(row.section)
        return said or self.dataset

    def units(self, place: int) -> tuple[str, ...]:
        """Return what a column's numbers are in, as `read_cell` takes it."""
        return (self.headings[place].unit,) if self.headings[place].unit else ()

    def stated(self, place: int, facts: Recorded) -> Recorded:
        """Return what a column should print of what is recorded: of one of errors, 1 - accuracy."""
        return _as_error(facts) if self.headings[place].is_error else facts

    @cached_property
    def fractions(self) -> frozenset[int]:
        """The places of accuracies that are printed as fractions: none of them is above 1, none says %."""
        return frozenset(place for place, seen in self._scales.items() if seen == {True})

    @cached_property
    def mixed(self) -> frozenset[int]:
        """The places of accuracies of which some can be fractions and some cannot: nobody knows which."""
        return frozenset(place for place, seen in self._scales.items() if len(seen) == 2)

    @cached_property
    def spread_places(self) -> frozenset[int]:
        """The places of columns that print a ± in any row."""
        return frozenset(
            place
            for place in range(len(self.headings))
            if any("±" in row.cells[place].text or "+/-" in row.cells[place].text for row in self.rows)
        )

    @cached_property
    def _scales(self) -> dict[int, set[bool]]:
        found: dict[int, set[bool]] = {}
        for place, heading in enumerate(self.headings):
            if _ACCURACIES & set(heading.keys):
                cells = (read_cell(row.cells[place].text, "percent", self.units(place)) for row in self.rows)
                found[place] = {read.main.may_be_fraction for read in cells if read is not None}
        return found

    def readings(self) -> list[str]:
        """Return what is to be known of how columns are read."""
        said = []
        for place, heading in enumerate(self.headings):
            if place in self.fractions:
                said.append(f"column {self.name(place)!r} is read as fractions")
            if heading.is_error:
                said.append(f"column {self.name(place)!r} is read as 1 - {heading.key}")
        return said

    def name(self, place: int) -> str:
        """Return what a column is called."""
        return self.written.headings[place] or f"column {place + 1}"


def understand(table: WrittenTable, *, dataset: str | None = None) -> UnderstoodTable:
    """Return a table with what its headings say; a first column without a heading names the models.

    Args:
        table: as printed.
        dataset: of tables that do not say it.
    """
    headings = [read_heading_of(text) for text in table.headings]
    if not table.headings[0] and not any(set(MODELS) & set(one.keys) for one in headings):
        headings[0] = replace(headings[0], keys=MODELS)
    return UnderstoodTable(written=table, headings=tuple(headings), dataset=dataset)


def same_dataset(one: str, other: str) -> bool:
    """Return whether two names are of one dataset."""
    return dataset_name(one) == dataset_name(other) or same_words(one) == same_words(other)


def same_heading(one: Heading, other: Heading) -> bool:
    """Return whether two headings say the same, whatever the unit: word by word, or as they are understood."""
    if same_words(one.text) == same_words(other.text):
        return bool(one.text)
    return _sense(one) == _sense(other) and bool(one.keys or one.left)


def _sense(heading: Heading) -> tuple[object, ...]:
    left = tuple(same_words(word) for word in heading.left)
    return heading.keys, heading.split, heading.at, heading.is_error, heading.dataset, left


def _as_error(facts: Recorded) -> Recorded:
    low, high = (None if end is None else _WHOLE - end for end in (facts.low, facts.high))
    return replace(facts, main=_WHOLE - facts.main, low=high, high=low)


def read_heading_of(text: str) -> Heading:
    """Return what a heading says."""
    words = heading_units(text)
    unit = next((word for word in words if word.casefold() in _UNITS), "")
    dataset = None if keys_of(text) else dataset_named(text)
    bare = " ".join(word for word in text.split() if dataset_named(word) is None)
    keys = ("links",) if heading_word(text) == LINKS else keys_of(text) or (keys_of(bare) if dataset else ())
    return Heading(text=text, keys=keys, unit=unit, at=epochs_said(text), dataset=dataset)


_UNITS = ("%", "m", "g", "k", "b", "s", "h", "min", "ms", "d", "hours", "minutes", "seconds", "hr", "gb", "sec")


def epochs_said(heading: str) -> str | None:
    """Return which epochs a heading says."""
    words = [word.casefold() for word in heading_units(heading)]
    count = next((word for word in words if word.isdecimal()), None)
    if "best" in words:
        return "best"
    if "mean" in words and count and not {"seeds", "seed", "runs"} & set(words):
        return f"mean-{count}"
    return "last" if "last" in words else None

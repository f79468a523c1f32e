"""Which row of a written table stands for which of a definition's."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from expdb.report.check.expected import ExpectedTable, is_measured, is_result
from expdb.report.check.judge_number import Recorded, judge_cell, worst
from expdb.report.check.match_columns import ColumnPlaces
from expdb.report.check.same_words import same_words
from expdb.report.check.understood import UnderstoodTable
from expdb.report.written.reading.numbers import is_blank, read_cell
from expdb.report.written.written_table import WrittenRow

_MOST_NEAREST = 2


@dataclass(frozen=True, order=True)
class Likeness:
    """How far a written row says what an expected one says.

    Attributes:
        own_texts: texts that agree with the row's own, not only with another label of it.
        settings: numbers of settings that agree (epochs, seed, ...).
        results: results that agree.
        texts: texts that agree, with whatever label.
        num_texts, num_settings, num_results: how many there are to agree.
    """

    own_texts: int
    settings: int
    results: int
    texts: int
    num_texts: int
    num_settings: int
    num_results: int

    @property
    def fits(self) -> bool:
        """Whether the row's texts are those of the expected one."""
        return self.texts == self.num_texts

    @property
    def fits_wholly(self) -> bool:
        """Whether texts and settings are those of the expected row."""
        return self.fits and self.settings == self.num_settings and self.num_texts + self.num_settings > 0

    @property
    def is_near(self) -> bool:
        """Whether the row must be the expected one with some words changed: half of its cells agree, and a result."""
        agreeing = self.texts + self.settings + self.results
        return self.results > 0 and 2 * agreeing >= self.num_texts + self.num_settings + self.num_results

    @property
    def is_all_but_words(self) -> bool:
        """Whether all results agree, and half of what describes the row: a coincidence is out of the question."""
        described, all_described = self.texts + self.settings, self.num_texts + self.num_settings
        return self.results == self.num_results > 1 and 2 * described >= all_described

    @property
    def is_all_but_settings(self) -> bool:
        """Whether texts and results agree, and half of what describes the row."""
        described, all_described = self.texts + self.settings, self.num_texts + self.num_settings
        has_results = self.results == self.num_results > 0
        return self.fits and self.num_texts > 0 and has_results and 2 * described >= all_described


class RowMatcher:
    """Finds the expected rows that the rows of a written table stand for."""

    def __init__(self, table: UnderstoodTable, expected: ExpectedTable, columns: ColumnPlaces) -> None:
        """Prepare for a table whose columns were matched."""
        self._table = table
        self._allowed: dict[tuple[str | None, frozenset[str] | None], set[int]] = {}
        self._expected = expected
        self._columns = columns
        self._index = {place: self._words_of(place) for place in columns}

    def one_to_one(self, *, is_sure: bool = False) -> dict[int, int]:
        """Return which written row is which expected one, each at most once; the order may differ.

        Rows are known by their texts; where several have the same, their settings and then their results decide. What
        is left over is matched where all but some words agree; a single result that agrees is not enough for that,
        unless most other rows are known by their texts, or it `is_sure` that the table is the expected one.
        """
        rows = self._table.rows
        fitting = {
            (place, index): found
            for place, row in enumerate(rows)
            for index in self._same_texts(row)
            if (found := self._likeness(row, index)).fits
        }
        matched = _one_to_one(fitting, {})
        is_known = is_sure or 2 * len(matched) >= len(rows)
        rest = set(range(len(self._expected.rows))) - set(matched.values())
        near = {
            (place, index): found
            for place, row in enumerate(rows)
            if place not in matched
            for index in rest & self._of_dataset(row)
            if (found := self._likeness(row, index)).is_near and (is_known or found.results > 1)
        }
        return _one_to_one(near, matched)

    def fitting(self, row: WrittenRow) -> list[int]:
        """Return the expected rows that a written one may stand for: several where it does not say enough.

        Where none has its texts and settings, those are meant that have its texts and results, and most of its
        settings; else the one that agrees in all results and most words.
        """
        alike = {index: self._likeness(row, index) for index in self._same_texts(row)}
        most = max((found.own_texts for found in alike.values() if found.fits_wholly), default=-1)
        if most >= 0:
            return [index for index, found in alike.items() if found.fits_wholly and found.own_texts == most]
        settings = max((found.settings for found in alike.values() if found.is_all_but_settings), default=-1)
        if settings >= 0:
            return [index for index, found in alike.items() if found.is_all_but_settings and found.settings == settings]
        near = [
            index
            for index in sorted(self._of_dataset(row))
            if self._has_results(row, index) and self._likeness(row, index).is_all_but_words
        ]
        return near if len(near) == 1 else []

    def nearest(self, row: WrittenRow) -> list[int]:
        """Return the expected rows with the texts of a written one that agree with most of it; many say nothing."""
        alike = {index: self._likeness(row, index) for index in self._same_texts(row)}
        agreeing = {index: found.settings + found.results for index, found in alike.items() if found.num_texts > 0}
        highest = max(agreeing.values(), default=0)
        most = [index for index, number in agreeing.items() if number == highest]
        return most if len(most) <= _MOST_NEAREST else []

    def _same_texts(self, row: WrittenRow) -> list[int]:
        """Return the expected rows that have the texts of a written one, in order."""
        found = self._of_dataset(row)
        for place in self._columns:
            if not is_blank(row.cells[place].text):
                words, without_words = self._index[place]
                found = found & (words.get(same_words(self._table.words(row, place)), set()) | without_words)
        return sorted(found)

    def _of_dataset(self, row: WrittenRow) -> set[int]:
        """Return the expected rows that are of what is said above a row: its dataset, its augmentation."""
        said, on = self._table.dataset_of(row), self._table.augmentation_of(row)
        above = self._table.above
        key = (said, None if on is None else frozenset(on))
        if key not in self._allowed:
            self._allowed[key] = {
                index
                for index, one in enumerate(self._expected.rows)
                if (said is None or all(same_words(said) == same_words(name) for name in one.datasets))
                and (on is None or one.is_augmented_with(on))
                and one.may_have(above.epochs, above.augmentation if on is None else None)
            }
        return self._allowed[key]

    def _has_results(self, row: WrittenRow, index: int) -> bool:
        """Return whether all results agree, roundings apart."""
        facts = self._expected.rows[index].facts
        return all(
            self._agrees(row, place, known)
            for place, slot_index in self._columns.items()
            if (known := facts[slot_index]) is not None
            and is_result(self._expected.slots[slot_index])
            and not is_blank(row.cells[place].text)
        )

    def _likeness(self, row: WrittenRow, index: int) -> Likeness:
        """Return how far a written row says what an expected one says; empty cells say nothing."""
        expected = self._expected.rows[index]
        texts: list[bool] = []
        settings: list[bool] = []
        results: list[bool] = []
        own = 0
        if row.section is not None and expected.line.section is not None:
            texts.append(same_words(row.section) == same_words(expected.line.section))
        for place, slot_index in self._columns.items():
            text, slot, facts = row.cells[place].text, self._expected.slots[slot_index], expected.facts[slot_index]
            if is_blank(text):
                continue
            if facts is not None:
                (results if is_result(slot) else settings).append(self._agrees(row, place, facts))
            elif not is_measured(slot):
                said = self._table.words(row, place)
                texts.append(index in self._index[place][0].get(same_words(said), ()))
                own += same_words(said) in map(same_words, expected.own_texts(slot_index, slot))
        return Likeness(
            own_texts=own,
            settings=sum(settings),
            results=sum(results),
            texts=sum(texts),
            num_texts=len(texts),
            num_settings=len(settings),
            num_results=len(results),
        )

    def _agrees(self, row: WrittenRow, place: int, facts: Recorded) -> bool:
        """Return whether a cell says what is recorded, roundings apart."""
        facts = self._table.stated(place, facts)
        read = read_cell(row.cells[place].text, facts.form, self._table.units(place), is_interval=facts.is_interval)
        if read is None:
            return False
        if not read.is_below and not read.main.may_be_fraction and abs(read.main.value - facts.main) > read.main.step:
            return False  # most pairs of rows end here
        judged = judge_cell(read, facts, is_fraction=place in self._table.fractions)
        return worst(judged) in ("confirmed", "rounded differently")

    def _words_of(self, place: int) -> tuple[dict[str, set[int]], set[int]]:
        """Return the expected rows by what may stand in a column, and those that have no words there."""
        slot_index, words, without_words = self._columns[place], defaultdict[str, set[int]](set), set()
        slot, heading = self._expected.slots[slot_index], self._table.headings[place]
        for index, row in enumerate(self._expected.rows):
            if row.facts[slot_index] is not None or is_measured(slot):
                without_words.add(index)
            else:
                for text in row.texts(slot_index, slot, heading):
                    words[same_words(text)].add(index)
        return words, without_words


def _one_to_one(alike: Mapping[tuple[int, int], Likeness], matched: Mapping[int, int]) -> dict[int, int]:
    found = dict(matched)
    taken = set(matched.values())
    order = sorted(alike, key=lambda pair: (alike[pair], -abs(pair[0] - pair[1])), reverse=True)
    for place, index in order:
        if place not in found and index not in taken:
            found[place] = index
            taken.add(index)
    return found

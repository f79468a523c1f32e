"""One row of a written table against the rows that it may stand for: a finding for every number."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from expdb.report.earlier import earlier_facts
from expdb.report.expected import ExpectedRow, ExpectedTable, is_numeric
from expdb.report.findings import Finding
from expdb.report.judging import STATUSES, Facts, Judged, Status, judge, worst
from expdb.report.matching import Columns
from expdb.report.printed import PrintedCell, is_blank, read_cell
from expdb.report.source import TableSource
from expdb.report.vocabulary import LINKS, heading_units, heading_word, keys_of, same_words
from expdb.report.written import WrittenCell, WrittenRow, WrittenTable

_LONGEST_NAME = 40  # letters
_WRONG: tuple[Status, ...] = ("contradicted", "unknown")
_MOST_HISTORIES = 5  # groups of which earlier states are looked up, where a row fits many


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """A written table beside the one that it should be; `numeric` are the places of its columns of numbers."""

    source: TableSource
    written: WrittenTable
    expected: ExpectedTable
    columns: Columns
    numeric: frozenset[int]

    def judge_row(self, row: WrittenRow, others: Sequence[ExpectedRow]) -> list[Finding]:
        """Return the findings of a row that stands for one of these others, or for none of them."""
        found: list[Finding] = []
        for place, cell in enumerate(row.cells):
            if is_blank(cell.text):
                continue
            if place in self.columns and others:
                found += self._best(row, place, cell, others)
            elif place in self.numeric:
                reason = "no run fits this row" if not others else "no column of runs has this heading"
                found += self._unknown(row, place, cell, reason)
        return found

    def _best(self, row: WrittenRow, place: int, cell: WrittenCell, others: Sequence[ExpectedRow]) -> list[Finding]:
        """Return the findings of a cell that must be of one of these rows: of the one that it agrees with most."""
        options = [(*self._judge_cell(row, place, cell, other), number) for number, other in enumerate(others)]
        options.sort(key=lambda option: option[:2])
        if STATUSES[options[0][0]] in _WRONG:
            near = [others[number] for *_, number in options[:_MOST_HISTORIES]]
            earlier = [self._judge_cell(row, place, cell, other, with_history=True) for other in near]
            return min(earlier, key=lambda option: option[:2])[2]
        return options[0][2]

    def _judge_cell(
        self, row: WrittenRow, place: int, cell: WrittenCell, other: ExpectedRow, *, with_history: bool = False
    ) -> tuple[int, float, list[Finding]]:
        """Return how bad a cell is, how far off, and its findings."""
        index = self.columns[place]
        facts = other.facts[index]
        if facts is None:
            found = self._judge_words(row, place, cell, index, other)
            return (STATUSES.index(found[0].status) if found else 0), 0.0, found
        read = read_cell(cell.text, facts.form, heading_units(self.written.headings[place]))
        if read is None:
            found = self._unknown(row, place, cell, "which cannot be read as such a number")
            return STATUSES.index("unknown"), 0.0, found
        judged, reason = judge(read, facts), ""
        if with_history and worst(judged) in _WRONG:
            judged, reason = self._or_stale(judged, read, earlier_facts(self.source, self.expected, other, index))
        run_ids = other.cells[index].run_ids or other.run_ids
        found = [self._finding(row, place, cell, one, run_ids, reason) for one in judged]
        return STATUSES.index(worst(judged)), abs(float(read.main.value - facts.main)), found

    def _judge_words(
        self, row: WrittenRow, place: int, cell: WrittenCell, index: int, other: ExpectedRow
    ) -> list[Finding]:
        slot, expected = self.expected.slots[index], other.cells[index]
        if expected.value is None and is_numeric(slot):
            return self._unknown(row, place, cell, "which is not recorded", expected.run_ids or other.run_ids)
        texts = other.texts(index, slot, self.written.headings[place])
        if same_words(cell.text) in map(same_words, texts):
            return []
        judged = Judged(part="text", printed=cell.text, recorded=expected.text, status="contradicted")
        return [self._finding(row, place, cell, judged, expected.run_ids or other.run_ids, "")]

    @staticmethod
    def _or_stale(
        judged: list[Judged], read: PrintedCell, earlier: Sequence[tuple[Facts, str]]
    ) -> tuple[list[Judged], str]:
        """Return what is contradicted as stale, where an earlier state of the runs said all of it."""
        until = next((until for facts, until in earlier if worst(judge(read, facts)) == "confirmed"), None)
        if until is None:
            return judged, ""
        stale = [
            one
            if one.status not in _WRONG
            else Judged(part=one.part, printed=one.printed, recorded=one.recorded, status="stale")
            for one in judged
        ]
        return stale, f"it was true until {until}"

    def _unknown(
        self, row: WrittenRow, place: int, cell: WrittenCell, reason: str, run_ids: tuple[int, ...] = ()
    ) -> list[Finding]:
        """Return a finding for each number of a cell that nothing is known of."""
        read = _any_number(cell.text, heading_units(self.written.headings[place]))
        if read is None:
            if not any(char.isdigit() for char in cell.text):
                return []
            numbers = [("", cell.text)]
        else:
            numbers = [("", read.main.text)]
            numbers += [(part, one.text) for part in ("std", "low", "high") if (one := getattr(read, part)) is not None]
            numbers += [("n", str(read.n))] if read.n is not None else []
        return [
            self._finding(
                row, place, cell, Judged(part=part, printed=text, recorded=None, status="unknown"), run_ids, reason
            )
            for part, text in numbers
        ]

    def _finding(
        self, row: WrittenRow, place: int, cell: WrittenCell, judged: Judged, run_ids: tuple[int, ...], reason: str
    ) -> Finding:
        return Finding(
            line=cell.line,
            column=self.written.headings[place] or f"column {place + 1}",
            part=judged.part,
            row=self._name(row),
            printed=judged.printed,
            recorded=judged.recorded,
            status=judged.status,
            run_ids=run_ids,
            reason="" if judged.status in ("confirmed", "rounded differently") else reason,
        )

    def _name(self, row: WrittenRow) -> str:
        """Return how the report calls a row: its text in the column whose short texts tell rows apart best."""
        return row.cells[self._naming].text or "this row" if self._naming is not None else "this row"

    @cached_property
    def _naming(self) -> int | None:
        places = [place for place in range(len(self.written.headings)) if place not in self.numeric]
        scores = {}
        for place in places:
            texts = {row.cells[place].text for row in self.written.rows}
            if all(len(text) <= _LONGEST_NAME for text in texts):
                is_dataset = "dataset" in keys_of(self.written.headings[place])
                scores[place] = (len(texts) > 1, not is_dataset, len(texts), -place)
        return max(scores, key=lambda place: scores[place], default=None)


def numeric_places(table: WrittenTable, expected: ExpectedTable | None, columns: Columns) -> frozenset[int]:
    """Return the places of the columns that hold numbers: as expected, or by the look of what is there."""
    return frozenset(
        place
        for place in range(len(table.headings))
        if (
            is_numeric(expected.slots[columns[place]])
            if expected is not None and place in columns
            else heading_word(table.headings[place]) != LINKS and _looks_numeric(table, place)
        )
    )


def _looks_numeric(table: WrittenTable, place: int) -> bool:
    texts = [row.cells[place].text for row in table.rows if not is_blank(row.cells[place].text)]
    units = heading_units(table.headings[place])
    return 2 * sum(_any_number(text, units) is not None for text in texts) > len(texts)


def _any_number(text: str, units: tuple[str, ...]) -> PrintedCell | None:
    return read_cell(text, "number", units) or read_cell(text, "duration", units)

"""One row of a written table against the rows that it may stand for: findings for every cell."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from expdb.report.check.expected import ExpectedRow, ExpectedTable, is_interval, is_numeric
from expdb.report.check.findings import Finding, said_status, saying
from expdb.report.check.judge_number import FINDING_STATUSES, FindingStatus, Judged, Recorded, judge_cell, worst
from expdb.report.check.match_columns import ColumnPlaces
from expdb.report.check.past_cells import Past
from expdb.report.check.printed_numbers import printed_numbers
from expdb.report.check.same_words import SEEDS, is_by_epoch, same_words
from expdb.report.check.understood import UnderstoodTable
from expdb.report.source import TableSource
from expdb.report.table import Cell
from expdb.report.tables.shown_columns import ShownColumn
from expdb.report.written.reading.numbers import PrintedCell, is_blank, read_cell
from expdb.report.written.written_table import WrittenCell, WrittenRow

_WRONG: tuple[FindingStatus, ...] = ("contradicted", "unknown")
_MOST_HISTORIES = 5  # groups of which earlier states are looked up, where a row fits many
_NO_COLUMN = "no column of runs has this heading"

RowFindings = dict[int, list[Finding]]  # of a row, by the place of the cell


@dataclass(frozen=True, kw_only=True)
class RowJudge:
    """A written table beside the one that it should be.

    Attributes:
        numeric: the places of its columns of numbers.
        is_marked: it says that it is this table: what that does not print is contradicted, not unknown.
    """

    source: TableSource
    written: UnderstoodTable
    expected: ExpectedTable
    columns: ColumnPlaces
    numeric: frozenset[int]
    own_document: str = ""
    is_marked: bool = False

    def readings(self) -> Iterator[str]:
        """Yield which columns are read in percent, that runs do not have so."""
        for place in sorted(self.written.in_percent):
            key = self.expected.slots[self.columns[place]].known.key
            yield f"column {self.written.name(place)!r} is read in percent: runs have {key} as fractions of 1"

    def judge_row(self, row: WrittenRow, others: Sequence[ExpectedRow]) -> RowFindings:
        """Return the findings of a row that stands for one of these others: the one that it agrees with most."""
        options = [(*self._judge_as(row, other), number) for number, other in enumerate(others)]
        badness, found, _ = min(options, key=lambda option: (option[0], option[2]))
        if not badness[0] or self.expected.is_per_run:
            return found
        options.sort(key=lambda option: (option[0], option[2]))
        near = [others[number] for *_, number in options[:_MOST_HISTORIES]]
        earlier = [self._judge_as(row, other, with_history=True) for other in near]
        return min(earlier, key=lambda option: option[0])[1]

    def judge_none(self, row: WrittenRow, reason: str, nearest: Sequence[ExpectedRow] = ()) -> RowFindings:
        """Return the findings of a row that stands for no other, and why; beside what the nearest ones say."""
        found: RowFindings = {}
        for place, cell in enumerate(row.cells):
            if place in self.numeric:
                told = reason
                if nearest and place in self.columns:
                    index = self.columns[place]
                    said = [f"{saying(other.run_ids)} {other.cells[index].text}" for other in nearest]
                    told += f"; nearest: {', '.join(said)}"
                if self.is_marked:
                    told = f"table {self.expected.plan.name} has no such row"
                found[place] = self._surplus(row, place, cell, told)
        return found

    def _judge_as(
        self, row: WrittenRow, other: ExpectedRow, *, with_history: bool = False
    ) -> tuple[tuple[float, ...], RowFindings]:
        """Return how bad a row is as another one: how many cells are wrong, how far off; and its findings."""
        found: RowFindings = {}
        num_wrong, worst_seen, off = 0, 0, 0.0
        for place, cell in enumerate(row.cells):
            if place in self.columns:
                status, distance, found[place] = self._judge_cell(row, place, cell, other, with_history=with_history)
                num_wrong += FINDING_STATUSES[status] in _WRONG
                worst_seen, off = max(worst_seen, status), off + distance
            elif place in self.numeric:
                name = self.expected.plan.name
                reason = f"table {name} has no such column" if self.is_marked else self._reason(place)
                found[place] = self._surplus(row, place, cell, reason)
        return (num_wrong, worst_seen, off), found

    def _reason(self, place: int) -> str:
        """Return why a column is compared with nothing."""
        told = self.written.reasons.get(place, "")
        return (told if " own" in told else f"{told} that no run has") if told else _NO_COLUMN

    def _judge_cell(
        self, row: WrittenRow, place: int, cell: WrittenCell, other: ExpectedRow, *, with_history: bool = False
    ) -> tuple[int, float, list[Finding]]:
        """Return how bad a cell is, how far off, and its findings."""
        index = self.columns[place]
        slot, expected = self.expected.slots[index], other.cells[index]
        facts = self._stated(place, other.facts[index])
        is_number = facts is not None or (expected.value is None and is_numeric(slot))
        if not is_number:
            found = [] if is_blank(cell.text) else self._judge_words(row, place, cell, index, other)
            return (FINDING_STATUSES.index(found[0].status) if found else 0), 0.0, found
        form = slot.printed.format if facts is None else facts.form
        read = read_cell(cell.text, form, self.written.units(place), is_interval=is_interval(slot))
        if read is not None and read.n is None and self.written.headings[place].n is not None:
            read = replace(read, n=self.written.headings[place].n)
        if read is None or facts is None:
            judged, reason = self._judge_lacking(place, cell, expected, facts)
        else:
            judged, reason = self._judged(place, read, facts, expected), ""
        if with_history and worst(judged) in _WRONG:
            earlier = [(self._stated(place, past), until) for past, until in self._past.facts(other, index)]
            judged, reason = self._or_stale(judged, reason, place, cell, read, earlier)
        found = [
            self._finding(row, place, cell, one, other, index, against or reason)
            for one, against in self._as_means_are_said(judged, slot, facts)
        ]
        if read is not None and facts is not None and read.delta is not None:
            aside = Judged(part="delta", printed=read.delta.text, recorded=None, status="unknown")
            found.append(
                self._finding(row, place, cell, aside, other, index, "a difference in brackets is not compared")
            )
        distance = 0.0 if read is None or facts is None else abs(float(read.main.value - facts.main))
        return FINDING_STATUSES.index(worst(judged)), distance, found

    def _as_means_are_said(
        self, judged: Sequence[Judged], slot: ShownColumn, facts: Recorded | None
    ) -> Iterator[tuple[Judged, str]]:
        """Yield what is judged of a cell, with what the words above the table say against it.

        A ± that is no standard deviation, and a median, are not what is recorded; another number of seeds is wrong.
        """
        means = self.written.means
        is_mean = slot.choice.shows == "value" and is_by_epoch(slot.known.key)
        is_of_seeds = is_mean and facts is not None and facts.n is not None and not facts.is_copied
        for one in judged:
            against = ""
            if is_of_seeds and one.part == "std" and slot.choice.spread != "interval":
                against = means.other_spread
            elif is_of_seeds and one.part == "" and facts is not None and facts.n != 1:
                against = means.median
            yield (replace(one, status="unknown", recorded=None), against) if against else (one, "")
        says_n = any(one.part == "n" for one in judged) or SEEDS in self.written.keys
        if facts is not None and is_of_seeds and means.n not in (None, facts.n) and not says_n:
            aside = Judged(part="n", printed=str(means.n), recorded=str(facts.n), status="contradicted")
            yield aside, ""

    def _stated(self, place: int, facts: Recorded | None) -> Recorded | None:
        return None if facts is None else self.written.stated(place, facts)

    def _judged(self, place: int, read: PrintedCell, facts: Recorded, expected: Cell | None = None) -> list[Judged]:
        """Return what becomes of the numbers of a cell; a marked one prints the spread that its definition prints."""
        has_spread = place in self.written.spread_places
        if self.is_marked and expected is not None:
            has_spread = "±" in expected.text
        is_fraction = place in self.written.fractions
        return judge_cell(read, facts, is_fraction=is_fraction, has_spread=has_spread)

    def _judge_lacking(
        self, place: int, cell: WrittenCell, expected: Cell, facts: Recorded | None
    ) -> tuple[list[Judged], str]:
        """Return what becomes of a cell that prints no number, or has none recorded, and why."""
        if self.is_marked and facts is not None:
            numbers = [("", "nothing" if is_blank(cell.text) else cell.text)]
        else:
            numbers = self._numbers(place, cell)
        if self.is_marked:
            recorded = expected.text or "nothing"
            return [
                Judged(part=part, printed=text, recorded=recorded, status="contradicted") for part, text in numbers
            ], ""
        reason = "which is not recorded" if facts is None else "which cannot be read as such a number"
        return [Judged(part=part, printed=text, recorded=None, status="unknown") for part, text in numbers], reason

    def _judge_words(
        self, row: WrittenRow, place: int, cell: WrittenCell, index: int, other: ExpectedRow
    ) -> list[Finding]:
        slot, expected = self.expected.slots[index], other.cells[index]
        texts = other.texts(index, slot, self.written.headings[place])
        if same_words(self.written.words(row, place)) in map(same_words, texts):
            return []
        judged = Judged(part="text", printed=cell.text, recorded=expected.text, status="contradicted")
        return [self._finding(row, place, cell, judged, other, index, "")]

    def _or_stale(
        self,
        judged: list[Judged],
        reason: str,
        place: int,
        cell: WrittenCell,
        read: PrintedCell | None,
        earlier: Sequence[tuple[Recorded | None, str]],
    ) -> tuple[list[Judged], str]:
        """Return what is contradicted as stale, where an earlier state of the runs said all of it."""

        def was_true(facts: Recorded | None) -> bool:
            if read is None or facts is None:
                return facts is None and is_blank(cell.text)
            return worst(self._judged(place, read, facts)) == "confirmed"

        until = next((until for facts, until in earlier if was_true(facts)), None)
        if until is None:
            return judged, reason
        stale: list[Judged] = [replace(one, status="stale") if one.status in _WRONG else one for one in judged]
        return stale, f"it was true until {until}"

    def _surplus(self, row: WrittenRow, place: int, cell: WrittenCell, reason: str) -> list[Finding]:
        """Return a finding for each number of a cell that has nothing to be compared with."""
        status: FindingStatus = "contradicted" if self.is_marked else "unknown"
        return [
            self._finding(
                row, place, cell, Judged(part=part, printed=text, recorded=None, status=status), None, None, reason
            )
            for part, text in self._numbers(place, cell)
        ]

    def _numbers(self, place: int, cell: WrittenCell) -> list[tuple[str, str]]:
        """Return the numbers of a cell by part, or its text if that has digits but is not understood."""
        return printed_numbers(cell.text, self.written.units(place))

    def _finding(
        self,
        row: WrittenRow,
        place: int,
        cell: WrittenCell,
        judged: Judged,
        other: ExpectedRow | None,
        index: int | None,
        reason: str,
    ) -> Finding:
        document, is_tracked = None, False
        if other is not None and index is not None:
            document, is_tracked = other.document(index), other.is_tracked(index)
        if judged.status == "unknown" and judged.part and not reason:
            reason = "nothing of the kind is recorded beside the number"
        run_ids = () if other is None or index is None else other.cells[index].run_ids or other.run_ids
        return Finding(
            line=cell.line,
            column=self.written.name(place),
            part=judged.part,
            row=self.written.row_name(row),
            printed=judged.printed,
            recorded=judged.recorded,
            status=said_status(judged.status, document, own_document=self.own_document, is_tracked=is_tracked),
            run_ids=run_ids,
            document=document or "",
            reason="" if judged.status in ("confirmed", "rounded differently") else reason,
        )

    @cached_property
    def _past(self) -> Past:
        return Past(self.source, self.expected)


def numeric_places(table: UnderstoodTable, expected: ExpectedTable | None, columns: ColumnPlaces) -> frozenset[int]:
    """Return the places of the columns that hold numbers: as expected, or by the look of what is there."""
    return frozenset(
        place
        for place in range(len(table.headings))
        if (
            is_numeric(expected.slots[columns[place]])
            if expected is not None and place in columns
            else "links" not in table.headings[place].keys and table.looks_numeric(place)
        )
    )

"""What the cells of a table said earlier: the column made again of its groups as they once were."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice

from expdb.domain.group import Measure
from expdb.report.check.expected import ExpectedRow, ExpectedTable, recorded_of
from expdb.report.check.judge_number import Recorded
from expdb.report.check.past_groups import EarlierState, earlier_states
from expdb.report.source import TableSource
from expdb.report.tables.cells import CellBuilder
from expdb.report.tables.footnotes import Footnotes
from expdb.report.tables.shown_columns import ShownColumn
from expdb.report.tables.table_row import Baseline, TableRow

_MOST_LINES = 20  # of more, only those that a difference is taken of have a past
_MOST_WORLDS = 30
_MOST_BOOTSTRAPS = 5  # they are slow


class Past:
    """What the cells of one table said earlier; columns of differences are made once for all of their cells."""

    def __init__(self, source: TableSource, expected: ExpectedTable) -> None:
        """Begin without knowing anything."""
        self._source = source
        self._expected = expected
        self._columns: dict[tuple[int, frozenset[int]], list[tuple[Sequence[Recorded | None], str]]] = {}

    def facts(self, row: ExpectedRow, index: int) -> list[tuple[Recorded | None, str]]:
        """Return what a row's cell said earlier (None: no number), and until when.

        A table with one row a run has no past.
        """
        slot = self._expected.slots[index]
        if slot.measure is None or self._expected.is_per_run:
            return []
        if slot.choice.shows in ("value", "n"):
            column = self._column(slot, slot.measure, [row.line], None, {0})
            return [(facts[0], until) for facts, until in column]
        lines, baseline = [other.line for other in self._expected.rows], self._expected.baseline
        place = next(number for number, line in enumerate(lines) if line is row.line)
        concerned = set(range(len(lines)))
        if len(lines) > _MOST_LINES:
            concerned = {place, max(place - 1, 0), 0, *_places_of(baseline, lines)}
        key = (index, frozenset(concerned))
        if key not in self._columns:
            self._columns[key] = self._column(slot, slot.measure, lines, baseline, concerned)
        return [(facts[place], until) for facts, until in self._columns[key]]

    def _column(
        self,
        slot: ShownColumn,
        measure: Measure,
        lines: Sequence[TableRow],
        baseline: Baseline | None,
        concerned: set[int],
    ) -> list[tuple[Sequence[Recorded | None], str]]:
        """Return what a column said in earlier states of the rows that are concerned."""
        states = {number: _states(self._source, slot, measure, lines[number]) for number in sorted(concerned)}
        # A p is adjusted for all others of the table.
        slots = self._expected.slots
        family = [one for one in slots if one.choice.shows == "p"] if slot.choice.shows == "p" else [slot]
        most = _MOST_WORLDS if slot.choice.test != "bootstrap" else _MOST_BOOTSTRAPS
        found: list[tuple[Sequence[Recorded | None], str]] = []
        for world, until in islice(_worlds(states), most):
            past = [_past(line, slot, measure, world.get(number)) for number, line in enumerate(lines)]
            builder = CellBuilder(
                self._expected.plan,
                past,
                None if baseline is None else baseline.among(lines, past),
                notes=Footnotes(()),
                source=self._source,
                correct=self._expected.correct,
            )
            cells = builder.columns(family)[family.index(slot)]
            facts = [recorded_of(cell, slot, slot.group_of(line)) for cell, line in zip(cells, past, strict=True)]
            found.append((facts, until))
        return found


def _places_of(baseline: Baseline | None, lines: Sequence[TableRow]) -> set[int]:
    rows = () if baseline is None else baseline.rows
    return {place for place, line in enumerate(lines) if any(line is row for row in rows)}


def _states(source: TableSource, slot: ShownColumn, measure: Measure, line: TableRow) -> list[EarlierState]:
    group = slot.group_of(line)
    return [] if group is None else earlier_states(source, group, measure)


def _worlds(states: Mapping[int, Sequence[EarlierState]]) -> Iterator[tuple[dict[int, EarlierState], str]]:
    """Yield which rows were otherwise, and until when: each row alone, then all as they were at one time."""
    for number, earlier in states.items():
        for state in earlier:
            yield {number: state}, state.until
    if len(states) == 1:
        return
    ends = {state.at: state.until for earlier in states.values() for state in earlier}
    for at in sorted(ends, reverse=True):
        lasting = {number: [state for state in earlier if state.at >= at] for number, earlier in states.items()}
        yield {number: min(of, key=lambda state: state.at) for number, of in lasting.items() if of}, ends[at]


def _past(line: TableRow, slot: ShownColumn, measure: Measure, state: EarlierState | None) -> TableRow:
    group = slot.group_of(line)
    if state is None or group is None:
        return line
    key = next(iter(line.groups)) if slot.across is None else slot.across
    past = replace(group, seeds=state.seeds, samples={**group.samples, measure: state.sample})
    return replace(line, groups={**line.groups, key: past})

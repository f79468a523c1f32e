"""What the cells of a table said earlier: the column made again of its groups as they once were."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice

from expdb.domain.group import Measure
from expdb.report.cells import CellBuilder
from expdb.report.expected import ExpectedRow, ExpectedTable, facts_of
from expdb.report.footnotes import Footnotes
from expdb.report.history import EarlierState, earlier_states
from expdb.report.judging import Facts
from expdb.report.lines import Line
from expdb.report.slots import Slot
from expdb.report.source import TableSource

_MOST_LINES = 20  # of more, only those that a difference is taken of have a past
_MOST_WORLDS = 30


def earlier_facts(
    source: TableSource, expected: ExpectedTable, row: ExpectedRow, index: int
) -> list[tuple[Facts | None, str]]:
    """Return what a row's cell said earlier (None: no number), and until when.

    A table with one row a run has no past.
    """
    slot = expected.slots[index]
    if slot.measure is None or expected.is_per_run:
        return []
    place = next(number for number, other in enumerate(expected.rows) if other is row)
    lines, baseline, concerned = expected.lines, None, {place}
    if slot.choice.shows in ("value", "n"):
        lines, place, concerned = (lines[place],), 0, {0}
    else:
        baseline = _baseline(source, expected)
        concerned |= {0, max(place - 1, 0)} | (set() if baseline is None else {baseline})
        concerned |= set(range(len(lines))) if len(lines) <= _MOST_LINES else set()
    states = {number: _states(source, slot, slot.measure, lines[number]) for number in sorted(concerned)}
    # A p is adjusted for all others of the table.
    family = [one for one in expected.slots if one.choice.shows == "p"] if slot.choice.shows == "p" else [slot]
    place_in_family = family.index(slot)
    found = []
    for world, until in islice(_worlds(states), _MOST_WORLDS):
        past = [_past(line, slot, slot.measure, world.get(number)) for number, line in enumerate(lines)]
        builder = CellBuilder(
            expected.definition,
            past,
            None if baseline is None else past[baseline],
            notes=Footnotes(()),
            source=source,
            correct=expected.correct,
        )
        cell = builder.columns(family)[place_in_family][place]
        found.append((facts_of(cell, slot, slot.group_of(past[place])), until))
    return found


def _baseline(source: TableSource, expected: ExpectedTable) -> int | None:
    """Return the place of the row that others are compared with."""
    where = expected.definition.baseline
    ids = source.ids(where) if where else set()
    return next((number for number, line in enumerate(expected.lines) if ids & set(line.run_ids)), None)


def _states(source: TableSource, slot: Slot, measure: Measure, line: Line) -> list[EarlierState]:
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


def _past(line: Line, slot: Slot, measure: Measure, state: EarlierState | None) -> Line:
    group = slot.group_of(line)
    if state is None or group is None:
        return line
    key = next(iter(line.groups)) if slot.across is None else slot.across
    past = replace(group, seeds=state.seeds, samples={**group.samples, measure: state.sample})
    return replace(line, groups={**line.groups, key: past})

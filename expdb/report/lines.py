"""Which groups make a row: seeds collapse, and nothing that differs in more is ever averaged."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any

from expdb.domain.group import REPEATED, LargestGroups, Measure, RunGroup
from expdb.domain.run import Run
from expdb.domain.table import TableDefinition
from expdb.errors import SpecError
from expdb.report.columns import Column, column
from expdb.report.facts import differences, words_of
from expdb.report.formats import format_value, is_known

Across = tuple[Any, ...]
_MOST_REASONS = 10


@dataclass(frozen=True, kw_only=True)
class Line:
    """A row before it is printed: its groups by the values of the pivot's keys; one, under `()`, without a pivot."""

    groups: Mapping[Across, RunGroup]

    @cached_property
    def lead(self) -> RunGroup:
        """The group that says what all groups of the row share."""
        return next(iter(self.groups.values()))

    @cached_property
    def run_ids(self) -> tuple[int, ...]:
        """The runs behind the row, in order."""
        return tuple(sorted(run_id for group in self.groups.values() for run_id in group.seeds))

    @property
    def is_reported(self) -> bool:
        """Whether the row is copied from a document."""
        return self.lead.run.kind == "reported"

    @property
    def is_final(self) -> bool:
        """Whether its results will not change any more: of a table of single runs, one may still be running."""
        return self.lead.run.status == "finished"


@dataclass(frozen=True, kw_only=True)
class Lines:
    """The rows of a table, and what is not in it.

    Attributes:
        left_out: runs that agree with a row on its keys but not in all settings, by group, with the reason.
        num_left_out: groups that were left out; of so many that nobody would read them all, some have no reason.
        unfinished: number of runs by status that do not count.
        num_repeated: runs that do not count because their seed was run again.
    """

    lines: tuple[Line, ...]
    left_out: tuple[tuple[tuple[int, ...], str], ...] = ()
    num_left_out: int = 0
    unfinished: Mapping[str, int] = field(default_factory=dict)
    num_repeated: int = 0


def arrange(groups: Iterable[RunGroup], definition: TableDefinition) -> Lines:
    """Arrange groups in rows and, with a pivot, in its columns.

    Runs that agree on the keys of a row but differ in more than the seed are not averaged: the group with most runs
    counts (of equals the newest), the others are left out, with the reason.

    Raises:
        NotFoundError: a key is no column.
    """
    groups = list(groups)
    unfinished = Counter(status for group in groups for status in group.left_out.values())
    num_repeated = unfinished.pop(REPEATED, 0)
    counting = [group for group in groups if group.seeds]
    if isinstance(definition.rows, str):
        lines = [Line(groups={(): group}) for group in counting]
        ordered = tuple(sorted_lines(lines, definition))
        return Lines(lines=ordered, unfinished=unfinished, num_repeated=num_repeated)
    row_keys = [column(key) for key in definition.rows]
    across_keys = [column(key) for key in definition.across]
    rows: dict[Across, dict[Across, list[RunGroup]]] = defaultdict(lambda: defaultdict(list))
    for group in counting:
        is_reported = group.run.kind == "reported"  # never in one cell with measured runs
        row = (is_reported, *(_hashable(key.value(group.run)) for key in row_keys))
        rows[row][tuple(_hashable(key.value(group.run)) for key in across_keys)].append(group)
    left_out: list[tuple[RunGroup, RunGroup]] = []
    lines = []
    for row_groups in rows.values():
        chosen = {}
        for across, rivals in row_groups.items():
            rivals.sort(key=lambda group: (len(group.seeds), group.run.id), reverse=True)
            chosen[across] = rivals[0]
            left_out += [(rivals[0], rival) for rival in rivals[1:]]
        lines.append(Line(groups=dict(sorted(chosen.items(), key=lambda item: item[1].run_ids))))
    lines.sort(key=lambda line: line.lead.run_ids)
    left_out.sort(key=lambda pair: pair[1].run.id)
    told = [(rival.run_ids, _reason(kept.run, rival.run)) for kept, rival in left_out[:_MOST_REASONS]]
    return Lines(
        lines=tuple(sorted_lines(lines, definition)),
        left_out=tuple(told),
        num_left_out=len(left_out),
        unfinished=unfinished,
        num_repeated=num_repeated,
    )


def arrange_largest(largest: LargestGroups, definition: TableDefinition) -> Lines:
    """Arrange groups of which the store has left out those that are in no row. Raises NotFoundError."""
    arranged = arrange([*largest.groups, *largest.others], definition)
    unfinished = Counter(largest.left_out)
    return replace(
        arranged,
        num_left_out=arranged.num_left_out + largest.num_others - len(largest.others),
        num_repeated=unfinished.pop(REPEATED, 0),
        unfinished=unfinished,
    )


def across_values(lines: Sequence[Line]) -> list[Across]:
    """Return the values of the pivot's keys in natural order."""
    return sorted({across for line in lines for across in line.groups}, key=lambda values: list(map(_order, values)))


def number_of(group: RunGroup, known: Column, measure: Measure | None) -> Any:
    """Return a column's value for a group: the mean over its seeds, or what all its runs share."""
    if measure is None:
        return known.value(group.run)
    sample = group.samples.get(measure)
    factor = 1.0 if known.factor is None else known.factor(group.run)
    return None if sample is None or factor is None else sample.mean * factor


def measure_of(known: Column, *, at: str = "last") -> Measure | None:
    """Return what a column averages over seeds; None where all runs of a group share the value."""
    if known.measure is None:
        return None
    return Measure(field=known.measure, at=at, is_higher_better=known.higher_is_better is not False)


def is_spread(known: Column) -> bool:
    """Return whether a pivot shows a column for each of its values: what is measured, not what describes a row."""
    return known.measure is not None or known.key.startswith("metrics.")


def sort_key(entry: str) -> str:
    """Return the column that an entry of a definition's `sort` names, without direction and place."""
    return entry.removeprefix("-").partition("@")[0]


def sorted_lines(lines: Sequence[Line], definition: TableDefinition) -> list[Line]:
    """Return the lines in the definition's order; what is not known comes last, in both directions.

    Raises:
        NotFoundError: a key is no column.
        SpecError: a column of the pivot is named that is not there.
    """
    ordered = list(lines)
    for entry in reversed(definition.sort):  # sorting is stable, so the first key is applied last
        known = column(sort_key(entry))
        measure = measure_of(known)
        across = _sorted_across(entry, lines, definition) if definition.across and is_spread(known) and lines else None
        groups = {id(line): line.lead if across is None else line.groups.get(across) for line in ordered}
        values = {key: None if group is None else number_of(group, known, measure) for key, group in groups.items()}
        there = [line for line in ordered if is_known(values[id(line)])]
        missing = [line for line in ordered if not is_known(values[id(line)])]
        there.sort(key=lambda line: _order(values[id(line)]), reverse=entry.startswith("-"))
        ordered = there + missing
    return ordered


def _sorted_across(entry: str, lines: Sequence[Line], definition: TableDefinition) -> Across:
    """Return the values of the pivot whose column a measure sorts by: the first ones, unless others are named."""
    named = {across_text(values, definition): values for values in across_values(lines)}
    _, _, wanted = entry.partition("@")
    if wanted and wanted not in named:
        raise SpecError(f"sort {entry!r}: the table has no column {wanted!r}: it has {', '.join(named)}")
    return named[wanted] if wanted else next(iter(named.values()))


def across_text(values: Across, definition: TableDefinition) -> str:
    """Return how a heading calls the values of a pivot's keys."""
    keys = [column(key) for key in definition.across]
    return ", ".join(format_value(value, key.format, key.decimals) for key, value in zip(keys, values, strict=True))


def _order(value: Any) -> tuple[int, float, str]:
    """Return what values are compared by, of whatever kind: numbers, then texts without regard to case."""
    if not is_known(value):
        return (2, 0.0, "")
    if isinstance(value, (int, float)):
        return (0, float(value), "")
    if isinstance(value, datetime):
        return (0, value.timestamp(), "")
    return (1, 0.0, str(value).casefold())


def _reason(kept: Run, other: Run) -> str:
    found = differences(kept, other)
    told = [
        f"{words_of(key)} {format_value(b, 'text')} instead of {format_value(a, 'text')}"
        for key, (a, b) in found.differ.items()
    ]
    told += [f"{words_of(key)} not stated" for key in found.unstated]
    return (
        ", ".join(told[:4]) + (f" and {len(told) - 4} more" if len(told) > 4 else "") or "another row of the same keys"
    )


def _hashable(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(map(_hashable, value))
    return str(value) if isinstance(value, dict) else value

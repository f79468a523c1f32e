"""How sentences about a table call its rows and groups."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from expdb.domain.group import RunGroup
from expdb.domain.table import TableDefinition
from expdb.report.columns import column
from expdb.report.measures import measure_of, number_of
from expdb.report.run_ids import runs_text
from expdb.report.tables.order import at_of
from expdb.report.tables.pivot_values import Across, across_text
from expdb.report.tables.shown_columns import ShownColumn
from expdb.report.tables.table_row import TableRow, across_values
from expdb.report.tables.targets import read_targets, targets_met
from expdb.report.value_text import format_value


@dataclass(frozen=True, kw_only=True)
class NamedGroup:
    """A group of a table.

    Attributes:
        name: what a sentence calls it: its row and, of a pivot, its column; of rows that share a name, with the number.
        label: the same without a number.
    """

    name: str
    label: str
    group: RunGroup
    across: Across

    @property
    def is_final(self) -> bool:
        """Whether its results will not change any more."""
        return self.group.run.status == "finished"


def named_groups(
    lines: Sequence[TableRow], slots: Sequence[ShownColumn], definition: TableDefinition
) -> list[NamedGroup]:
    """Return all groups of a table, column by column of a pivot."""
    names = names_of(lines, slots)
    if not definition.across:
        named = zip(names, lines, strict=True)
        return [NamedGroup(name=name, label=_name(line, slots), group=line.lead, across=()) for name, line in named]
    return [
        NamedGroup(
            name=f"{name} ({across_text(across, definition)})",
            label=f"{_name(line, slots)} ({across_text(across, definition)})",
            group=line.groups[across],
            across=across,
        )
        for across in across_values(lines)
        for name, line in zip(names, lines, strict=True)
        if across in line.groups
    ]


def targets_verdict(definition: TableDefinition, entries: Sequence[NamedGroup]) -> str | None:
    """Return who meets the definition's targets, in one line; None without targets."""
    measures = {key: measure_of(column(key), at=at_of(definition, key)) for key in definition.targets}
    values = [
        {key: number_of(entry.group, column(key), measure) for key, measure in measures.items()} for entry in entries
    ]
    names = [entry.name for entry in entries]
    reported = {place for place, entry in enumerate(entries) if entry.group.run.kind == "reported"}
    targets = read_targets(definition.targets, at={key: at_of(definition, key) for key in definition.targets})
    return targets_met(targets, names, values, reported=reported)


def names_of(lines: Sequence[TableRow], slots: Sequence[ShownColumn]) -> list[str]:
    """Return how a sentence calls the rows: by their first text, with the row's number where others share it."""
    names = [_name(line, slots) for line in lines]
    times = Counter(names)
    return [name if times[name] == 1 else f"{name} (row {number})" for number, name in enumerate(names, start=1)]


def _name(line: TableRow, slots: Sequence[ShownColumn]) -> str:
    found = [
        format_value(slot.known.value(line.lead.run), slot.printed.format, slot.printed.decimals)
        for slot in slots
        if slot.measure is None and slot.printed.format == "text" and slot.known.key not in ("dataset", "settings")
    ]
    return found[0] if found else runs_text(line.run_ids) if line.run_ids else "a row"

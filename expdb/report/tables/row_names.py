"""How sentences about a table call its groups, and which of them meet its targets."""

from collections.abc import Sequence
from dataclasses import dataclass

from expdb.domain.group import RunGroup
from expdb.report.measures import number_of
from expdb.report.tables.plan import Plan
from expdb.report.tables.table_row import Across, TableRow, across_text, across_values
from expdb.report.tables.targets import targets_met


@dataclass(frozen=True, kw_only=True)
class NamedGroup:
    """A group of a table: a row or, of a pivot, a row at one value.

    Attributes:
        number: its place among those that are listed, from 1.
        name: what a sentence calls it: its row and, of a pivot, its column; of rows that share a name, with the number.
        label: the same without a number.
    """

    number: int
    name: str
    label: str
    group: RunGroup
    across: Across

    @property
    def listed_as(self) -> str:
        """How a list calls it: `3. ResNet-mini`."""
        return f"{self.number}. {self.label}"

    @property
    def is_final(self) -> bool:
        """Whether its results will not change any more."""
        return self.group.run.status == "finished"


def named_groups(lines: Sequence[TableRow], plan: Plan) -> list[NamedGroup]:
    """Return all groups of a table, column by column of a pivot."""
    if plan.across:
        at = [(line, values) for values in across_values(lines) for line in lines if values in line.groups]
    else:
        at = [(line, ()) for line in lines]
    found = []
    for number, (line, values) in enumerate(at, start=1):
        of = f" ({across_text(values, plan.across, plan.labels)})" if plan.across else ""
        group = line.groups[values] if plan.across else line.lead
        found.append(NamedGroup(number=number, name=line.name + of, label=line.label + of, group=group, across=values))
    return found


def targets_verdict(plan: Plan, entries: Sequence[NamedGroup]) -> str | None:
    """Return who meets the targets, in one line; None without targets."""
    values = [
        {target.known.key: number_of(entry.group, target.known, target.measure) for target in plan.targets}
        for entry in entries
    ]
    names = [entry.name for entry in entries]
    reported = {place for place, entry in enumerate(entries) if entry.group.run.kind == "reported"}
    return targets_met(plan.targets, names, values, reported=reported)

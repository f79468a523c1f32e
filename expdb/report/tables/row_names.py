"""How sentences about a table call its groups, and which of them meet its targets."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from expdb.domain.group import RunGroup
from expdb.report.measures import is_spread, number_of
from expdb.report.tables.order import across_values
from expdb.report.tables.plan import Plan
from expdb.report.tables.table_row import Across, TableRow, across_heading
from expdb.report.tables.targets import Target, targets_met


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
    found: list[NamedGroup] = []
    for name, label, values, groups in _cells(lines, plan):
        told = [""] if len(groups) == 1 else [f": {apart}" for apart in _names_apart(groups)]
        for more, group in zip(told, groups, strict=True):
            number = len(found) + 1
            found.append(NamedGroup(number=number, name=name + more, label=label + more, group=group, across=values))
    return found


def targets_verdict(plan: Plan, lines: Sequence[TableRow]) -> str | None:
    """Return which cells meet the targets, in one line; None without targets.

    A cell into which several groups fall meets none, unless it is their mean.
    """
    cells = [
        (name, groups)
        for name, _, _, groups in _cells(lines, plan)
        if (len(groups) == 1 or plan.is_mean) and all(group.run.status == "finished" for group in groups)
    ]
    values = [{target.known.key: _number_of(groups, target) for target in plan.targets} for _, groups in cells]
    reported = {place for place, (_, groups) in enumerate(cells) if groups[0].run.kind == "reported"}
    return targets_met(plan.targets, [name for name, _ in cells], values, reported=reported)


def _cells(lines: Sequence[TableRow], plan: Plan) -> Iterator[tuple[str, str, Across, tuple[RunGroup, ...]]]:
    """Yield the name, the label, the pivot's values and the groups of all cells, column by column of a pivot."""
    for values in across_values(lines, plan):
        of = f" ({across_heading(values, plan.across, plan.labels)})" if plan.across else ""
        for line in lines:
            if values in line.several:
                yield line.name + of, line.label + of, values, line.several[values].groups
            elif values in line.groups:
                yield line.name + of, line.label + of, values, (line.groups[values],)


def _number_of(groups: Sequence[RunGroup], target: Target) -> Any:
    if len(groups) == 1:
        return number_of(groups[0], target.known, target.measure)
    from expdb.report.tables.several_groups import mean_of_groups

    if is_spread(target.known):
        return mean_of_groups(groups, target.known, target.measure)[0]
    values = {number_of(group, target.known, None) for group in groups}
    return values.pop() if len(values) == 1 else None


def _names_apart(groups: Sequence[RunGroup]) -> list[str]:
    from expdb.report.tables.several_groups import names_apart

    return names_apart(groups)

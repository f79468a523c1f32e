"""A row of a table before it is printed: the groups of its cells."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from expdb.domain.group import RunGroup
from expdb.report.tables.pivot_values import Across, in_natural_order


@dataclass(frozen=True, kw_only=True)
class TableRow:
    """A row before it is printed.

    Attributes:
        groups: by the values of the pivot's keys; one, under `()`, without a pivot.
        section: heading that it stands under.
    """

    groups: Mapping[Across, RunGroup]
    section: str | None = None

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
class TableRows:
    """The rows of a table, and what is not in it.

    Attributes:
        num_more: rows beyond the definition's limit.
        left_out: runs that agree with a row on its keys but not in all settings, by group, with the reason.
        num_left_out: groups that were left out; of so many that nobody would read them all, some have no reason.
        unfinished: number of runs by status that do not count.
        num_repeated: runs that do not count because their seed was run again.
    """

    lines: tuple[TableRow, ...]
    num_more: int = 0
    left_out: tuple[tuple[tuple[int, ...], str], ...] = ()
    num_left_out: int = 0
    unfinished: Mapping[str, int] = field(default_factory=dict)
    num_repeated: int = 0


def across_values(lines: Sequence[TableRow]) -> list[Across]:
    """Return the values of the pivot's keys in natural order."""
    return in_natural_order(across for line in lines for across in line.groups)

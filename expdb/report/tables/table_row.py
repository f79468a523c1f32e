"""A row of a table before it is printed: the groups of its cells, and what it is called."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any

from expdb.domain.group import GroupHead, RunGroup
from expdb.domain.value_text import MISSING, format_value, is_known, one_line
from expdb.report.columns import Column

Across = tuple[Any, ...]
RowHeads = Mapping[Across, tuple[GroupHead, ...]]  # of each cell, the oldest first

UNKNOWN = (2, 0.0, "")


@dataclass(frozen=True, kw_only=True)
class SeveralGroups:
    """What a cell has that no one group stands for.

    Attributes:
        groups: those that fall into it, the oldest first; of very many only some.
        num: how many they are.
    """

    groups: tuple[RunGroup, ...]
    num: int

    @property
    def is_whole(self) -> bool:
        """Whether all of them are known."""
        return self.num == len(self.groups)


@dataclass(frozen=True, kw_only=True)
class TableRow:
    """A row before it is printed: it is one thing from the heads of its groups to its line of a page.

    Attributes:
        groups: by the values of the pivot's keys; one, under `()`, without a pivot.
        several: the cells that no one group stands for, in the same way.
        identity: the keys of its groups' heads: what tells it from any other row, also while it waits for its first
            run.
        section: heading that it stands under.
        label: its first text, which other rows may have too.
        name: what a sentence calls it: its label, with the row's number where others share that.
        key: what a text asks for it by; None where it has none, or its table was made for no texts.
    """

    groups: Mapping[Across, RunGroup]
    identity: tuple[str, ...]
    section: str | None = None
    several: Mapping[Across, SeveralGroups] = field(default_factory=dict)
    label: str = ""
    name: str = ""
    key: str | None = None

    @cached_property
    def lead(self) -> RunGroup:
        """The group that says what all groups of the row share."""
        return next(iter(self.groups.values())) if self.groups else self.all_groups[0]

    @cached_property
    def all_groups(self) -> tuple[RunGroup, ...]:
        """The groups of all its cells."""
        return (*self.groups.values(), *(group for cell in self.several.values() for group in cell.groups))

    @cached_property
    def run_ids(self) -> tuple[int, ...]:
        """The runs behind the row, in order."""
        return tuple(sorted(run_id for group in self.all_groups for run_id in group.seeds))

    @property
    def is_reported(self) -> bool:
        """Whether the row is copied from a document."""
        return self.lead.run.kind == "reported"

    @property
    def is_final(self) -> bool:
        """Whether its results will not change any more: of a table of single runs, one may still be running."""
        return self.lead.run.status == "finished"


@dataclass(frozen=True, kw_only=True)
class Baseline:
    """What others are compared with: a row, or one in each section, or in each row the cell of one column of a pivot.

    Attributes:
        rows: the rows, one or one a section.
        across: the values of the pivot's keys of the column; None: whole rows are compared.
    """

    rows: tuple[TableRow, ...] = ()
    across: Across | None = None

    def of(self, line: TableRow) -> TableRow | None:
        """Return what a row is compared with; of a column, the row with that cell in place of each of its own."""
        if self.across is None:
            return self.rows[0] if len(self.rows) == 1 else self._of_section(line)
        places = (*line.groups, *line.several)
        one, several = line.groups.get(self.across), line.several.get(self.across)
        if several is not None:
            return replace(line, groups={}, several=dict.fromkeys(places, several))
        return None if one is None else replace(line, groups=dict.fromkeys(places, one), several={})

    def _of_section(self, line: TableRow) -> TableRow | None:
        return next((row for row in self.rows if row.section == line.section), None)

    def among(self, lines: Sequence[TableRow], others: Sequence[TableRow]) -> "Baseline":
        """Return the same of other rows that stand in the places of these."""
        places = [place for place, line in enumerate(lines) if any(line is row for row in self.rows)]
        return replace(self, rows=tuple(others[place] for place in places))


@dataclass(frozen=True, kw_only=True)
class TableRows:
    """The rows of a table, and what is not in it.

    Attributes:
        lines: section by section, each with its name.
        num_more: rows beyond the definition's limit.
        unfinished: number of runs by status that do not count.
        num_repeated: runs that do not count because their seed was run again.
        key_problem: why no text can ask for the rows; empty where it can.
    """

    lines: tuple[TableRow, ...]
    num_more: int = 0
    unfinished: Mapping[str, int] = field(default_factory=dict)
    num_repeated: int = 0
    key_problem: str = ""


def in_sections(lines: Sequence[TableRow]) -> list[TableRow]:
    """Return the rows section by section, each where its first row stands."""
    order = {name: index for index, name in enumerate(dict.fromkeys(line.section for line in lines))}
    return sorted(lines, key=lambda line: order[line.section])


def with_names(lines: Sequence[TableRow]) -> list[TableRow]:
    """Return the rows of a table with their names: their labels, with the row's number where others share it."""
    times = Counter(line.label for line in lines)
    return [
        replace(line, name=line.label if times[line.label] == 1 else f"{line.label} (row {number})")
        for number, line in enumerate(lines, start=1)
    ]


def across_text(values: Across, keys: Sequence[Column]) -> str:
    """Return what texts and `sort KEY@TEXT` call the values of a pivot's keys by."""
    return ", ".join(one_line(_key_text(value, key)) for key, value in zip(keys, values, strict=True))


def across_heading(values: Across, keys: Sequence[Column], labels: Mapping[str, str] | None = None) -> str:
    """Return how a heading calls the values of a pivot's keys: a bare number says nothing, so `LR 0.1`.

    Args:
        values: of the keys.
        keys: of the pivot.
        labels: other texts for single values, by their own: they stand alone.
    """
    texts = []
    for value, key in zip(values, keys, strict=True):
        text = _key_text(value, key)
        texts.append((labels or {}).get(text) or (text if isinstance(value, str) else _measured(text, key)))
    return ", ".join(map(one_line, texts))


def _key_text(value: Any, key: Column) -> str:
    return format_value(value, key.format, key.decimals)


def _measured(text: str, key: Column) -> str:
    """Return a value with what it is of, and its unit behind it: `Padding 4 px`."""
    name, _, unit = key.heading.removesuffix(")").partition(" (")
    return f"{name} {text} {unit}".rstrip() if unit and text != MISSING else f"{name} {text}"


def natural_key(value: Any) -> tuple[int, float, str]:
    """Return what values are compared by, of whatever kind: numbers, then texts without regard to case."""
    if not is_known(value):
        return UNKNOWN
    if isinstance(value, (int, float)):
        return (0, float(value), "")
    if isinstance(value, datetime):
        return (0, value.timestamp(), "")
    return (1, 0.0, str(value).casefold())

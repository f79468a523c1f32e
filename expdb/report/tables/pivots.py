"""Which groups make a row and, with a pivot, which of its columns, told from the groups' heads."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, overload

from expdb.domain.group import GroupHead
from expdb.domain.table import TableDefinition
from expdb.errors import SpecError
from expdb.report.columns import column
from expdb.report.tables.order import deciding_heads, ordered, values_of
from expdb.report.tables.pivot_values import Across, RowHeads

MOST_ACROSS = 100
_OF_EACH_RUN = ("id", "seed", "digest")


@dataclass(frozen=True)
class _Alone(Sequence[RowHeads]):
    """A row of each head, made where it is looked at: of a hundred thousand, few are shown."""

    heads: Sequence[GroupHead]

    def __len__(self) -> int:
        return len(self.heads)

    @overload
    def __getitem__(self, place: int) -> RowHeads: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[RowHeads]: ...

    def __getitem__(self, place: int | slice) -> RowHeads | Sequence[RowHeads]:
        return {(): self.heads[place]} if isinstance(place, int) else _Alone(self.heads[place])


@dataclass(frozen=True, kw_only=True)
class Arrangement:
    """The rows of a table in their order, and the groups in none: each behind the one that was taken instead."""

    rows: Sequence[RowHeads]
    passed_over: tuple[tuple[GroupHead, GroupHead], ...] = ()


def arrange(heads: Iterable[GroupHead], definition: TableDefinition) -> Arrangement:
    """Arrange groups in rows and, with a pivot, in its columns.

    Runs that agree on the keys of a row but differ in more than the seed are not averaged: the group with most runs
    counts (of equals the newest), the others are passed over.

    Raises:
        NotFoundError: a key is no column.
        SpecError: a column of the pivot is sorted by that is not there, or there is no pivot.
    """
    if isinstance(definition.rows, str):
        alone = list(heads)
        return Arrangement(rows=_Alone(ordered(alone, definition, [alone] * len(definition.sort))))
    found = list(heads)
    is_reported = [head.run.kind == "reported" for head in found]  # never in one cell with measured runs
    own = zip(is_reported, values_of(definition.rows, found), strict=True)
    rivals_of: dict[Any, dict[Across, list[GroupHead]]] = defaultdict(lambda: defaultdict(list))
    for row, across, head in zip(own, values_of(definition.across, found), found, strict=True):
        rivals_of[row][across].append(head)
    passed_over: list[tuple[GroupHead, GroupHead]] = []
    rows = []
    for cells in rivals_of.values():
        chosen = {}
        for across, rivals in cells.items():
            if len(rivals) > 1:
                rivals.sort(key=lambda head: (head.num_runs, head.newest), reverse=True)
                passed_over += [(rivals[0], rival) for rival in rivals[1:]]
            chosen[across] = rivals[0]
        rows.append(chosen if len(chosen) == 1 else dict(sorted(chosen.items(), key=lambda item: item[1].oldest)))
    rows.sort(key=lambda row: next(iter(row.values())).oldest)
    passed_over.sort(key=lambda pair: pair[1].newest)
    deciding = [deciding_heads(entry, rows, definition) for entry in definition.sort]
    return Arrangement(rows=ordered(rows, definition, deciding), passed_over=tuple(passed_over))


def check_width(rows: Iterable[RowHeads], definition: TableDefinition) -> None:
    """Raise SpecError for a pivot that is too wide to be read; it would take minutes to build."""
    num = len({across for row in rows for across in row})
    if num > MOST_ACROSS:
        keys = ", ".join(definition.across)
        raise SpecError(
            f"across {keys}: table {definition.name!r} would have {num:,} columns of each, more than {MOST_ACROSS}; "
            "name keys with fewer values, or choose runs with where"
        )


def check_keys(definition: TableDefinition) -> None:
    """Raise SpecError where rows, columns or sections are named by what every run of a group has for itself."""
    named = {
        "rows": () if isinstance(definition.rows, str) else definition.rows,
        "across": definition.across,
        "section": () if definition.section is None else (definition.section,),
    }
    for place, keys in named.items():
        for known in map(column, keys):
            is_own = known.measure is not None or known.format == "time" or known.key in _OF_EACH_RUN
            if is_own and definition.rows != "runs":
                raise SpecError(
                    f"{place} {known.key!r}: each run of a group has its own, and groups are averaged: name a setting, "
                    "or show single runs (rows = 'runs')"
                )

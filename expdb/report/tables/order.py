"""Where the groups of a table stand: which row, which column of a pivot, in which order, told from their heads."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, TypeVar, overload

from expdb.domain.group import GroupHead, Measure
from expdb.errors import SpecError
from expdb.report.columns import Column
from expdb.report.measures import is_spread
from expdb.report.tables.plan import Plan, SortKey
from expdb.report.tables.table_row import (
    UNKNOWN,
    Across,
    RowHeads,
    across_text,
    in_natural_order,
    natural_key,
)

MOST_ACROSS = 100

_Row = TypeVar("_Row")


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


def arrange(heads: Iterable[GroupHead], plan: Plan) -> Arrangement:
    """Arrange groups in rows and, with a pivot, in its columns.

    Runs that agree on the keys of a row but differ in more than the seed are not averaged: the group with most runs
    counts (of equals the newest), the others are passed over.

    Raises:
        SpecError: a column of the pivot is sorted by that is not there.
    """
    if plan.rows != "keys":
        alone = list(heads)
        return Arrangement(rows=_Alone(_ordered(alone, plan, [alone] * len(plan.sort))))
    found = list(heads)
    is_reported = [head.fields["kind"] == "reported" for head in found]  # never in one cell with measured runs
    own = zip(is_reported, _values_of(plan.row_keys, found), strict=True)
    rivals_of: dict[Any, dict[Across, list[GroupHead]]] = defaultdict(lambda: defaultdict(list))
    for row, across, head in zip(own, _values_of(plan.across, found), found, strict=True):
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
    deciding = [_deciding_heads(entry, rows, plan) for entry in plan.sort]
    return Arrangement(rows=_ordered(rows, plan, deciding), passed_over=tuple(passed_over))


def check_width(rows: Iterable[RowHeads], plan: Plan) -> None:
    """Raise SpecError for a pivot that is too wide to be read; it would take minutes to build."""
    num = len({across for row in rows for across in row})
    if num > MOST_ACROSS:
        keys = ", ".join(key.key for key in plan.across)
        raise SpecError(
            f"across {keys}: table {plan.name!r} would have {num:,} columns of each, more than {MOST_ACROSS}; "
            "name keys with fewer values, or choose runs with where"
        )


def _deciding_heads(entry: SortKey, rows: Sequence[RowHeads], plan: Plan) -> list[GroupHead | None]:
    """Return of each row the head that an entry of what is sorted by looks at; None where there is none."""
    if not rows or not plan.across or not is_spread(entry.known):
        return [next(iter(row.values())) for row in rows]
    across = _sorted_across(entry, rows, plan)
    return [row.get(across) for row in rows]


def _ordered(rows: Sequence[_Row], plan: Plan, deciding: Sequence[Sequence[GroupHead | None]]) -> list[_Row]:
    """Return the rows in the table's order; what is not known comes last, in both directions.

    Args:
        rows: in the order of those that nothing else tells apart.
        plan: of the table.
        deciding: for each entry of what it is sorted by, of each row the head that decides.
    """
    order = list(range(len(rows)))
    for entry, heads in reversed(list(zip(plan.sort, deciding, strict=True))):  # stable: the first key last
        number = _number_reader(entry.known, entry.measure, plan.sort_measures)
        values = [None if head is None else number(head) for head in heads]
        place_of = {value: natural_key(value) for value in set(values)}  # of a hundred thousand runs, many share one
        places = list(map(place_of.__getitem__, values))
        there = [index for index in order if places[index] != UNKNOWN]
        missing = [index for index in order if places[index] == UNKNOWN]
        there.sort(key=places.__getitem__, reverse=entry.is_descending)
        order = [*there, *missing]
    return list(map(rows.__getitem__, order))


def _values_of(keys: Sequence[Column], heads: Sequence[GroupHead]) -> list[Across]:
    """Return the values of keys for every head."""
    columns = [list(map(_reader(key), heads)) for key in keys]
    return list(zip(*columns, strict=True)) if columns else [()] * len(heads)


def _reader(known: Column) -> Callable[[GroupHead], Any]:
    """Return what reads a key's value of a head; it is told once of runs that agree on all it is made of."""
    by_run: dict[int, Any] = {}
    by_parts: dict[Any, Any] = {}
    parts_of = itemgetter(*known.fields) if len(known.fields) > 1 else None

    def read(head: GroupHead) -> Any:
        place = id(head.fields)  # most heads share theirs
        if place not in by_run:
            # What a document says of a run stands in more than these fields.
            parts = place if parts_of is None or head.fields["kind"] == "reported" else parts_of(head.fields)
            if parts not in by_parts:
                by_parts[parts] = _hashable(known.value(head.fields))
            by_run[place] = by_parts[parts]
        return by_run[place]

    return read


def _number_reader(known: Column, measure: Measure | None, measures: Sequence[Measure]) -> Callable[[GroupHead], Any]:
    """Return what reads a column's value of a head: the mean over its seeds, or what all its runs share."""
    factor_of = known.factor
    if measure is None:
        return _reader(known)
    place = measures.index(measure)

    def read(head: GroupHead) -> float | None:
        mean = head.means[place]
        factor = 1.0 if factor_of is None else factor_of(head.fields)
        return None if mean is None or factor is None else mean * factor

    return read


def _sorted_across(entry: SortKey, rows: Sequence[RowHeads], plan: Plan) -> Across:
    """Return the values of the pivot whose column a measure sorts by: the first ones, unless others are named."""
    named = {across_text(values, plan.across): values for values in in_natural_order(a for row in rows for a in row)}
    if entry.across and entry.across not in named:
        raise SpecError(f"sort {entry.entry!r}: the table has no column {entry.across!r}: it has {', '.join(named)}")
    return named[entry.across] if entry.across else next(iter(named.values()))


def _hashable(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(map(_hashable, value))
    return str(value) if isinstance(value, dict) else value

"""Where the groups of a table stand: which row, which column of a pivot, in which order, told from their heads."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from statistics import fmean
from typing import Any, TypeVar, overload

from expdb.domain.group import GroupHead, Measure
from expdb.domain.value_text import is_number
from expdb.errors import SpecError
from expdb.report.columns import Column, column
from expdb.report.measures import is_spread
from expdb.report.tables.plan import Plan, SortKey
from expdb.report.tables.table_row import (
    UNKNOWN,
    Across,
    RowHeads,
    TableRow,
    across_heading,
    across_text,
    natural_key,
)
from expdb.report.tables.value_order import check_found, is_meant

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
        return {(): (self.heads[place],)} if isinstance(place, int) else _Alone(self.heads[place])


def arrange(heads: Iterable[GroupHead], plan: Plan) -> Sequence[RowHeads]:
    """Arrange groups in rows in their order and, with a pivot, in its columns.

    Groups that agree on the keys of a row, and of a column, fall into one cell.

    Raises:
        SpecError: a column of the pivot is sorted by that is not there.
    """
    found = list(heads)
    for key, entries in plan.order.items():
        check_found(entries, column(key), map(_reader(column(key)), found))
    if plan.rows != "keys":
        readers = (_number_reader(entry.known, entry.measure, plan.sort_measures) for entry in plan.sort)
        return _Alone(_ordered(found, plan, [list(map(read, found)) for read in readers]))
    is_reported = [head.fields["kind"] == "reported" for head in found]  # never in one cell with measured runs
    own = zip(is_reported, _values_of(plan.row_keys, found), strict=True)
    cells_of: dict[Any, dict[Across, list[GroupHead]]] = defaultdict(lambda: defaultdict(list))
    for row, across, head in zip(own, _values_of(plan.across, found), found, strict=True):
        cells_of[row][across].append(head)
    rows = [_by_age(cells) for cells in cells_of.values()]
    rows.sort(key=lambda row: next(iter(row.values()))[0].oldest)
    return _ordered(rows, plan, [_deciding(entry, rows, plan) for entry in plan.sort])


def _by_age(cells: Mapping[Across, Sequence[GroupHead]]) -> RowHeads:
    """Return the cells of a row, and the groups of each, the oldest first."""
    sorted_cells = {across: tuple(sorted(heads, key=lambda head: head.oldest)) for across, heads in cells.items()}
    return dict(sorted(sorted_cells.items(), key=lambda item: item[1][0].oldest))


def ordered_across(found: Iterable[Across], plan: Plan) -> list[Across]:
    """Return values of the pivot's keys, each once: as it is sorted by them, else in natural order."""
    order = list(dict.fromkeys(found))
    keys = [(place, known, False) for place, known in enumerate(plan.across)]
    by_key = {known.key: place for place, known, _ in keys}
    keys = [(by_key[entry.known.key], entry.known, entry.is_descending) for entry in plan.across_sort] + keys
    for place, known, is_descending in reversed(keys):
        places = {values: natural_place(values[place], known, plan) for values in order}
        there = [values for values in order if places[values][1] != UNKNOWN]
        missing = [values for values in order if places[values][1] == UNKNOWN]
        there.sort(key=places.__getitem__, reverse=is_descending)
        order = [*there, *missing]
    return order


def across_values(lines: Sequence[TableRow], plan: Plan) -> list[Across]:
    """Return the values of the pivot's keys that rows have, in the order of its columns."""
    return ordered_across((across for line in lines for across in (*line.groups, *line.several)), plan)


def natural_place(value: Any, known: Column, plan: Plan) -> tuple[int, tuple[int, float, str]]:
    """Return what a key's values are compared by: those of a list in its order, then others in natural order."""
    listed = plan.order.get(known.key, ())
    place = next((number for number, entry in enumerate(listed) if is_meant(entry, value, known)), len(listed))
    return place, natural_key(value)


def check_width(rows: Iterable[RowHeads], plan: Plan) -> None:
    """Raise SpecError for a pivot that is too wide to be read; it would take minutes to build."""
    num = len({across for row in rows for across in row})
    if num > MOST_ACROSS:
        keys = ", ".join(key.key for key in plan.across)
        raise SpecError(
            f"across {keys}: table {plan.name!r} would have {num:,} columns of each, more than {MOST_ACROSS}; "
            "name keys with fewer values, or choose runs with where"
        )


def _deciding(entry: SortKey, rows: Sequence[RowHeads], plan: Plan) -> list[Any]:
    """Return of each row the value that an entry of what is sorted by looks at; None where it has none."""
    number = _number_reader(entry.known, entry.measure, plan.sort_measures)
    if not is_spread(entry.known):
        return [number(next(iter(row.values()))[0]) for row in rows]
    across = _sorted_across(entry, rows, plan) if rows and plan.across else ()
    values = [[number(head) for head in row.get(across, ())] for row in rows]
    return [one[0] if len(one) == 1 else _mean_of(one) if plan.is_mean else None for one in values]


def _mean_of(values: Sequence[Any]) -> float | None:
    known = [value for value in values if is_number(value)]
    return fmean(known) if known else None


def _ordered(rows: Sequence[_Row], plan: Plan, deciding: Sequence[Sequence[Any]]) -> list[_Row]:
    """Return the rows in the table's order; what is not known comes last, in both directions.

    Args:
        rows: in the order of those that nothing else tells apart.
        plan: of the table.
        deciding: for each entry of what it is sorted by, of each row the value that decides.
    """
    order = list(range(len(rows)))
    for entry, values in reversed(list(zip(plan.sort, deciding, strict=True))):  # stable: the first key last
        # Of a hundred thousand runs, many share a value.
        place_of = {value: natural_place(value, entry.known, plan) for value in set(values)}
        places = list(map(place_of.__getitem__, values))
        there = [index for index in order if places[index][1] != UNKNOWN]
        missing = [index for index in order if places[index][1] == UNKNOWN]
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
    found = ordered_across((values for row in rows for values in row), plan)
    if not entry.across:
        return found[0]
    named = {across_text(values, plan.across): values for values in found}
    meant = named.get(entry.across) or next(
        (values for values in found if _is_called(entry.across, values, plan)), None
    )
    if meant is None:
        raise SpecError(f"sort {entry.entry!r}: the table has no column {entry.across!r}: it has {', '.join(named)}")
    return meant


def _is_called(text: str, values: Across, plan: Plan) -> bool:
    """Return whether a text is the heading of a pivot's values, or tells each of them as it is recorded or prints."""
    if text.casefold() == across_heading(values, plan.across, plan.labels).casefold():
        return True
    parts = text.split(", ") if len(values) > 1 else [text]
    return len(parts) == len(values) and all(map(is_meant, parts, values, plan.across))


def _hashable(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(map(_hashable, value))
    return str(value) if isinstance(value, dict) else value

"""Which groups make a row and in which order rows stand, told from the groups' heads."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any, TypeVar, overload

from expdb.domain.group import GroupHead, Measure
from expdb.domain.table import TableDefinition
from expdb.errors import SpecError
from expdb.report.columns import Column, column
from expdb.report.measures import is_spread, measure_of
from expdb.report.value_text import format_value, is_known

Across = tuple[Any, ...]
RowHeads = Mapping[Across, GroupHead]

_Row = TypeVar("_Row")

MOST_ACROSS = 100
_OF_EACH_RUN = ("id", "seed", "digest")
_UNKNOWN = (2, 0.0, "")


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
        return Arrangement(rows=_Alone(_ordered(alone, definition, [alone] * len(definition.sort))))
    found = list(heads)
    is_reported = [head.run.kind == "reported" for head in found]  # never in one cell with measured runs
    own = zip(is_reported, _values(definition.rows, found), strict=True)
    rivals_of: dict[Any, dict[Across, list[GroupHead]]] = defaultdict(lambda: defaultdict(list))
    for row, across, head in zip(own, _values(definition.across, found), found, strict=True):
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
    deciding = [_deciding(entry, rows, definition) for entry in definition.sort]
    return Arrangement(rows=_ordered(rows, definition, deciding), passed_over=tuple(passed_over))


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


def check_width(rows: Iterable[RowHeads], definition: TableDefinition) -> None:
    """Raise SpecError for a pivot that is too wide to be read; it would take minutes to build."""
    num = len({across for row in rows for across in row})
    if num > MOST_ACROSS:
        keys = ", ".join(definition.across)
        raise SpecError(
            f"across {keys}: table {definition.name!r} would have {num:,} columns of each, more than {MOST_ACROSS}; "
            "name keys with fewer values, or choose runs with where"
        )


def fields_of(definition: TableDefinition) -> list[str]:
    """Return what `arrange` reads of the runs that stand for groups."""
    fields = [name for key in keys_of_rows(definition) for name in column(key).fields]
    for known in map(column, map(sort_key, definition.sort)):  # by its mean, of a measure
        fields += [name for name in known.fields if name != known.measure]
    return list(dict.fromkeys(fields))


def measures_of_order(definition: TableDefinition) -> list[Measure]:
    """Return the measures whose means decide the order of a table: those that heads have to be read with."""
    keys = map(sort_key, definition.sort)
    found = (measure_of(column(key), at=at_of(definition, key)) for key in keys)
    return list(dict.fromkeys(measure for measure in found if measure is not None))


def keys_of_rows(definition: TableDefinition) -> tuple[str, ...]:
    """Return the keys that rows and the pivot's columns are named by."""
    return (*(() if isinstance(definition.rows, str) else definition.rows), *definition.across)


def at_of(definition: TableDefinition, key: str) -> str:
    """Return of which epochs a measure decides order and targets: of those that the table shows, else of the last."""
    shown = [choice.at for choice in definition.columns if choice.key == key and choice.shows == "value"]
    return shown[0] if shown and "last" not in shown else "last"


def sort_key(entry: str) -> str:
    """Return the column that an entry of a definition's `sort` names, without direction and place."""
    return entry.removeprefix("-").partition("@")[0]


def in_natural_order(found: Iterable[Across]) -> list[Across]:
    """Return values of the pivot's keys, each once."""
    return sorted(set(found), key=lambda values: list(map(_order, values)))


def across_text(values: Across, definition: TableDefinition) -> str:
    """Return how a heading calls the values of a pivot's keys."""
    keys = [column(key) for key in definition.across]
    return ", ".join(format_value(value, key.format, key.decimals) for key, value in zip(keys, values, strict=True))


def _values(keys: Sequence[str], heads: Sequence[GroupHead]) -> list[Across]:
    """Return the values of keys for every head."""
    columns = [list(map(_reader(column(key)), heads)) for key in keys]
    return list(zip(*columns, strict=True)) if columns else [()] * len(heads)


def _reader(known: Column) -> Callable[[GroupHead], Any]:
    """Return what reads a key's value of a head; it is told once of runs that agree on all it is made of."""
    by_run: dict[int, Any] = {}
    by_parts: dict[Any, Any] = {}
    parts_of = attrgetter(*known.fields) if len(known.fields) > 1 else None

    def read(head: GroupHead) -> Any:
        place = id(head.run)  # most heads share theirs
        if place not in by_run:
            # What a document says of a run stands in more than these fields.
            parts = place if parts_of is None or head.run.kind == "reported" else parts_of(head.run)
            if parts not in by_parts:
                by_parts[parts] = _hashable(known.value(head.run))
            by_run[place] = by_parts[parts]
        return by_run[place]

    return read


def _deciding(entry: str, rows: Sequence[RowHeads], definition: TableDefinition) -> list[GroupHead | None]:
    """Return of each row the head that an entry of the definition's `sort` looks at; None where there is none."""
    if not rows or not definition.across or not is_spread(column(sort_key(entry))):
        return [next(iter(row.values())) for row in rows]
    across = _sorted_across(entry, rows, definition)
    return [row.get(across) for row in rows]


def _ordered(
    rows: Sequence[_Row], definition: TableDefinition, deciding: Sequence[Sequence[GroupHead | None]]
) -> list[_Row]:
    """Return the rows in the definition's order; what is not known comes last, in both directions.

    Args:
        rows: in the order of those that nothing else tells apart.
        definition: of the table.
        deciding: for each entry of its `sort`, of each row the head that decides.
    """
    order = list(range(len(rows)))
    measures = measures_of_order(definition)
    for entry, heads in reversed(list(zip(definition.sort, deciding, strict=True))):  # stable: the first key last
        known = column(sort_key(entry))
        if "@" in entry and not (definition.across and is_spread(known)):
            raise SpecError(f"sort {entry!r}: only measures of a pivot have a column of each value: leave out the @")
        number = _number_reader(known, measure_of(known, at=at_of(definition, known.key)), measures)
        values = [None if head is None else number(head) for head in heads]
        place_of = {value: _order(value) for value in set(values)}  # of a hundred thousand runs, many share one
        places = list(map(place_of.__getitem__, values))
        there = [index for index in order if places[index] != _UNKNOWN]
        missing = [index for index in order if places[index] == _UNKNOWN]
        there.sort(key=places.__getitem__, reverse=entry.startswith("-"))
        order = [*there, *missing]
    return list(map(rows.__getitem__, order))


def _number_reader(known: Column, measure: Measure | None, measures: Sequence[Measure]) -> Callable[[GroupHead], Any]:
    """Return what reads a column's value of a head: the mean over its seeds, or what all its runs share."""
    factor_of = known.factor
    if measure is None:
        return _reader(known)
    place = measures.index(measure)

    def read(head: GroupHead) -> float | None:
        mean = head.means[place]
        factor = 1.0 if factor_of is None else factor_of(head.run)
        return None if mean is None or factor is None else mean * factor

    return read


def _sorted_across(entry: str, rows: Sequence[RowHeads], definition: TableDefinition) -> Across:
    """Return the values of the pivot whose column a measure sorts by: the first ones, unless others are named."""
    named = {across_text(values, definition): values for values in in_natural_order(a for row in rows for a in row)}
    _, _, wanted = entry.partition("@")
    if wanted and wanted not in named:
        raise SpecError(f"sort {entry!r}: the table has no column {wanted!r}: it has {', '.join(named)}")
    return named[wanted] if wanted else next(iter(named.values()))


def _order(value: Any) -> tuple[int, float, str]:
    """Return what values are compared by, of whatever kind: numbers, then texts without regard to case."""
    if not is_known(value):
        return _UNKNOWN
    if isinstance(value, (int, float)):
        return (0, float(value), "")
    if isinstance(value, datetime):
        return (0, value.timestamp(), "")
    return (1, 0.0, str(value).casefold())


def _hashable(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(map(_hashable, value))
    return str(value) if isinstance(value, dict) else value

"""In which order rows stand: what a definition sorts by, read of the groups' heads."""

from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any, TypeVar

from expdb.domain.group import GroupHead, Measure
from expdb.domain.table import TableDefinition
from expdb.errors import SpecError
from expdb.report.columns import Column, column
from expdb.report.measures import is_spread, measure_of
from expdb.report.tables.pivot_values import (
    UNKNOWN,
    Across,
    RowHeads,
    across_text,
    in_natural_order,
    keys_of_rows,
    natural_key,
)

_Row = TypeVar("_Row")


def sort_key(entry: str) -> str:
    """Return the column that an entry of a definition's `sort` names, without direction and place."""
    return entry.removeprefix("-").partition("@")[0]


def at_of(definition: TableDefinition, key: str) -> str:
    """Return of which epochs a measure decides order and targets: of those that the table shows, else of the last."""
    shown = [choice.at for choice in definition.columns if choice.key == key and choice.shows == "value"]
    return shown[0] if shown and "last" not in shown else "last"


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


def deciding_heads(entry: str, rows: Sequence[RowHeads], definition: TableDefinition) -> list[GroupHead | None]:
    """Return of each row the head that an entry of the definition's `sort` looks at; None where there is none."""
    if not rows or not definition.across or not is_spread(column(sort_key(entry))):
        return [next(iter(row.values())) for row in rows]
    across = _sorted_across(entry, rows, definition)
    return [row.get(across) for row in rows]


def ordered(
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
        place_of = {value: natural_key(value) for value in set(values)}  # of a hundred thousand runs, many share one
        places = list(map(place_of.__getitem__, values))
        there = [index for index in order if places[index] != UNKNOWN]
        missing = [index for index in order if places[index] == UNKNOWN]
        there.sort(key=places.__getitem__, reverse=entry.startswith("-"))
        order = [*there, *missing]
    return list(map(rows.__getitem__, order))


def values_of(keys: Sequence[str], heads: Sequence[GroupHead]) -> list[Across]:
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


def _hashable(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(map(_hashable, value))
    return str(value) if isinstance(value, dict) else value

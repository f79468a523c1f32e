"""What a list of thousands of runs shows: values by column instead of by cell, and what it can be narrowed by."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any

from expdb.domain.run import RunPart
from expdb.domain.table import Format
from expdb.domain.value_text import format_value, is_known, one_line
from expdb.report.columns import COLUMNS
from expdb.report.table import Cell, Row, Table, TableColumn

ARCHIVED = "archived"  # what a removed run is called beside its status

# How many of a unit one is: values are shown in the unit of their heading.
_UNITS: Mapping[Format, float] = {"percent": 0.01, "millions": 1e6, "millions_cut": 1e6, "gigas": 1e9}
_DIGITS = 9  # of a scaled value: what a division leaves behind them would be read as digits


def facet(run: RunPart, key: str) -> tuple[str, ...]:
    """Return what a filter on a column sees of a run: its text, each of its tags, or nothing where it is unknown."""
    if key == "tags":
        return run.tags
    if key == "state":
        return states(run)
    value = COLUMNS[key].value(run.fields)
    return () if value is None else (one_line(str(value)),)


def facet_values(runs: Sequence[RunPart], keys: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return the values that a filter on each of these columns can choose from, sorted."""
    return {key: tuple(sorted({value for run in runs for value in facet(run, key)})) for key in keys}


def narrowed(runs: Sequence[RunPart], chosen: Mapping[str, Collection[str]]) -> list[RunPart]:
    """Return the runs that have, in every column with a choice, one of the chosen values."""
    wanted = {key: frozenset(values) for key, values in chosen.items() if values}
    return [run for run in runs if all(not values.isdisjoint(facet(run, key)) for key, values in wanted.items())]


def states(run: RunPart) -> tuple[str, ...]:
    """Return a run's status as words: `reported` for what was copied, and ARCHIVED beside it for a removed one."""
    state = "reported" if run.kind == "reported" else run.status
    return (state,) if run.removed_at is None else (state, ARCHIVED)


def column_values(runs: Sequence[RunPart], key: str) -> list[Any]:
    """Return a column of many runs, in the unit of its heading: percent, millions, times as they are, text as text.

    Durations are `timedelta`; what is not known is None.
    """
    if key == "tags":
        return [list(run.tags) for run in runs]
    if key == "state":
        return [list(states(run)) for run in runs]
    column = COLUMNS[key]
    convert = _converter(column.format)
    return [convert(value) if is_known(value) else None for value in (column.value(run.fields) for run in runs)]


def plain_table(name: str, headings: Sequence[str], rows: Sequence[Sequence[Any]]) -> Table:
    """Return rows of texts and numbers as a table, to be written like any other."""
    columns = tuple(
        TableColumn(key=f"column{index}", heading=heading, format="text", decimals=None, align="left")
        for index, heading in enumerate(headings)
    )
    built = tuple(
        Row(run_ids=(), cells=tuple(Cell(value=value, text=format_value(value, "text")) for value in row))
        for row in rows
    )
    return Table(name=name, title="", columns=columns, rows=built)


def _converter(form: Format) -> Callable[[Any], Any]:
    if form in _UNITS:
        unit = _UNITS[form]
        return lambda value: round(value / unit, _DIGITS)
    match form:
        case "duration":
            return lambda value: timedelta(seconds=round(value))
        case "integer" | "number" | "time":
            return lambda value: value
    return _text


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return one_line(str(value))

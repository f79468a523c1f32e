"""From what a form says to a table's definition, and what is wrong with it, field by field."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from expdb.domain.run import RunPart
from expdb.domain.table import ColumnChoice, TableDefinition
from expdb.errors import ExpdbError
from expdb.report.columns import COLUMNS, column
from expdb.report.tables.plan import sort_key
from expdb.report.tables.shown_columns import resolved_columns
from expdb.report.tables.targets import read_targets

NEW_COLUMNS = ("model_label", "aug_label", "top1", "top5", "num_params", "train_seconds")
GRID = ("key", "heading", "shows", "decimals", "unit", "under", "at", "spread", "against", "test", "best", "format")
OTHER = "other"  # what is wrong with no one field

Errors = dict[str, str]


def new_definition(taken: Iterable[str]) -> TableDefinition:
    """Return what a new table starts from, with a name that is free."""
    names = set(taken)
    name = next(name for number in range(1, len(names) + 2) if (name := f"table-{number}") not in names)
    return TableDefinition(name=name, columns=tuple(ColumnChoice(key=key) for key in NEW_COLUMNS))


def known_keys(runs: Iterable[RunPart]) -> list[str]:
    """Return the columns that a table can have: the catalog's, and what the reported runs state."""
    stated: set[str] = set()
    for run in runs:
        stated.update(f"settings.{name}" for name in run.fields["settings"])
        stated.update(f"metrics.{name}" for name in run.fields["metrics"])
    return [*COLUMNS, "changes", *sorted(stated)]


def grid_rows(columns: Sequence[ColumnChoice]) -> list[dict[str, Any]]:
    """Return the columns as rows of a grid; what is at its default is left empty."""
    said = [choice.model_dump(exclude_defaults=True) for choice in columns]
    return [{"place": number, **dict.fromkeys(GRID), **row} for number, row in enumerate(said, start=1)]


def columns_of(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the columns that a grid says, by place; rows without a place come last, those without a key not at all."""
    found = [said for row in rows if (said := _given(row)).get("key")]
    found.sort(key=lambda row: row.get("place", float("inf")))
    return [{key: _whole(row[key]) for key in GRID if key in row} for row in found]


def read_draft(values: Mapping[str, Any]) -> tuple[TableDefinition | None, Errors]:
    """Return the definition that these values make, or None with what is wrong by field."""
    try:
        return TableDefinition.model_validate(values), {}
    except ValidationError as error:
        errors: Errors = {}
        for found in error.errors():
            message = str(found["msg"]).removeprefix("Value error, ")
            field = str(found["loc"][0]) if found["loc"] else _field_of(message)
            errors.setdefault(field, _told(field, found["loc"][1:], message))
        return None, errors


def field_errors(definition: TableDefinition, filter_error: Callable[[str], str | None]) -> Errors:
    """Return what is wrong with a definition's fields, each in one line.

    Args:
        definition: what to look at.
        filter_error: what is wrong with a filter; None: nothing.
    """
    errors: Errors = {}
    for field, where in (("where", definition.where), ("baseline", definition.baseline)):
        if told := filter_error(where):
            errors[field] = told
    for number, mark in enumerate(definition.marks, start=1):
        if told := filter_error(mark.where):
            errors.setdefault("marks", f"row {number}: {told}")
    row_keys = () if isinstance(definition.rows, str) else definition.rows
    checks: list[tuple[str, Callable[[], object]]] = [
        ("rows", lambda: list(map(column, row_keys))),
        ("across", lambda: list(map(column, definition.across))),
        ("section", lambda: definition.section and column(definition.section)),
        ("sort", lambda: [column(sort_key(entry)) for entry in definition.sort]),
        ("targets", lambda: read_targets(definition.targets)),
        ("columns", lambda: resolved_columns(definition.columns, is_single=False, is_transposed=definition.transpose)),
    ]
    for field, check in checks:
        try:
            check()
        except ExpdbError as error:
            errors[field] = str(error)
    return errors


def build_error(message: str) -> Errors:
    """Return why a table cannot be built under the field that it speaks of."""
    return {_field_of(message): message}


def _given(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the cells of a row that are filled in; an empty one is None or blank."""
    return {
        key: value.strip() if isinstance(value, str) else value
        for key, value in row.items()
        if value is not None and str(value).strip()
    }


def _whole(value: Any) -> Any:
    """Return a number of a grid, where all of them are floats, as the integer that it is."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _field_of(message: str) -> str:
    starts = {"across": "across", "where": "where", "specs": "rows", "rows": "rows", "column": "baseline"}
    starts |= {"order": "order", "cell": "cell", "labels": "labels"}
    starts |= {"baseline": "baseline", "sort": "sort", "target": "targets"}
    return next((field for start, field in starts.items() if message.startswith(start)), OTHER)


def _told(field: str, place: Sequence[int | str], message: str) -> str:
    if field == "name":
        return "use letters, digits, '.', '_' and '-', at most 64, the first a letter or digit"
    if field == "columns" and not place:
        return "a table has at least one column"
    words = [f"row {step + 1}" if isinstance(step, int) else step for step in place]
    return ": ".join([", ".join(words), message] if words else [message])

"""Table definitions from options of the command line."""

from collections.abc import Sequence
from typing import Annotated, get_args

import typer

from expdb.domain.table import ColumnChoice, Shows, TableDefinition
from expdb.domain.validation import checked
from expdb.errors import SpecError

ColumnsOption = Annotated[
    str | None,
    typer.Option(help="comma-separated columns: KEY, KEY:delta|interval|p|n, either with =HEADING; 'help' lists them"),
]
SortOption = Annotated[str | None, typer.Option(help="comma-separated columns, - before one for descending")]

# What a table shows that nobody described: the report's columns, seeds collapsed.
DEFAULT_COLUMNS = ("dataset", "model_label", "aug_label", "epochs", "top1", "top5", "num_params", "train_seconds")


def default_definition() -> TableDefinition:
    """Return the table shown when none is named: the report's columns over all runs, seeds collapsed."""
    return TableDefinition(name="runs", columns=tuple(ColumnChoice(key=key) for key in DEFAULT_COLUMNS))


def changed_definition(
    definition: TableDefinition,
    *,
    columns: str | None = None,
    where: str | None = None,
    rows: str | None = None,
    across: str | None = None,
    sort: str | None = None,
    limit: int | None = None,
    baseline: str | None = None,
    name: str | None = None,
) -> TableDefinition:
    """Return a definition with the parts that were given put in.

    Raises:
        SpecError: a part is empty or not of its form.
    """
    changes = {
        "where": where,
        "rows": rows if rows in ("runs", "groups") else parse_keys(rows),
        "across": parse_keys(across),
        "sort": parse_keys(sort),
        "limit": limit,
        "baseline": baseline,
        "name": name,
    }
    given = {key: value for key, value in changes.items() if value is not None}
    if where is not None:
        given["specs"] = ()
    shown = definition.columns if columns is None else parse_columns(columns, definition)
    if baseline and (columns is None or any(choice.key == "top1" for choice in shown)):
        shown = with_comparison(shown)
    return checked(TableDefinition, {**definition.model_dump(), **given, "columns": shown})


def with_comparison(columns: Sequence[ColumnChoice]) -> tuple[ColumnChoice, ...]:
    """Return columns with the difference of top-1 to the baseline and its p behind it, unless something compares."""
    if any(choice.shows in ("delta", "interval", "p") for choice in columns):
        return tuple(columns)
    places = [index for index, choice in enumerate(columns, start=1) if (choice.key, choice.shows) == ("top1", "value")]
    place = places[0] if places else len(columns)
    at = columns[place - 1].at if places else "last"
    compared = [ColumnChoice(key="top1", at=at, shows=shows) for shows in ("delta", "p")]
    return (*columns[:place], *compared, *columns[place:])


def parse_keys(text: str | None) -> tuple[str, ...] | None:
    """Read `model,-top1`; None where nothing was given."""
    return None if text is None else tuple(key.strip() for key in text.split(",") if key.strip())


def parse_columns(text: str, definition: TableDefinition) -> tuple[ColumnChoice, ...]:
    """Read `model,top1=Accuracy,top1:p`; a column that the definition has already is as it is there.

    Raises:
        SpecError: no column is named, or one is no key.
    """
    known: dict[tuple[str, str], ColumnChoice] = {}
    for choice in definition.columns:
        known.setdefault((choice.key, choice.shows), choice)
    choices = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, _, heading = (word.strip() for word in part.partition("="))
        key, _, suffix = name.partition(":")
        shows = suffix or "value"
        if shows not in get_args(Shows):
            raise SpecError(
                f"{name!r}: {suffix!r} is nothing to show of a column: use {', '.join(get_args(Shows)[1:])}"
            )
        try:
            choice = known.get((key, shows)) or ColumnChoice.model_validate({"key": key, "shows": shows})
        except ValueError as error:
            raise SpecError(f"{name!r} is no column: expdb table --columns help lists them") from error
        choices.append(choice.model_copy(update={"heading": heading}) if heading else choice)
    if not choices:
        raise SpecError(f"--columns {text!r} names no column: expdb table --columns help lists them")
    return tuple(choices)

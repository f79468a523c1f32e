"""Table definitions from options of the command line."""

from collections.abc import Sequence

from expdb.domain.mistakes import checked
from expdb.domain.table import ColumnChoice, TableDefinition
from expdb.errors import SpecError

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
        "columns": parse_columns(columns, definition) if columns is not None else None,
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
    if baseline and columns is None:
        given["columns"] = with_comparison(definition.columns)
    return checked(TableDefinition, {**definition.model_dump(), **given})


def with_comparison(columns: Sequence[ColumnChoice]) -> tuple[ColumnChoice, ...]:
    """Return columns with the difference of top-1 to the baseline and its p behind it, unless something compares."""
    if any(choice.shows != "value" for choice in columns):
        return tuple(columns)
    compared = [ColumnChoice(key="top1", shows=shows) for shows in ("delta", "p")]
    places = [index for index, choice in enumerate(columns, start=1) if choice.key == "top1"] or [len(columns)]
    return (*columns[: places[0]], *compared, *columns[places[0] :])


def parse_keys(text: str | None) -> tuple[str, ...] | None:
    """Read `model,-top1`; None where nothing was given."""
    return None if text is None else tuple(key.strip() for key in text.split(",") if key.strip())


def parse_columns(text: str, definition: TableDefinition) -> tuple[ColumnChoice, ...]:
    """Read `model,top1=Accuracy,top1:p`; a column that the definition has already keeps its format there.

    Raises:
        SpecError: no column is named, or one is no key.
    """
    known = {choice.key: choice for choice in definition.columns}
    choices = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, _, heading = (word.strip() for word in part.partition("="))
        key, _, shows = name.partition(":")
        try:
            choice = known.get(key) or ColumnChoice(key=key)
            if shows:
                choice = ColumnChoice.model_validate({"key": key, "shows": shows})
        except ValueError as error:
            raise SpecError(f"{name!r} is no column: expdb table --columns help lists them") from error
        choices.append(choice.model_copy(update={"heading": heading}) if heading else choice)
    if not choices:
        raise SpecError(f"--columns {text!r} names no column: expdb table --columns help lists them")
    return tuple(choices)

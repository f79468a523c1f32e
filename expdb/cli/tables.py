"""`expdb table | tables`: the comparison table, from a saved definition or put together here."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from expdb.cli.context import context_of
from expdb.cli.output import print_json, print_line, print_table, write_text
from expdb.domain.table import ColumnChoice, TableDefinition
from expdb.errors import SpecError

if TYPE_CHECKING:
    from expdb.report.table import Table

TableFormat = Literal["md", "csv", "json"]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(rich_help_panel="Look")(table)
    app.command(rich_help_panel="Look")(tables)


def table(
    ctx: typer.Context,
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="a saved table (expdb tables)")] = None,
    columns: Annotated[
        str | None, typer.Option(help="comma-separated columns, each KEY or KEY=HEADING; 'help' lists them")
    ] = None,
    where: Annotated[str | None, typer.Option(help="which runs, as in: dataset = cifar10 and top1 > 90%")] = None,
    sort: Annotated[str | None, typer.Option(help="comma-separated columns, - before one for descending")] = None,
    table_format: Annotated[TableFormat, typer.Option("--format", help="md, csv or json")] = "md",
    output: Annotated[Path | None, typer.Option("-o", "--output", metavar="FILE", help="write to a file")] = None,
    save: Annotated[str | None, typer.Option(metavar="NAME", help="save this definition under a name")] = None,
) -> None:
    """Print a comparison table.

    Accuracies are those of the last epoch unless a heading says otherwise.
    """
    from expdb.report.columns import COLUMNS
    from expdb.report.markdown import to_markdown
    from expdb.report.plain import to_csv, to_json
    from expdb.report.table import build_table

    if columns == "help":
        rows = [[column.key, column.heading, column.description] for column in COLUMNS.values()]
        print_table(["key", "heading", "about"], rows, ["left", "left", "left"])
        return
    context = context_of(ctx)
    with context.open_store(is_read_only=save is None) as store:
        definition = store.table(name) if name else default_definition()
        definition = changed_definition(definition, columns=columns, where=where, sort=sort, name=save)
        built = build_table(store.runs(definition.where), definition)
        if save:
            store.save_table(definition)
    render = {"md": to_markdown, "csv": to_csv, "json": to_json}[table_format]
    write_text(render(built), output)


def tables(ctx: typer.Context, as_json: Annotated[bool, typer.Option("--json", help="as JSON")] = False) -> None:
    """List the saved tables."""
    with context_of(ctx).open_store(is_read_only=True) as store:
        saved = store.tables()
    if as_json:
        print_json([definition.model_dump(mode="json") for definition in saved])
        return
    if not saved:
        print_line(
            "no saved tables; make one: expdb table --columns model,aug,top1 --where 'dataset = digits' --save NAME"
        )
        return
    rows = [[entry.name, entry.title, entry.where or "all runs"] for entry in saved]
    print_table(["table", "title", "runs"], rows, ["left", "left", "left"])


def print_built(table: "Table", *, optional: Sequence[str] = ()) -> None:
    """Print a built table for the eye; the headings in `optional` give way where the terminal is narrow."""
    headings = [column.heading for column in table.columns]
    rows = [[cell.text for cell in row.cells] for row in table.rows]
    print_table(headings, rows, [column.align for column in table.columns], optional=optional)


def default_definition() -> TableDefinition:
    """Return the table shown when none is named: the report's columns over all runs."""
    from expdb.report.table import DEFAULT_COLUMNS

    return TableDefinition(name="runs", columns=DEFAULT_COLUMNS)


def changed_definition(
    definition: TableDefinition,
    *,
    columns: str | None = None,
    where: str | None = None,
    sort: str | None = None,
    name: str | None = None,
) -> TableDefinition:
    """Return a definition with the parts that were given put in.

    Raises:
        SpecError: a part is empty or not of its form.
    """
    changes = {
        "columns": parse_columns(columns, definition) if columns is not None else None,
        "where": where,
        "sort": tuple(key.strip() for key in sort.split(",") if key.strip()) if sort is not None else None,
        "name": name,
    }
    given = {key: value for key, value in changes.items() if value is not None}
    try:
        return TableDefinition.model_validate({**definition.model_dump(), **given})
    except ValueError as error:
        raise SpecError(f"table name {name!r}: use letters, digits, '.', '_' and '-', at most 64") from error


def parse_columns(text: str, definition: TableDefinition) -> tuple[ColumnChoice, ...]:
    """Read `model,top1=Accuracy`; a column that the definition has already keeps its format there.

    Raises:
        SpecError: no column is named.
    """
    known = {choice.key: choice for choice in definition.columns}
    choices = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        key, _, heading = (word.strip() for word in part.partition("="))
        choice = known.get(key, ColumnChoice(key=key))
        choices.append(choice.model_copy(update={"heading": heading}) if heading else choice)
    if not choices:
        raise SpecError(f"--columns {text!r} names no column: expdb table --columns help lists them")
    return tuple(choices)

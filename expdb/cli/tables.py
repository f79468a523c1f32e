"""`expdb table | tables`: the comparison table, from a saved definition or put together here."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from expdb.cli.context import context_of
from expdb.cli.output import print_json, print_line, print_table, warn, write_text
from expdb.domain.mistakes import checked
from expdb.domain.table import MOST_ROWS, ColumnChoice, TableDefinition
from expdb.errors import SpecError

if TYPE_CHECKING:
    from expdb.report.table import Table

TableFormat = Literal["md", "latex", "csv", "tsv", "html", "json", "typst"]
TableName = Annotated[str, typer.Argument(metavar="NAME", help="a saved table (expdb tables)")]
JsonFlag = Annotated[bool, typer.Option("--json", help="as JSON")]
_WITHOUT_NOTES = ("csv", "tsv", "json")  # which would have said that rows are missing

# What a table shows that nobody described: the report's columns, seeds collapsed.
DEFAULT_COLUMNS = ("dataset", "model_label", "aug_label", "epochs", "top1", "top5", "num_params", "train_seconds")

tables_app = typer.Typer(help="Saved tables: list, add, export, remove.", invoke_without_command=True)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(rich_help_panel="Report")(table)
    app.add_typer(tables_app, name="tables", rich_help_panel="Report")


def table(
    ctx: typer.Context,
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="a saved table (expdb tables)")] = None,
    columns: Annotated[
        str | None,
        typer.Option(
            help="comma-separated columns: KEY, KEY:delta|interval|p|n, either with =HEADING; 'help' lists them"
        ),
    ] = None,
    where: Annotated[str | None, typer.Option(help="which runs, as in: dataset = cifar10 and top1 > 90%")] = None,
    rows: Annotated[
        str | None,
        typer.Option(metavar="KEYS", help="groups (seeds collapse, the default), runs, or columns to group by"),
    ] = None,
    across: Annotated[
        str | None, typer.Option(metavar="KEYS", help="columns whose values become columns (pivot)")
    ] = None,
    sort: Annotated[str | None, typer.Option(help="comma-separated columns, - before one for descending")] = None,
    limit: Annotated[
        int | None, typer.Option("-n", "--limit", min=0, help=f"at most so many rows [{MOST_ROWS}]; 0: all")
    ] = None,
    baseline: Annotated[
        str | None, typer.Option(metavar="FILTER", help="the row that others are compared with: adds difference and p")
    ] = None,
    table_format: Annotated[
        TableFormat, typer.Option("--format", help="md, latex, csv, tsv, html, json or typst")
    ] = "md",
    output: Annotated[Path | None, typer.Option("-o", "--output", metavar="FILE", help="write to a file")] = None,
    link: Annotated[bool, typer.Option("--link", help="say which runs are behind every row")] = False,
    explain: Annotated[
        bool, typer.Option("--explain", help="what can be compared: settings that differ, doubts, the target")
    ] = False,
    save: Annotated[str | None, typer.Option(metavar="NAME", help="save this definition under a name")] = None,
) -> None:
    """Print a comparison table.

    Runs that differ only in the seed are one row: mean ± sample standard deviation (n). Accuracies are those of the
    last epoch unless a heading says otherwise.
    """
    from expdb.launch.correctness import correctness_of
    from expdb.report.build import build_table
    from expdb.report.columns import COLUMNS
    from expdb.report.explain import explain_table

    if columns == "help":
        listed = [[column.key, column.heading, column.description] for column in COLUMNS.values()]
        print_table(["key", "heading", "about"], listed, ["left", "left", "left"])
        return
    context = context_of(ctx)
    with context.open_store(is_read_only=save is None) as store:
        definition = changed_definition(
            store.table(name) if name else default_definition(),
            columns=columns,
            where=where,
            rows=rows,
            across=across,
            sort=sort,
            limit=limit,
            baseline=baseline,
            name=save,
        )
        if explain:
            write_text(explain_table(store, definition), output)
            return
        built = build_table(store, definition, correct=correctness_of(store))
        if save:
            store.save_table(definition)
    from expdb.report.export import render

    write_text(render(built, table_format, link=link), output)
    if built.num_more and (table_format in _WITHOUT_NOTES or not definition.notes):
        rows_are = "row is" if built.num_more == 1 else "rows are"
        warn(f"{built.num_more:,} more {rows_are} not shown: --limit 0 writes all")


@tables_app.callback()
def list_tables(ctx: typer.Context, as_json: JsonFlag = False) -> None:
    """List the saved tables."""
    if ctx.invoked_subcommand:
        return
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
    listed = [[entry.name, entry.title, entry.where or "all runs"] for entry in saved]
    print_table(["table", "title", "runs"], listed, ["left", "left", "left"])


@tables_app.command("add")
def add(
    ctx: typer.Context,
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="definitions as TOML or YAML")],
    is_dry: Annotated[bool, typer.Option("--dry-run", help="check the files; save nothing")] = False,
) -> None:
    """Save tables from files; one of a name that is there becomes its next revision."""
    from expdb.report.build import check_definition
    from expdb.report.definition_file import read_definitions

    definitions = [definition for file in files for definition in read_definitions(file)]
    with context_of(ctx).open_store(is_read_only=is_dry) as store:
        for definition in definitions:
            check_definition(store, definition)
        for definition in definitions:
            if is_dry:
                print_line(f"{definition.name}: a valid definition; nothing was saved")
            else:
                print_line(f"saved {definition.name}, revision {store.save_table(definition)}")


@tables_app.command("export")
def export(
    ctx: typer.Context,
    name: TableName,
    file_format: Annotated[Literal["toml", "yaml"], typer.Option("--format", help="toml or yaml")] = "toml",
    output: Annotated[Path | None, typer.Option("-o", "--output", metavar="FILE", help="write to a file")] = None,
    revision: Annotated[int | None, typer.Option(min=1, help="an older revision (expdb tables history)")] = None,
) -> None:
    """Print a table's definition as a file that `tables add` reads."""
    from expdb.report.definition_file import definition_to_text

    with context_of(ctx).open_store(is_read_only=True) as store:
        definition = store.table(name, revision=revision)
    write_text(definition_to_text(definition, file_format), output)


@tables_app.command("history")
def history(ctx: typer.Context, name: TableName, as_json: JsonFlag = False) -> None:
    """List the revisions of a table's definition."""
    with context_of(ctx).open_store(is_read_only=True) as store:
        revisions = store.table_history(name)
    if as_json:
        print_json([{"revision": number, "saved_at": moment.isoformat()} for number, moment in revisions])
        return
    listed = [[str(number), f"{moment:%Y-%m-%d %H:%M:%S} UTC"] for number, moment in revisions]
    print_table(["revision", "saved"], listed, ["right", "left"])


@tables_app.command("rm")
def remove(ctx: typer.Context, name: TableName) -> None:
    """Remove a table; `tables restore` brings it back. No run is touched."""
    with context_of(ctx).open_store() as store:
        store.remove_table(name)
    print_line(f"removed table {name} (expdb tables restore {name} brings it back)")


@tables_app.command("restore")
def restore(
    ctx: typer.Context,
    name: TableName,
    revision: Annotated[int | None, typer.Option(min=1, help="go back to this revision")] = None,
) -> None:
    """Bring a removed table back, or an older revision of it."""
    with context_of(ctx).open_store() as store:
        if revision is None:
            store.restore_table(name)
            print_line(f"restored table {name}")
        else:
            number = store.save_table(store.table(name, revision=revision))
            print_line(f"table {name} is as in revision {revision} again (now revision {number})")


def print_built(table: "Table", *, optional: Sequence[str] = ()) -> None:
    """Print a built table for the eye; the headings in `optional` give way where the terminal is narrow."""
    headings = [f"{column.under}: {column.heading}" if column.under else column.heading for column in table.columns]
    listed = [[cell.text for cell in row.cells] for row in table.rows]
    print_table(headings, listed, [column.align for column in table.columns], optional=optional)


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

"""`expdb table | tables`: the comparison table, from a saved definition or put together here."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from expdb.cli.context import context_of
from expdb.cli.output import print_json, print_line, print_table, remark, warn, write_text
from expdb.cli.table_options import changed_definition, default_definition
from expdb.domain.table import MOST_ROWS
from expdb.errors import NotFoundError, SpecError
from expdb.report.writers.render import FORMATS

if TYPE_CHECKING:
    FormatName = str
else:
    FormatName = Literal[tuple(FORMATS)]  # Typer reads the choices from a type; the type checker cannot
TableName = Annotated[str, typer.Argument(metavar="NAME", help="a saved table (expdb tables)")]
JsonFlag = Annotated[bool, typer.Option("--json", help="as JSON")]

tables_app = typer.Typer(help="Saved tables: list, add, export, remove.", invoke_without_command=True)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(rich_help_panel="Report")(table)
    app.add_typer(tables_app, name="tables", rich_help_panel="Report")


def _either(names: list[str]) -> str:
    return f"{', '.join(names[:-1])} or {names[-1]}"


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
    form: Annotated[
        FormatName | None,
        typer.Option("--format", help=f"md (the default but on a terminal), {_either(list(FORMATS)[1:])}"),
    ] = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", metavar="FILE", help="write to a file")] = None,
    link: Annotated[bool, typer.Option("--link", help="say which runs are behind every cell")] = False,
    explain: Annotated[
        bool, typer.Option("--explain", help="what can be compared: settings that differ, doubts, the target")
    ] = False,
    save: Annotated[str | None, typer.Option(metavar="NAME", help="save this definition under a name")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="the same as --format json")] = False,
) -> None:
    """Print a comparison table.

    Runs that differ only in the seed are one row: mean ± sample standard deviation (n). Accuracies are those of the
    last epoch unless a heading says otherwise.
    """
    from expdb.analysis.correctness import correctness_of
    from expdb.report.columns import COLUMNS
    from expdb.report.tables.build import build_table
    from expdb.report.tables.explain import explain_table
    from expdb.report.tables.unstated import unstated_keys

    if columns == "help":
        listed = [[column.key, column.heading, column.description] for column in COLUMNS.values()]
        print_table(["key", "heading", "about"], listed, ["left", "left", "left"])
        return
    if as_json and form not in (None, "json"):
        raise SpecError(f"--json and --format {form}: give one of them")
    ignored = {f"--save {save}": save, f"--format {form}": form, "--json": as_json, "--link": link}
    if explain and any(ignored.values()):
        given = next(option for option, value in ignored.items() if value)
        raise SpecError(f"{given} has no effect on --explain, which prints words and saves nothing: leave out one")
    chosen = "json" if as_json else form or "md"
    with context_of(ctx).open_store(is_read_only=save is None) as store:
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
            write_text(explain_table(store, definition, correct=correctness_of(store)), output)
            return
        built = build_table(store, definition, correct=correctness_of(store))
        unstated = unstated_keys(store, definition)
        if save:
            store.save_table(definition)
    from expdb.cli.table_view import print_built
    from expdb.report.writers.render import render

    if form is None and not (as_json or link or output) and sys.stdout.isatty():
        print_built(built)
    else:
        write_text(render(built, chosen, link=link), output)
    if unstated:
        warn(f"{', '.join(unstated)}: no run in the database states it (expdb show RUN says what one does)")
    if not FORMATS[chosen].has_notes:
        for note in built.notes:
            if not note.mark:  # those of cells are written, in the row that they are about
                remark(note.text)
    if built.num_more and not definition.notes:
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
    from expdb.report.tables.build import check_definition
    from expdb.report.tables.definition_files import read_definitions

    found = [(file, definition) for file in files for definition in read_definitions(file)]
    with context_of(ctx).open_store(is_read_only=is_dry) as store:
        for file, definition in found:
            try:
                check_definition(store, definition)
            except (NotFoundError, SpecError) as error:
                raise type(error)(f"{file}: table {definition.name!r}: {error}") from error
        for _, definition in found:
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
    from expdb.report.tables.definition_files import definition_to_text

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

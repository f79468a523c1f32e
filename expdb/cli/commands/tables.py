"""`expdb tables`: the saved definitions of comparison tables."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal, TypedDict

import typer

from expdb.cli.arguments import JsonFlag, OutputFile, TableName
from expdb.cli.context import context_of
from expdb.cli.output import print_json, print_line, print_table, write_text
from expdb.errors import NotFoundError, SpecError

tables_app = typer.Typer(help="Saved tables: list, add, export, remove.", invoke_without_command=True)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(tables_app, name="tables", rich_help_panel="Report")


@tables_app.callback()
def list_tables(ctx: typer.Context, as_json: JsonFlag = False) -> None:
    """List the saved tables."""
    if ctx.invoked_subcommand:
        return
    with context_of(ctx).open_store(is_read_only=True) as store:
        saved = store.saved_tables.all()
    if as_json:
        print_json(saved)
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
                print_line(f"saved {definition.name}, revision {store.saved_tables.save(definition)}")


@tables_app.command("export")
def export(
    ctx: typer.Context,
    name: TableName,
    file_format: Annotated[Literal["toml", "yaml"], typer.Option("--format", help="toml or yaml")] = "toml",
    output: OutputFile = None,
    revision: Annotated[int | None, typer.Option(min=1, help="an older revision (expdb tables history)")] = None,
) -> None:
    """Print a table's definition as a file that `tables add` reads."""
    from expdb.report.tables.definition_files import definition_to_text

    with context_of(ctx).open_store(is_read_only=True) as store:
        definition = store.table(name, revision=revision)
    write_text(definition_to_text(definition, file_format), output)


class RevisionRecord(TypedDict):
    """What `tables history --json` tells of a revision."""

    revision: Annotated[int, "its number, from 1"]
    saved_at: Annotated[datetime, "when it was saved"]


@tables_app.command("history")
def history(ctx: typer.Context, name: TableName, as_json: JsonFlag = False) -> None:
    """List the revisions of a table's definition."""
    with context_of(ctx).open_store(is_read_only=True) as store:
        revisions = store.saved_tables.history(name)
    if as_json:
        print_json([RevisionRecord(revision=number, saved_at=moment) for number, moment in revisions])
        return
    listed = [[str(number), f"{moment:%Y-%m-%d %H:%M:%S} UTC"] for number, moment in revisions]
    print_table(["revision", "saved"], listed, ["right", "left"])


@tables_app.command("rm")
def remove(ctx: typer.Context, name: TableName) -> None:
    """Remove a table; `tables restore` brings it back. No run is touched."""
    with context_of(ctx).open_store() as store:
        store.saved_tables.remove(name)
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
            store.saved_tables.restore(name)
            print_line(f"restored table {name}")
        else:
            number = store.saved_tables.save(store.table(name, revision=revision))
            print_line(f"table {name} is as in revision {revision} again (now revision {number})")

"""`expdb ls`: which runs are there."""

from typing import Annotated

import typer

from expdb.cli.context import context_of
from expdb.cli.output import print_json, print_line, print_table, write_text
from expdb.cli.table_options import changed_definition
from expdb.domain.table import ColumnChoice, TableDefinition
from expdb.errors import SpecError

# Narrow headings: a list has to fit 80 columns.
LIST_COLUMNS = tuple(
    ColumnChoice(key=key, heading=heading, decimals=decimals)
    for key, heading, decimals in (
        ("id", "id", None),
        ("state", "status", None),
        ("dataset", "dataset", None),
        ("model", "model", None),
        ("aug", "aug", None),
        ("epochs", "epochs", None),
        ("seed", "seed", None),
        ("top1", "top-1", None),
        ("num_params", "params", None),
        ("train_seconds", "time", None),
        ("name", "name", None),
    )
)

CSV_KEYS = (
    *("id", "name", "status", "kind", "group", "dataset", "model", "aug", "epochs", "seed", "top1", "top5"),
    *("num_params", "train_seconds"),
)
BULKY = ("environment", "traceback", "quote")  # one run at a time: expdb show --json
OPTIONAL = ("params", "seed", "dataset")  # left out, in this order, where the terminal is too narrow


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("ls", rich_help_panel="Look")(list_runs)


def list_runs(
    ctx: typer.Context,
    where: Annotated[str | None, typer.Option(help="filter, as in: dataset = cifar10 and top1 > 90%")] = None,
    status: Annotated[str | None, typer.Option(help="only this status")] = None,
    dataset: Annotated[str | None, typer.Option(help="only this dataset")] = None,
    model: Annotated[str | None, typer.Option(help="only this model")] = None,
    group: Annotated[str | None, typer.Option(help="only this group")] = None,
    tag: Annotated[str | None, typer.Option(help="only runs with this tag")] = None,
    sort: Annotated[str | None, typer.Option(help="comma-separated columns, - before one for descending")] = None,
    limit: Annotated[int | None, typer.Option("-n", "--limit", min=1, help="at most this many")] = None,
    columns: Annotated[str | None, typer.Option(help="comma-separated columns (expdb table --columns help)")] = None,
    show_all: Annotated[bool, typer.Option("--all", help="removed runs too")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="as CSV, accuracies as fractions")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="as JSON, accuracies as fractions")] = False,
) -> None:
    """List runs."""
    from expdb.report.run_data import run_record
    from expdb.report.tables.build import table_of_runs
    from expdb.report.writers.csv_json import to_csv

    if as_csv and as_json:
        raise SpecError("--csv and --json: give one of them")
    equals = {"status": status, "dataset": dataset, "model": model, "group": group, "tag": tag}
    parts = [f"{field} = {quoted(value)}" for field, value in equals.items() if value is not None]
    parts += [f"({where})"] if where else []
    definition = changed_definition(TableDefinition(name="runs", columns=LIST_COLUMNS), columns=columns, sort=sort)
    with context_of(ctx).open_store(is_read_only=True) as store:
        runs = store.runs(" and ".join(parts), sort=definition.sort, limit=limit, include_removed=show_all)
    if as_json:
        print_json([{key: value for key, value in run_record(run).items() if key not in BULKY} for run in runs])
        return
    if as_csv:
        write_text(to_csv(table_of_runs(runs, exact_definition(definition if columns else None))), None)
        return
    if not runs:
        first = "no runs yet; train one: expdb run --dataset digits --model resnet_mini --epochs 10"
        print_line("no run matches" if parts else first)
        return
    built = table_of_runs(runs, definition.model_copy(update={"sort": ()}))
    headings, aligns = zip(*((column.heading, column.align) for column in built.columns), strict=True)
    listed = [[cell.text for cell in row.cells] for row in built.rows]
    print_table(headings, listed, aligns, optional=OPTIONAL if columns is None else ())


def exact_definition(chosen: TableDefinition | None) -> TableDefinition:
    """Return the table for programs: keys as headings, values as they are recorded (accuracies as fractions)."""
    keys = [choice.key for choice in chosen.columns] if chosen else CSV_KEYS
    columns = tuple(ColumnChoice(key=key, heading=key, format="text") for key in keys)
    return TableDefinition(name="runs", columns=columns)


def quoted(value: str) -> str:
    """Return a value as a quoted word of the filter language."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'

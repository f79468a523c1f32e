"""`expdb table`: the comparison table, from a saved definition or put together here."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from expdb.cli.arguments import OutputFile
from expdb.cli.context import context_of
from expdb.cli.output import print_table, remark, warn, write_text
from expdb.cli.table_options import (
    CellOption,
    ColumnsOption,
    LabelsOption,
    NoNotesOption,
    OrderOption,
    SortOption,
    TitleOption,
    changed_definition,
    default_definition,
)
from expdb.cli.table_view import warn_unstated
from expdb.domain.table import MOST_ROWS, TableDefinition
from expdb.errors import SpecError
from expdb.report.writers.render import FORMATS, render

if TYPE_CHECKING:
    from expdb.report.filled_columns import FilledColumns
    from expdb.report.table import Table
    from expdb.store.store import Store

    FormatName = str
else:
    FormatName = Literal[tuple(FORMATS)]  # Typer reads the choices from a type; the type checker cannot

_OTHER_FORMATS = list(FORMATS)[1:]
_MOST_METRICS = 3  # of scripts, in place of columns that are empty
_LIMIT_HELP = f"at most so many rows [{MOST_ROWS}]; 0: all"
_FORMAT_HELP = f"md (the default but on a terminal), {', '.join(_OTHER_FORMATS[:-1])} or {_OTHER_FORMATS[-1]}"

WhereOption = Annotated[str | None, typer.Option(help="which runs, as in: dataset = cifar10 and top1 > 90%")]
RowsOption = Annotated[
    str | None, typer.Option(metavar="KEYS", help="groups (seeds collapse, the default), runs, or columns to group by")
]
AcrossOption = Annotated[str | None, typer.Option(metavar="KEYS", help="columns whose values become columns (pivot)")]
LimitOption = Annotated[int | None, typer.Option("-n", "--limit", min=0, help=_LIMIT_HELP)]
BaselineOption = Annotated[
    str | None,
    typer.Option(metavar="FILTER", help="what others are compared with, a row or column: adds difference and p"),
]
FormOption = Annotated[FormatName | None, typer.Option("--format", help=_FORMAT_HELP)]
LinkOption = Annotated[bool, typer.Option("--link", help="say which runs are behind every cell")]
ExplainOption = Annotated[
    bool, typer.Option("--explain", help="what can be compared: settings that differ, doubts, the target")
]
SaveOption = Annotated[str | None, typer.Option(metavar="NAME", help="save this definition under a name")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(rich_help_panel="Report")(table)


def table(
    ctx: typer.Context,
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="a saved table (expdb tables)")] = None,
    columns: ColumnsOption = None,
    where: WhereOption = None,
    rows: RowsOption = None,
    across: AcrossOption = None,
    cell: CellOption = None,
    sort: SortOption = None,
    order: OrderOption = None,
    limit: LimitOption = None,
    baseline: BaselineOption = None,
    title: TitleOption = None,
    labels: LabelsOption = None,
    no_notes: NoNotesOption = False,
    form: FormOption = None,
    output: OutputFile = None,
    link: LinkOption = False,
    explain: ExplainOption = False,
    save: SaveOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="the same as --format json")] = False,
) -> None:
    r"""Print a comparison table.

    Runs that differ only in the seed are one row: mean ± sample standard deviation (n). Accuracies are those of the
    last epoch unless a heading says otherwise.

    --format macros writes LaTeX definitions, with which \expdb{NAME}{ROW}{COLUMN} in a text prints one number.
    """
    from expdb.report.tables.build import unstated_keys

    if columns == "help":
        _print_columns()
        return
    _require_effect(form, link=link, explain=explain, save=save, as_json=as_json)
    form = "json" if as_json else form
    with context_of(ctx).open_store(is_read_only=save is None) as store:
        usual = store.table(name) if name else default_definition()
        is_fixed = bool(name or columns) or form == "json"  # which programs read by its keys
        filled = None if is_fixed else _filled(store, usual, where or "")
        definition = changed_definition(
            usual if filled is None else usual.model_copy(update={"columns": filled.choices}),
            columns=columns,
            where=where,
            rows=rows,
            across=across,
            cell=cell,
            sort=sort,
            order=order,
            limit=limit,
            baseline=baseline,
            name=save,
            title=title,
            labels=labels,
            has_notes=not no_notes,
        )
        if explain:
            write_text(_explained(store, definition), output)
            return
        built = _built(store, definition)
        unstated = unstated_keys(store, definition)
        nothing = None if built.rows else store.searching.why_none(definition.where)
        if save:
            store.saved_tables.save(definition)
    _print(built, form, output, link=link)
    if nothing and not definition.specs:
        warn(nothing)
    warn_unstated(unstated)
    _tell_what_is_left_out(built, form, has_notes=definition.notes)
    if filled and filled.others:
        remark(f"other metrics: {filled.others_text} (expdb table --columns model,{filled.others[0]})")


def _filled(store: "Store", usual: TableDefinition, where: str) -> "FilledColumns | None":
    """Return the usual columns with what scripts measured in place of empty ones; None: as they are."""
    from expdb.report.filled_columns import filled_columns, read_of

    if not store.ids((where, "kind = tracked and status = finished")):
        return None
    runs = store.run_parts(where, read_of(usual.columns))
    shown = [run for run in runs if run.kind == "reported" or run.status == "finished"]
    return filled_columns(usual.columns, shown, store.points, most=_MOST_METRICS)


def _print_columns() -> None:
    from expdb.report.columns import COLUMNS

    listed = [[column.key, column.heading, column.description] for column in COLUMNS.values()]
    print_table(["key", "heading", "about"], listed, ["left", "left", "left"])


def _explained(store: "Store", definition: TableDefinition) -> str:
    from expdb.analysis.correctness import correctness_of
    from expdb.report.tables.explain import explain_table

    return explain_table(store, definition, correct=correctness_of(store))


def _built(store: "Store", definition: TableDefinition) -> "Table":
    from expdb.analysis.correctness import correctness_of
    from expdb.report.run_ids import runs_text
    from expdb.report.tables.build import build_table

    correct = correctness_of(store)
    built = build_table(store, definition, correct=correct)
    if correct.lost:
        which = runs_text(correct.lost)
        warn(f"the predictions of {which} are not found in {store.artifact_root}: expdb db check tells more")
    return built


def _require_effect(form: str | None, *, link: bool, explain: bool, save: str | None, as_json: bool) -> None:
    """Raise SpecError where two options contradict each other, or one would have no effect."""
    if as_json and form not in (None, "json"):
        raise SpecError(f"--json and --format {form}: give one of them")
    ignored = {f"--save {save}": save, f"--format {form}": form, "--json": as_json, "--link": link}
    given = [option for option, value in ignored.items() if value]
    if explain and given:
        raise SpecError(f"{given[0]} has no effect on --explain, which prints words and saves nothing: leave out one")


def _print(built: "Table", form: str | None, output: Path | None, *, link: bool) -> None:
    """Print a table for the eye on a terminal, unless a format, a file or the runs were asked for."""
    from expdb.cli.table_view import print_built

    if form is None and not (link or output) and sys.stdout.isatty():
        print_built(built)
    else:
        write_text(render(built, form or "md", link=link), output, form=form or "md")


def _tell_what_is_left_out(built: "Table", form: str | None, *, has_notes: bool) -> None:
    """Say on stderr what one should know of the table and its format has no place for, and how many rows it lacks."""
    if not FORMATS[form or "md"].has_notes:
        for note in built.notes:
            if not note.mark:  # those of cells are written, in the row that they are about
                remark(note.text)
    if built.num_more and not has_notes:
        rows_are = "row is" if built.num_more == 1 else "rows are"
        warn(f"{built.num_more:,} more {rows_are} not shown: --limit 0 writes all")

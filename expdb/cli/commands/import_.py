"""`expdb import`: reported rows, papers and claims from files."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from expdb.cli.context import context_of
from expdb.cli.entered_view import counted_rows, entered_lines
from expdb.cli.output import print_json, print_line, print_table
from expdb.domain.run import ReportedRun
from expdb.domain.table import Format
from expdb.errors import SpecError

if TYPE_CHECKING:
    from expdb.interop.reported.enter import ReportedTable

DryRun = Annotated[bool, typer.Option("--dry-run", help="show what the file holds; enter nothing")]
FractionsFlag = Annotated[bool, typer.Option("--json", help="as JSON, accuracies as fractions")]

import_app = typer.Typer(
    help="Enter what was written elsewhere: rows of reports, papers, claims.", no_args_is_help=True
)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(import_app, name="import", rich_help_panel="Report")


@import_app.command("report")
def report(
    ctx: typer.Context,
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Markdown (.md) or reported-runs/1 (.yaml)")],
    group: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="group of the rows (NAME-1, NAME-2 for several tables; Markdown only)"),
    ] = None,
    dataset: Annotated[
        str | None, typer.Option(metavar="NAME", help="dataset of tables that do not say it (Markdown only)")
    ] = None,
    source: Annotated[
        str | None, typer.Option(metavar="TEXT", help="the document, if not its first heading (Markdown only)")
    ] = None,
    page: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="page that the tables are on (Markdown only)")
    ] = None,
    document: Annotated[
        str | None,
        typer.Option(
            metavar="KEY",
            help="what tells the document from others, if not the file's name (README.md: its folder too)",
        ),
    ] = None,
    is_dry: DryRun = False,
    as_json: FractionsFlag = False,
) -> None:
    """Enter the rows of a report's tables as reported runs.

    They stand beside measured runs, marked as reported, and never enter a mean or a test.
    A row is known by its document, its table and its cells that are no results. Import a document again after it was
    corrected: the row takes the new values, and `expdb show` says the old ones too.
    """
    from expdb.interop.reported.documents import by_document
    from expdb.interop.reported.enter import enter

    options = {"group": group, "dataset": dataset, "source": source, "page": page, "document": document}
    tables = [table for file in files for table in _read(file, options)]
    for file in files:
        _require_rows(file, [table for table in tables if table.file == str(file)])
    documents = by_document(tables)
    if is_dry:
        _show(tables, as_json=as_json)
        return
    with context_of(ctx).open_store() as store:
        entered = [table for of_document in documents for table in enter(store, of_document)]
    if as_json:
        print_json({"tables": [asdict(table) for table in entered], "skipped": _skipped(tables)})
    else:
        for text in (*_skipped(tables), *entered_lines(entered)):
            print_line(text)


@import_app.command("papers")
def papers(
    ctx: typer.Context,
    file: Annotated[Path | None, typer.Argument(metavar="[FILE]", help="TOML or YAML; none: expdb's own list")] = None,
    is_dry: DryRun = False,
    as_json: FractionsFlag = False,
) -> None:
    """Enter papers; one of a title that is there is replaced. List them: expdb papers."""
    from expdb.interop.papers_and_claims import read_papers

    read = read_papers(file)
    num_new = None
    if not is_dry:
        with context_of(ctx).open_store() as store:
            num_new = store.library.save_papers(read)
    if as_json:
        print_json({"papers": [asdict(paper) for paper in read], "new": num_new})
    elif num_new is None:
        listed = [[paper.week or "", paper.title, paper.venue or "", str(paper.year or "")] for paper in read]
        print_table(["week", "paper", "venue", "year"], listed, ["left"] * 4)
        print_line(f"{len(read)} papers; nothing was entered")
    else:
        print_line(_saved(len(read), num_new, "paper"))


@import_app.command("claims")
def claims(
    ctx: typer.Context,
    file: Annotated[Path | None, typer.Argument(metavar="[FILE]", help="TOML or YAML; none: expdb's own list")] = None,
    is_dry: DryRun = False,
    as_json: FractionsFlag = False,
) -> None:
    """Enter claims; one of a key that is there is replaced. List them: expdb claims."""
    from expdb.interop.papers_and_claims import read_claims
    from expdb.report.library.claims import check_claim

    read = read_claims(file)
    num_new = None
    if not is_dry:
        with context_of(ctx).open_store() as store:
            for claim in read:
                check_claim(store, claim)  # a test that is not understood is an error here, not in every list later
            num_new = store.library.save_claims(read)
    if as_json:
        listed = [{**asdict(claim), "test": claim.test and claim.test.model_dump(mode="json")} for claim in read]
        print_json({"claims": listed, "new": num_new})
    elif num_new is None:
        print_table(["claim", "sentence", "status"], [[c.key, c.sentence, c.status] for c in read], ["left"] * 3)
        print_line(f"{len(read)} claims; nothing was entered")
    else:
        print_line(_saved(len(read), num_new, "claim"))


def _read(file: Path, options: Mapping[str, Any]) -> "list[ReportedTable]":
    from expdb.data.documents import read_text
    from expdb.interop.report_markdown import read_markdown
    from expdb.interop.report_yaml import read_yaml

    suffix = file.suffix.lower()
    if suffix in (".md", ".markdown"):
        return read_markdown(read_text(file), name=str(file), **options)
    if suffix not in (".yaml", ".yml"):
        raise SpecError(f"{str(file)!r} is neither .md nor .yaml: a report is one of these")
    for option, value in options.items():
        if value is not None and option != "document":
            raise SpecError(f"--{option} {value!r} has no effect on {file}: its rows say it themselves")
    return read_yaml(read_text(file), name=str(file), document_key=options["document"])


def _require_rows(file: Path, tables: "Sequence[ReportedTable]") -> None:
    if any(table.runs for table in tables):
        return
    reasons = "; ".join(_skipped(tables))
    raise SpecError(f"{file}: no table of results was found{f': {reasons}' if reasons else ''}")


def _skipped(tables: "Sequence[ReportedTable]") -> list[str]:
    return [
        f"{table.file}:{table.line}: {'' if table.runs else 'table '}skipped: {reason}"
        for table in tables
        for reason in table.skipped
    ]


def _saved(count: int, num_new: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'} saved, {num_new} of them new (expdb {noun}s lists them)"


def _show(tables: "Sequence[ReportedTable]", *, as_json: bool) -> None:
    """Print the rows of tables, as they would be entered."""
    from expdb.report.value_text import format_value

    runs = [run for table in tables for run in table.runs]
    if as_json:
        print_json({"rows": [asdict(run) for run in runs], "skipped": _skipped(tables)})
        return
    for text in _skipped(tables):
        print_line(text)
    for table in tables:
        if table.runs:
            print_line(f"{table.group}:")
            listed = [
                [
                    run.name.removeprefix(f"{table.group}/"),
                    run.model,
                    format_value(run.top1, "percent"),
                    _stated(run),
                ]
                for run in table.runs
            ]
            print_table(["row", "model", "top-1", "also stated"], listed, ["left", "left", "right", "left"])
    print_line(f"{counted_rows(len(runs))}; nothing was entered")


def _stated(run: ReportedRun) -> str:
    """Return what a row states beyond the usual columns."""
    from expdb.report.value_text import format_value

    forms: dict[str, Format] = {
        "top5": "percent",
        "num_params": "millions",
        "macs": "gigas",
        "train_seconds": "duration",
    }
    fields = ("dataset", *forms, "optimizer", "batch_size", "epochs", "img_size", "num_devices", "parallel")
    values = {name: getattr(run, name) for name in fields}
    return ", ".join(
        [
            *(["extends another row"] if run.extends_another else []),
            *(
                f"{name} {format_value(value, forms.get(name, 'text'))}"
                for name, value in values.items()
                if value is not None
            ),
            *(name if value is True else f"{name} {value}" for name, value in run.settings.items()),
            *(f"{name} {value:g}" for name, value in run.metrics.items()),
            *(f"unparsed: {text}" for text in run.unparsed),
        ]
    )

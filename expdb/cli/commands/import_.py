"""`expdb import`: reported rows, papers and claims from files."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from expdb.cli.context import context_of
from expdb.cli.entered_view import counted_rows, entered_lines, entered_warnings
from expdb.cli.heading_options import HeadingFiles, HeadingWords, vocabulary_of
from expdb.cli.output import print_json, print_line, print_table, warn
from expdb.cli.reading_view import passed_over, reading_lines, reading_record
from expdb.domain.run import ReportedRun
from expdb.domain.table import Format
from expdb.errors import SpecError

if TYPE_CHECKING:
    from expdb.cli.import_record import ReadReportRecord
    from expdb.interop.report_document import ReportChoices, ReportReading
    from expdb.interop.reported.enter import ReportedTable
    from expdb.report.written.reading.vocabulary import Vocabulary

DryRun = Annotated[bool, typer.Option("--dry-run", help="show what the file holds; enter nothing")]
FractionsFlag = Annotated[bool, typer.Option("--json", help="as JSON, accuracies as fractions")]

_MOST_REASONS = 20

import_app = typer.Typer(
    help="Enter what was written elsewhere: rows of reports, papers, claims.", no_args_is_help=True
)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(import_app, name="import", rich_help_panel="Report")


@import_app.command("report")
def report(
    ctx: typer.Context,
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="Markdown, HTML, LaTeX, CSV, or reported-runs/1 (.yaml)")
    ],
    group: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="group of the rows (NAME-1, NAME-2 for several tables; not .yaml)"),
    ] = None,
    dataset: Annotated[
        str | None, typer.Option(metavar="NAME", help="dataset of tables where nothing says it (not .yaml)")
    ] = None,
    source: Annotated[
        str | None, typer.Option(metavar="TEXT", help="the document, if not its first heading (not .yaml)")
    ] = None,
    page: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="page that the tables are on (not .yaml)")
    ] = None,
    document: Annotated[
        str | None,
        typer.Option(
            metavar="KEY",
            help="what tells the document from others, if not the file's name (README.md: its folder too)",
        ),
    ] = None,
    heading: HeadingWords = None,
    headings: HeadingFiles = None,
    is_dry: DryRun = False,
    as_json: FractionsFlag = False,
) -> None:
    """Enter the rows of a report's tables as reported runs; first, say how each heading was read.

    They stand beside measured runs, marked as reported, and never enter a mean or a test.
    A row is known by its document, its table and its cells that are no results. Import a document again after it was
    corrected: the row takes the new values, and `expdb show` says the old ones too.
    """
    from expdb.interop.report_document import ReportChoices
    from expdb.interop.reported.documents import by_document
    from expdb.interop.reported.enter import enter, require_same_document
    from expdb.report.written.given_headings import unused_headings

    choices = ReportChoices(group=group, dataset=dataset, source=source, page=page, document=document)
    vocabulary = vocabulary_of(heading, headings)
    names = [str(file) for file in files]
    reports = [_read(file, choices, vocabulary, given=names) for file in files]
    for text in unused_headings(vocabulary, (one.written for found in reports for one in found.readings)):
        warn(text)
    for found in reports:
        _require_rows(found)
    tables = [table for found in reports for table in found.tables]
    documents = by_document(tables)
    if not as_json:
        for text in (text for found in reports for text in reading_lines(found, dataset=dataset)):
            print_line(text)
    from expdb.cli.import_record import EnteredReportRecord, ReadReportRecord

    said = ReadReportRecord(
        skipped=[text for found in reports for text in passed_over(found)],
        readings=[record for found in reports for record in reading_record(found)],
    )
    if is_dry:
        _show(tables, said, as_json=as_json)
        return
    with context_of(ctx).open_store() as store:
        for of_document in documents:
            require_same_document(store, of_document)
        entered = [table for of_document in documents for table in enter(store, of_document)]
    for text in entered_warnings(entered):
        warn(text)
    if as_json:
        print_json(EnteredReportRecord(tables=entered, **said))
    else:
        for text in entered_lines(entered, db_option=context_of(ctx).db_option, group=group):
            print_line(text)


@import_app.command("papers")
def papers(
    ctx: typer.Context,
    file: Annotated[Path | None, typer.Argument(metavar="[FILE]", help="TOML or YAML; none: expdb's own list")] = None,
    is_dry: DryRun = False,
    as_json: FractionsFlag = False,
) -> None:
    """Enter papers; one of a title that is there is replaced. List them: expdb papers."""
    from expdb.cli.import_record import PapersRecord
    from expdb.interop.papers_and_claims import read_papers

    read = read_papers(file)
    num_new = None
    if not is_dry:
        with context_of(ctx).open_store() as store:
            num_new = store.library.save_papers(read)
    if as_json:
        print_json(PapersRecord(papers=read, new=num_new))
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
    from expdb.cli.import_record import ClaimsRecord
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
        print_json(ClaimsRecord(claims=read, new=num_new))
    elif num_new is None:
        print_table(["claim", "sentence", "status"], [[c.key, c.sentence, c.status] for c in read], ["left"] * 3)
        print_line(f"{len(read)} claims; nothing was entered")
    else:
        print_line(_saved(len(read), num_new, "claim"))


def _read(file: Path, choices: "ReportChoices", vocabulary: "Vocabulary", *, given: Sequence[str]) -> "ReportReading":
    from expdb.data.documents import read_text
    from expdb.interop.report_document import ReportReading, read_report
    from expdb.interop.report_yaml import read_yaml

    if file.suffix.lower() not in (".yaml", ".yml"):
        return read_report(read_text(file), name=str(file), choices=choices, vocabulary=vocabulary, given=given)
    for option, value in asdict(choices).items():
        if value is not None and option != "document":
            raise SpecError(f"--{option} {value!r} has no effect on {file}: its rows say it themselves")
    tables = read_yaml(read_text(file), name=str(file), document_key=choices.document)
    return ReportReading(name=str(file), tables=tuple(tables))


def _require_rows(found: "ReportReading") -> None:
    is_of_others = found.included and not (found.tables or found.unread or found.other_files)
    if is_of_others or any(table.runs for table in found.tables):
        return
    told = passed_over(found)
    more = [f"and {len(told) - _MOST_REASONS} more"] if len(told) > _MOST_REASONS else []
    reasons = "; ".join([*told[:_MOST_REASONS], *more])
    raise SpecError(f"{found.name}: no table of results was found{f': {reasons}' if reasons else ''}")


def _saved(count: int, num_new: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'} saved, {num_new} of them new (expdb {noun}s lists them)"


def _show(tables: "Sequence[ReportedTable]", said: "ReadReportRecord", *, as_json: bool) -> None:
    """Print the rows of tables, as they would be entered."""
    from expdb.cli.import_record import ShownReportRecord
    from expdb.domain.value_text import format_value

    runs = [run for table in tables for run in table.runs]
    if as_json:
        print_json(ShownReportRecord(rows=runs, **said))
        return
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
    from expdb.domain.value_text import format_value

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
            *(f"{name} {format_value(value, 'number')}" for name, value in run.metrics.items()),
            *(f"unparsed: {text}" for text in run.unparsed),
        ]
    )

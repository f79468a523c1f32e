"""`expdb check`: hold written reports against the database."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from expdb.cli.arguments import JsonFlag
from expdb.cli.context import context_of
from expdb.cli.heading_options import HeadingFiles, HeadingWords, vocabulary_of
from expdb.cli.output import console, print_json, printable, warn
from expdb.errors import NotFoundError, SpecError

if TYPE_CHECKING:
    from expdb.report.check.findings import CheckedTable
    from expdb.store.store import Store

_STYLES = {
    "confirmed": "green",
    "confirmed by tracked runs": "green",
    "as reported": "green",
    "same as its import": "green",
    "rounded differently": "cyan",
    "stale": "yellow",
    "contradicted": "bold red",
}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(rich_help_panel="Report")(check)


def check(
    ctx: typer.Context,
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="reports, in Markdown, HTML or LaTeX")],
    update: Annotated[bool, typer.Option("--update", help="first rewrite the tables and values between marks")] = False,
    dataset: Annotated[str | None, typer.Option(metavar="NAME", help="dataset of tables that do not say it")] = None,
    document: Annotated[
        str | None, typer.Option(metavar="KEY", help="what it was imported as, if not by its file's name")
    ] = None,
    heading: HeadingWords = None,
    headings: HeadingFiles = None,
    allow_empty: Annotated[
        bool, typer.Option("--allow-empty", help="exit code 0 also where nothing was checked in a file")
    ] = False,
    show_all: Annotated[bool, typer.Option("--all", help="list every number, also what is confirmed")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Hold the tables of a report against the database.

    Each number is confirmed (by measured runs), confirmed by tracked runs (of scripts of yours), as reported (in
    another document), same as its import, rounded differently, stale (it was true before the last runs), contradicted,
    or unknown. Exit code 1 if one is contradicted, 3 if nothing was checked in a file; stale and unknown ones are
    listed, but do not fail.

    A table below <!-- expdb:table NAME --> (up to <!-- /expdb:table -->) is compared with that saved table, any other
    with the saved tables and groups of runs that fit its headings and words. A marked table must be there, with the
    rows, columns and numbers of its definition and no others. --update replaces it and the list of notes right below
    it, in Markdown; other text between the marks stays.

    A number between <!-- expdb:value TABLE ROW COLUMN --> and <!-- / --> is that of the saved table, and with --update
    prints as there.
    """
    from expdb.report.check.check import words_of_runs
    from expdb.report.check.check_record import tables_record
    from expdb.report.check.findings import is_anything_judged, is_contradicted, summary
    from expdb.report.written.document import read_document
    from expdb.report.written.given_headings import unused_headings
    from expdb.report.written.reading.vocabulary import default_vocabulary
    from expdb.report.written.row_identity import document_key

    if document is not None and len(files) > 1:
        raise SpecError(f"--document {document!r} names one report: give one FILE, not {len(files)}")
    if dataset is not None and not dataset.strip():
        raise SpecError("--dataset '' names no dataset: give its name, or leave the option out")
    texts = {file: _read(file) for file in files}
    keys = {file: document_key(file, document) for file in files}
    with context_of(ctx).open_store(is_read_only=True) as store:
        vocabulary = vocabulary_of(heading, headings, ours=words_of_runs(store, default_vocabulary()))
        said = {"dataset": dataset, "vocabulary": vocabulary}
        checked, updated, bad = _checked(store, texts, update=update, keys=keys, said=said)
    names = [str(file) for file in files]
    documents = {file: read_document(texts[file], name=str(file), given=names) for file in checked}
    for unused in unused_headings(vocabulary, (table for one in documents.values() for table in one.tables)):
        warn(unused)
    for file, text in updated.items():  # after all were read, checked and found good
        _write(file, text)
    if as_json and (checked or not bad):
        from expdb.report.check.check_record import CheckedFileRecord

        print_json(
            [
                CheckedFileRecord(file=str(file), document=keys[file], updated=file in updated, **tables_record(tables))
                for file, tables in checked.items()
            ]
        )
    elif not as_json:
        for file, tables in checked.items():
            if update:
                _show_update(file, tables, before=texts[file], after=updated.get(file))
            _show(file, tables, show_all=show_all, included=documents[file].included)
        if checked:
            _print(summary([table for tables in checked.values() for table in tables], says_documents=True))
    if bad:
        for told in bad:
            console(is_error=True).print(f"error: {printable(told)}", style="red", markup=False, soft_wrap=True)
        raise typer.Exit(2)
    if any(map(is_contradicted, checked.values())):
        raise typer.Exit(1)
    alone = [tables for file, tables in checked.items() if tables or not documents[file].included]
    if not allow_empty and not all(map(is_anything_judged, alone)):
        raise typer.Exit(3)


def _checked(
    store: "Store", texts: Mapping[Path, str], *, update: bool, keys: Mapping[Path, str], said: Mapping[str, Any]
) -> "tuple[dict[Path, list[CheckedTable]], dict[Path, str], list[str]]":
    """Return the tables of each report as they were checked, the texts of those that are to be rewritten, and errors.

    A report with bad marks has errors only, one a mark. Then none is rewritten, and the others are checked as they are.
    """
    from expdb.analysis.correctness import correctness_of
    from expdb.report.check.check import check_text, update_text
    from expdb.report.written.bad_marks import reasons_of

    definitions, correct = store.saved_tables.all(), correctness_of(store)
    checked: dict[Path, list[CheckedTable]] = {}
    updated: dict[Path, str] = {}
    bad: list[str] = []
    given = [str(file) for file in texts]
    for file, text in texts.items():
        try:
            new = update_text(text, store, definitions, name=str(file), correct=correct) if update else text
            checked[file] = check_text(
                new, store, definitions, name=str(file), correct=correct, document=keys[file], given=given, **said
            )
        except (SpecError, NotFoundError) as error:
            bad += [f"{file}: {' '.join(reason.split())}" for reason in reasons_of(error)]
            continue
        if new != text:
            updated[file] = new
    if bad and updated:
        return *_checked(store, {file: texts[file] for file in checked}, update=False, keys=keys, said=said)[:2], bad
    return checked, updated, bad


def _show_update(file: Path, tables: "list[CheckedTable]", *, before: str, after: str | None) -> None:
    """Print what became of a report, and which notes were taken out; `after` is None where it stays as it was."""
    from expdb.report.written.rewrite import replaced_notes

    _print(f"{file}: {_outcome(tables, is_rewritten=after is not None)}")
    for line, note in replaced_notes(before, before if after is None else after):
        _print(f"  {file}:{line} note taken out: {note}")


def _outcome(tables: "list[CheckedTable]", *, is_rewritten: bool) -> str:
    """Return what became of a report's marked tables."""
    from expdb.report.check.findings import is_contradicted

    marked = [table for table in tables if table.is_marked]
    what = "values" if marked and all(table.is_of_values for table in marked) else "tables"
    if is_rewritten:
        return f"{what} rewritten"
    is_good = marked and not is_contradicted(marked)
    return f"its marked {what} are as they should be" if is_good else f"no marked {what[:-1]} was rewritten"


def _show(file: Path, tables: "list[CheckedTable]", *, show_all: bool, included: Sequence[str]) -> None:
    from expdb.report.check.findings import is_anything_judged, summary

    for table in tables:
        place = f"{file}:{table.line}"
        name = f"table {table.name}" if table.name else "a table"
        name = f"values of {name}" if table.is_of_values else name
        if table.problem:
            _print(f"{place} {name}: {table.problem}", style="bold red")
            continue
        if not table.is_passed_over:
            named = "" if table.is_marked or not table.name else " (by its headings)"
            _print(f"{place} {name}{named}: {summary([table])}")
        _show_table(file, table, show_all=show_all)
    if included and not tables:
        _print(f"{file}: has no tables; what it takes in is given too: {', '.join(included)}")
    elif not is_anything_judged(tables):
        _print(f"{file}: nothing was checked{'' if tables else ': it has no tables'}", style="bold yellow")


def _show_table(file: Path, table: "CheckedTable", *, show_all: bool) -> None:
    from expdb.report.check.judge_number import SAID_STATUSES
    from expdb.report.check.told_findings import told_findings

    for told in told_findings(one for one in table.findings if show_all or one.status not in SAID_STATUSES):
        _print(f"  {file}:{told.lines} {told.text}: ", ending=told.ending, style=_STYLES.get(told.status, ""))
    for missing in table.missing:
        _print(f"  {file}:{table.line} {missing} of table {table.name} is not printed")
    for reading in table.readings:
        _print(f"  {file}:{table.line} {reading}", style="dim")
    for passed in table.passed_over:
        indent = "" if table.is_passed_over else "  "
        _print(f"{indent}{file}:{passed.line} {passed.what} passed over: {passed.reason}")


def _print(text: str, *, ending: str = "", style: str = "") -> None:
    """Print a line, in one colour, or with its ending in a colour."""
    line = Text.assemble(printable(text), (ending, style)) if ending else Text(printable(text), style=style)
    console().print(line, soft_wrap=True)


def _read(file: Path) -> str:
    """Return a file's text with the line ends as they are. Raises SpecError."""
    from expdb.data.documents import read_text

    return read_text(file, is_exact=True)


def _write(file: Path, text: str) -> None:
    try:
        file.write_bytes(text.encode("utf-8"))
    except OSError as error:
        raise SpecError(f"cannot write {str(file)!r}: {error.strerror}") from error

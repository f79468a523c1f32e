"""Hold a written report against the database: every number of its tables against the runs it must be of."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import PurePath

from expdb.errors import NotFoundError, SpecError
from expdb.report.check.check_macros import check_macros
from expdb.report.check.cited_runs import CitedRuns
from expdb.report.check.findings import CheckedTable
from expdb.report.check.judge_values import check_values, update_values
from expdb.report.check.table_checker import TableChecker, definition_of_region, passed_over_table
from expdb.report.source import Correctness, TableSource
from expdb.report.tables.build import build_table
from expdb.report.tables.plan import AskedTable
from expdb.report.writers.markdown import to_markdown
from expdb.report.written.bad_marks import BadMarks
from expdb.report.written.document import read_document
from expdb.report.written.marks import Region, by_region, find_regions, refuse_marks
from expdb.report.written.reading.cell_words import words_in_use
from expdb.report.written.reading.script_words import with_script_words
from expdb.report.written.reading.vocabulary import Vocabulary, default_vocabulary
from expdb.report.written.rewrite import with_tables
from expdb.report.written.value_marks import find_value_marks
from expdb.report.written.written_table import WrittenDocument


def check_text(
    text: str,
    source: TableSource,
    definitions: Sequence[AskedTable],
    *,
    name: str = "report.md",
    correct: Correctness | None = None,
    document: str = "",
    dataset: str | None = None,
    vocabulary: Vocabulary | None = None,
    given: Collection[str] = (),
) -> list[CheckedTable]:
    """Check the tables of a report.

    A table between `<!-- expdb:table NAME -->` marks is compared with that saved table; any other
    with the saved tables whose columns it has, and with groups of runs. Marked values are compared with their table.

    Args:
        text: the report.
        name: of its file, which says its format.
        source: the runs: a store.
        definitions: the saved tables.
        correct: as for `build_table`.
        document: the key of rows that were imported from this report.
        dataset: of tables that do not say it.
        vocabulary: what headings are read by; None: expdb's own.
        given: the names of files that are checked too.

    Raises:
        NotFoundError: a mark names a table that is not there; says the line.
        SpecError: the marks do not fit each other, or a marked table cannot be built; or no table of such a file is
            checked.
    """
    words = words_of_runs(source, vocabulary or default_vocabulary()).with_datasets(_datasets(source))
    checker = TableChecker(source, definitions, correct, document=document, dataset=dataset, vocabulary=words)
    bad = BadMarks()
    with words_in_use(words.cells):
        read = read_document(text, name=name, given=given)
        if read.format == "CSV":
            raise SpecError(f"{read.format} is data, not a report: check the report, or expdb import report it")
        cited = CitedRuns(source, text, read.tables, words)
        checked = _checked_tables(text, read, checker, bad, cited, title=read.title or PurePath(name).stem)
        if read.format == "LaTeX":
            with bad.gathered():
                checked += check_macros(text, source, definitions, name=name, correct=correct)
        if read.format in ("Markdown", "HTML"):
            is_markdown = read.format == "Markdown"
            with bad.gathered():
                checked += check_values(
                    text, source, definitions, correct=correct, document=document, is_markdown=is_markdown
                )
    bad.raise_any()
    return sorted(checked, key=lambda table: table.line)


def words_of_runs(source: TableSource, vocabulary: Vocabulary) -> Vocabulary:
    """Return a vocabulary that knows what the scripts of a source call their metrics and parameters, too."""
    if vocabulary.scripts is not None:
        return vocabulary
    heads = source.heads("kind = tracked", [], fields=["settings"]).heads
    settings = sorted({name for head in heads for name in head.fields["settings"]})
    return with_script_words(vocabulary, source.points.metrics(), settings)


def update_text(
    text: str,
    source: TableSource,
    definitions: Sequence[AskedTable],
    *,
    name: str = "report.md",
    correct: Correctness | None = None,
) -> str:
    """Return the text with the marked tables and values as they are now, and every other character as it was.

    Raises:
        NotFoundError, SpecError: as `check_text`; also for a file that is no Markdown, nor HTML with marked values.
    """
    read, bad = read_document(text, name=name), BadMarks()
    is_markdown = read.format == "Markdown"
    known = {definition.name: definition for definition in definitions}
    if not is_markdown:
        for region in _regions(text, read, bad):
            told = f"--update rewrites tables of Markdown, not of {read.format}"
            way = f"replace table {region.name!r} by what expdb table {region.name} --format html writes"
            bad.add(SpecError(f"line {region.line}: {told}: {way}"))
        bad.raise_any()
        if not (read.format == "HTML" and find_value_marks(text, is_markdown=False)):
            raise SpecError(f"--update rewrites marked tables, which {read.format} has not: check it without --update")

    def render(region: Region) -> str:
        try:
            return to_markdown(build_table(source, definition_of_region(region, known), correct=correct))
        except (SpecError, NotFoundError) as problem:
            bad.add(problem)
            return ""

    with bad.gathered():  # values first: then the lines are still those of the file
        text = update_values(text, source, definitions, correct=correct, is_markdown=is_markdown)
    if is_markdown:
        with bad.gathered():
            text = with_tables(text, render)
    bad.raise_any()
    return text


def _regions(text: str, read: WrittenDocument, bad: BadMarks) -> list[Region]:
    """Return what is marked of a text; where nothing can be, marks are wrong."""
    if read.format not in ("Markdown", "HTML"):
        with bad.gathered():
            refuse_marks(text)
        return []
    if read.format == "Markdown":
        return find_regions(text, bad=bad)
    return find_regions(text, read.tables, is_markdown=False, bad=bad)


def _checked_tables(
    text: str, read: WrittenDocument, checker: TableChecker, bad: BadMarks, cited: CitedRuns, *, title: str
) -> list[CheckedTable]:
    """Check what tables there are, what marked ones there are not, and say what was not read."""
    checker.expect_import(read, title=title)
    regions = _regions(text, read, bad)
    marked = by_region(read.tables, regions)
    checked = []
    for table in read.tables:
        with bad.gathered():
            region = marked.get(table.first_line)
            here = cited.as_numbered_here(table)
            one = checker.check_marked(here, region) if region else checker.check_unmarked(here)
            checked.append(replace(one, readings=(*one.readings, *cited.told(table))))
    for region in regions:
        if region not in marked.values():
            with bad.gathered():
                checked.append(checker.check_lacking(region))
    unread = [
        passed_over_table(line, what, reason)
        for what, lines in (("table", read.unread), ("cell", read.unread_cells), ("file", read.other_files))
        for line, reason in lines
        if not any(region.first <= line < region.last for region in regions)
    ]
    return [*checked, *unread]


def _datasets(source: TableSource) -> list[str]:
    """Return the datasets of runs, which headings may name."""
    return sorted({head.fields["dataset"] for head in source.heads("", [], fields=["dataset"]).heads})

"""Hold a written report against the database: every number of its tables against the runs it must be of."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import PurePath

from expdb.domain.run import Run
from expdb.domain.table import TableDefinition
from expdb.errors import NotFoundError, SpecError, unknown
from expdb.report.check.candidates import GroupReading, SavedReading, merged, most_alike, with_import
from expdb.report.check.expected import ExpectedTable, expected_table, headings_of, is_measured, without_document
from expdb.report.check.findings import CheckedTable, Finding, PassedOver
from expdb.report.check.imported_rows import ImportedRows
from expdb.report.check.judge_row import RowFindings, RowJudge, numeric_places
from expdb.report.check.judge_values import check_values, update_values
from expdb.report.check.match import RowMatcher
from expdb.report.check.match_columns import ColumnPlaces, match_columns
from expdb.report.check.table_of_headings import COPIED, MEASURED, definition_of_headings
from expdb.report.check.understood import UnderstoodTable, single_tables, table_by_headings, whole_table
from expdb.report.columns import COLUMNS
from expdb.report.source import Correctness, TableSource
from expdb.report.tables.build import build_table
from expdb.report.tables.shown_columns import shown_columns
from expdb.report.writers.markdown import to_markdown
from expdb.report.written.document import read_document
from expdb.report.written.keyed_rows import KeyedTable, keyed_rows
from expdb.report.written.marks import Region, by_region, find_regions
from expdb.report.written.reading.headings import SEEDS
from expdb.report.written.reading.numbers import is_blank
from expdb.report.written.reading.vocabulary import Vocabulary, default_vocabulary
from expdb.report.written.rewrite import with_tables
from expdb.report.written.tables.read_table import ReadTable, read_table
from expdb.report.written.value_marks import find_value_marks
from expdb.report.written.written_table import WrittenDocument, WrittenRow, WrittenTable, with_columns_as_rows

_SHOWN = frozenset((*COLUMNS, "links", "row", SEEDS))  # keys of headings whose cells are compared, or say nothing


def check_text(
    text: str,
    source: TableSource,
    definitions: Sequence[TableDefinition],
    *,
    name: str = "report.md",
    correct: Correctness | None = None,
    document: str = "",
    dataset: str | None = None,
    vocabulary: Vocabulary | None = None,
) -> list[CheckedTable]:
    """Check the tables of a report.

    A table between `<!-- expdb:table NAME -->` marks, which Markdown has, is compared with that saved table; any other
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

    Raises:
        NotFoundError: a mark names a table that is not there; says the line.
        SpecError: the marks do not fit each other, or a marked table cannot be built; or no table of such a file is
            checked.
    """
    words = (vocabulary or default_vocabulary()).with_datasets(_datasets(source))
    checker = _Checker(source, definitions, correct, document=document, dataset=dataset, vocabulary=words)
    read = read_document(text, name=name)
    if read.format == "CSV":
        raise SpecError(f"{read.format} is data, not a report: check the report, or expdb import report it")
    tables = read.tables
    checker.expect_import(read, title=read.title or PurePath(name).stem)
    regions = find_regions(text) if read.format == "Markdown" else []
    marked = by_region(tables, regions)
    checked = [
        checker.check_marked(table, marked[table.first_line])
        if table.first_line in marked
        else checker.check_unmarked(table)
        for table in tables
    ]
    lacking = [checker.check_lacking(region) for region in regions if region not in marked.values()]
    unread = [
        _passed_over(line, what, reason)
        for what, lines in (("table", read.unread), ("cell", read.unread_cells))
        for line, reason in lines
        if not any(region.first <= line < region.last for region in regions)
    ]
    values = []
    if read.format in ("Markdown", "HTML"):
        is_markdown = read.format == "Markdown"
        values = check_values(text, source, definitions, correct=correct, document=document, is_markdown=is_markdown)
    return sorted([*checked, *lacking, *unread, *values], key=lambda table: table.line)


def update_text(
    text: str,
    source: TableSource,
    definitions: Sequence[TableDefinition],
    *,
    name: str = "report.md",
    correct: Correctness | None = None,
) -> str:
    """Return the text with the marked tables and values as they are now, and every other character as it was.

    Raises:
        NotFoundError, SpecError: as `check_text`; also for a file that is no Markdown, nor HTML with marked values.
    """
    is_markdown = (form := read_document(text, name=name).format) == "Markdown"
    if not is_markdown and not (form == "HTML" and find_value_marks(text, is_markdown=False)):
        raise SpecError(f"--update rewrites marked tables, which {form} has not: check it without --update")
    known = {definition.name: definition for definition in definitions}
    if is_markdown:
        text = with_tables(
            text, lambda region: to_markdown(build_table(source, _definition(region, known), correct=correct))
        )
    return update_values(text, source, definitions, correct=correct, is_markdown=is_markdown)


def _definition(region: Region, known: Mapping[str, TableDefinition]) -> TableDefinition:
    if region.name not in known:
        raise NotFoundError(f"line {region.line}: {unknown('table', region.name, known, listing='expdb tables')}")
    return known[region.name]


class _Checker:
    """Checks the tables of one report; what a saved table should print is made once."""

    def __init__(
        self,
        source: TableSource,
        definitions: Sequence[TableDefinition],
        correct: Correctness | None,
        *,
        document: str,
        dataset: str | None,
        vocabulary: Vocabulary,
    ) -> None:
        self._source = source
        self._vocabulary = vocabulary
        self._definitions = {definition.name: definition for definition in definitions}
        self._correct = correct
        self._document = document
        self._dataset = dataset
        self._made: dict[str, ExpectedTable] = {}
        self._stored: Mapping[str, Run] = {}
        self._keyed: dict[int, KeyedTable] = {}

    def expect_import(self, read: WrittenDocument, *, title: str) -> None:
        """Look up what was imported from the document."""
        self._stored = self._source.reported_rows(self._document) if self._document else {}
        if self._stored:
            readings = [read_table(table, self._vocabulary, dataset=self._dataset) for table in read.tables]
            keyed = keyed_rows(readings, document=self._document, title=title)
            self._keyed = {reading.written.first_line: one for reading, one in zip(readings, keyed, strict=True)}

    def _imported_rows(self, read: ReadTable, whole: UnderstoodTable) -> ImportedRows | None:
        """Return what was imported of a table; None where nothing of its document was."""
        keyed = self._keyed.get(read.written.first_line)
        if keyed is None:
            return None
        known = {key for one in self._keyed.values() for key in one.keys}
        left_over = [run for key, run in self._stored.items() if key not in known]
        return ImportedRows(read, whole, keyed, self._stored, left_over)

    def check_marked(self, table: WrittenTable, region: Region) -> CheckedTable:
        """Check a table against the saved one that its mark names."""
        definition = _definition(region, self._definitions)
        upright = table_by_headings(with_columns_as_rows(table) if definition.transpose else table, self._vocabulary)
        expected = self._expected(definition)
        columns = match_columns(upright, expected.slots, by_position=True)
        comparison = self._comparison(upright, expected, columns, is_marked=True)
        rows = RowMatcher(upright, expected, columns).one_to_one(is_sure=True)
        findings = [
            finding
            for place, row in enumerate(upright.rows)
            for cell in (
                comparison.judge_row(row, [expected.rows[rows[place]]])
                if place in rows
                else comparison.judge_none(row, "")
            ).values()
            for finding in cell
        ]
        headings = headings_of(expected.slots)
        missing = [f"column {headings[index]}" for index in headings if index not in columns.values()]
        missing += [f"row {row.name}" for index, row in enumerate(expected.rows) if index not in rows.values()]
        return CheckedTable(
            line=table.first_line,
            name=definition.name,
            is_marked=True,
            findings=_by_line(findings),
            missing=tuple(missing),
        )

    def check_lacking(self, region: Region) -> CheckedTable:
        """Return what is said of a region without a table."""
        name = _definition(region, self._definitions).name
        problem = "between these marks Markdown reads no table"
        return CheckedTable(line=region.line, name=name, is_marked=True, problem=problem)

    def check_unmarked(self, table: WrittenTable) -> CheckedTable:
        """Check a table against the saved ones that have its columns of numbers, and against groups of runs."""
        read = read_table(table, self._vocabulary, dataset=self._dataset)
        whole = whole_table(read, self._vocabulary)
        imported = self._imported_rows(read, whole)
        is_saved = most_alike(self._saved_readings(whole), is_sure=True) is not None
        singles = [whole] if is_saved else list(single_tables(read, self._vocabulary))
        rows: list[RowFindings] = [{} for _ in whole.rows]
        names, is_about_runs = set[str](), False
        for single in singles:
            judged, name = self._judged_rows(single)
            is_about_runs = is_about_runs or judged is not None
            names |= {name} - {""}
            for row, found in zip(rows, judged or [], strict=False):
                row.update(merged(row, {single.places[place]: of for place, of in found.items()}))
        for row, written in zip(rows, whole.rows, strict=True):
            row.update({} if imported is None else with_import(row, imported.judge(written)))
        if not is_about_runs and not any(rows):
            listed = ", ".join(heading for heading in table.headings if heading)
            passed = _passed_over(table.first_line, "table", f"no column is a result of runs ({listed})")
            return replace(passed, passed_over=(*passed.passed_over, *_columns_passed_over(whole, [])))
        findings = [finding for row in rows for cell in row.values() for finding in cell]
        return CheckedTable(
            line=table.first_line,
            name=next(iter(names)) if len(names) == 1 else None,
            findings=_by_line(findings),
            passed_over=tuple(_columns_passed_over(whole, rows)),
            readings=tuple(dict.fromkeys(reading for single in singles for reading in single.readings())),
        )

    def _judged_rows(self, table: UnderstoodTable) -> tuple[list[RowFindings] | None, str]:
        """Return the findings of every row, and the saved table that it is; None where it has nothing of runs."""
        measured, copied = self._group_reading(table, MEASURED), self._group_reading(table, COPIED)
        saved = most_alike(self._saved_readings(table), is_sure=measured is not None)
        if saved is None and measured is None:
            return None, ""
        judged = [self._judged(place, row, saved, measured, copied) for place, row in enumerate(table.rows)]
        return judged, "" if saved is None else saved.name

    def _judged(
        self,
        place: int,
        row: WrittenRow,
        saved: SavedReading | None,
        measured: GroupReading | None,
        copied: GroupReading | None,
    ) -> RowFindings:
        """Return the findings of a row: measured runs that fit it judge it, before rows that were copied."""
        found: RowFindings | None = None
        is_copied = saved is not None and saved.is_copied(place)
        if saved is not None and not is_copied:
            found = saved.judge(place, row)
        elif measured is not None:
            found = measured.judge(row)
        if measured is not None and measured.is_left_open(row):
            return found or {}
        if saved is not None and is_copied:
            found = merged(found, saved.judge(place, row))
        if copied is not None:
            found = merged(found, copied.judge(row))
        if not found and measured is not None:
            found = measured.judge_none(row)
        return found or {}

    def _saved_readings(self, table: UnderstoodTable) -> list[SavedReading]:
        """Return the saved tables that have the columns of a written one, and all of its rows.

        What has neither numbers nor a heading that is understood (a remark, say) need not be there, but both results
        and something that describes rows must be.
        """
        readings = []
        known = {place for place, heading in enumerate(table.headings) if heading.keys}
        for name, definition in self._definitions.items():
            with suppress(SpecError, NotFoundError):  # a definition that cannot be built now is none of this table
                if not definition.across:  # then its headings are known before it is built
                    columns = match_columns(table, shown_columns(definition, [()]), by_position=False)
                    if not known <= set(columns):
                        continue
                expected = self._expected(definition)
                columns = match_columns(table, expected.slots, by_position=False)
                comparison = self._comparison(table, expected, columns)
                kinds = {is_measured(expected.slots[index]) for index in columns.values()}
                if len(kinds) == 2 and comparison.numeric | known <= set(columns):
                    rows = RowMatcher(table, expected, columns).one_to_one()
                    if len(rows) == len(table.rows):
                        readings.append(SavedReading(name=name, comparison=comparison, rows=rows))
        return readings

    def _group_reading(self, table: UnderstoodTable, where: str) -> GroupReading | None:
        definition = definition_of_headings(table, where)
        if definition is None:
            return None
        name = f"{where}: {definition.model_dump_json()}"  # a pivot asks for one table several times
        if name not in self._made:
            expected = expected_table(self._source, definition)
            self._made[name] = without_document(expected, self._document) if where == COPIED else expected
        expected = self._made[name]
        columns = match_columns(table, expected.slots, by_position=False)
        comparison = self._comparison(table, expected, columns)
        return GroupReading(comparison=comparison, matcher=RowMatcher(table, expected, columns))

    def _comparison(
        self, table: UnderstoodTable, expected: ExpectedTable, columns: ColumnPlaces, *, is_marked: bool = False
    ) -> RowJudge:
        return RowJudge(
            source=self._source,
            written=table,
            expected=expected,
            columns=columns,
            numeric=numeric_places(table, expected, columns),
            own_document=self._document,
            is_marked=is_marked,
        )

    def _expected(self, definition: TableDefinition) -> ExpectedTable:
        if definition.name not in self._made:
            self._made[definition.name] = expected_table(self._source, definition, correct=self._correct)
        return self._made[definition.name]


def _datasets(source: TableSource) -> list[str]:
    """Return the datasets of runs, which headings may name."""
    return sorted({head.run.dataset for head in source.heads("", [], fields=["dataset"]).heads})


def _columns_passed_over(table: UnderstoodTable, rows: Sequence[RowFindings]) -> Iterator[PassedOver]:
    """Yield the columns of which nothing was compared and nothing is said."""
    said = {place for row in rows for place, found in row.items() if found}
    for place, heading in enumerate(table.headings):
        has_text = any(not is_blank(row.cells[place].text) for row in table.rows)
        if place not in said and not _SHOWN & set(heading.keys) and has_text and (rows or table.looks_numeric(place)):
            what = f"column {table.name(place)!r}"
            reason = table.reasons.get(place, "nothing that runs have")
            yield PassedOver(line=table.written.first_line, what=what, reason=reason)


def _passed_over(line: int, what: str, reason: str) -> CheckedTable:
    return CheckedTable(line=line, passed_over=(PassedOver(line=line, what=what, reason=reason),))


def _by_line(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(findings, key=lambda finding: finding.line))

"""Hold a written report against the database: every number of its tables against the runs it must be of."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

from expdb.catalog.datasets import DATASETS
from expdb.domain.table import TableDefinition
from expdb.errors import NotFoundError, SpecError, unknown
from expdb.report.check.candidates import (
    GroupReading,
    Named,
    Reading,
    SavedReading,
    best,
    is_clean,
    judge_row,
    judge_whole,
)
from expdb.report.check.expected import ExpectedTable, expected_table, headings_of, is_measured
from expdb.report.check.findings import CheckedTable, Finding
from expdb.report.check.judge_row import RowJudge, numeric_places
from expdb.report.check.match import ColumnPlaces, RowMatcher, match_columns
from expdb.report.check.table_of_headings import definition_of_headings, has_results_in_rows, with_models
from expdb.report.source import Correctness, TableSource
from expdb.report.tables.build import build_table
from expdb.report.tables.shown_columns import shown_columns
from expdb.report.writers.markdown import to_markdown
from expdb.report.written.formats.markdown_tables import read_tables
from expdb.report.written.marks import Region, by_region, find_regions
from expdb.report.written.reading.datasets_as_headings import by_dataset
from expdb.report.written.reading.headings import heading_word, keys_of
from expdb.report.written.rewrite import with_tables
from expdb.report.written.written_table import WrittenTable, with_columns_as_rows

_NAME = re.compile(r"[^\"'\\]{1,100}")  # what a filter can ask for


def check_text(
    text: str, source: TableSource, definitions: Sequence[TableDefinition], *, correct: Correctness | None = None
) -> list[CheckedTable]:
    """Check the tables of a Markdown text.

    A table between `<!-- expdb:table NAME -->` marks is compared with that saved table; any other with the saved
    tables whose columns it has, and with groups of runs.

    Args:
        source: the runs: a store.
        definitions: the saved tables.
        correct: as for `build_table`.

    Raises:
        NotFoundError: a mark names a table that is not there; says the line.
        SpecError: the marks do not fit each other, or a marked table cannot be built.
    """
    checker = _Checker(source, definitions, correct)
    tables = read_tables(text)
    regions = find_regions(text)
    marked = by_region(tables, regions)
    checked = [
        checker.check_marked(table, marked[table.first_line])
        if table.first_line in marked
        else checker.check_unmarked(table)
        for table in tables
    ]
    lacking = [checker.check_lacking(region) for region in regions if region not in marked.values()]
    return sorted([*checked, *lacking], key=lambda table: table.line)


def update_text(
    text: str, source: TableSource, definitions: Sequence[TableDefinition], *, correct: Correctness | None = None
) -> str:
    """Return the text with the marked tables as they are now, and every other character as it was.

    Raises:
        NotFoundError, SpecError: as `check_text`.
    """
    known = {definition.name: definition for definition in definitions}
    return with_tables(
        text, lambda region: to_markdown(build_table(source, _definition(region, known), correct=correct))
    )


def _definition(region: Region, known: Mapping[str, TableDefinition]) -> TableDefinition:
    if region.name not in known:
        raise NotFoundError(f"line {region.line}: {unknown('table', region.name, known, listing='expdb tables')}")
    return known[region.name]


class _Checker:
    """Checks the tables of one report; what a saved table should print is made once."""

    def __init__(
        self, source: TableSource, definitions: Sequence[TableDefinition], correct: Correctness | None
    ) -> None:
        self._source = source
        self._definitions = {definition.name: definition for definition in definitions}
        self._correct = correct
        self._made: dict[str, ExpectedTable] = {}

    def check_marked(self, table: WrittenTable, region: Region) -> CheckedTable:
        """Check a table against the saved one that its mark names."""
        definition = _definition(region, self._definitions)
        upright = with_columns_as_rows(table) if definition.transpose else table
        expected = self._expected(definition)
        columns = match_columns(upright, expected.slots, by_position=True)
        comparison = self._comparison(upright, expected, columns, is_marked=True)
        rows = RowMatcher(upright, expected, columns).one_to_one()
        findings = [
            finding
            for place, row in enumerate(upright.rows)
            for finding in comparison.judge_row(row, [expected.rows[rows[place]]] if place in rows else [])
        ]
        headings = headings_of(expected.slots)
        missing = [f"column {headings[index]}" for index in headings if index not in columns.values()]
        missing += [
            f"row {row.name}" for index, row in enumerate(expected.rows) if index not in rows.values() and row.run_ids
        ]
        return CheckedTable(
            line=table.first_line,
            name=definition.name,
            is_marked=True,
            findings=tuple(sorted(findings, key=lambda finding: finding.line)),
            missing=tuple(missing),
        )

    def check_lacking(self, region: Region) -> CheckedTable:
        """Return what is said of a region without a table."""
        name = _definition(region, self._definitions).name
        problem = "between these marks Markdown reads no table"
        return CheckedTable(line=region.line, name=name, is_marked=True, problem=problem)

    def check_unmarked(self, table: WrittenTable) -> CheckedTable:
        """Check a table against the saved ones that have its columns of numbers, and against groups of runs.

        Where its headings are datasets, their columns are of top-1; where they say nothing of runs, its columns are
        read as rows.
        """
        checked = self._check_datasets(table) or self._check_rows(table)
        if checked is None and has_results_in_rows(table):
            checked = self._check_rows(with_columns_as_rows(table))
        return checked or CheckedTable(line=table.first_line, is_about_runs=False)

    def _check_datasets(self, table: WrittenTable) -> CheckedTable | None:
        """Check a table with datasets as headings; None where it is none, or not of top-1: nothing is confirmed."""
        tables = by_dataset(table, self._dataset_of)
        if not tables or any(reading.is_whole for reading in self._saved_readings(table)):
            return None
        findings: list[Finding] = []
        is_of_top1 = False
        for place, single in tables.items():
            checked = self._check_rows(single)
            found = checked.findings if checked is not None else ()
            own = [replace(one, column=table.headings[place]) for one in found if one.column == single.headings[-1]]
            is_of_top1 = is_of_top1 or any(one.status == "confirmed" and not one.part for one in own)
            # What else a row says is told once.
            findings += own + [one for one in found if one.column != single.headings[-1] and not findings]
        findings.sort(key=lambda one: one.line)
        return CheckedTable(line=table.first_line, findings=tuple(findings)) if is_of_top1 else None

    def _dataset_of(self, heading: str) -> str | None:
        """Return the dataset of the catalog, or of runs, that a heading names."""
        word = heading_word(heading)
        found = next((name for name in DATASETS if heading_word(name) == word), None)
        if found is None and _NAME.fullmatch(heading) and self._source.ids(f'dataset = "{heading}"'):
            return heading
        return found

    def _check_rows(self, table: WrittenTable) -> CheckedTable | None:
        saved = self._saved_readings(table)
        named = with_models(table)
        definition = definition_of_headings(named)
        if not saved and definition is None:
            return None
        judged = self._judged(table, saved, named, definition)
        used = Counter(name for name, _ in judged)
        name = used.most_common(1)[0][0] if used else None
        findings = sorted((finding for _, found in judged for finding in found), key=lambda finding: finding.line)
        return CheckedTable(line=table.first_line, name=name, findings=tuple(findings))

    def _judged(
        self,
        table: WrittenTable,
        saved: Sequence[SavedReading],
        named: WrittenTable,
        definition: TableDefinition | None,
    ) -> list[Named]:
        """Return the findings of every row.

        Where a saved table has all of the rows, they are read together, so that no wrong one hides among runs of
        which less is known; elsewhere each row is taken for what it agrees with most.
        """
        whole = [judge_whole(reading, table.rows) for reading in saved if reading.is_whole]
        if whole and (definition is None or is_clean(best(whole))):
            return best(whole)
        readings: list[Reading] = list(saved)
        if definition is not None:
            of_groups = self._group_reading(named, definition)
            readings.append(of_groups)
            if whole:
                return best([*whole, judge_whole(of_groups, table.rows)])
        return [judge_row(readings, place, row) for place, row in enumerate(table.rows)]

    def _saved_readings(self, table: WrittenTable) -> list[SavedReading]:
        """Return the saved tables that have the columns of a written one.

        What has neither numbers nor a heading that is understood (a remark, say) need not be there, but both results
        and something that describes rows must be.
        """
        readings = []
        known = {place for place, heading in enumerate(table.headings) if keys_of(heading)}
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
                    readings.append(SavedReading(name=name, comparison=comparison, rows=rows))
        return readings

    def _group_reading(self, table: WrittenTable, definition: TableDefinition) -> GroupReading:
        expected = expected_table(self._source, definition)
        columns = match_columns(table, expected.slots, by_position=False)
        comparison = self._comparison(table, expected, columns)
        return GroupReading(comparison=comparison, matcher=RowMatcher(table, expected, columns))

    def _comparison(
        self, table: WrittenTable, expected: ExpectedTable, columns: ColumnPlaces, *, is_marked: bool = False
    ) -> RowJudge:
        return RowJudge(
            source=self._source,
            written=table,
            expected=expected,
            columns=columns,
            numeric=numeric_places(table, expected, columns),
            is_marked=is_marked,
        )

    def _expected(self, definition: TableDefinition) -> ExpectedTable:
        if definition.name not in self._made:
            self._made[definition.name] = expected_table(self._source, definition, correct=self._correct)
        return self._made[definition.name]

"""One table of a report: held against the saved table that it is, groups of runs, other documents, its own import."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

from expdb.domain.run import Run
from expdb.domain.task import point_name
from expdb.errors import NotFoundError, SpecError, unknown
from expdb.report.check.candidates import GroupReading, SavedReading, merged, most_alike, no_row_of, with_import
from expdb.report.check.expected import ExpectedTable, expected_table, headings_of, is_measured, without_document
from expdb.report.check.findings import CheckedTable, Finding, PassedOver
from expdb.report.check.imported_rows import ImportedRows
from expdb.report.check.judge_row import RowFindings, RowJudge, numeric_places
from expdb.report.check.match import RowMatcher
from expdb.report.check.match_columns import ColumnPlaces, match_columns, percent_places
from expdb.report.check.named_above import named_above
from expdb.report.check.same_words import SEEDS
from expdb.report.check.settings_left_open import Choice, told_choices
from expdb.report.check.table_of_headings import COPIED, MEASURED, definition_of_headings, unrecorded_columns
from expdb.report.check.understood import UnderstoodTable, single_tables, table_by_headings, whole_table
from expdb.report.columns import COLUMNS, columns_of
from expdb.report.source import Correctness, TableSource
from expdb.report.tables.plan import AskedTable, plan_of
from expdb.report.written.keyed_rows import KeyedTable, keyed_rows
from expdb.report.written.marks import Region
from expdb.report.written.reading.numbers import is_blank
from expdb.report.written.reading.vocabulary import Vocabulary
from expdb.report.written.tables.read_table import ReadTable, read_table
from expdb.report.written.tables.told import told_dataset
from expdb.report.written.written_table import WrittenDocument, WrittenRow, WrittenTable, with_columns_as_rows

_SHOWN = frozenset((*COLUMNS, "links", "row", SEEDS))  # keys of headings whose cells are compared, or say nothing


class TableChecker:
    """Checks the tables of one report; what a saved table should print is made once."""

    def __init__(
        self,
        source: TableSource,
        definitions: Sequence[AskedTable],
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
        scripts = vocabulary.scripts.keys if vocabulary.scripts is not None else {}
        self._read = columns_of({point_name(key): metric for key, metric in scripts.items() if metric is not None})
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
        plan = plan_of(definition_of_region(region, self._definitions), self._source.points)
        upright = table_by_headings(with_columns_as_rows(table) if plan.transpose else table, self._vocabulary)
        expected = self._expected(plan)
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
        findings += named_above(table, expected, self._vocabulary)
        headings = headings_of(expected.slots)
        missing = [f"column {headings[index]}" for index in headings if index not in columns.values()]
        missing += [f"row {row.name}" for index, row in enumerate(expected.rows) if index not in rows.values()]
        return CheckedTable(
            line=table.first_line,
            name=plan.name,
            is_marked=True,
            findings=_by_line(findings),
            missing=tuple(missing),
        )

    def check_lacking(self, region: Region) -> CheckedTable:
        """Return what is said of a region without a table."""
        name = definition_of_region(region, self._definitions).name
        problem = "between these marks no table is read"
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
        choices: list[Choice] = []
        told: dict[str, None] = {}
        for single in singles:
            judged, name = self._judged_rows(single, choices, told)
            is_about_runs = is_about_runs or judged is not None
            names |= {name} - {""}
            for row, found in zip(rows, judged or [], strict=False):
                row.update(merged(row, {single.places[place]: of for place, of in found.items()}))
        for row, written in zip(rows, read.written.rows if imported else (), strict=False):
            row.update({} if imported is None else with_import(row, imported.judge(written)))
        if not is_about_runs and not any(rows):
            listed = ", ".join(heading for heading in table.headings if heading)
            passed = passed_over_table(table.first_line, "table", f"no column is a result of runs ({listed})")
            return replace(passed, passed_over=(*passed.passed_over, *_columns_passed_over(whole, [])))
        findings = [finding for row in rows for cell in row.values() for finding in cell]
        readings = [one for single in singles for one in single.readings()]
        return CheckedTable(
            line=table.first_line,
            name=next(iter(names)) if len(names) == 1 else None,
            findings=_by_line(findings),
            passed_over=tuple(_columns_passed_over(whole, rows)),
            readings=tuple(dict.fromkeys((*_dataset_told(read, findings), *readings, *told, *told_choices(choices)))),
        )

    def _judged_rows(
        self, table: UnderstoodTable, choices: list[Choice], told: dict[str, None]
    ) -> tuple[list[RowFindings] | None, str]:
        """Return the findings of every row, and the saved table that it is; None where it has nothing of runs.

        Where several groups fit a row, the one that it was held against is added to `choices`; to `told`, how columns
        are read that could be read otherwise.
        """
        measured, copied = self._group_reading(table, MEASURED), self._group_reading(table, COPIED)
        saved = most_alike(self._saved_readings(table), is_sure=measured is not None)
        if saved is None and measured is None:
            return None, ""
        judged = [self._judged(place, row, saved, measured, copied) for place, row in enumerate(table.rows)]
        if saved is None and measured is not None:
            found = (measured.choice(row, one) for row, one in zip(table.rows, judged, strict=True))
            choices += [choice for choice in found if choice is not None]
        held = measured if saved is None else saved
        told |= dict.fromkeys(held.comparison.readings() if held is not None else ())
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
                plan = plan_of(definition, self._source.points)
                if not plan.across:  # then its headings are known before it is built
                    columns = match_columns(table, plan.shown_columns(), by_position=False)
                    if not known <= set(columns):
                        continue
                expected = self._expected(plan)
                columns = match_columns(table, expected.slots, by_position=False)
                comparison = self._comparison(table, expected, columns)
                kinds = {is_measured(expected.slots[index]) for index in columns.values()}
                if len(kinds) == 2 and comparison.numeric | known <= set(columns):
                    rows = RowMatcher(comparison.written, expected, columns).one_to_one()
                    reading = SavedReading(name=name, comparison=comparison, rows=rows)
                    if len(rows) == len(table.rows) and not reading.is_left_open:
                        readings.append(reading)
        return readings

    def _group_reading(self, table: UnderstoodTable, where: str) -> GroupReading | None:
        unrecorded: frozenset[str] = frozenset()
        while True:
            asked = definition_of_headings(table, where, self._read, unrecorded)
            if asked is None:
                return None
            expected = self._expected_of(asked, where)
            columns = match_columns(table, expected.slots, by_position=False)
            if (seen := unrecorded_columns(table, expected, columns)) <= unrecorded:
                break
            unrecorded |= seen
        comparison = self._comparison(table, expected, columns)
        return GroupReading(comparison=comparison, matcher=RowMatcher(comparison.written, expected, columns))

    def _expected_of(self, asked: AskedTable, where: str) -> ExpectedTable:
        name = f"{where}: {asked!r}"  # a pivot asks for one table several times
        if name not in self._made:
            expected = expected_table(self._source, asked)
            if where == COPIED:
                expected = without_document(expected, self._document, self._stored.values())
            self._made[name] = expected
        return self._made[name]

    def _comparison(
        self, table: UnderstoodTable, expected: ExpectedTable, columns: ColumnPlaces, *, is_marked: bool = False
    ) -> RowJudge:
        percents = frozenset() if is_marked else percent_places(table, expected, columns)
        return RowJudge(
            source=self._source,
            written=replace(table, in_percent=percents) if percents else table,
            expected=expected,
            columns=columns,
            numeric=numeric_places(table, expected, columns),
            own_document=self._document,
            is_marked=is_marked,
        )

    def _expected(self, asked: AskedTable) -> ExpectedTable:
        if asked.name not in self._made:
            self._made[asked.name] = expected_table(self._source, asked, correct=self._correct)
        return self._made[asked.name]


def definition_of_region(region: Region, known: Mapping[str, AskedTable]) -> AskedTable:
    """Return the saved table that a mark names. Raises NotFoundError."""
    if region.name not in known:
        raise NotFoundError(f"line {region.line}: {unknown('table', region.name, known, listing='expdb tables')}")
    return known[region.name]


def _columns_passed_over(table: UnderstoodTable, rows: Sequence[RowFindings]) -> Iterator[PassedOver]:
    """Yield the columns of which nothing was compared and nothing is said."""
    said = {place for row in rows for place, found in row.items() if found}
    for place, heading in enumerate(table.headings):
        has_text = any(not is_blank(row.cells[place].text) for row in table.rows)
        if place not in said and not _SHOWN & set(heading.keys) and has_text and (rows or table.looks_numeric(place)):
            what = f"column {table.name(place)!r}"
            reason = table.reasons.get(place, "nothing that runs have")
            yield PassedOver(line=table.written.first_line, what=what, reason=reason)


def passed_over_table(line: int, what: str, reason: str) -> CheckedTable:
    """Return what is said of a table that is compared with nothing."""
    return CheckedTable(line=line, passed_over=(PassedOver(line=line, what=what, reason=reason),))


def _by_line(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(findings, key=lambda finding: finding.line))


def _dataset_told(read: ReadTable, findings: Sequence[Finding]) -> list[str]:
    """Return where the dataset was read that no run of a row has."""
    told = told_dataset(read)
    is_asked = any(one.status == "unknown" and one.reason.startswith(no_row_of(read.dataset)) for one in findings)
    return [f"dataset {told}"] if told and is_asked else []

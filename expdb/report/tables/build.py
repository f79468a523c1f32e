"""From a definition and a source of runs to a table: exact values, and their text."""

from collections.abc import Sequence
from dataclasses import dataclass

from expdb.domain.run import Run
from expdb.domain.table import TableDefinition
from expdb.errors import SpecError
from expdb.report.columns import column
from expdb.report.run_ids import RUN_COLUMNS, cited
from expdb.report.source import Correctness, TableSource
from expdb.report.table import Note, Row, Table, with_numbering
from expdb.report.tables.baseline import baseline_of
from expdb.report.tables.best_cells import point_out_best
from expdb.report.tables.cells import CellBuilder
from expdb.report.tables.footnotes import TESTS, Footnotes
from expdb.report.tables.notes import tell
from expdb.report.tables.order import sort_key
from expdb.report.tables.pivots import check_keys
from expdb.report.tables.row_keys import keys_of_lines
from expdb.report.tables.row_marks import marked
from expdb.report.tables.rows import rows_of, rows_of_runs, specs_of
from expdb.report.tables.sections import in_sections
from expdb.report.tables.shown_columns import ShownColumn, shown_columns
from expdb.report.tables.table_row import TableRow, TableRows, across_values
from expdb.report.tables.targets import read_targets
from expdb.report.transpose import transposed
from expdb.report.value_text import one_line


@dataclass(frozen=True, kw_only=True)
class BuiltTable:
    """An upright table, and what it was made of.

    Attributes:
        lines: the rows before they were printed, in the table's order: what a row is of, also while it waits for its
            first run and has nothing else that tells it from another one.
        slots: the columns before they were printed.
        baseline: the line that others are compared with; None: there is none.
    """

    table: Table
    lines: tuple[TableRow, ...]
    slots: tuple[ShownColumn, ...]
    baseline: TableRow | None


def build_table(source: TableSource, definition: TableDefinition, *, correct: Correctness | None = None) -> Table:
    """Build the table that a definition says.

    Args:
        source: the runs: a store.
        definition: what to show.
        correct: per-image correctness by run id, for McNemar and the bootstrap.

    Raises:
        NotFoundError: the definition names an unknown column.
        SpecError: a filter, target or measure is not understood, or the baseline is not one row.
    """
    table = build_upright(source, definition, correct=correct).table
    return transposed(table) if definition.transpose else table


def build_upright(
    source: TableSource, definition: TableDefinition, *, correct: Correctness | None = None
) -> BuiltTable:
    """Build a table with a row a run or group, and say what each of its rows and columns is made of.

    Raises:
        NotFoundError, SpecError: as `build_table`.
    """
    return _Builder(source, definition, correct).build(rows_of(source, definition))


def check_definition(source: TableSource, definition: TableDefinition) -> None:
    """Check a definition against a source of runs: its keys, filters, specs and targets.

    Raises:
        NotFoundError: an unknown column.
        SpecError: a filter, target, spec or measure is not understood.
    """
    slots = shown_columns(definition, [])
    read_targets(definition.targets)
    check_keys(definition)
    for key in (*map(sort_key, definition.sort), *definition.targets):
        column(key)
    filters = (*definition.keys.values(), *(mark.where for mark in definition.marks))
    for where in (definition.where, definition.baseline, *filters):
        source.ids(where)
    measures = [slot.measure for slot in slots if slot.measure is not None]
    source.groups("", measures, keys=list(specs_of(definition)))


def unstated_keys(source: TableSource, definition: TableDefinition) -> list[str]:
    """Return the keys of settings and metrics that a definition names and no run in the source states.

    `settings.NAME` and `metrics.NAME` may be of any name.
    """
    row_keys = definition.rows if not isinstance(definition.rows, str) else ()
    sections = (definition.section,) if definition.section else ()
    columns = (choice.key for choice in definition.columns)
    keys = dict.fromkeys((*columns, *row_keys, *definition.across, *sections, *map(sort_key, definition.sort)))
    stated = {key: key.partition(".")[::2] for key in keys if key.startswith(("settings.", "metrics."))}
    runs = source.runs("kind = reported") if stated else []
    return [key for key, (space, name) in stated.items() if not any(name in getattr(run, space) for run in runs)]


def table_of_runs(runs: Sequence[Run], definition: TableDefinition) -> Table:
    """Build a table of given runs, one row each, in any state: a list, without comparisons and notes.

    Raises:
        NotFoundError: the definition names an unknown column.
    """
    unsaid = {"notes": False, "emphasis": "none", "marks": (), "footnotes": ()}
    plain = definition.model_copy(update={"rows": "runs", "across": (), "baseline": "", "limit": 0, **unsaid})
    table = _Builder(None, plain, None).build(rows_of_runs(runs, plain)).table
    return transposed(table) if definition.transpose else table


class _Builder:
    """One table while it is built."""

    def __init__(self, source: TableSource | None, definition: TableDefinition, correct: Correctness | None) -> None:
        self._source = source
        self._definition = definition
        self._correct = correct
        self._notes = Footnotes(definition.marks)

    def build(self, arranged: TableRows) -> BuiltTable:
        definition = self._definition
        lines = in_sections(arranged.lines)
        slots = shown_columns(definition, across_values(lines) if definition.across else [()])
        baseline = self._baseline(lines)
        cells = CellBuilder(definition, lines, baseline, notes=self._notes, source=self._source, correct=self._correct)
        columns = cells.columns(slots)
        if definition.emphasis != "none":
            columns = point_out_best(self._notes, definition, slots, columns, lines=lines)
        if definition.notes:
            columns = marked(self._source, definition, slots, columns, lines=lines, baseline=baseline)
            tell(self._notes, definition, arranged, slots, columns, lines=lines)
        keys, key_problem = self._keys(lines)
        rows, notes = self._notes.lettered(
            [
                Row(run_ids=line.run_ids, cells=cells, section=line.section, is_reported=line.is_reported, key=key)
                for line, cells, key in zip(lines, zip(*columns, strict=True), keys, strict=True)
            ]
        )
        own = (Note(mark="", text=one_line(text)) for text in definition.footnotes)
        table = Table(
            name=definition.name,
            title=one_line(definition.title),
            columns=tuple(slot.printed for slot in slots),
            rows=rows,
            notes=(*(notes if definition.notes else ()), *own),
            num_more=arranged.num_more,
            key_problem=key_problem,
            database=self._source.uuid[:8] if self._source is not None and definition.notes else "",
        )
        if RUN_COLUMNS & {slot.known.key for slot in slots} or any(cited(note.text) for note in notes):
            table = with_numbering(table)
        return BuiltTable(table=table, lines=tuple(lines), slots=tuple(slots), baseline=baseline)

    def _keys(self, lines: Sequence[TableRow]) -> tuple[Sequence[str | None], str]:
        """Return what texts ask for rows by, or why they cannot: that is no matter to a table that is only printed."""
        if self._source is None:
            return [None] * len(lines), ""
        try:
            return keys_of_lines(self._source, self._definition, lines), ""
        except SpecError as error:
            return [None] * len(lines), str(error)

    def _baseline(self, lines: Sequence[TableRow]) -> TableRow | None:
        """Return the row that the baseline's filter picks, and note that there is none yet. Raises SpecError."""
        where = self._definition.baseline
        if not where or self._source is None:
            return None
        found = baseline_of(self._source, self._definition, lines)
        if found is None:
            told = f"The baseline ({where}) has no finished run yet: nothing is compared with it."
            self._notes.add(told, place=TESTS)
        return found

"""From a definition and a source of runs to a table: exact values, and their text."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any

from expdb.domain.run import RunPart
from expdb.domain.scripts.metric_names import recorded_as
from expdb.domain.task import FREE, point_name
from expdb.domain.value_text import one_line
from expdb.report.columns import nearest_metrics
from expdb.report.run_ids import RUN_COLUMNS, cited
from expdb.report.source import Correctness, MeasuredPoints, TableSource
from expdb.report.table import Note, Row, Table, with_numbering
from expdb.report.tables.alike_rows import told_apart
from expdb.report.tables.analysis_notes import tell_analyses
from expdb.report.tables.best_cells import competing_rows, point_out_best
from expdb.report.tables.cells import CellBuilder
from expdb.report.tables.comparisons import baseline_of, compared_columns
from expdb.report.tables.footnotes import TESTS, Footnotes
from expdb.report.tables.notes import tell
from expdb.report.tables.order import across_values
from expdb.report.tables.plan import AskedTable, Plan, plan_of
from expdb.report.tables.row_marks import marked, not_comparable
from expdb.report.tables.rows import rows_of, rows_of_runs
from expdb.report.tables.several_groups import with_means_named
from expdb.report.tables.shown_columns import ShownColumn
from expdb.report.tables.table_row import Baseline, TableRow, TableRows
from expdb.report.transpose import transposed


@dataclass(frozen=True, kw_only=True)
class BuiltTable:
    """An upright table, and what it was made of.

    Attributes:
        arranged: the rows before they were printed, and what is said of others.
        lines: these rows, in the table's order: what a row is of, also while it waits for its
            first run and has nothing else that tells it from another one.
        slots: the columns before they were printed.
        baseline: what others are compared with; None: there is none.
    """

    table: Table
    arranged: TableRows
    lines: tuple[TableRow, ...]
    slots: tuple[ShownColumn, ...]
    baseline: Baseline | None


def build_table(source: TableSource, asked: AskedTable, *, correct: Correctness | None = None) -> Table:
    """Build the table that a definition says.

    Args:
        source: the runs: a store.
        asked: what to show: a definition, or the plan that was made of it.
        correct: per-image correctness by run id, for McNemar and the bootstrap.

    Raises:
        NotFoundError: the definition names an unknown column.
        SpecError: a filter, target or measure is not understood, or the baseline is not one row.
    """
    plan = plan_of(asked, source.points)
    table = build_upright(source, plan, correct=correct).table
    return transposed(table) if plan.transpose else table


def build_upright(source: TableSource, asked: AskedTable, *, correct: Correctness | None = None) -> BuiltTable:
    """Build a table with a row a run or group, and say what each of its rows and columns is made of.

    Raises:
        NotFoundError, SpecError: as `build_table`.
    """
    plan = plan_of(asked, source.points)
    return _Builder(source, plan, correct).build(rows_of(source, plan))


def check_definition(source: TableSource, asked: AskedTable) -> None:
    """Check a definition against a source of runs: its keys, filters, specs and targets.

    Raises:
        NotFoundError: an unknown column.
        SpecError: a filter, target, spec or measure is not understood.
    """
    plan = plan_of(asked, source.points)
    for where in plan.filters:
        source.ids(where)
    source.groups("", plan.measures, keys=list(plan.specs))


def unstated_keys(source: TableSource, asked: AskedTable) -> Mapping[str, Sequence[str]]:
    """Return the keys of settings and metrics that a definition names and no run states, with the nearest names.

    `settings.NAME` and `metrics.NAME` may be of any name.
    """
    plan = plan_of(asked, source.points)
    sections = () if plan.section is None else (plan.section,)
    shown, sorted_by = (slot.known for slot in plan.columns), (entry.known for entry in plan.sort)
    keys = dict.fromkeys(known.key for known in (*shown, *plan.named_by, *sections, *sorted_by))
    named = [key for key in keys if key.startswith(("settings.", FREE)) and key not in map(FREE.__add__, plan.metrics)]
    if not named:
        return {}
    stated = {FREE + name for name in source.points.metrics()}
    for run in source.runs("kind = reported or kind = tracked"):
        stated.update(f"{space}.{name}" for space in ("settings", "metrics") for name in run.fields[space])
    return {key: _nearest_stated(key, sorted(stated)) for key in named if key not in stated}


def _nearest_stated(key: str, stated: Sequence[str]) -> list[str]:
    """Return the columns that may be meant by one that no run states: first what a script's metric is recorded as."""
    own = recorded_as(point_name(key)) if key.startswith(FREE) else None
    if own is not None:
        return [own]
    near = get_close_matches(key, stated, n=3, cutoff=0.75)
    return near or nearest_metrics(key, [point_name(one) for one in stated if one.startswith(FREE)])


def table_of_runs(runs: Sequence[RunPart], asked: AskedTable, *, points: MeasuredPoints | None = None) -> Table:
    """Build a table of given runs, one row each, in any state: a list, without comparisons and notes.

    Args:
        runs: in the order of the rows, unless the definition sorts.
        asked: the definition.
        points: of these runs: what is known of metrics, which print as in a table, and a last value that is no number
            as such; without them it prints as missing.

    Raises:
        NotFoundError: the definition names an unknown column.
    """
    unsaid: dict[str, Any] = {"notes": False, "emphasis": "none", "marks": (), "footnotes": ()}
    plan = plan_of(asked, points, rows="runs", across=(), baseline="", limit=0, **unsaid)
    table = _Builder(None, plan, None, points).build(rows_of_runs(runs, plan)).table
    return transposed(table) if plan.transpose else table


class _Builder:
    """One table while it is built."""

    def __init__(
        self,
        source: TableSource | None,
        plan: Plan,
        correct: Correctness | None,
        points: MeasuredPoints | None = None,
    ) -> None:
        self._source = source
        self._points = points
        self._plan = plan
        self._correct = correct
        self._notes = Footnotes(plan.marks)

    def build(self, arranged: TableRows) -> BuiltTable:
        plan = self._plan
        lines = arranged.lines
        baseline = self._baseline(lines)
        slots = compared_columns(plan.shown_columns(across_values(lines, plan)), baseline)
        slots = with_means_named(slots, lines) if plan.is_mean else slots
        cells = CellBuilder(
            plan,
            lines,
            baseline,
            notes=self._notes,
            source=self._source,
            correct=self._correct,
            points=self._points,
        )
        columns = cells.columns(slots)
        if self._source is not None:  # a list says by ids which runs are meant
            told = told_apart(self._notes, plan, slots, columns, lines=lines)
            baseline = None if baseline is None else baseline.among(lines, told.lines)
            lines, columns = told.lines, told.columns
        apart: list[set[int]] = [set() for _ in slots]
        if plan.emphasis != "none":
            apart = not_comparable(plan, slots, columns, lines=lines, baseline=baseline)
            columns = point_out_best(self._notes, plan, slots, columns, lines=lines, apart=apart)
        if plan.notes:
            unranked = [rows & competing_rows(lines, plan) for rows in apart]
            columns = marked(self._source, plan, slots, columns, lines=lines, baseline=baseline, unranked=unranked)
            tell(self._notes, plan, arranged, slots, columns, lines=lines)
            if self._source is not None:
                tell_analyses(self._notes, self._source, slots, lines)
        rows, notes = self._notes.lettered(
            [
                Row(
                    run_ids=line.run_ids,
                    cells=cells,
                    section=line.section,
                    is_reported=line.is_reported,
                    key=line.key,
                )
                for line, cells in zip(lines, zip(*columns, strict=True), strict=True)
            ]
        )
        own = (Note(mark="", text=one_line(text)) for text in plan.footnotes)
        table = Table(
            name=plan.name,
            title=one_line(plan.title),
            columns=tuple(slot.printed for slot in slots),
            rows=rows,
            notes=(*(notes if plan.notes else ()), *own),
            num_more=arranged.num_more,
            key_problem=arranged.key_problem,
            database=self._source.uuid[:8] if self._source is not None and plan.notes else "",
        )
        if (
            RUN_COLUMNS & {slot.known.key for slot in slots}
            or any(cited(note.text) for note in notes)
            or any(cited(new.label) for new, old in zip(lines, arranged.lines, strict=True) if new.label != old.label)
        ):
            table = with_numbering(table)
        arranged = replace(arranged, lines=lines)
        return BuiltTable(table=table, arranged=arranged, lines=lines, slots=slots, baseline=baseline)

    def _baseline(self, lines: Sequence[TableRow]) -> Baseline | None:
        """Return what the baseline's filter picks, and note that there is none yet. Raises SpecError."""
        where = self._plan.baseline
        if not where or self._source is None:
            return None
        found = baseline_of(self._source, self._plan, lines)
        if found is None:
            told = f"The baseline ({where}) has no finished run yet: nothing is compared with it."
            self._notes.add(told, place=TESTS)
        return found

"""From a definition and a source of runs to a table: exact values, and their text."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from expdb.catalog.compose import compose_spec
from expdb.catalog.datasets import dataset_label
from expdb.catalog.planned import planned_run
from expdb.domain.codec import group_digest
from expdb.domain.group import Measure, RunGroup, Sample
from expdb.domain.run import Run
from expdb.domain.spec import RunSpec
from expdb.domain.table import TableDefinition
from expdb.errors import SpecError
from expdb.report.cells import CellBuilder
from expdb.report.columns import column
from expdb.report.emphasis import Candidate, ranks
from expdb.report.footnotes import TESTS, Footnotes
from expdb.report.formats import format_value, is_known, one_line
from expdb.report.lines import Line, Lines, across_values, arrange, arrange_largest, measure_of, sort_key, sorted_lines
from expdb.report.remarks import Columns, marked, names_of, tell
from expdb.report.slots import Slot, slots_of
from expdb.report.source import Correctness, TableSource
from expdb.report.table import Cell, Row, Table
from expdb.report.targets import read_targets
from expdb.report.transpose import transposed


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
    return _Builder(source, definition, correct).build()


def check_definition(source: TableSource, definition: TableDefinition) -> None:
    """Check a definition against a source of runs: its keys, filters, specs and targets.

    Raises:
        NotFoundError: an unknown column.
        SpecError: a filter, target, spec or measure is not understood.
    """
    slots = slots_of(definition, [])
    read_targets(definition.targets)
    row_keys = definition.rows if not isinstance(definition.rows, str) else ()
    for key in filter(None, (*row_keys, *definition.across, definition.section, *_other_keys(definition))):
        column(key)
    for where in (definition.where, definition.baseline, *(mark.where for mark in definition.marks)):
        source.ids(where)
    measures = [slot.measure for slot in slots if slot.measure is not None]
    source.groups("", measures, digests=list(_specs(definition)))


def table_of_runs(runs: Sequence[Run], definition: TableDefinition) -> Table:
    """Build a table of given runs, one row each, in any state: a list, without comparisons and notes.

    Raises:
        NotFoundError: the definition names an unknown column.
    """
    off = {"rows": "runs", "across": (), "baseline": "", "notes": False, "emphasis": "none", "marks": ()}
    plain = definition.model_copy(update=off)
    lines = arrange([group_of_run(run) for run in runs], plain)
    return _Builder(None, plain, None).of_lines(lines)


def group_of_run(run: Run) -> RunGroup:
    """Return a run as a group of its own, whatever its state."""
    return RunGroup(run=run, seeds={run.id: run.seed}, samples={})


def lines_of(source: TableSource, definition: TableDefinition) -> Lines:
    """Return the rows of a definition, before they are printed. Raises SpecError, NotFoundError."""
    wanted = [(choice.key, choice.at) for choice in definition.columns if choice.key != "changes"]
    wanted += [(key, "last") for key in _other_keys(definition)]
    asked = (measure_of(column(key), at=at) for key, at in wanted)
    measures = list(dict.fromkeys(measure for measure in asked if measure is not None))
    if definition.rows == "runs":
        return arrange(_groups_of_runs(source.runs(definition.where), measures, source), definition)
    if not definition.specs:
        fields = _fields_of_keys(definition)
        if fields is None:
            return arrange(source.groups(definition.where, measures), definition)
        return arrange_largest(source.largest(definition.where, measures, fields=fields), definition)
    specs = _specs(definition)
    found = {group.run.group_digest: group for group in source.groups("", measures, digests=list(specs))}
    there = arrange(found.values(), definition)
    if not isinstance(definition.rows, str):
        return there
    waiting = [spec for digest, spec in specs.items() if not (digest in found and found[digest].seeds)]
    order = {digest: index for index, digest in enumerate(specs)}
    lines = [*there.lines, *(Line(groups={(): planned_group(planned_run(spec))}) for spec in waiting)]
    lines.sort(key=lambda line: order[str(line.lead.run.group_digest)])
    return replace(there, lines=tuple(sorted_lines(lines, definition)))


def planned_group(run: Run) -> RunGroup:
    """Return a group without runs, for a row that waits for them."""
    return RunGroup(run=run, seeds={}, samples={})


def _fields_of_keys(definition: TableDefinition) -> list[str] | None:
    """Return what decides in which cell a run stands; None where the store cannot tell which groups share one."""
    if isinstance(definition.rows, str):
        return None
    of_keys = [column(key).fields for key in (*definition.rows, *definition.across)]
    known = [fields for fields in of_keys if fields is not None]
    return list(dict.fromkeys(field for fields in known for field in fields)) if len(known) == len(of_keys) else None


def _other_keys(definition: TableDefinition) -> list[str]:
    """Return the columns that decide order and verdict without being shown."""
    return [*map(sort_key, definition.sort), *definition.targets]


def _specs(definition: TableDefinition) -> dict[str, RunSpec]:
    """Return the definition's specs by group digest. Raises SpecError for two that differ in no more than the seed."""
    specs: dict[str, RunSpec] = {}
    for number, spec in enumerate(map(compose_spec, definition.specs), start=1):
        digest = group_digest(spec)
        if digest in specs:
            first = list(specs).index(digest) + 1
            raise SpecError(f"specs {first} and {number} of table {definition.name!r} are one row: leave one out")
        specs[digest] = spec
    return specs


def _groups_of_runs(runs: Sequence[Run], measures: Sequence[Measure], source: TableSource) -> list[RunGroup]:
    """Return each run as a group of its own, with what is known of the measures."""
    ids = [run.id for run in runs]
    by_epoch = {measure: source.values(ids, measure) for measure in measures if measure.at != "last"}
    groups = []
    for run in runs:
        samples = {}
        for measure in measures:
            value = getattr(run, measure.field) if measure.at == "last" else by_epoch[measure].get(run.id)
            if value is not None and is_known(value):
                samples[measure] = Sample(n=1, mean=float(value), std=None)
        groups.append(RunGroup(run=run, seeds={run.id: run.seed}, samples=samples))
    return groups


class _Builder:
    """One table while it is built."""

    def __init__(self, source: TableSource | None, definition: TableDefinition, correct: Correctness | None) -> None:
        self._source = source
        self._definition = definition
        self._correct = correct
        self._notes = Footnotes(definition.marks)

    def build(self) -> Table:
        assert self._source is not None  # noqa: S101 - only lists of runs have none
        return self.of_lines(lines_of(self._source, self._definition))

    def of_lines(self, arranged: Lines) -> Table:
        definition = self._definition
        lines = self._in_sections(arranged.lines)
        slots = slots_of(definition, across_values(lines) if definition.across else [()])
        baseline = self._baseline(lines)
        cells = CellBuilder(definition, lines, baseline, notes=self._notes, source=self._source, correct=self._correct)
        columns = [cells.cells(slot) for slot in slots]
        if definition.emphasis != "none":
            columns = self._ranked(slots, columns, lines)
        if definition.notes:
            columns = marked(self._source, definition, slots, columns, lines=lines, baseline=baseline)
            tell(self._notes, definition, arranged, slots, columns, lines=lines)
        rows, notes = self._notes.lettered(
            [
                Row(run_ids=line.run_ids, cells=cells, section=self._section(line), is_reported=line.is_reported)
                for line, cells in zip(lines, zip(*columns, strict=True), strict=True)
            ]
        )
        table = Table(
            name=definition.name,
            title=one_line(definition.title),
            columns=tuple(slot.printed for slot in slots),
            rows=rows,
            notes=notes if definition.notes else (),
        )
        return transposed(table) if definition.transpose else table

    def _in_sections(self, lines: Sequence[Line]) -> list[Line]:
        if self._definition.section is None:
            return list(lines)
        order = {name: index for index, name in enumerate(dict.fromkeys(self._section(line) for line in lines))}
        return sorted(lines, key=lambda line: order[self._section(line)])

    def _section(self, line: Line) -> str | None:
        if self._definition.section is None:
            return None
        known = column(self._definition.section)
        return format_value(known.value(line.lead.run), known.format, known.decimals)

    def _baseline(self, lines: Sequence[Line]) -> Line | None:
        """Return the row that the baseline's filter picks; none while that row has no finished run.

        Raises:
            SpecError: it picks no row of the table, or several.
        """
        where = self._definition.baseline
        if not where or self._source is None:
            return None
        ids = self._source.ids(where)
        found = [line for line in lines if ids & set(line.run_ids)]
        if len(found) == 1:
            return found[0]
        is_waiting = not lines or any(not line.run_ids for line in lines) or self._is_unfinished(ids)
        if not found and is_waiting:
            told = f"The baseline ({where}) has no finished run yet: nothing is compared with it."
            self._notes.add(told, place=TESTS)
            return None
        picked = (
            f"{len(found)} rows ({', '.join(names_of(found, slots_of(self._definition, [])))})" if found else "none"
        )
        raise SpecError(
            f"baseline {where!r} of table {self._definition.name!r} must pick one of its rows: it picks {picked}"
        )

    def _is_unfinished(self, ids: set[int]) -> bool:
        """Tell whether these are runs that will, or might, still finish."""
        assert self._source is not None  # noqa: S101 - the caller has looked
        return bool(ids & self._source.ids("status in (queued, running, crashed)"))

    def _ranked(self, slots: Sequence[Slot], columns: Columns, lines: Sequence[Line]) -> Columns:
        """Return the columns with the best pointed out, and note where that cannot be said.

        Every section has its own best, and so has every dataset.
        """
        found: Columns = []
        unclear: dict[str, list[str]] = defaultdict(list)
        sections = [self._section(line) for line in lines]
        competing = self._competing(lines)
        for slot, cells in zip(slots, columns, strict=True):
            if slot.is_higher_better is None:
                found.append(cells)
                continue
            ranked = list(cells)
            fields: dict[tuple[str | None, str], list[Candidate]] = defaultdict(list)
            for index, cell in enumerate(cells):
                group = slot.group_of(lines[index])
                if index in competing and group is not None and isinstance(cell.value, (int, float)):
                    candidate = Candidate(row=index, value=cell.value, sample=_sample(cell))
                    fields[sections[index], group.run.dataset].append(candidate)
            several = len({dataset for _, dataset in fields}) > 1
            for (section, dataset), candidates in fields.items():
                by_row, doubt = ranks(
                    candidates,
                    is_higher_better=slot.is_higher_better,
                    clear_only=self._definition.clear_only,
                )
                for index, rank in by_row.items():
                    if rank == 1 or self._definition.emphasis == "second":
                        ranked[index] = replace(ranked[index], rank=rank)
                if doubt is not None:
                    words = filter(None, (section, dataset_label(dataset) if several else None))
                    unclear[doubt].append(", ".join([slot.name, *words]))
            found.append(tuple(ranked))
        for doubt, names in unclear.items() if self._definition.notes else ():
            told = f"Nothing is pointed out where the best and the next {doubt}: {'; '.join(names)}."
            self._notes.add(told, place=TESTS)
        return found

    def _competing(self, lines: Sequence[Line]) -> set[int]:
        """Return the rows that may be best: reported ones only among themselves, unless asked for."""
        final = {index for index, line in enumerate(lines) if line.is_final}
        measured = {index for index in final if not lines[index].is_reported}
        return measured if measured and not self._definition.rank_reported else final


def _sample(cell: Cell) -> Sample | None:
    """Return the mean over seeds that a cell holds."""
    return None if cell.n is None else Sample(n=cell.n, mean=cell.value, std=cell.std)

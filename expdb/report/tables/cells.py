"""The cells of one column of a table in the making."""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from expdb.domain.group import Measure, RunGroup, Sample
from expdb.domain.table import Against, Format
from expdb.domain.task import FREE, is_point, point_name
from expdb.domain.value_text import distance_text, format_value, is_known, one_line, p_text, signed
from expdb.report.compare.changes import changes
from expdb.report.mean_text import mean_text
from expdb.report.measures import ACCURACIES, StatedSpread, sample_of_group, stated_spread, stated_text
from expdb.report.source import Correctness, MeasuredPoints, TableSource
from expdb.report.stats.comparison import Test
from expdb.report.stats.intervals import Interval, t_interval, wilson_interval
from expdb.report.table import Cell
from expdb.report.tables.comparisons import (
    Comparison,
    Comparisons,
    about,
    base_of,
    comparisons_of,
    num_tested,
    undecided,
    words_of_bases,
    words_of_test,
)
from expdb.report.tables.footnotes import SPREAD, TESTS, Footnotes
from expdb.report.tables.plan import Plan
from expdb.report.tables.several_groups import (
    fall_into,
    mean_of_groups,
    over_others,
    usual_names,
)
from expdb.report.tables.shown_columns import ShownColumn
from expdb.report.tables.table_row import Baseline, SeveralGroups, TableRow

_MOST_VALUES = 5
_MOST_TEXTS = 4  # more different marks on cells of several groups than these nobody reads
# What is of one run, and so not known of a row that waits for its first.
_OF_ONE_RUN = ("id", "name", "status", "state", "seed", "created_at", "digest", "epochs_done", "tags")


class CellBuilder:
    """Makes the cells of every column over the same rows."""

    def __init__(
        self,
        plan: Plan,
        lines: Sequence[TableRow],
        baseline: Baseline | None,
        *,
        notes: Footnotes,
        source: TableSource | None,
        correct: Correctness | None,
        points: MeasuredPoints | None = None,
    ) -> None:
        """Begin a table of these rows; `points` are the source's, or those of a list, which has no source."""
        self._plan = plan
        self._lines = lines
        self._baseline = baseline
        self._notes = notes
        self._source = source
        self._points = source.points if source is not None and points is None else points
        self._correct = correct
        self._told: dict[int, str] = {}
        self._usual: frozenset[str] | None = None

    def columns(self, slots: Sequence[ShownColumn]) -> list[tuple[Cell, ...]]:
        """Return the cells of every column, in the order of the rows."""
        compared = comparisons_of(slots, self._lines, self._baseline, source=self._source, correct=self._correct)
        self._tell_tests(slots, compared)
        return [self._cells(slot, compared.get(index)) for index, slot in enumerate(slots)]

    def _cells(self, slot: ShownColumn, comparisons: Comparisons | None) -> tuple[Cell, ...]:
        if slot.choice.key == "changes":
            return tuple(self._changes_cell(slot, index) for index in range(len(self._lines)))
        if comparisons is None:
            known, odd = self._known_runs(slot)
            cells = (self._value_cell(slot, line, known) for line in self._lines)
            return tuple(self._odd_cell(slot, line, cell, odd) for line, cell in zip(self._lines, cells, strict=True))
        pairs = zip(self._lines, comparisons, undecided(slot, comparisons), strict=True)
        return tuple(self._comparison_cell(slot, line, comparison, told) for line, comparison, told in pairs)

    def _known_runs(self, slot: ShownColumn) -> tuple[Collection[int], Mapping[int, str]]:
        """Return the runs that know a column's measure, of the groups in which some do not; and, of these, no numbers.

        The latter as `NaN` or `inf`, by run.
        """
        measure = slot.measure
        if measure is None and self._source is None and slot.known.key.startswith(FREE):
            measure = Measure(slot.known.key, "last")  # a list takes it for what a document states
        if measure is None or self._points is None or slot.is_mean:
            return (), {}
        groups = [group for line in self._lines if (group := slot.group_of(line)) is not None]
        samples = [(group, group.samples.get(measure)) for group in groups]
        lacking = [group for group, sample in samples if sample is None or sample.n < len(group.seeds)]
        logged = [group for group in lacking if group.run.kind == "tracked" or is_point(measure.field)]
        scripted = [run_id for group in logged if group.run.kind != "reported" for run_id in group.seeds]
        some = [run_id for group, sample in samples if sample and sample.n < len(group.seeds) for run_id in group.seeds]
        known = self._source.values(some, measure) if some and self._source is not None else ()
        return known, self._no_numbers(scripted, measure) if scripted else {}

    def _no_numbers(self, run_ids: Sequence[int], measure: Measure) -> Mapping[int, str]:
        """Return, by run, the last value of a measure that is logged, where it is none."""
        if self._points is None or measure.at == "best":
            return {}
        name = point_name(measure.field)
        found = {run_id: of_run.get(name) for run_id, of_run in self._points.summaries(run_ids).items()}
        return {
            run_id: "NaN" if math.isnan(summary.last) else f"{summary.last:g}"
            for run_id, summary in found.items()
            if summary is not None and not math.isfinite(summary.last)
        }

    def _odd_cell(self, slot: ShownColumn, line: TableRow, cell: Cell, odd: Mapping[int, str]) -> Cell:
        """Return a cell, or what stands in place of one whose runs ended with no number: of these there is no mean."""
        group = slot.group_of(line)
        if group is None or slot.choice.shows != "value" or odd.keys().isdisjoint(group.seeds):
            return cell
        said = {run_id: odd[run_id] for run_id in sorted(group.seeds) if run_id in odd}
        words = "; ".join(dict.fromkeys(said.values()))
        if len(group.seeds) == 1:
            return Cell(value=None, text=words, run_ids=group.run_ids)
        ids = ", ".join(map(str, said))
        mark = f"{slot.name} of {'run' if len(said) == 1 else 'runs'} {ids} is {words}: there is no mean"
        marks = (mark,) if self._plan.notes else ()
        return Cell(value=None, text=f"{words} ({len(said)} of {len(group.seeds)})", run_ids=group.run_ids, marks=marks)

    def _value_cell(self, slot: ShownColumn, line: TableRow, known: Collection[int]) -> Cell:
        if line.several or slot.is_mean:
            cell = self._cell_of_groups(slot, line)
            if cell is not None:
                return cell
        group = slot.group_of(line)
        if group is None or (not group.seeds and slot.known.key in _OF_ONE_RUN):
            return self._missing()
        if self._plan.across and slot.across is None:
            if slot.choice.shows == "n":
                return Cell(value=len(line.run_ids), text=str(len(line.run_ids)), run_ids=line.run_ids)
            return self._described_cell(slot, line)
        if slot.choice.shows == "n":
            known_of = None if slot.measure is None else group.samples.get(slot.measure)
            n = len(group.seeds) if slot.measure is None else 0 if known_of is None else known_of.n
            return Cell(value=n, text=str(n), run_ids=group.run_ids)
        stated = stated_spread(group.run.fields, slot.known) if slot.choice.at == "last" else None
        if stated is not None:
            return self._stated_cell(slot, group, stated)
        if slot.measure is None or (self._plan.is_single and slot.choice.at == "last"):
            return self._plain_cell(slot, group)
        sample = sample_of_group(group, slot.known, slot.measure)
        if sample is None:
            return self._missing()
        interval = self._interval(slot, sample, group)
        return Cell(
            value=sample.mean,
            text=_sample_text(slot, sample, interval),
            std=sample.std,
            n=sample.n,
            low=None if interval is None else interval.low,
            high=None if interval is None else interval.high,
            run_ids=group.run_ids
            if sample.n == len(group.run_ids)
            else tuple(filter(known.__contains__, group.run_ids)),
        )

    def _stated_cell(self, slot: ShownColumn, group: RunGroup, stated: StatedSpread) -> Cell:
        """Return a reported value with what its document prints behind it."""
        value = slot.known.value(group.run.fields)
        shows_spread = slot.choice.spread != "none"
        text = stated_text(value, stated, slot.printed.format, slot.printed.decimals, shows_spread=shows_spread)
        return Cell(value=value, text=text, std=stated.spread, n=stated.n, run_ids=group.run_ids)

    def _cell_of_groups(self, slot: ShownColumn, line: TableRow) -> Cell | None:
        """Return a cell into which several groups fall, or may fall; None where it is as any other."""
        if not slot.is_of_one_group:
            return self._described_cell(slot, line) if line.several else None
        groups = slot.groups_of(line)
        if slot.is_mean:
            return self._mean_cell(slot, groups) if groups else self._missing()
        cell = line.several.get(slot.across or ())
        return None if cell is None else replace(self._missing(), marks=self._why_empty(cell))

    def _mean_cell(self, slot: ShownColumn, groups: Sequence[RunGroup]) -> Cell:
        """Return the unweighted mean over groups, with their number behind it."""
        run_ids = tuple(sorted(run_id for group in groups for run_id in group.seeds))
        if slot.choice.shows == "n":
            return Cell(value=len(groups), text=str(len(groups)), run_ids=run_ids)
        mean, n = mean_of_groups(groups, slot.known, slot.measure)
        if mean is None:
            return replace(self._missing(), run_ids=run_ids)
        told = [f"of {n} of its {len(groups)} groups: the others do not know it"] if n < len(groups) else []
        told += self._over_others(groups)
        marks = tuple(told) if self._plan.notes else ()
        text = _shown(slot, mean) + (f" ({n})" if n > 1 else "")
        return Cell(value=mean, text=text, n=n, run_ids=run_ids, marks=marks)

    def _over_others(self, groups: Sequence[RunGroup]) -> list[str]:
        """Return what to say of a mean over other groups than those of most cells."""
        if self._usual is None:
            cells = [cell for line in self._lines for cell in line.several.values()]
            self._usual = usual_names(cells) if cells else frozenset()
        told = over_others(groups, self._usual) if self._usual else ""
        return [told] if told else []

    def _why_empty(self, cell: SeveralGroups) -> tuple[str, ...]:
        """Return the mark of a cell that no one group stands for; of very many such cells it is short."""
        if not self._plan.notes:
            return ()
        if id(cell) not in self._told:
            self._told = {id(one): fall_into(one, self._plan) for line in self._lines for one in line.several.values()}
            if len(set(self._told.values())) > _MOST_TEXTS:
                cells = (one for line in self._lines for one in line.several.values())
                self._told = {id(one): fall_into(one, self._plan, is_short=True) for one in cells}
        return (self._told[id(cell)],)

    def _described_cell(self, slot: ShownColumn, line: TableRow) -> Cell:
        """Return what describes a row of several groups: all that they say, where they do not say the same."""
        if not all(cell.is_whole for cell in line.several.values()) and slot.known not in self._plan.row_keys:
            return self._missing()  # some are not known
        cells = {cell.text: cell for cell in (self._plain_cell(slot, group) for group in line.all_groups)}
        if len(cells) == 1:
            return replace(next(iter(cells.values())), run_ids=line.run_ids)
        text = "; ".join(cells) if self._plan.across and len(cells) <= _MOST_VALUES else _listed(list(cells))
        return Cell(value=text, text=text, run_ids=line.run_ids)

    def _plain_cell(self, slot: ShownColumn, group: RunGroup) -> Cell:
        value = slot.known.value(group.run.fields)
        if slot.known.key in ("id", "seed") and len(group.seeds) > 1:
            value = (
                [seed for _, seed in sorted(group.seeds.items())] if slot.known.key == "seed" else list(group.run_ids)
            )
            return Cell(value=value, text=format_value(value, "text"), run_ids=group.run_ids)
        if group.members and slot.measure is None and len(values := group.values(slot.known.value)) > 1:
            texts = [format_value(one, slot.printed.format, slot.printed.decimals) for one in values]
            return Cell(value=values, text=_listed(texts), run_ids=group.run_ids)
        if not is_known(value):
            return self._missing()
        text = format_value(value, slot.printed.format, slot.printed.decimals)
        n = 1 if slot.measure is not None and not self._plan.is_single else None
        return Cell(value=value, text=text, n=n, run_ids=group.run_ids)

    def _interval(self, slot: ShownColumn, sample: Sample, group: RunGroup) -> Interval | None:
        """Return the interval of a mean, of a single accuracy Wilson's, if intervals are asked for."""
        if slot.choice.spread != "interval":
            return None
        if sample.n > 1:
            return t_interval(sample)
        images = group.run.results.num_test_images
        if slot.known.key not in ACCURACIES or not images:
            return None
        self._notes.add(
            f"[low, high]: Wilson's 95 % interval of one run's accuracy on {images:,} images.", place=SPREAD
        )
        return wilson_interval(sample.mean, images)

    def _changes_cell(self, slot: ShownColumn, index: int) -> Cell:
        line, base = self._lines[index], self._base_of(index, slot.choice.against)
        if self._baseline is not None and self._baseline.across is not None and slot.choice.against == "baseline":
            return self._missing()  # a column is the baseline, and this one describes whole rows
        if line.several or (base is not None and base.several):
            return self._cell_of_groups(slot, line) or self._missing()
        if base is None and not self._plan.baseline and slot.choice.against == "baseline":
            base = self._lines[0]
        if base is None or base is line:
            is_base = base is line and slot.choice.against != "previous"
            return Cell(value="baseline" if is_base else None, text="baseline" if is_base else "", run_ids=line.run_ids)
        text = changes(line.lead.run, base.lead.run)
        return Cell(value=text, text=format_value(text, "text"), run_ids=line.run_ids)

    def _base_of(self, index: int, against: Against) -> TableRow | None:
        return base_of(self._lines, index, against, self._baseline)

    def _comparison_cell(
        self, slot: ShownColumn, line: TableRow, comparison: Comparison | None, not_told_apart: str
    ) -> Cell:
        if comparison is None:
            return self._missing()
        group = slot.group_of(line)
        test, run_ids = comparison.test, () if group is None else group.run_ids
        note = (test.note,) if test.note and self._plan.notes else ()
        shown = (not_told_apart,) if not_told_apart and self._plan.notes else ()
        match slot.choice.shows:
            case "delta":
                told = tuple(filter(None, [_of_other_runs(slot, test)])) if self._plan.notes else ()
                return Cell(value=test.difference, text=_signed(slot, test.difference), run_ids=run_ids, marks=told)
            case "interval":
                if test.interval is None:
                    return replace(self._missing(), marks=note)
                low, high = (_signed(slot, bound) for bound in (test.interval.low, test.interval.high))
                if note and test.left_out:  # it is not around the difference of the means
                    note = (f"around {_signed(slot, test.difference)}: {test.note}",)
                return Cell(
                    value=test.difference,
                    text=f"[{low}, {high}]",
                    low=test.interval.low,
                    high=test.interval.high,
                    run_ids=run_ids,
                    marks=(*(note if slot.choice.test != "welch" else ()), *shown),
                )
        p = comparison.p
        if p is None:
            return replace(self._missing(), marks=note)
        return Cell(value=p, text=p_text(p), run_ids=run_ids, marks=(*shown, *note))

    def _tell_tests(self, slots: Sequence[ShownColumn], compared: Mapping[int, Comparisons]) -> None:
        """Say what the columns compare and by which test: of columns of a pivot that say the same, once."""
        columns_of: dict[str, list[ShownColumn]] = {}
        num_corrected = num_tested(slots, compared, "holm")
        for index, comparisons in compared.items():
            slot = slots[index]
            tests = [comparison.test for comparison in comparisons if comparison is not None]
            against = words_of_bases(slot.choice.against, self._plan, self._baseline)
            words = f"{words_of_test(slot.choice)} against {against}"
            about_images = about(slot.choice.test)
            ending = f"; {about_images}" if about_images else ""
            match slot.choice.shows:
                case "delta" if tests and not _says_base(slot, against, ending):
                    self._notes.add(f"Δ: difference to {against}{ending}.", place=TESTS)
                case "interval" if any(test.interval is not None for test in tests):
                    alone = ", each interval on its own (not corrected as p is)" if num_corrected > 1 else ""
                    columns_of.setdefault(f"{words}{alone}{ending}.", []).append(slot)
                case "p" if any(test.p is not None for test in tests):
                    number = num_tested(slots, compared, slot.choice.adjust)
                    columns_of.setdefault(f"{words}{_corrected(slot, number)}{ending}.", []).append(slot)
        for told, of in columns_of.items():
            for heading in dict.fromkeys(slot.printed.heading for slot in of):
                names = [slot.name for slot in of if slot.printed.heading == heading]
                name = names[0] if len(names) == 1 else f"{heading} of every column"
                self._notes.add(f"{name}: {told}", place=TESTS)

    def _missing(self) -> Cell:
        return Cell(value=None, text=one_line(self._plan.missing))


def _says_base(slot: ShownColumn, against: str, ending: str) -> bool:
    """Tell whether the heading of a difference says already all that its note would."""
    return not ending and slot.choice.heading is None and slot.printed.heading.endswith(f"to {against}")


def _corrected(slot: ShownColumn, num_tests: int) -> str:
    """Return what was done to the p of a column for the number of comparisons."""
    if num_tests < 2:
        return ", the only comparison of this table"
    if slot.choice.adjust == "none":
        return f", not corrected for being {num_tests} comparisons of this table: some are below 0.05 by chance alone"
    return f", Holm's correction over {num_tests} comparisons of this table"


def _listed(texts: Sequence[str]) -> str:
    """Return what the seeds of a group say, each once; of many different ones the first."""
    different = list(dict.fromkeys(texts))
    more = f" … ({len(different)} values)" if len(different) > _MOST_VALUES else ""
    return ", ".join(different[:_MOST_VALUES]) + more


def _sample_text(slot: ShownColumn, sample: Sample, interval: Interval | None) -> str:
    """Return a mean and what follows it: ± and n; of a single run its interval, if it has one."""
    if sample.n == 1:
        around = "" if interval is None else f" [{_shown(slot, interval.low)}, {_shown(slot, interval.high)}]"
        return _shown(slot, sample.mean) + around
    if slot.choice.spread == "none" or sample.std is None:
        return f"{_shown(slot, sample.mean)} ({sample.n})"
    half = sample.std if interval is None else (interval.high - interval.low) / 2
    return mean_text(sample, slot.printed.format, slot.printed.decimals, spread=half)


def _shown(slot: ShownColumn, value: float) -> str:
    return format_value(value, slot.printed.format, slot.printed.decimals)


def _signed(slot: ShownColumn, value: float) -> str:
    form: Format = slot.printed.format
    text = distance_text(abs(value), form, slot.printed.decimals)
    return signed(value, text)


def _of_other_runs(slot: ShownColumn, test: Test) -> str:
    """Return what a reader must know where a difference is not of the runs that its column compares, or of one kind."""
    if slot.choice.test == "welch" or test.left_out:
        return test.left_out
    if test.p is None and test.interval is None:
        return test.note  # it is of the means then
    return ""

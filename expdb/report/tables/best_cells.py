"""Which cells are best and stand out, and whether that can be said."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from expdb.catalog.datasets import dataset_label
from expdb.domain.group import RunGroup, Sample
from expdb.domain.table import Format
from expdb.report.compare.least_shown import could_show
from expdb.report.measures import ACCURACIES, OF_TEST_IMAGES
from expdb.report.stats.comparison import Test
from expdb.report.stats.intervals import newcombe_interval
from expdb.report.stats.t_tests import welch
from expdb.report.table import Cell, Rank
from expdb.report.tables.footnotes import TESTS, Footnotes
from expdb.report.tables.plan import Plan
from expdb.report.tables.shown_columns import CellColumns, ShownColumn
from expdb.report.tables.table_row import TableRow

# Why no value is bold, and in brackets by which method that is known.
INTERVAL = "the best two cannot be told apart (their difference could be chance: Welch's 95 % interval contains zero"
SINGLE = "of the best two, one is a single run and the other a mean over seeds (one run says nothing of chance"
IMAGES = (
    "the best two are single runs that cannot be told apart (other test images could turn them round: Newcombe's 95 % "
    "interval of the difference contains zero"
)
FEW = "fewer than two values are comparable as they stand (marks say why"
ALONE = "the best two are single runs (nothing says how much of their difference is chance: run more seeds"


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A value that competes.

    Attributes:
        row: of which row.
        value: how large.
        sample: of a measure, its values over seeds.
        num_images: of an accuracy that was measured, on how many images.
        is_reported: it is copied from a document.
    """

    row: int
    value: float
    sample: Sample | None
    num_images: int | None = None
    is_reported: bool = False


class _Shown(NamedTuple):
    """A column in which nobody is best: the test that did not tell the best two apart, and how differences print."""

    test: Test | None
    form: Format
    decimals: int | None


@dataclass(frozen=True, kw_only=True)
class Doubt:
    """Why nobody is best: in words, up to the bracket's end, and the test that did not tell the best two apart."""

    words: str
    test: Test | None = None


def point_out_best(
    notes: Footnotes,
    plan: Plan,
    slots: Sequence[ShownColumn],
    columns: CellColumns,
    *,
    lines: Sequence[TableRow],
    apart: Sequence[set[int]],
) -> CellColumns:
    """Return the columns with the best pointed out, and note where that cannot be said.

    Every section has its own best, and so has every dataset. What is not comparable takes no part.

    Args:
        notes: of the table.
        plan: of the table.
        slots: the columns.
        columns: their cells.
        lines: the rows.
        apart: by column, the rows that are not comparable in it.
    """
    competing = competing_rows(lines, plan)
    unclear: dict[str, dict[str, _Shown]] = defaultdict(dict)
    found = [
        cells if slot.is_higher_better is None else _ranked(plan, slot, cells, lines, competing, others, unclear)
        for slot, cells, others in zip(slots, columns, apart, strict=True)
    ]
    for doubt, names in unclear.items() if plan.notes else ():
        notes.add(f"No value is bold: {_listed(doubt, names)}.", place=TESTS)
    return found


def _ranked(
    plan: Plan,
    slot: ShownColumn,
    cells: Sequence[Cell],
    lines: Sequence[TableRow],
    competing: set[int],
    others: set[int],
    unclear: dict[str, dict[str, _Shown]],
) -> tuple[Cell, ...]:
    """Return a column with its best pointed out.

    Args:
        plan: of the table.
        slot: the column.
        cells: of it.
        lines: the rows.
        competing: the rows that may be best, were they comparable.
        others: the rows that are not comparable in this column.
        unclear: gets the column, by why nobody is best, where that cannot be said.
    """
    ranked = list(cells)
    fields: dict[tuple[str | None, str], list[Candidate]] = defaultdict(list)
    for index, cell in enumerate(cells):
        group = slot.group_of(lines[index])
        if index in competing and group is not None and isinstance(cell.value, (int, float)):
            fields[lines[index].section, group.run.dataset].append(_candidate(slot, group, index, cell))
    several = {section for section, _ in fields if sum(other == section for other, _ in fields) > 1}
    for (section, dataset), candidates in fields.items():
        comparable = [candidate for candidate in candidates if candidate.row not in others]
        if slot.known.key in OF_TEST_IMAGES:
            comparable = _of_whole_splits(slot, lines, comparable)
        by_row, doubt = ranks(comparable, is_higher_better=slot.is_higher_better is True, clear_only=plan.clear_only)
        for index, rank in by_row.items():
            if rank == 1 or plan.emphasis == "second":
                ranked[index] = replace(ranked[index], rank=rank)
        is_few = len(comparable) < 2 and any(candidate.row in others for candidate in candidates)
        if is_few and len({candidate.value for candidate in candidates}) > 1:
            doubt = Doubt(words=FEW)
        if doubt is not None:
            words = filter(None, (section, plan.labelled(dataset_label(dataset)) if section in several else None))
            shown = _Shown(doubt.test, slot.printed.format, slot.printed.decimals)
            unclear[doubt.words][", ".join(dict.fromkeys([slot.name, *words]))] = shown
    return tuple(ranked)


def _listed(doubt: str, shown: Mapping[str, _Shown]) -> str:
    """Return why nobody is best, and in which columns, with the differences that could have been shown in them."""
    forms = {(one.form, one.decimals) for one in shown.values()}
    texts = [could_show([] if one.test is None else [one.test], one.form, one.decimals) for one in shown.values()]
    if len(set(texts)) > 1 and not (len(forms) == 1 and all(texts)):
        return f"{doubt}): {'; '.join(f'{n} ({text})' if text else n for n, text in zip(shown, texts, strict=True))}"
    tests = [one.test for one in shown.values() if one.test is not None]
    form, decimals = next(iter(forms))
    whole = could_show(tests, form, decimals) if len(set(texts)) > 1 else texts[0]
    return f"{'; '.join(filter(None, (doubt, whole)))}): {'; '.join(shown)}"


def competing_rows(lines: Sequence[TableRow], plan: Plan) -> set[int]:
    """Return the rows that may be best: reported ones only among themselves, unless asked for."""
    final = {index for index, line in enumerate(lines) if line.is_final}
    measured = {index for index in final if not lines[index].is_reported}
    return measured if measured and not plan.rank_reported else final


def _of_whole_splits(slot: ShownColumn, lines: Sequence[TableRow], candidates: Sequence[Candidate]) -> list[Candidate]:
    """Return the candidates that were evaluated alike: where some were not, those on whole test splits."""
    groups = {candidate.row: slot.group_of(lines[candidate.row]) for candidate in candidates}
    limits = {row: group.run.fields["test_limit"] for row, group in groups.items() if group is not None}
    is_alike = len(set(limits.values())) == 1
    return [candidate for candidate in candidates if is_alike or limits[candidate.row] is None]


def ranks(
    candidates: Sequence[Candidate], *, is_higher_better: bool, clear_only: bool
) -> tuple[dict[int, Rank], Doubt | None]:
    """Return rank by row (1 best, 2 second), and why nobody is best where that cannot be said.

    Exact values are compared, not printed ones; equal ones share a rank.

    Args:
        candidates: the values.
        is_higher_better: the direction.
        clear_only: nobody is best where the first two are not told apart.
    """
    sign = 1 if is_higher_better else -1
    ordered = sorted({candidate.value for candidate in candidates}, key=lambda value: -sign * value)
    if len(ordered) < 2:
        return {}, None  # alone, or all alike: nothing to point out
    best = [candidate for candidate in candidates if candidate.value == ordered[0]]
    second = [candidate for candidate in candidates if candidate.value == ordered[1]]
    doubts = (_doubt(a, b) for a in best for b in second) if clear_only else ()
    doubt = next(filter(None, doubts), None)
    if doubt is not None:
        return {}, doubt
    found: dict[int, Rank] = {candidate.row: 1 for candidate in best}
    if len(best) == 1:
        found |= {candidate.row: 2 for candidate in second}
    return found, None


def _doubt(best: Candidate, second: Candidate) -> Doubt | None:
    """Return why the better of two is not told apart from the other; None where it is, or where no seed changes them.

    Reported values are as their documents print them, however near.
    """
    if best.sample is None or second.sample is None:
        return None
    nums = (best.sample.n, second.sample.n)
    if max(nums) > 1 and min(nums) == 1:
        return Doubt(words=SINGLE)
    if max(nums) > 1:
        test = welch(second.sample, best.sample)
        return Doubt(words=INTERVAL, test=test) if test.is_told_apart is False else None
    if best.is_reported or second.is_reported:
        return None
    if best.num_images is None or second.num_images is None:
        return Doubt(words=ALONE)
    around = newcombe_interval(second.value, second.num_images, best.value, best.num_images)
    return Doubt(words=IMAGES) if around.low <= 0 <= around.high else None


def _candidate(slot: ShownColumn, group: RunGroup, row: int, cell: Cell) -> Candidate:
    """Return a cell as it competes for best; single runs say no n, but one run is behind them."""
    if group.run.kind == "reported":  # what its document prints behind it is never tested
        sample = None if slot.measure is None else Sample(n=1, mean=cell.value, std=None)
        return Candidate(row=row, value=cell.value, sample=sample, is_reported=True)
    n = 1 if cell.n is None and slot.measure is not None else cell.n
    sample = None if n is None else Sample(n=n, mean=cell.value, std=cell.std)
    num_images = group.run.results.num_test_images if slot.known.key in ACCURACIES else None
    return Candidate(row=row, value=cell.value, sample=sample, num_images=num_images)

"""Which row a row is compared with, and their differences, with intervals and tests."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from expdb.domain.group import Measure, RunGroup, Sample
from expdb.domain.table import Adjust, Against, ColumnChoice, TestName
from expdb.domain.task import FREE
from expdb.domain.value_text import is_known
from expdb.errors import SpecError
from expdb.report.compare.least_shown import could_show
from expdb.report.measures import factor_of
from expdb.report.source import Correctness, TableSource
from expdb.report.stats.comparison import Test, difference_of
from expdb.report.stats.holm import holm
from expdb.report.stats.t_tests import paired_t, welch
from expdb.report.tables.plan import Plan
from expdb.report.tables.several_groups import mean_of_groups
from expdb.report.tables.shown_columns import ShownColumn, words_of_base
from expdb.report.tables.table_row import Across, Baseline, TableRow, across_heading
from expdb.report.testable import why_apart, why_untested

WORDS: Mapping[TestName, str] = {
    "welch": "Welch's t-test",
    "paired": "t-test paired by seed",
    "mcnemar": "exact McNemar test on the same test images",
    "bootstrap": "paired bootstrap (BCa) over test images",
}
_MOST_NAMED = 5
_ABOUT = "of one trained model a row, with a shared seed where there is one: it speaks of these models, not of methods"


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """A row against another one.

    Attributes:
        test: difference, interval and raw p; of a row that has no such test, only the difference, and a note.
        p: as the table prints it: after Holm's correction over all tests whose p the table prints so, or as it is; None
            where it prints none.
    """

    test: Test
    p: float | None = None


_LEVEL = 0.05  # a p below it tells two rows apart
_MOST_TEXTS = 4  # more footnotes of one column than these are told as one

Comparisons = list[Comparison | None]


def baseline_of(source: TableSource, plan: Plan, lines: Sequence[TableRow]) -> Baseline | None:
    """Return what the baseline's filter picks; None without a filter, or while that has no finished run.

    Raises:
        SpecError: it picks neither one row, nor one in each section, nor one column of a pivot in all rows.
    """
    where = plan.baseline
    if not where:
        return None
    ids = source.ids(where)
    found = [line for line in lines if ids & set(line.run_ids)]
    across = _picked_column(ids, lines) if plan.across else None
    if across is not None and (len(found) > 1 or len(lines) == 1):
        return Baseline(across=across)
    for line in found if plan.across else ():
        num_picked = sum(bool(ids & group.seeds.keys()) for group in line.all_groups)
        if num_picked < len(line.all_groups):  # its other columns would be compared with what nobody named
            raise SpecError(
                f"baseline {where!r} of table {plan.name!r} picks {num_picked} of the {len(line.all_groups)} cells of "
                f"{line.name}: pick its whole row, or the cells of one column in all rows"
            )
    sections = [line.section for line in found]
    if len(found) == 1 or (found and sorted(map(str, sections)) == sorted({str(line.section) for line in lines})):
        return Baseline(rows=tuple(found))
    # Runs that will, or might, still finish.
    is_unfinished = bool(ids & source.ids("status in (queued, running, crashed)"))
    if not found and (not lines or any(not line.run_ids for line in lines) or is_unfinished):
        return None
    names = [line.name for line in found[:_MOST_NAMED]]
    more = [f"{len(found) - _MOST_NAMED} more"] if len(found) > _MOST_NAMED else []
    why = None if found else source.searching.why_none((plan.where, where))
    none = why or "change it, or the table's filter, until it does"
    picked = f"{len(found)} rows ({', '.join(names + more)})" if found else f"none: {none}"
    ways = ["one of its rows"]
    ways += ["one in each section"] if plan.section else []
    ways += ["the cells of one column"] if plan.across else []
    raise SpecError(f"baseline {where!r} of table {plan.name!r} must pick {', or '.join(ways)}: it picks {picked}")


def _picked_column(ids: Collection[int], lines: Sequence[TableRow]) -> Across | None:
    """Return the column of a pivot of which all cells are picked and none of any other; None: there is none."""
    cells = [
        (across, {run_id for group in groups for run_id in group.seeds})
        for line in lines
        for across, groups in (
            *((across, (group,)) for across, group in line.groups.items()),
            *((across, cell.groups) for across, cell in line.several.items()),
        )
    ]
    picked = {across for across, run_ids in cells if run_ids & set(ids)}
    across = next(iter(picked)) if len(picked) == 1 else None
    is_there = all(run_ids & set(ids) for at, run_ids in cells if at == across)
    is_only = any(at != across for at, _ in cells)
    return across if across is not None and is_there and is_only else None


def compared_columns(slots: Sequence[ShownColumn], baseline: Baseline | None) -> tuple[ShownColumn, ...]:
    """Return the columns without those in which a column of a pivot would be compared with itself."""
    own = None if baseline is None else baseline.across
    return tuple(
        slot
        for slot in slots
        if own is None
        or slot.across != own
        or slot.choice.against != "baseline"
        or slot.choice.shows not in ("delta", "interval", "p")
    )


def words_of_bases(against: Against, plan: Plan, baseline: Baseline | None) -> str:
    """Return how a note calls what the rows of a column are compared with."""
    if against == "baseline" and baseline is not None and baseline.across is not None:
        text = across_heading(baseline.across, plan.across, plan.labels)
        return f"the {'rows of' if plan.transpose else 'column'} {text}"
    words = words_of_base(against, is_transposed=plan.transpose)
    is_of_section = against == "first" or (against == "baseline" and baseline is not None and len(baseline.rows) > 1)
    return f"{words} of its section" if plan.section and is_of_section else words


def base_of(lines: Sequence[TableRow], index: int, against: Against, baseline: Baseline | None) -> TableRow | None:
    """Return the row that a row is compared with, of its own section unless it is the baseline; None: there is none."""
    if against == "baseline":
        return None if baseline is None else baseline.of(lines[index])
    section = lines[index].section
    if against == "first":
        return next(line for line in lines if line.section == section)
    return lines[index - 1] if index and lines[index - 1].section == section else None


def compare(
    group: RunGroup,
    base: RunGroup,
    measure: Measure,
    name: TestName,
    *,
    source: TableSource,
    correct: Correctness | None,
    factors: tuple[float, float] = (1.0, 1.0),
) -> Test | None:
    """Compare a group with its base by a test; None where one of them does not know the measure.

    What is not of one data set, split and unit is subtracted and marked so, never tested; nor are reported values.

    Args:
        group: the row.
        base: the row it is compared with.
        measure: what is compared.
        name: which test.
        source: where values of single runs come from.
        correct: where per-image correctness comes from.
        factors: what the measure is multiplied with, of the base and of the group.
    """
    samples = base.samples.get(measure), group.samples.get(measure)
    if samples[0] is None or samples[1] is None:
        return None
    a, b = samples[0].scaled(factors[0]), samples[1].scaled(factors[1])
    if why := why_untested(base, group, measure.field):
        return replace(_untested(a, b, why), left_out=_told_of_difference(base, group, measure.field))
    match name:
        case "welch":
            return welch(a, b)
        case "paired":
            of_base, of_group = (
                _by_seed(base, measure, source, factors[0]),
                _by_seed(group, measure, source, factors[1]),
            )
            if not of_base.keys() & of_group.keys():
                return _untested(a, b, "no seed is shared: no paired test")
            return paired_t(of_base, of_group)
    tested = _on_items(group, base, measure.field, name, correct=correct, source=source)
    return _untested(a, b, tested) if isinstance(tested, str) else tested


def _told_of_difference(base: RunGroup, group: RunGroup, field: str) -> str:
    """Return what a reader must know of a plain difference: that the two are not of one data set, split or unit."""
    reason = why_apart(base, group, field)
    return f"{reason}: no test" if reason else ""


def subtracted(a: Any, b: Any) -> Test | None:
    """Return the plain difference of two numbers that no seed changes; None where one is none, or not known."""
    if any(isinstance(value, bool) or not isinstance(value, (int, float)) or not is_known(value) for value in (a, b)):
        return None
    return Test(name="", difference=difference_of(a, b), num_a=1, num_b=1)


def comparisons_of(
    slots: Sequence[ShownColumn],
    lines: Sequence[TableRow],
    baseline: Baseline | None,
    *,
    source: TableSource | None,
    correct: Correctness | None,
) -> dict[int, Comparisons]:
    """Return the comparisons of the columns that hold some, by the column's place, one for every row.

    The p-values of all columns are one family, over which Holm's correction is taken, but those of columns that ask
    for none.
    """
    found = {
        index: [_test_of(slot, lines, row, baseline, source, correct) for row in range(len(lines))]
        for index, slot in enumerate(slots)
        if slot.choice.shows in ("delta", "interval", "p") and slot.choice.key != "changes"
    }
    ps = {
        (index, row): test.p
        for index, tests in found.items()
        if slots[index].choice.shows == "p"
        for row, test in enumerate(tests)
        if test is not None and test.p is not None
    }
    corrected = {place: p for place, p in ps.items() if slots[place[0]].choice.adjust == "holm"}
    if corrected:
        ps |= dict(zip(corrected, holm(list(corrected.values())), strict=True))
    return {
        index: [
            None if test is None else Comparison(test=test, p=ps.get((index, row))) for row, test in enumerate(tests)
        ]
        for index, tests in found.items()
    }


def num_tested(slots: Sequence[ShownColumn], compared: Mapping[int, Comparisons], adjust: Adjust) -> int:
    """Return of how many tests the table prints the p with such a correction: over so many Holm's is taken."""
    columns = (column for index, column in compared.items() if slots[index].choice.adjust == adjust)
    return sum(one is not None and one.p is not None for column in columns for one in column)


def undecided(slot: ShownColumn, comparisons: Comparisons) -> list[str]:
    """Return for every row what to say where its p or interval tells nothing apart: what it could have shown."""
    tests = [None if one is None or not _is_undecided(slot, one) else one.test for one in comparisons]
    form = slot.choice.format or slot.known.format
    decimals = slot.known.decimals if slot.choice.decimals is None else slot.choice.decimals
    texts = ["" if test is None else could_show([test], form, decimals) for test in tests]
    if len({text for text in texts if text}) > _MOST_TEXTS:
        whole = could_show([test for test in tests if test is not None], form, decimals)
        texts = [whole if text else "" for text in texts]
    return [f"not told apart; {text}" if text else "" for text in texts]


def _is_undecided(slot: ShownColumn, comparison: Comparison) -> bool:
    match slot.choice.shows:
        case "p":
            return comparison.p is not None and comparison.p >= _LEVEL
        case "interval":
            return comparison.test.is_told_apart is False
    return False


def _test_of(
    slot: ShownColumn,
    lines: Sequence[TableRow],
    row: int,
    baseline: Baseline | None,
    source: TableSource | None,
    correct: Correctness | None,
) -> Test | None:
    """Compare a row with its base by what the column says; None where there is nothing to compare."""
    base = base_of(lines, row, slot.choice.against, baseline)
    if baseline is not None and baseline.across is not None and slot.choice.against == "baseline" and not slot.across:
        return None  # what describes a row has no column
    if slot.is_mean:
        return None if base is None or base is lines[row] else _of_means(slot, lines[row], base)
    group, of_base = slot.group_of(lines[row]), None if base is None else slot.group_of(base)
    if base is lines[row] or group is None or of_base is None:
        return None
    if slot.measure is None:
        found = subtracted(slot.known.value(of_base.run.fields), slot.known.value(group.run.fields))
        if found is None or not slot.known.key.startswith("metrics."):
            return found
        return replace(found, left_out=_told_of_difference(of_base, group, slot.known.key))
    factors = [factor_of(one, slot.known) for one in (of_base, group)]
    if factors[0] is None or factors[1] is None:
        return None
    assert source is not None  # noqa: S101 - only lists of runs have none, and they compare nothing
    return compare(
        group,
        of_base,
        slot.measure,
        slot.choice.test,
        source=source,
        correct=correct,
        factors=(factors[0], factors[1]),
    )


def _of_means(slot: ShownColumn, line: TableRow, base: TableRow) -> Test | None:
    """Return the plain difference of means over groups; None where one is not known."""
    groups, of_base = slot.groups_of(line), slot.groups_of(base)
    means = [mean_of_groups(one, slot.known, slot.measure)[0] for one in (of_base, groups)]
    found = subtracted(*means)
    if found is None:
        return None
    told = (_told_of_difference(a, b, slot.known.key) for a in of_base for b in groups)
    return replace(found, left_out=next(filter(None, told), ""))


def words_of_test(choice: ColumnChoice) -> str:
    """Return how a note calls the test of a column."""
    words = WORDS[choice.test]
    return words.replace("images", "items") if choice.key.startswith(FREE) else words


def about(name: TestName) -> str:
    """Return what a test compares, where that is not the means of the rows; empty where it is."""
    return _ABOUT if name in ("mcnemar", "bootstrap") else ""


def _by_seed(group: RunGroup, measure: Measure, source: TableSource, factor: float) -> dict[int, float]:
    values = source.values(group.run_ids, measure)
    known = {run_id: seed for run_id, seed in group.seeds.items() if seed is not None and run_id in values}
    return {seed: values[run_id] * factor for run_id, seed in known.items()}


def _on_items(
    group: RunGroup, base: RunGroup, field: str, name: TestName, *, correct: Correctness | None, source: TableSource
) -> Test | str:
    """Compare one run of each group, of the lowest seed that they share, else their oldest; or say why not."""
    untested = "no predictions of both on the same images"
    if correct is None or not base.seeds or not group.seeds:
        return untested
    by_seed = [{seed: run_id for run_id, seed in sorted(one.seeds.items(), reverse=True)} for one in (base, group)]
    seeds = sorted(seed for seed in by_seed[0].keys() & by_seed[1].keys() if seed is not None)
    pair = [one[seeds[0]] for one in by_seed] if seeds else [one.run_ids[0] for one in (base, group)]
    if field != "top1":
        return _on_outcomes(pair, field, name, correct=correct, source=source)
    a, b = (correct(run_id) for run_id in pair)
    if a is None or b is None:
        lost = {run_id for run_id, right in zip(pair, (a, b), strict=True) if right is None}
        is_lost = any(run.predictions_file is not None for run in source.runs(ids=lost))
        return "the predictions of it or of its base are not found: expdb db check says where" if is_lost else untested
    if len(a) != len(b):
        return untested
    from expdb.report.stats.mcnemar import mcnemar  # and numpy, which most tables need not wait for
    from expdb.report.stats.paired_bootstrap import paired_bootstrap

    return _with_few(mcnemar(a, b) if name == "mcnemar" else paired_bootstrap(a, b))


def _on_outcomes(
    pair: Sequence[int], field: str, name: TestName, *, correct: Correctness, source: TableSource
) -> Test | str:
    """Compare two runs by what they got of the same items; or say why not."""
    a, b = (correct.outcomes(run_id, field) for run_id in pair)
    if a is None or b is None:
        return "no outcomes of single items of both"
    from expdb.report.predictions.item_tests import compare_outcomes  # and numpy

    values = {run.id: run.fields[field] for run in source.runs(ids=pair)}
    found = compare_outcomes(
        a, b, "mcnemar" if name == "mcnemar" else "bootstrap", metric=(values[pair[0]], values[pair[1]])
    )
    if isinstance(found, str):
        return found
    items = replace(found, note=found.note.replace("images", "items")) if field.startswith(FREE) else found
    return _with_few(items)


def _with_few(found: Test) -> Test:
    """Return a test with a note on too few items alone: what it is about, a note says once."""
    few = found.note.partition(";")[0] if "discordant" in found.note else ""
    return replace(found, note="; ".join(filter(None, (found.left_out, few))))


def _untested(a: Sample, b: Sample, note: str) -> Test:
    return Test(name="", difference=difference_of(a.mean, b.mean), num_a=a.n, num_b=b.n, note=note)

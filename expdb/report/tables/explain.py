"""What can be compared in a table, and what cannot: its pairs, tests, doubts and target, in words."""

from collections.abc import Iterator, Sequence

from expdb.domain.group import RunGroup
from expdb.domain.value_text import format_value, one_line
from expdb.report.compare.comparability import TIMES
from expdb.report.compare.differences import never_stated
from expdb.report.compare.reported_doubts import doubts
from expdb.report.mean_text import mean_text
from expdb.report.source import Correctness, TableSource
from expdb.report.stats.intervals import wilson_interval
from expdb.report.stats.power import FEWEST, smallest_detectable
from expdb.report.tables.build import build_upright
from expdb.report.tables.comparisons import baseline_of, compared_columns, comparisons_of, num_tested, words_of_bases
from expdb.report.tables.explained_pairs import (
    TOP1,
    controlled,
    images_of,
    listed,
    names_told_apart,
    neighbours,
    p_told,
)
from expdb.report.tables.order import across_values
from expdb.report.tables.plan import AskedTable, Plan, plan_of
from expdb.report.tables.row_names import NamedGroup, named_groups, targets_verdict
from expdb.report.tables.several_groups import fall_into
from expdb.report.tables.table_row import TableRow, TableRows, across_heading

_MOST_ROWS = 300  # that are listed, and whose pairs are looked at: of more nobody would read them


def explain_table(source: TableSource, asked: AskedTable, *, correct: Correctness | None = None) -> str:
    """Return in words what a table allows to conclude, ending in a newline.

    Args:
        source: the runs: a store.
        asked: the definition of the table, or its plan.
        correct: per-image correctness by run id, for McNemar.

    Raises:
        NotFoundError, SpecError: as `report.build.build_table`.
    """
    plan = plan_of(asked, source.points)
    # With names that tell rows apart, as they stand in the table.
    arranged = build_upright(source, plan).arranged
    rows = named_groups(arranged.lines, plan)
    is_timed = any(slot.known.key in TIMES for slot in plan.columns)
    blocks = [
        (one_line(f"{plan.name}: {plan.title}" if plan.title else plan.name), []),
        ("Rows", list(_rows(rows))),
        ("Neighbouring rows", neighbours(rows[:_MOST_ROWS], is_timed=is_timed)),
        ("Pairs that differ in one thing", _controlled(rows, is_timed=is_timed)),
        ("Tests", list(_tests(source, plan, arranged.lines, correct))),
        ("Left out", list(_left_out(arranged, plan))),
        ("Doubts", doubts([entry.group.run for entry in rows])),
        ("Target", list(filter(None, [targets_verdict(plan, arranged.lines)]))),
    ]
    if not rows:
        blocks[1] = ("Rows", ["none: no finished run passes the filter"])
    if arranged.num_more:
        blocks[1][1].append(f"and {arranged.num_more:,} more that the table does not show: limit = 0 shows all")
    return "\n".join(
        "\n".join([title, *(f"  {text}" for text in texts)]) + "\n"
        for index, (title, texts) in enumerate(blocks)
        if texts or index == 0
    )


def _rows(rows: Sequence[NamedGroup]) -> Iterator[str]:
    shown = rows[:_MOST_ROWS]
    for name, entry in zip(names_told_apart(shown), shown, strict=True):
        yield f"{name}: {'; '.join(_known(entry.group))}"
    if len(rows) > _MOST_ROWS:
        yield f"and {len(rows) - _MOST_ROWS:,} more: narrow the filter to see them"
    stated = never_stated([entry.group.run for entry in rows if entry.group.run.kind == "reported"])
    if any(entry.group.run.kind == "reported" for entry in rows) and stated:
        yield f"not stated by any reported row: {listed(stated)}"


def _known(group: RunGroup) -> Iterator[str]:
    """Yield how many seeds a group has, and what they say of its top-1."""
    run, sample = group.run, group.samples.get(TOP1)
    if not group.seeds:
        yield "waits for its first run"
        return
    yield "reported" if run.kind == "reported" else f"n = {len(group.seeds)}"
    if run.status != "finished":
        yield f"not finished: {run.status}"
    if sample is None:
        return
    top1 = f"top-1 {mean_text(sample, 'percent', shows_n=False)}"
    images = images_of(run)
    if sample.n == 1 and images:
        interval = wilson_interval(sample.mean, images)
        low, high = (format_value(bound, "percent") for bound in (interval.low, interval.high))
        yield f"{top1}, 95 % interval {low} to {high} ({interval.method})"
    elif sample.std is None:
        yield top1
    elif not sample.std:
        yield f"{top1}; no spread between the seeds"
    elif sample.n < FEWEST:
        yield f"{top1}; too few seeds to say which differences they could show"
    else:
        can = format_value(smallest_detectable(sample.std, sample.n), "percent")
        yield f"{top1}; {sample.n} seeds a side show differences from about {can} points on (Welch, 80 % power)"


def _controlled(rows: Sequence[NamedGroup], *, is_timed: bool) -> list[str]:
    if len(rows) > _MOST_ROWS:
        return [f"not looked for among {len(rows)} rows: narrow the filter to at most {_MOST_ROWS}"]
    return list(controlled(rows, is_timed=is_timed))


def _tests(source: TableSource, plan: Plan, lines: Sequence[TableRow], correct: Correctness | None) -> Iterator[str]:
    """Yield the tests whose p the table prints."""
    slots = plan.shown_columns(across_values(lines, plan))
    tests = {slot.choice.test for slot in slots if slot.choice.shows == "p"}
    if not tests:
        return
    if correct is None and "mcnemar" in tests:
        yield "not listed: McNemar's test needs predictions, and none are read here"
        return
    baseline = baseline_of(source, plan, lines)
    slots = compared_columns(slots, baseline)
    compared = comparisons_of(slots, lines, baseline, source=source, correct=correct)
    for index, comparisons in compared.items():
        for line, comparison in zip(lines, comparisons, strict=True):
            if comparison is None or comparison.test.p is None or comparison.p is None:
                continue
            number = num_tested(slots, compared, "holm") if slots[index].choice.adjust == "holm" else 1
            told = p_told(comparison.test.p, comparison.p, number)
            against = words_of_bases(slots[index].choice.against, plan, baseline)
            yield f"{slots[index].name}: {line.name} against {against}: {told}"


def _left_out(arranged: TableRows, plan: Plan) -> Iterator[str]:
    for line in arranged.lines if not plan.is_mean else ():
        for values, cell in line.several.items():
            of = f" ({across_heading(values, plan.across, plan.labels)})" if values else ""
            yield f"{line.name}{of}: {fall_into(cell, plan)}"
    if arranged.unfinished:
        yield f"not finished: {', '.join(f'{n} {status}' for status, n in sorted(arranged.unfinished.items()))}"
    if arranged.num_repeated:
        yield f"seed run again: {arranged.num_repeated} (the newest run of a seed counts)"

"""What can be compared in a table, and what cannot: its pairs, tests, doubts and target, in words."""

from collections.abc import Iterator, Sequence
from itertools import combinations, pairwise
from typing import Any

from expdb.catalog.datasets import DATASETS
from expdb.domain.group import Measure, RunGroup
from expdb.domain.table import TableDefinition
from expdb.report.cells import LEAST_P, p_text
from expdb.report.doubts import doubts
from expdb.report.entries import Entry, entries_of, verdict_of
from expdb.report.facts import Differences, differences, never_stated, words_of
from expdb.report.formats import format_value, one_line
from expdb.report.lines import Lines, lines_of
from expdb.report.power import smallest_detectable
from expdb.report.slots import slots_of
from expdb.report.source import TableSource
from expdb.report.stats import smallest_permutation_p, welch, wilson_interval

Rows = Sequence[tuple[str, Entry]]

_TOP1 = Measure(field="top1")
_MOST_PAIRS = 40
_MOST_ROWS = 300  # that are listed, and whose pairs are looked at: of more nobody would read them


def explain_table(source: TableSource, definition: TableDefinition) -> str:
    """Return in words what a table allows to conclude, ending in a newline.

    Raises:
        NotFoundError, SpecError: as `report.build.build_table`.
    """
    arranged = lines_of(source, definition)
    entries = entries_of(arranged.lines, slots_of(definition, []), definition)
    names = [f"{number}. {entry.label}" for number, entry in enumerate(entries, start=1)]
    rows = list(zip(names, entries, strict=True))
    blocks = [
        (one_line(f"{definition.name}: {definition.title}" if definition.title else definition.name), []),
        ("Rows", list(_rows(rows))),
        ("Neighbouring rows", [_pair(a, b) for a, b in pairwise(rows[:_MOST_ROWS]) if a[1].across == b[1].across]),
        ("Pairs that differ in one thing", list(_controlled(rows))),
        ("Left out", list(_left_out(arranged))),
        ("Doubts", doubts([entry.group.run for entry in entries])),
        ("Target", list(filter(None, [verdict_of(definition, [entry for entry in entries if entry.is_final])]))),
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


def _rows(rows: Rows) -> Iterator[str]:
    for name, entry in rows[:_MOST_ROWS]:
        yield f"{name}: {'; '.join(_known(entry.group))}"
    if len(rows) > _MOST_ROWS:
        yield f"and {len(rows) - _MOST_ROWS:,} more: narrow the filter to see them"
    stated = never_stated([entry.group.run for _, entry in rows if entry.group.run.kind == "reported"])
    if any(entry.group.run.kind == "reported" for _, entry in rows) and stated:
        yield f"not stated by any reported row: {_listed(stated)}"


def _known(group: RunGroup) -> Iterator[str]:
    """Yield how many seeds a group has, and what they say of its top-1."""
    run, sample = group.run, group.samples.get(_TOP1)
    if not group.seeds:
        yield "waits for its first run"
        return
    yield "reported" if run.kind == "reported" else f"n = {len(group.seeds)}"
    if run.status != "finished":
        yield f"not finished: {run.status}"
    if sample is None:
        return
    top1 = f"top-1 {format_value(sample.mean, 'percent')}"
    dataset = DATASETS.get(run.dataset)
    images = run.num_test_images or (dataset.num_test if dataset else None)
    if sample.n == 1 and images:
        interval = wilson_interval(sample.mean, images)
        low, high = (format_value(bound, "percent") for bound in (interval.low, interval.high))
        yield f"{top1}, 95 % interval {low} to {high} ({interval.method})"
    elif sample.std:
        can = format_value(smallest_detectable(sample.std, sample.n), "percent")
        yield (
            f"{top1} ± {format_value(sample.std, 'percent')}; "
            f"{sample.n} seeds a side show differences from about {can} points on"
        )


def _pair(a: tuple[str, Entry], b: tuple[str, Entry]) -> str:
    found = differences(a[1].group.run, b[1].group.run)
    return f"{a[0]} → {b[0]}: {_told(found)}{_difference(a[1].group, b[1].group)}"


def _told(found: Differences) -> str:
    parts = []
    if found.differ:
        listed = ", ".join(f"{words_of(key)} {_text(a)} → {_text(b)}" for key, (a, b) in found.differ.items())
        parts.append(f"{len(found.differ)} differ{'s' if len(found.differ) == 1 else ''} ({listed})")
    if found.unstated:
        parts.append(f"{len(found.unstated)} stated on one side only ({_listed(found.unstated)})")
    if found.unreadable:
        parts.append(f"unreadable: {', '.join(found.unreadable)}")
    is_confounded = len(found.differ) + len(found.unstated) + len(found.unreadable) > 1
    if found.neither:
        parts.append(f"neither states {_listed(found.neither)}")
    if not parts:
        return "nothing differs"
    words = "confounded" if is_confounded else "one difference is stated"
    kind = "controlled" if found.is_controlled else words
    return f"{kind}: {'; '.join(parts)}"


def _difference(a: RunGroup, b: RunGroup) -> str:
    left, right = a.samples.get(_TOP1), b.samples.get(_TOP1)
    if left is None or right is None:
        return ""
    points = f"top-1 {100 * (right.mean - left.mean):+.2f} points"
    if "reported" in (a.run.kind, b.run.kind) or min(left.n, right.n) < 2:
        return f"; {points}, no test (n = 1)"
    test = welch(left, right)
    least = smallest_permutation_p(left.n, right.n)
    p = "" if test.p is None else f", Welch p {'' if test.p < LEAST_P else '= '}{p_text(test.p)}"
    return f"; {points}{p} (n = {left.n} and {right.n}; no permutation p below {format_value(least, 'number', 3)})"


def _controlled(rows: Rows) -> Iterator[str]:
    if len(rows) > _MOST_ROWS:
        yield f"not looked for among {len(rows)} rows: narrow the filter to at most {_MOST_ROWS}"
        return
    found = [
        (a, b, difference)
        for a, b in combinations(rows, 2)
        if len((difference := differences(a[1].group.run, b[1].group.run)).differ) == 1
        and not (difference.unstated or difference.unreadable)
    ]
    for a, b, difference in found[:_MOST_PAIRS]:
        ((key, (x, y)),) = difference.differ.items()
        unknown = f" as far as is stated (not {_listed(difference.neither)})" if difference.neither else ""
        told = _difference(a[1].group, b[1].group)
        yield f"{a[0]} and {b[0]}: {words_of(key)} {_text(x)} → {_text(y)}{unknown}{told}"
    if len(found) > _MOST_PAIRS:
        yield f"and {len(found) - _MOST_PAIRS} more pairs"


def _left_out(arranged: Lines) -> Iterator[str]:
    for ids, reason in arranged.left_out:
        yield f"run {', '.join(map(str, ids))}: {reason}"
    if arranged.num_left_out > len(arranged.left_out):
        yield f"and {arranged.num_left_out - len(arranged.left_out):,} more groups that differ in settings"
    if arranged.unfinished:
        yield f"not finished: {', '.join(f'{n} {status}' for status, n in sorted(arranged.unfinished.items()))}"
    if arranged.num_repeated:
        yield f"seed run again: {arranged.num_repeated} (the newest run of a seed counts)"


def _listed(words: Sequence[str]) -> str:
    return ", ".join(map(words_of, words))


def _text(value: Any) -> str:
    return format_value(value, "number") if isinstance(value, float) else format_value(value, "text")

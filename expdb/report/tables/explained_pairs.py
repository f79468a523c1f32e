"""Pairs of a table's rows, in words: what sets them apart, whether that is one thing, and what their top-1 says."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, pairwise
from typing import Any

from expdb.catalog.datasets import DATASETS
from expdb.domain.group import Measure
from expdb.domain.run import Run
from expdb.domain.value_text import format_value, p_text, signed
from expdb.report.compare.comparability import apart
from expdb.report.compare.differences import Differences, words_of
from expdb.report.compare.least_shown import could_show
from expdb.report.stats.comparison import Test, difference_of
from expdb.report.stats.holm import holm
from expdb.report.stats.power import most_discordant
from expdb.report.stats.t_tests import smallest_permutation_p, welch
from expdb.report.tables.row_names import NamedGroup
from expdb.report.testable import why_apart, why_untested

ExplainedPair = tuple[NamedGroup, NamedGroup]

_LEVEL = 0.05  # a p below it tells two rows apart
_MOST_PAIRS = 40
_MOST_TOLD = 3
TOP1 = Measure(field="top1")


def neighbours(rows: Sequence[NamedGroup], *, is_timed: bool) -> list[str]:
    """Return what sets each row apart from the one above it, and their difference."""
    pairs = [(a, b) for a, b in pairwise(rows) if a.across == b.across]
    told = [f"{a.listed_as} → {b.listed_as}: {_told(_apart((a, b), is_timed=is_timed))}" for a, b in pairs]
    return [text + result for text, result in zip(told, _results(pairs), strict=True)]


def controlled(rows: Sequence[NamedGroup], *, is_timed: bool) -> Iterator[str]:
    """Yield the pairs of which everything that is stated agrees but one thing."""
    found = [
        (pair, difference)
        for pair in combinations(rows, 2)
        if len((difference := _apart(pair, is_timed=is_timed)).differ) == 1
        and not (difference.unstated or difference.unreadable)
    ]
    results = _results([pair for pair, _ in found])
    for ((a, b), difference), result in list(zip(found, results, strict=True))[:_MOST_PAIRS]:
        ((key, (x, y)),) = difference.differ.items()
        unknown = f" as far as is stated (not {listed(difference.neither)})" if difference.neither else ""
        yield f"{a.listed_as} and {b.listed_as}: {words_of(key)} {_text(x)} → {_text(y)}{unknown}{result}"
    if len(found) > _MOST_PAIRS:
        yield f"and {len(found) - _MOST_PAIRS} more pairs"


def listed(keys: Sequence[str]) -> str:
    """Return settings as a sentence lists them."""
    return ", ".join(map(words_of, keys))


def p_told(p: float, adjusted: float, num_tests: int) -> str:
    """Return a p as it is, and what Holm's correction makes of it where it is one of several."""
    raw = f"p {p_text(p, sign='= ')}"
    return raw if num_tests < 2 else f"{raw} raw, {p_text(adjusted)} after Holm over {num_tests}"


def _apart(pair: ExplainedPair, *, is_timed: bool) -> Differences:
    a, b = pair
    return apart(a.group.run, b.group.run, is_timed=is_timed)


def _told(found: Differences) -> str:
    parts = []
    if found.differ:
        parts.append(f"{len(found.differ)} differ{'s' if len(found.differ) == 1 else ''} ({_changed(found.differ)})")
    if found.unstated:
        parts.append(f"{len(found.unstated)} stated on one side only ({listed(found.unstated)})")
    if found.unreadable:
        parts.append(f"unreadable: {', '.join(found.unreadable)}")
    is_confounded = len(found.differ) + len(found.unstated) + len(found.unreadable) > 1
    if found.neither:
        parts.append(f"neither states {listed(found.neither)}")
    aside = f"; set aside: {_changed(found.aside)}" if found.aside else ""
    if not parts:
        return f"nothing differs{aside}"
    words = "confounded" if is_confounded else f"{'one' if found.differ else 'no'} difference is stated"
    kind = "controlled" if found.is_controlled else words
    return f"{kind}: {'; '.join(parts)}{aside}"


def _changed(differ: Mapping[str, tuple[Any, Any]]) -> str:
    return ", ".join(f"{words_of(key)} {_text(a)} → {_text(b)}" for key, (a, b) in differ.items())


def _results(pairs: Sequence[ExplainedPair]) -> list[str]:
    """Return the differences of pairs in words; their p-values are one family."""
    tests = [_welch(pair) for pair in pairs]
    known = [test.p for test in tests if test is not None and test.p is not None]
    adjusted = iter(holm(known))
    told = []
    for pair, test in zip(pairs, tests, strict=True):
        p = "" if test is None or test.p is None else _p_told(test, test.p, next(adjusted), len(known))
        told.append(_result(pair, test, p))
    return told


def _p_told(test: Test, p: float, adjusted: float, num_tests: int) -> str:
    """Return a p in words and, where it tells nothing apart, which difference could have been shown."""
    shown = could_show([test], "percent", None) if adjusted >= _LEVEL else ""
    return f", Welch {p_told(p, adjusted, num_tests)}{f', not told apart: {shown}' if shown else ''}"


def _result(pair: ExplainedPair, test: Test | None, p: str) -> str:
    left, right = (entry.group.samples.get(TOP1) for entry in pair)
    if left is None or right is None:
        return ""
    apart_by = why_apart(pair[0].group, pair[1].group, TOP1.field)
    if apart_by:
        return f"; top-1 is not compared ({apart_by})"
    points = f"top-1 {_points(difference_of(left.mean, right.mean))} points"
    if test is None:
        return f"; {points}, no test (n = 1){_would_decide(pair) if left.n == right.n == 1 else ''}"
    least = smallest_permutation_p(left.n, right.n)
    return f"; {points}{p} (n = {left.n} and {right.n}; no permutation p below {format_value(least, 'number', 3)})"


def _would_decide(pair: ExplainedPair) -> str:
    """Return what McNemar's test, which needs predictions, would take to tell two single runs apart."""
    (a, images), (b, others) = ((entry.group.samples[TOP1].mean, images_of(entry.group.run)) for entry in pair)
    if images is None or images != others:
        return ""
    most = most_discordant(round(a * images), round(b * images), images)
    if most is None:
        return ", McNemar p < 0.05 however many images are discordant"
    if most < 0:
        return ", McNemar p > 0.05 however many images are discordant"
    return f", McNemar p < 0.05 if at most {most:,} of {images:,} images are discordant"


def images_of(run: Run) -> int | None:
    """Return on how many images a run was tested: as counted, else as many as its dataset has."""
    dataset = DATASETS.get(run.dataset)
    return run.results.num_test_images or (dataset.num_test if dataset else None)


def names_told_apart(entries: Sequence[NamedGroup]) -> list[str]:
    """Return the entries' names with their numbers; of those that share a name, with what sets them apart."""
    alike: dict[str, list[int]] = defaultdict(list)
    for index, entry in enumerate(entries):
        alike[entry.label].append(index)
    names = [entry.listed_as for entry in entries]
    for first, *others in alike.values():
        found = [apart(entries[first].group.run, entries[index].group.run, is_timed=False) for index in others]
        values = {key: pair[0] for one in found for key, pair in one.differ.items()}
        for index, one in zip((first, *others), (Differences(differ={}), *found), strict=True):
            stated = [key for key in values if key not in one.unstated][:_MOST_TOLD]
            own = {key: one.differ[key][1] if key in one.differ else values[key] for key in stated}
            told = ", ".join(f"{words_of(key)} {_text(value)}" for key, value in own.items())
            names[index] += f" ({told})" if told else ""
    return names


def _points(difference: float) -> str:
    return signed(difference, format_value(abs(difference), "percent"))


def _welch(pair: ExplainedPair) -> Test | None:
    """Compare the top-1 of measured groups; None where one of them has less than two seeds."""
    groups = [entry.group for entry in pair]
    left, right = (group.samples.get(TOP1) for group in groups)
    if left is None or right is None or min(left.n, right.n) < 2:
        return None
    return None if why_untested(groups[0], groups[1], TOP1.field) else welch(left, right)


def _text(value: Any) -> str:
    return format_value(value, "number") if isinstance(value, float) else format_value(value, "text")

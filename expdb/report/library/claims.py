"""What the runs say of a claim: supported, contradicted, confounded, or not told yet."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from expdb.domain.claim import Claim, ClaimStatus, ClaimTest
from expdb.domain.group import Measure, RunGroup, Sample
from expdb.domain.table import Format
from expdb.domain.value_text import format_value, signed
from expdb.errors import SpecError
from expdb.report.columns import COLUMNS
from expdb.report.compare.comparability import COMPARED_FIELDS, TIMES, apart, seed_reasons
from expdb.report.compare.differences import differences, words_of
from expdb.report.compare.least_shown import could_show
from expdb.report.library.small_claims import SmallVerdict, small_verdicts
from expdb.report.run_ids import runs_text
from expdb.report.source import TableSource
from expdb.report.stats.t_tests import welch
from expdb.report.testable import runs_apart

LEVEL = 0.95
FEWEST_SEEDS = 2
# Counted from the model: one run is as good as ten.
_EXACT = ("num_params", "num_trainable_params", "macs")


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """A claim's status.

    Attributes:
        reason: one sentence, without a full stop.
        a, b: the measured runs that decide, or would have to: what the claim's two filters give.
        small: what is said at small scale, which does not count here.
    """

    status: ClaimStatus
    reason: str
    a: tuple[RunGroup, ...] = field(default=(), repr=False)
    b: tuple[RunGroup, ...] = field(default=(), repr=False)
    small: tuple[SmallVerdict, ...] = ()


def claim_verdict(source: TableSource, claim: Claim) -> Verdict:
    """Return a claim's verdict by the runs there are now; without a test it is the person's who wrote it down.

    Raises:
        SpecError: the claim's test is not understood; names the claim.
    """
    small = small_verdicts(source, claim)
    if claim.test is None:
        reason = claim.known or "judged by a person; no test is written down"
        return Verdict(status=claim.status, reason=reason, small=small)
    measures = [Measure(field=claim.test.metric)]
    try:
        a, b = (source.groups(where, measures, fields=COMPARED_FIELDS) for where in (claim.test.a, claim.test.b))
    except SpecError as error:
        raise SpecError(f"claim {claim.key}: {error}") from error
    found = replace(judge_claim(claim, a, b), small=small)
    for where, groups in ((claim.test.a, a), (claim.test.b, b)):
        if not groups and (why := source.searching.why_none(where)):
            return replace(found, reason=why)
    return found


def check_claim(source: TableSource, claim: Claim) -> None:
    """Check a claim's test against a source of runs.

    Raises:
        SpecError: it is not understood, or no accuracies can differ by so much; names the claim.
    """
    claim_verdict(source, claim)
    if claim.test is None or claim.test.metric not in COLUMNS or COLUMNS[claim.test.metric].format != "percent":
        return
    for name, end in (("at_least", claim.test.at_least), ("at_most", claim.test.at_most)):
        if end is not None and abs(end) > 1:
            raise SpecError(
                f"claim {claim.key}: {name} = {end:g} is beyond what {claim.test.metric} can differ by: it is a "
                f"fraction, {end:g} points are {end / 100:g}"
            )


def judge_claim(claim: Claim, a: Sequence[RunGroup], b: Sequence[RunGroup]) -> Verdict:
    """Decide a claim that has a test from the groups that its filters give; reported rows never decide.

    The claim is supported where Welch's 95 % interval of b - a lies wholly inside what it says, contradicted where it
    lies wholly outside. Two sides are confounded that differ in more than one setting beside the seed (what they were
    tested on counts and, of times, the machine), and so is one whose own seeds do.
    """
    assert claim.test is not None  # noqa: S101 - the caller has looked
    test, measure = claim.test, Measure(field=claim.test.metric)
    sides = [
        tuple(group for group in groups if group.run.kind == "measured" and measure in group.samples)
        for groups in (a, b)
    ]
    left, right = sides
    status, reason = _judged(test, measure, left, right)
    return Verdict(status=status, reason=reason, a=left, b=right)


def _judged(
    test: ClaimTest, measure: Measure, left: Sequence[RunGroup], right: Sequence[RunGroup]
) -> tuple[ClaimStatus, str]:
    for where, groups in ((test.a, left), (test.b, right)):
        if not groups:
            return "untested", f"no finished measured runs of {where}"
    for where, groups in ((test.a, left), (test.b, right)):
        if len(groups) > 1:
            return "confounded", f"{len(groups)} groups of runs fit {where}: they differ in {_settings(groups)}"
    [one], [other] = left, right
    if set(one.run_ids) == set(other.run_ids):
        return "untested", "both filters give the same runs"
    is_exact = test.metric in _EXACT
    found = differences(one.run, other.run) if is_exact else apart(one.run, other.run, is_timed=test.metric in TIMES)
    differ, unstated = found.differ, found.unstated
    apart_by = "" if is_exact else runs_apart(one.run, other.run, test.metric)
    if apart_by:
        return "confounded", f"cannot be decided: the two sides are never tested against each other ({apart_by})"
    if len(differ) + len(unstated) > 1:
        told = [_listed(differ)] if differ else []
        told += [f"{words_of(key)} (stated of one side only)" for key in unstated]
        return "confounded", f"the two sides differ in {len(differ) + len(unstated)} settings: {', '.join(told)}"
    if not is_exact:
        for where, group in ((test.a, one), (test.b, other)):
            reasons = seed_reasons([group], is_time=False)
            if test.metric in TIMES:
                reasons += seed_reasons([group], is_time=True)
            for reason in filter(None, reasons):
                return "confounded", f"{where}: {reason.text}"
        for where, group in ((test.a, one), (test.b, other)):
            if _num_seeds(group, measure) < FEWEST_SEEDS:
                return "untested", f"one seed is not a result: {where} has {runs_text(group.run_ids)} alone"
    return _compared(test, one.samples[measure], other.samples[measure])


def _compared(test: ClaimTest, a: Sample, b: Sample) -> tuple[ClaimStatus, str]:
    low, high, told, shown = _interval(test, a, b)
    if low is None or high is None:
        return "untested", told
    at_least = -math.inf if test.at_least is None else test.at_least
    at_most = math.inf if test.at_most is None else test.at_most
    said = f"the claim says {_bounds(test)}"
    if at_least <= low and high <= at_most:
        return "supported", f"{told}; {said}"
    if high < at_least or low > at_most:
        return "contradicted", f"{told}; {said}"
    return "untested", f"cannot be told yet: {told}; {said}{f'; {shown}' if shown else ''}"


def _interval(test: ClaimTest, a: Sample, b: Sample) -> tuple[float | None, float | None, str, str]:
    """Return the ends of the interval of b - a, its words, and what could be shown; None where there is no interval."""
    if test.metric in _EXACT:
        difference = b.mean - a.mean
        return difference, difference, f"difference {_text(test.metric, difference)}, counted", ""
    found = welch(a, b, LEVEL)
    told = f"difference {_text(test.metric, found.difference)}"
    if found.interval is None:
        return None, None, f"{told}; {found.note}", ""
    low, high = (_text(test.metric, end) for end in (found.interval.low, found.interval.high))
    words = f"{told}, 95 % interval {low} to {high} with n = {a.n} and {b.n}"
    known = COLUMNS.get(test.metric)
    shown = could_show([found], known.format if known else "number", known.decimals if known else None)
    return found.interval.low, found.interval.high, words, shown


def _bounds(test: ClaimTest) -> str:
    ends = [
        f"{words} {_text(test.metric, end)}"
        for words, end in (("at least", test.at_least), ("at most", test.at_most))
        if end is not None
    ]
    return " and ".join(ends)


def _text(metric: str, value: float) -> str:
    """Return a difference with its sign, as the metric's column prints it: accuracies in points."""
    known = COLUMNS.get(metric)
    form: Format = "integer" if metric in _EXACT else known.format if known else "number"
    text = format_value(abs(value), form, known.decimals if known else None)
    return signed(value, text, minus="\N{MINUS SIGN}") + (" points" if form == "percent" else "")


def _num_seeds(group: RunGroup, measure: Measure) -> int:
    """Return of how many seeds a group knows the measure; a seed that was run twice is one."""
    return min(group.samples[measure].n, len(set(group.seeds.values())))


def _settings(groups: Sequence[RunGroup]) -> str:
    names = {name: None for group in groups[1:] for name in differences(groups[0].run, group.run).differ}
    return ", ".join(names) or "the device or the number of devices"


def _listed(differ: Mapping[str, tuple[object, object]]) -> str:
    return ", ".join(f"{name} {_value(a)} → {_value(b)}" for name, (a, b) in differ.items())


def _value(value: object) -> str:
    return "none" if value is None else format_value(value, "text")

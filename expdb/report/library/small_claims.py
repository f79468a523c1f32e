"""What small networks on toy data say of a claim; it decides nothing of the source's sentence.

The rule is fixed before the runs: with the 95 % interval (Welch, over seeds) of b - a,

- yes: it lies wholly above 0, and the difference is at least the smallest effect of interest;
- no: it lies wholly below the smallest effect of interest;
- not told apart: anything else.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from expdb.catalog.datasets import dataset_label
from expdb.domain.claim import Claim, SmallTest
from expdb.domain.group import Measure, RunGroup
from expdb.domain.table import Format
from expdb.domain.value_text import format_value, signed
from expdb.errors import SpecError
from expdb.report.columns import column
from expdb.report.compare.comparability import COMPARED_FIELDS
from expdb.report.compare.differences import differences
from expdb.report.run_ids import runs_text
from expdb.report.source import TableSource
from expdb.report.stats.comparison import Test
from expdb.report.stats.t_tests import welch
from expdb.report.testable import runs_apart

SmallAnswer = Literal["yes", "no", "not told apart", "not run"]


@dataclass(frozen=True, kw_only=True)
class SmallVerdict:
    """What one comparison at small scale says.

    Attributes:
        text: one sentence, without a full stop, that begins with the scale.
        a, b: the groups of runs that the two filters give.
    """

    test: SmallTest
    answer: SmallAnswer
    text: str
    a: tuple[RunGroup, ...] = field(default=(), repr=False)
    b: tuple[RunGroup, ...] = field(default=(), repr=False)


def counted_answers(verdicts: Sequence[SmallVerdict]) -> str:
    """Return the answers in a few words: `yes`, or of several `yes 1, no 2`; empty of none."""
    counts = Counter(verdict.answer for verdict in verdicts)
    if len(verdicts) == 1:
        return verdicts[0].answer
    return ", ".join(f"{answer} {count}" for answer, count in counts.items())


def small_verdicts(source: TableSource, claim: Claim) -> tuple[SmallVerdict, ...]:
    """Return what the runs there are now say at small scale, test by test.

    Raises:
        SpecError: a test is not understood; names the claim.
    """
    return tuple(_verdict(source, claim, test) for test in claim.small)


def _verdict(source: TableSource, claim: Claim, test: SmallTest) -> SmallVerdict:
    measure = Measure(field=test.metric)
    try:
        a, b = (
            tuple(one for one in source.groups(where, [measure], fields=COMPARED_FIELDS) if measure in one.samples)
            for where in (test.a, test.b)
        )
    except SpecError as error:
        raise SpecError(f"claim {claim.key}, {test.says}: {error}") from error
    answer, told = _answered(test, measure, a, b)
    scale = _scale(measure, a, b)
    return SmallVerdict(test=test, answer=answer, text=f"{scale}: {answer}: {told}", a=a, b=b)


def _answered(
    test: SmallTest, measure: Measure, a: tuple[RunGroup, ...], b: tuple[RunGroup, ...]
) -> tuple[SmallAnswer, str]:
    for where, groups in ((test.a, a), (test.b, b)):
        if not groups:
            return "not run", f"no run of {where} has {test.metric}"
        if len(groups) > 1:
            return "not run", f"{len(groups)} groups of runs fit {where}: one is compared"
        if groups[0].samples[measure].n < 2:
            return "not run", f"one seed is not a result: {where} has {runs_text(groups[0].run_ids)} alone"
    [one], [other] = a, b
    if why := runs_apart(one.run, other.run, test.metric):
        return "not run", f"the two sides are never tested against each other ({why})"
    found = differences(one.run, other.run)
    beside = [name for name in (*found.differ, *found.unstated) if name.partition(".")[0] != "model"]
    if beside:
        return "not run", f"the two sides differ in more than the network: {', '.join(beside)}"
    compared = welch(one.samples[measure], other.samples[measure])
    if compared.interval is None:
        return "not told apart", f"difference {_text(test.metric, compared.difference)}; {compared.note}"
    return _by_rule(test, compared), _told(test, compared)


def _by_rule(test: SmallTest, compared: Test) -> SmallAnswer:
    assert compared.interval is not None  # noqa: S101 - the caller has looked
    if compared.interval.low > 0 and compared.difference >= test.smallest:
        return "yes"
    return "no" if compared.interval.high < test.smallest else "not told apart"


def _told(test: SmallTest, compared: Test) -> str:
    assert compared.interval is not None  # noqa: S101 - the caller has looked
    low, high = (_text(test.metric, end) for end in (compared.interval.low, compared.interval.high))
    return (
        f"{test.says}: difference {_text(test.metric, compared.difference)}, 95 % interval {low} to {high}, smallest "
        f"effect of interest {_text(test.metric, test.smallest)}"
    )


def _scale(measure: Measure, a: tuple[RunGroup, ...], b: tuple[RunGroup, ...]) -> str:
    groups = (*a, *b)
    if not groups:
        return "at small scale"
    data = list(dict.fromkeys(dataset_label(str(group.run.fields["dataset"])) for group in groups))
    sides = list(dict.fromkeys(f"{group.run.fields['img_size']} px" for group in groups))
    seeds = " and ".join(dict.fromkeys(str(group.samples[measure].n) for group in groups))
    return f"at small scale ({', '.join([*data, *sides])}, {seeds} seeds)"


def _text(metric: str, value: float) -> str:
    known = column(metric)
    form: Format = known.format
    text = format_value(abs(value), form, known.decimals)
    return signed(value, text, minus="\N{MINUS SIGN}") + (" points" if form == "percent" else "")

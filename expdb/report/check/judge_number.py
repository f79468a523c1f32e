"""One printed number against the exact one: does the report say what the database says?"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from typing import Literal, get_args

from expdb.domain.table import Format
from expdb.domain.value_text import exact, format_value, text_beside
from expdb.report.written.reading.numbers import PrintedCell
from expdb.report.written.reading.quantities import Printed

FindingStatus = Literal[
    "confirmed",  # by measured runs
    "confirmed by tracked runs",  # by what scripts of the user's logged
    "as reported",  # by a row of another document
    "same as its import",  # by its own import
    "rounded differently",
    "stale",
    "contradicted",
    "unknown",
]

FINDING_STATUSES: tuple[FindingStatus, ...] = get_args(FindingStatus)  # the better one first
SAID_STATUSES = frozenset[FindingStatus](
    ("confirmed", "confirmed by tracked runs", "as reported", "same as its import")
)


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """What is recorded of a cell, in the unit of the column's format; None where it is not known.

    Attributes:
        n: number of seeds.
        std: what the column prints behind ±.
        is_given: a setting, or a count: it has one value, which is not rounded to be printed.
        is_interval: the cell is an interval alone, from `main` to `high`.
        is_copied: a document says so; what it prints beside the number is part of it.
    """

    main: Decimal
    form: Format
    std: Decimal | None = None
    n: int | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    is_given: bool = False
    is_interval: bool = False
    is_copied: bool = False


@dataclass(frozen=True, kw_only=True)
class Judged:
    """A printed number and what became of it.

    Attributes:
        part: empty for the number itself, or `std`, `n`, `low`, `high`.
        recorded: what it should be, at the printed decimals (rounded differently: exactly); None if not known.
    """

    part: str
    printed: str
    recorded: str | None
    status: FindingStatus


def in_unit(value: float, form: Format) -> Decimal:
    """Return an exact value in the unit that a format prints it in."""
    number = exact(value)
    match form:
        case "percent":
            return number * 100
        case "millions" | "millions_cut":
            return number / 10**6
        case "gigas":
            return number / 10**9
    return number


def judge_cell(
    cell: PrintedCell, facts: Recorded, *, is_fraction: bool = False, has_spread: bool = False
) -> list[Judged]:
    """Judge every number of a cell.

    Args:
        cell: what is printed.
        facts: what is recorded.
        is_fraction: the column prints accuracies as fractions, 0.8285 for 82.85 percent.
        has_spread: the column prints a spread, so that a cell without the one that is recorded lacks it.
    """
    read = _as_fractions(cell) if is_fraction and cell.main.may_be_fraction else cell
    found = _judge(read, facts)
    if cell.std is None and facts.std is not None and (has_spread or facts.is_copied) and not cell.is_interval:
        recorded = _shown(facts.std, read.main, facts)
        found.append(Judged(part="std", printed="no ±", recorded=recorded, status="contradicted"))
    return found


def worst(judged: Iterable[Judged]) -> FindingStatus:
    """Return the worst status among these; confirmed where there are none."""
    return max((one.status for one in judged), key=FINDING_STATUSES.index, default="confirmed")


def status_of(printed: Printed, value: Decimal, form: Format, *, is_given: bool = False) -> FindingStatus:
    """Return how a printed number stands to the exact value, half-up at the printed decimals.

    Args:
        is_given: a setting: anything but the value itself is not confirmed.
    """
    steps, shown = value / printed.step, printed.value / printed.step
    if is_given and value == printed.value:
        return "confirmed"
    rounding = ROUND_DOWN if form == "millions_cut" else ROUND_HALF_UP
    if not is_given and steps.quantize(Decimal(1), rounding=rounding) == shown:
        return "confirmed"
    return "rounded differently" if abs(steps - shown) < 1 else "contradicted"


def _as_fractions(cell: PrintedCell) -> PrintedCell:
    std, low, high = (None if part is None else part.as_fraction() for part in (cell.std, cell.low, cell.high))
    return replace(cell, main=cell.main.as_fraction(), std=std, low=low, high=high)


def _judge(cell: PrintedCell, facts: Recorded) -> list[Judged]:
    if facts.is_interval:
        found = [_judge_one("low", cell.main, facts.main, facts)]
    else:
        found = [_judge_below(cell.main, facts) if cell.is_below else _judge_one("", cell.main, facts.main, facts)]
    if cell.std is not None:
        found.append(_judge_one("std", cell.std, facts.std, facts))
    if cell.n is not None:
        status: FindingStatus = "unknown" if facts.n is None else "confirmed" if facts.n == cell.n else "contradicted"
        found.append(Judged(part="n", printed=str(cell.n), recorded=_text(facts.n), status=status))
    for part, number, value in (("low", cell.low, facts.low), ("high", cell.high, facts.high)):
        if number is not None:
            found.append(_judge_one(part, number, value, facts))
    return found


def _judge_one(part: str, printed: Printed, value: Decimal | None, facts: Recorded) -> Judged:
    if value is None:
        return Judged(part=part, printed=printed.text, recorded=None, status="unknown")
    status = status_of(printed, value, facts.form, is_given=facts.is_given)
    recorded = _exactly(value, printed) if status == "rounded differently" else _shown(value, printed, facts)
    return Judged(part=part, printed=printed.text, recorded=recorded, status=status)


def _judge_below(printed: Printed, facts: Recorded) -> Judged:
    status: FindingStatus = "confirmed" if facts.main < printed.value else "contradicted"
    return Judged(part="", printed=f"< {printed.text}", recorded=_shown(facts.main, printed, facts), status=status)


def _shown(value: Decimal, printed: Printed, facts: Recorded) -> str:
    """Return the exact value at the decimals of the printed one."""
    if facts.form == "duration" and printed.scale == 1:
        return format_value(float(value), "duration") if printed.step >= 1 else text_beside(float(value), 0, "duration")
    if facts.is_given:
        return format_value(float(value), "number")
    rounding = ROUND_DOWN if facts.form == "millions_cut" else ROUND_HALF_UP
    rounded = (value / printed.step).quantize(Decimal(1), rounding=rounding) * printed.step / printed.scale
    if value and not rounded:  # `0.0G` would say nothing of 11.2 million
        return _exactly(value, printed)
    return f"{rounded.quantize(printed.step / printed.scale):f}{printed.unit}"


def _exactly(value: Decimal, printed: Printed) -> str:
    """Return the exact value with as many digits as tell the two apart."""
    digits = (value / printed.scale).quantize(printed.step / printed.scale / 10_000).normalize()
    return f"{digits:f}{printed.unit}"


def _text(value: int | None) -> str | None:
    return None if value is None else str(value)

"""Goals of a table: which row meets them."""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from expdb.domain.group import Measure
from expdb.domain.value_text import exact, format_value, is_known
from expdb.errors import SpecError
from expdb.report.columns import Column, column
from expdb.report.measures import at_words, measure_of

_GOAL = re.compile(r"\s*(>=|<=|>|<|=)\s*(.+?)\s*")
_DURATION = re.compile(r"(?:(\d+(?:\.\d+)?)\s*h)?\s*(?:(\d+)\s*m(?:in)?)?\s*(?:(\d+)\s*s)?")
_MOST_NAMES = 8
_SHARES = {"%": Decimal("0.01")}
_POWERS = {"K": Decimal(1000), "M": Decimal(10**6), "G": Decimal(10**9)}


@dataclass(frozen=True, kw_only=True)
class Target:
    """One part of a goal: a column's value against a limit, both in the column's own unit; `at`: of which epochs."""

    known: Column
    operator: str
    limit: Decimal
    text: str
    at: str = "last"

    @property
    def measure(self) -> Measure | None:
        """What the value is a mean of; None of what all runs of a group share."""
        return measure_of(self.known, at=self.at)

    def is_met(self, value: Any) -> bool:
        """Return whether a value meets the limit; one that is not known does not."""
        if not is_known(value) or isinstance(value, bool) or not isinstance(value, (int, float)):
            return False
        number = exact(value)
        return {
            ">": number > self.limit,
            ">=": number >= self.limit,
            "<": number < self.limit,
            "<=": number <= self.limit,
            "=": number == self.limit,
        }[self.operator]


def read_targets(targets: Mapping[str, str]) -> tuple[Target, ...]:
    """Read goals as in `{"top1": "> 82%", "train_seconds": "<= 2h", "num_params": "< 5M"}`.

    Raises:
        SpecError: a goal is not understood.
        NotFoundError: a key is no column.
    """
    return tuple(read_target(key, text) for key, text in targets.items())


def targets_met(
    targets: Sequence[Target],
    names: Sequence[str],
    values: Sequence[Mapping[str, Any]],
    *,
    reported: Collection[int] = (),
) -> str | None:
    """Return in one line who meets all goals or, where nobody does, who comes closest; None without goals.

    Args:
        targets: the goals.
        names: the rows as the line calls them.
        values: the rows' values by column key.
        reported: places of the rows that nobody here measured: where they meet the goals, the line says so.
    """
    if not targets:
        return None
    goal = f"Target {' and '.join(_words(target) for target in targets)}"
    met = [sum(target.is_met(row.get(target.known.key)) for target in targets) for row in values]
    winners = [
        _marked(name) if place in reported else name
        for place, (name, number) in enumerate(zip(names, met, strict=True))
        if number == len(targets)
    ]
    if winners:
        more = f" and {len(winners) - _MOST_NAMES} more" if len(winners) > _MOST_NAMES else ""
        return f"{goal}: met by {', '.join(winners[:_MOST_NAMES])}{more}."
    if not met or max(met) == 0 or len(targets) == 1:
        return f"{goal}: met by no row."
    # Of rows that meet as many goals those come closer that meet the first, which is what the table is about.
    is_first_met = [targets[0].is_met(row.get(targets[0].known.key)) for row in values]
    if any(first and number == max(met) for first, number in zip(is_first_met, met, strict=True)):
        met = [number if first else 0 for first, number in zip(is_first_met, met, strict=True)]
    closest = [
        _missed(targets, name, row) for name, row, number in zip(names, values, met, strict=True) if number == max(met)
    ]
    more = f"; and {len(closest) - _MOST_NAMES} more rows" if len(closest) > _MOST_NAMES else ""
    return f"{goal}: met by no row; {'; '.join(closest[:_MOST_NAMES])}{more}."


def _marked(name: str) -> str:
    """Return a reported row's name: `ResNet50 (row 3, reported)`."""
    return f"{name[:-1]}, reported)" if name.endswith(")") else f"{name} (reported)"


def _missed(targets: Sequence[Target], name: str, row: Mapping[str, Any]) -> str:
    missed = [target for target in targets if not target.is_met(row.get(target.known.key))]
    return f"{name} misses {', '.join(f'{_plain(target.known.heading)} ({_shown(target, row)})' for target in missed)}"


def _shown(target: Target, row: Mapping[str, Any]) -> str:
    return format_value(row.get(target.known.key), target.known.format, target.known.decimals)


def read_target(key: str, text: str, read: Callable[[str], Column] = column, *, at: str = "last") -> Target:
    """Read one goal, as `read_targets` does.

    Args:
        key: of the column.
        text: the goal.
        read: finds a column by its key.
        at: of which epochs a value is held against it.
    """
    known = read(key)
    match = _GOAL.fullmatch(text)
    if known.format in ("text", "time", "tick"):
        raise SpecError(f"target {key} = {text!r}: {key!r} is no number")
    limit = None if match is None else _number(match[2], known)
    if match is None or limit is None:
        raise SpecError(f"target {key} = {text!r} is not understood: write it as '{_example(known)}'")
    if known.format == "percent" and limit > 1:
        way = "no share is above 100%" if "%" in text else f"write percent as '{match[1]} {match[2]}%'"
        raise SpecError(f"target {key} = {text!r} decides nothing: {way}")
    return Target(known=known, operator=match[1], limit=limit, text=match[2], at=at)


def _example(known: Column) -> str:
    return {"percent": "> 82%", "duration": "<= 2h", "number": "<= 2.5"}.get(known.format, "< 5M")


def _number(text: str, known: Column) -> Decimal | None:
    """Return a limit; None where it is no number, or in a unit that the column is not measured in."""
    duration = _DURATION.fullmatch(text) if known.format == "duration" else None
    if duration and any(duration.groups()):
        hours, minutes, seconds = (Decimal(part or 0) for part in duration.groups())
        return hours * 3600 + minutes * 60 + seconds
    units = {} if known.format == "duration" else _SHARES if known.format == "percent" else _POWERS
    unit = units.get(text[-1:], Decimal(1))
    digits = text[:-1] if text[-1:] in units else text
    try:
        number = Decimal(digits.strip().replace(",", "")) * unit
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _words(target: Target) -> str:
    at = "" if target.at == "last" else f" ({at_words(target.at)})"
    return f"{_plain(target.known.heading)}{at} {target.operator} {target.text}"


def _plain(heading: str) -> str:
    """Return a heading without what stands in brackets: the unit is in the value."""
    return re.sub(r"\s*\([^)]*\)", "", heading)

"""Numbers as reports print them: `82.85 ± 0.12 (3)`, `82.85 (0.12)`, `23.7M`, `1h 7m 26s`, `1,298`, `< 0.001`."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache

from expdb.domain.table import Format

_BLANK = frozenset(("", "–", "—", "-", "--", "n/a", "na", "none", "?", "/", "tbd", "baseline"))
_MARKS = "*†‡§¶#✓ᵃᵇᶜᵈᵉᶠᵍ⁰¹²³⁴⁵⁶⁷⁸⁹↑↓▲▼ \u00a0"
_DECIMAL_COMMA = r"\d+,(?:\d{1,2}|\d{4,})(?!\d)"  # three digits behind a comma are thousands
_NUMBER = (
    rf"[+-]?(?:{_DECIMAL_COMMA}|\d{{1,3}}(?:[,\u00a0\u202f\u2009']\d{{3}})+(?:\.\d+)?|\d+(?:\.\d*)?|\.\d+)"
    r"(?:[eE][+-]?\d{1,3})?"
)
_QUANTITY = re.compile(rf"(?P<number>{_NUMBER})\s*(?P<unit>%|[^\W\d_][^\W\d_/]*(?:/[^\W\d_]+)?)?")
_CITATION = re.compile(r"(?<=\S)(?:\s*\[\d{1,3}\])+$")
_FONT = re.compile(r"\\(?:text|math)(?:bf|it|rm)\s*\{([^{}]*)\}")
_MINUS = re.compile(r"(?<![^\s(\[±$])[\u2010-\u2013\u2212](?=\.?\d)")  # dashes before a number, but none of a range
_SAID_P = re.compile(r"p\s*(?:=|(?=[<≤]))\s*", re.IGNORECASE)
_PART = r"[^±()\[\]<≤]*\d[^±()\[\]<≤]*"
_BETWEEN = r"(?:,\s+|;|\s+to\s+|,(?=[^,]*$))"  # the ends of an interval
_CELL = re.compile(
    rf"(?P<below>[<≤]\s*)?(?P<main>{_PART})"
    rf"(?:±(?P<std>{_PART})|\((?:±(?P<around>{_PART})|(?P<bare>\d*\.\d+\s*%?))\)\s*)?"
    r"(?:\((?:n\s*=\s*)?(?P<n>\d+)(?:\s*(?:seeds?|runs?))?\)\s*)?"
    r"(?:\((?P<delta>[+-][^()\[\]]*)\)\s*)?"
    rf"(?:\[(?P<low>[^\[\]]*?){_BETWEEN}(?P<high>[^\[\]]*)\])?"
)
_INTERVAL = re.compile(rf"[\[(](?P<main>[^\[\]()]*?){_BETWEEN}(?P<high>[^\[\]()]*)[\])]")
_CLOCK = re.compile(r"(?:(?P<h>\d+):)?(?P<m>\d{1,3}):(?P<s>\d{2}(?:\.\d+)?)")
_LEAST_RATIO = 4  # of a number to a spread that stands in brackets without a sign
_SECONDS = {
    **dict.fromkeys(("d", "day", "days"), Decimal(86400)),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours", "시간"), Decimal(3600)),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes", "분"), Decimal(60)),
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds", "초"), Decimal(1)),
    "ms": Decimal("0.001"),
}
_NEXT_UNIT = {Decimal(3600): ["m"], Decimal(60): ["s"]}
_POWERS = {"k": Decimal(10) ** 3, "m": Decimal(10) ** 6, "g": Decimal(10) ** 9, "b": Decimal(10) ** 9}
_POWERS["t"] = Decimal(10) ** 12
_LEAST_COUNT = {"millions": 10_000, "millions_cut": 10_000, "gigas": 1_000_000}  # a bare number above is no M or G
_OWN_POWER = {"millions": 6, "millions_cut": 6, "gigas": 9}


@dataclass(frozen=True, kw_only=True)
class Printed:
    """A number as it is printed.

    Attributes:
        text: the characters.
        value: in the unit of the column's format: percent, millions, 1e9, seconds.
        step: one unit of its last digit, likewise.
        scale: what the printed digits are multiplied with to give `value`.
        unit: what stands behind the digits.
        may_be_fraction: of a percent column, and nothing says that it is in percent.
    """

    text: str
    value: Decimal
    step: Decimal
    scale: Decimal = Decimal(1)
    unit: str = ""
    may_be_fraction: bool = False

    def as_fraction(self) -> "Printed":
        """Return the number of a percent column read as a fraction: 0.8285 is 82.85 percent."""
        return replace(self, value=self.value * 100, step=self.step * 100, scale=self.scale * 100)


@dataclass(frozen=True, kw_only=True)
class PrintedCell:
    """What a cell prints: a number with its spread, number of seeds and interval, as far as they are there.

    Attributes:
        main: the number; of an interval alone its lower end.
        delta: a difference that follows in brackets.
        is_below: `< 0.001`: less than the number.
        is_interval: an interval alone.
    """

    main: Printed
    std: Printed | None = None
    n: int | None = None
    low: Printed | None = None
    high: Printed | None = None
    delta: Printed | None = None
    is_below: bool = False
    is_interval: bool = False


def is_blank(text: str) -> bool:
    """Return whether a cell says that there is no number."""
    return text.strip().casefold() in _BLANK


@lru_cache(4096)
def read_cell(text: str, form: Format, units: tuple[str, ...] = (), *, is_interval: bool = False) -> PrintedCell | None:
    """Return the numbers of a cell; None where it is not read as one.

    Args:
        text: the cell, as a reader sees it.
        form: the column's format: says what its numbers are measured in.
        units: what the heading says in brackets.
        is_interval: an interval alone is looked for, `[+1.16, +15.50]`.
    """
    match = (_INTERVAL if is_interval else _CELL).fullmatch(_simplified(text))
    if match is None:
        return None
    said = match.groupdict()
    parts = ("main", "std", "around", "bare", "low", "high", "delta")
    read = {name: _read(said[name], form, units) for name in parts if said.get(name)}
    if "main" not in read or any(number is None for number in read.values()):
        return None
    if is_interval and "high" not in read:
        return None
    main = read["main"]
    assert main is not None  # noqa: S101 - every cell has one
    spread = read.get("std") or read.get("around") or read.get("bare")
    if spread is not None and said["bare"] and spread.value * _LEAST_RATIO > main.value:
        return None  # another result: 80.00 (94.01)
    if spread is not None and form == "percent" and "%" in (main.unit, spread.unit):
        main, spread = replace(main, may_be_fraction=False), replace(spread, may_be_fraction=False)
    return PrintedCell(
        main=main,
        std=spread,
        n=int(said["n"]) if said.get("n") else None,
        low=read.get("low"),
        high=read.get("high"),
        delta=read.get("delta"),
        is_below=bool(said.get("below")),
        is_interval=is_interval,
    )


def _simplified(text: str) -> str:
    """Return a cell without what says nothing of its number: LaTeX's signs, arrows, `about`, citations."""
    plain = _FONT.sub(r"\1", text).replace(r"\pm", "±").replace("+/-", "±").replace("$", "")
    plain = _MINUS.sub("-", plain).strip().strip(_MARKS)
    return _SAID_P.sub("", _CITATION.sub("", plain).lstrip("~≈ "), count=1)


def _read(text: str, form: Format, units: Sequence[str]) -> Printed | None:
    words = [unit.casefold() for unit in units]
    text = text.strip()
    if form == "duration":
        return _duration(text, words)
    match = _QUANTITY.fullmatch(text)
    if match is None or (form == "integer" and re.search(_DECIMAL_COMMA, match["number"])):  # a list of two
        return None
    number, unit = _decimal(match["number"]), match["unit"] or ""
    scale = _scale(form, unit.casefold(), words, number)
    return Printed(
        text=text,
        value=number * scale,
        step=_last_digit(number) * scale,
        scale=scale,
        unit=text[match.end("number") :],
        may_be_fraction=form == "percent" and not unit and "%" not in words and text[0] not in "+-" and number <= 1,
    )


def _scale(form: Format, unit: str, words: Sequence[str], number: Decimal) -> Decimal:
    """Return what the digits are multiplied with to be in the unit of the format."""
    own = Decimal(10) ** _OWN_POWER.get(form, 0)
    if unit and unit[0] in _POWERS and form in ("millions", "millions_cut", "gigas", "integer", "number"):
        return _POWERS[unit[0]] / own if unit not in ("min", "ms", "h") else Decimal(1)
    if form in _LEAST_COUNT:
        said = next((_POWERS[word[0]] for word in words if word and word[0] in _POWERS), None)
        if said is not None:
            return said / own
        return 1 / own if abs(number) >= _LEAST_COUNT[form] else Decimal(1)
    return Decimal(1)


def _duration(text: str, words: Sequence[str]) -> Printed | None:
    """Read `1h 7m 26s`, `1h07`, `1:07:26`, `67 min`, or a bare number whose unit the heading says."""
    if clock := _CLOCK.fullmatch(text):
        seconds = int(clock["h"] or 0) * 3600 + int(clock["m"]) * 60 + Decimal(clock["s"])
        return Printed(text=text, value=seconds, step=_last_digit(Decimal(clock["s"])))
    parts = list(re.finditer(rf"({_NUMBER})\s*([^\W\d_]*)\s*", text))
    if not parts or "".join(part.group() for part in parts) != text:
        return None
    value, step, scale = Decimal(0), Decimal(1), Decimal(1)
    for part in parts:
        said = [part[2].casefold()] if part[2] else [word for word in words if word in _SECONDS]
        if not part[2] and part is not parts[0]:
            said = _NEXT_UNIT.get(scale, [])
        if not said or said[0] not in _SECONDS:
            return None
        scale = _SECONDS[said[0]]
        value, step = value + _decimal(part[1]) * scale, _last_digit(_decimal(part[1])) * scale
    if len(parts) > 1:
        return Printed(text=text, value=value, step=step)
    return Printed(text=text, value=value, step=step, scale=scale, unit=text[parts[0].end(1) :])


def _decimal(text: str) -> Decimal:
    if re.search(_DECIMAL_COMMA, text):
        return Decimal(text.replace(",", "."))
    return Decimal(re.sub(r"[,\u00a0\u202f\u2009']", "", text))


def _last_digit(number: Decimal) -> Decimal:
    exponent = number.as_tuple().exponent
    assert isinstance(exponent, int)  # noqa: S101 - a printed number is finite
    return Decimal(1).scaleb(exponent)

"""Values as text, rounded half-up from the exact decimal value: 0.76125 as percent is 76.13, never 76.12."""

import math
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import ROUND_DOWN, ROUND_HALF_UP, Context, Decimal
from functools import lru_cache
from typing import Any, TypeGuard

from expdb.domain.table import Format

MISSING = "–"  # what a table shows where a value is not known

NUMERIC: frozenset[Format] = frozenset(
    {"integer", "number", "percent", "millions", "millions_cut", "duration", "gigas"}
)

_DECIMALS: dict[Format, int] = {"percent": 2, "gigas": 2}
_LEAST_P = 0.001
# As many digits of a decimal as every float keeps: 0.1 + 0.2 prints as 0.3, and whatever was typed as it was typed.
_MEANT = Context(prec=sys.float_info.dig, rounding=ROUND_HALF_UP)
_FEW_SECONDS = 9.95  # what is less prints with a tenth
# A spread this small beside the values is what rounding leaves of none: it would give any p one likes.
ROUNDING = 1e-12
_WIDE = Context(prec=400)  # quantize refuses results longer than the precision; a float has at most 309 digits


def exact(value: float) -> Decimal:
    """Return the decimal number that a float or integer prints as, which is the one that was meant."""
    return Decimal(repr(value))


def round_half_up(value: Decimal, decimals: int) -> Decimal:
    """Round half away from zero to so many digits after the point."""
    return value.quantize(_unit(decimals), rounding=ROUND_HALF_UP, context=_WIDE)


def cut_off(value: Decimal, decimals: int) -> Decimal:
    """Round towards zero to so many digits after the point."""
    return value.quantize(_unit(decimals), rounding=ROUND_DOWN, context=_WIDE)


@lru_cache
def _unit(decimals: int) -> Decimal:
    return Decimal(1).scaleb(-decimals)


def format_value(value: object, form: Format, decimals: int | None = None) -> str:
    """Return a value as one line of text; MISSING for None and for numbers that are not finite.

    Args:
        value: text, a number, a boolean, a time, or a sequence of these.
        form: how to write it; see `domain.table.Format`. What it does not fit prints as text: documents state anything.
        decimals: digits after the point, where the format takes them.
    """
    if not is_known(value):
        return MISSING
    if isinstance(value, (str, int)):
        return _often(value, form, decimals)
    return _formatted(value, form, decimals)


def _formatted(value: object, form: Format, decimals: int | None) -> str:
    if not (is_number(value) if form in NUMERIC else form != "time" or isinstance(value, datetime)):
        return _text(value, None)
    return _FORMATTERS[form](value, _DECIMALS.get(form) if decimals is None else decimals)


# Names and whole numbers come back in row after row of a long table. By type: 1 and True are equal, and print unlike.
_often = lru_cache(maxsize=4096, typed=True)(_formatted)


def few_digits(value: float) -> str:
    """Return a number of no known unit with four digits: `0.4033`, `1.235e-9`; from 1000 on whole: `12346`."""
    number = exact(value)
    if not is_known(value) or number.adjusted() > _MEANT.prec:
        return format_value(value, "number")
    return format_value(float(round_half_up(number, max(3 - number.adjusted(), 0))), "number")


def distance_text(value: float, form: Format, decimals: int | None = None) -> str:
    """Return how far values lie apart as one line of text; a few seconds with a decimal: 0s would say not at all."""
    if form == "duration" and value < _FEW_SECONDS:
        return _clock(value, 1)
    return format_value(value, form, decimals)


def text_beside(value: float, distance: float, form: Format, decimals: int | None = None) -> str:
    """Return a value as one line of text, to the digit of the spread that stands beside it: `13.4s` beside `0.1s`."""
    return _clock(value, 1) if form == "duration" and distance < _FEW_SECONDS else format_value(value, form, decimals)


def text_and_spread(value: float, spread: float, form: Format, decimals: int | None = None) -> tuple[str, str]:
    """Return a value and the spread beside it: to the format's digits, or to the first one that the spread has.

    A spread prints as 0 only where it is 0, or what rounding leaves of 0.
    """
    texts = text_beside(value, spread, form, decimals), distance_text(spread, form, decimals)
    if form not in NUMERIC or spread <= ROUNDING * abs(value) or _says_something(texts[1]):
        return texts
    most = 1 - exact(spread).adjusted()  # in its smallest unit, a value has a digit there
    for digits in range(1, most + 9):
        told = _to_digits(spread, form, digits)
        if _says_something(told):
            return _to_digits(value, form, digits), told
    return texts


def p_text(p: float, *, sign: str = "") -> str:
    """Return a p-value as it prints; one that is not too small to print comes after `sign`: `= 0.031`, `< 0.001`."""
    return f"< {_LEAST_P}" if p < _LEAST_P else sign + format_value(p, "number", 3)


def bytes_text(number: int) -> str:
    """Return a size in the unit that says it shortest: `1.2 GB`, `340 kB`, `12 bytes`."""
    for unit, size in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if number >= size:
            value = number / size
            return f"{value:.1f} {unit}" if value < 10 else f"{value:,.0f} {unit}"
    return "1 byte" if number == 1 else f"{number} bytes"


def signed(value: float, text: str, *, minus: str = "-") -> str:
    """Return how a difference prints, of which `text` says how much; what prints as zero has no sign."""
    if not _says_something(text):
        return text
    return f"{minus if value < 0 else '+'}{text}"


def _says_something(text: str) -> bool:
    """Tell whether a number does not print as zero."""
    return any(char in "123456789" for char in text)


def is_known(value: object) -> bool:
    """Return whether there is a value: not None, not NaN, not infinite."""
    return value is not None and not (isinstance(value, float) and not math.isfinite(value))


def is_number(value: object) -> TypeGuard[float]:
    """Return whether a value is a number; true and false are none."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def one_line(text: str) -> str:
    """Return text on one line, trimmed; control characters (they could drive a terminal) become U+FFFD."""
    line = " ".join(text.split())
    if line.isprintable():
        return line
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in line)


def _text(value: object, _decimals: int | None) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (tuple, list)):
        return one_line(", ".join(str(item) for item in value))
    return one_line(str(value))


def _to_digits(value: float, form: Format, digits: int) -> str:
    """Return a number with so many digits after the point, in formats too that have none."""
    match form:
        case "duration":
            return _clock(value, digits)
        case "integer":
            return f"{round_half_up(exact(value), digits):,}"
    return format_value(value, form, digits)


def _integer(value: float, _decimals: int | None) -> str:
    return _to_digits(value, "integer", 0)


def _number(value: float, decimals: int | None) -> str:
    number = exact(value)
    if decimals is not None:
        return f"{round_half_up(number, decimals):f}"
    number = _MEANT.plus(number) if isinstance(value, float) else number
    if number and (number.adjusted() < -3 or number.adjusted() > 15):
        digits = "".join(str(digit) for digit in number.normalize().as_tuple().digits)
        point = f".{digits[1:]}" if len(digits) > 1 else ""
        return f"{'-' if number < 0 else ''}{digits[0]}{point}e{number.adjusted()}"
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _percent(value: float, decimals: int | None) -> str:
    return f"{round_half_up(exact(value) * 100, decimals or 0):f}"


def _millions(value: float, decimals: int | None) -> str:
    millions = exact(value) / 1_000_000
    if decimals is None:
        decimals = 1 if abs(millions) >= 1 else 2  # small models would all be 0.4M
    return f"{round_half_up(millions, decimals):f}M"


def _millions_cut(value: float, decimals: int | None) -> str:
    millions = exact(value) / 1_000_000
    if decimals is None:
        decimals = 0 if abs(millions) >= 1 else 2  # a cell with 0M would say nothing
    return f"{cut_off(millions, decimals):f}M"


def _gigas(value: float, decimals: int | None) -> str:
    return f"{round_half_up(exact(value) / 1_000_000_000, decimals or 0):f}"


def _duration(value: float, _decimals: int | None) -> str:
    return _clock(value, 0)


def _clock(value: float, decimals: int) -> str:
    """Return seconds in hours, minutes and seconds, these with so many digits after the point."""
    seconds = round_half_up(exact(value), decimals)
    whole = int(seconds)
    hours, minutes, rest = whole // 3600, whole // 60 % 60, f"{seconds - whole // 60 * 60:f}s"
    if hours:
        return f"{hours}h {minutes}m {rest}"
    return f"{minutes}m {rest}" if minutes else rest


def _time(value: datetime, _decimals: int | None) -> str:
    return f"{value.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _tick(value: object, _decimals: int | None) -> str:
    return ("\u2713" if value else "") if isinstance(value, (bool, int, float)) else _text(value, None)


_FORMATTERS: dict[Format, Callable[[Any, int | None], str]] = {
    "text": _text,
    "integer": _integer,
    "number": _number,
    "percent": _percent,
    "millions": _millions,
    "millions_cut": _millions_cut,
    "duration": _duration,
    "gigas": _gigas,
    "time": _time,
    "tick": _tick,
}

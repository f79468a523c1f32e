"""Numbers and times as people write them and as tables print them: `82.85%`, `0.3M`, `1h 7m 26s`, `2026-11-30 UTC`."""

import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from expdb.store.filtering.filter_fields import FilterField

TRUTH = {"true": True, "yes": True, "1": True, "✓": True, "false": False, "no": False, "0": False}

_NUMBER = re.compile(
    r"([+-]?)(\d{1,3}(?:,\d{3})+(?:\.\d*)?|\d+\.?\d*|\.\d+)((?:[eE][+-]?\d{1,3})?)\s*(%|[a-zA-Z]{1,3})?", re.ASCII
)
_UNITS = {"%": Decimal("0.01"), "k": Decimal(10**3), "m": Decimal(10**6), "g": Decimal(10**9), "t": Decimal(10**12)}
_BINARY = {"kib": Decimal(2**10), "mib": Decimal(2**20), "gib": Decimal(2**30)}
_CLOCK = re.compile(r"(?:(\d+(?:\.\d+)?)\s*h)?\s*(?:(\d+(?:\.\d+)?)\s*m(?:in)?)?\s*(?:(\d+(?:\.\d+)?)\s*s)?", re.ASCII)
_TIME = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:[T ](\d\d)(?::(\d\d)(?::(\d\d)(\.\d{1,6})?)?)?)?)?)?"
    r"\s*(UTC|Z|[+-]\d\d:\d\d)?",
    re.ASCII | re.IGNORECASE,
)
_LEAST_COUNT = 100  # no network has fewer parameters, multiplications or bytes
_BY_FORMAT = {"millions": "M", "gigas": "G"}


class ValueRefusedError(Exception):
    """A text is no value of its field, or one that decides nothing; says why."""


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """What a text stands for: an exact value, or all that print so.

    Attributes:
        low, high: of the values that are equal to it; `high` is not one of them, unless it is `low` too.
        exact: what others are less and greater than.
    """

    low: float
    exact: float
    high: float


def read_number(field: FilterField, text: str) -> Stretch:
    """Return what a text says of a number. Raises ValueRefusedError."""
    if field.format == "duration" and (seconds := _seconds(text)) is not None:
        number, half = seconds
        _require_finite(field, number)
        return _stretch(number, half)
    match = _NUMBER.fullmatch(text)
    factor = _factor(field, match[4]) if match else None
    if match is None or factor is None:
        raise ValueRefusedError(f"{field.name} is {_about(field)}")
    digits = Decimal(match[1] + match[2].replace(",", "") + match[3])
    number = digits * factor
    _require_finite(field, number)
    _refuse_senseless(field, digits, number, has_unit=bool(match[4]))
    width = _half(field, digits, factor, has_unit=bool(match[4]))
    return _stretch(number, width, is_whole=field.is_whole)


def _require_finite(field: FilterField, number: Decimal) -> None:
    if not math.isfinite(float(number)):
        raise ValueRefusedError(f"{field.name} is a finite number")


def _about(field: FilterField) -> str:
    return {
        "percent": "a number, as 82.85% or 0.8285",
        "millions": "a number, as 0.27M",
        "gigas": "a number, as 1.30G" if field.name == "macs" else "a number, as 2GB",
        "duration": "a number of seconds, or a time like 1h 7m 26s",
    }.get(field.format, "a number")


def _factor(field: FilterField, unit: str | None) -> Decimal | None:
    if not unit:
        return Decimal(1)
    lower = unit.lower()
    if "bytes" in field.name:
        return _BINARY.get(lower) or (Decimal(1) if lower == "b" else _UNITS.get(lower.removesuffix("b")))
    if lower == "b" and field.format in _BY_FORMAT:
        return Decimal(10**9)
    return None if lower == "%" and field.is_whole else _UNITS.get(lower)


def _refuse_senseless(field: FilterField, digits: Decimal, number: Decimal, *, has_unit: bool) -> None:
    """Refuse what is meant in another unit, and what every run is above, or none."""
    if field.is_share and number > 1:
        if has_unit:
            raise ValueRefusedError("no share is above 100%")
        if field.format == "percent" and digits <= 100:
            raise ValueRefusedError(f"accuracies are fractions: write {digits}% or {(digits / 100).normalize():f}")
        raise ValueRefusedError(f"{field.name} is a number from 0 to 1")
    if field.is_share and number < 0:
        raise ValueRefusedError("no share is below 0%")
    if field.format in _BY_FORMAT and not has_unit and (0 < number < _LEAST_COUNT or number % 1):
        unit = "GB" if "bytes" in field.name else _BY_FORMAT[field.format]
        raise ValueRefusedError(f"{field.name} is counted one by one: write {digits}{unit}")


def _half(field: FilterField, digits: Decimal, factor: Decimal, *, has_unit: bool) -> Decimal | None:
    """Return how far what prints so may be from it; None: it prints as it is."""
    written = max(0, -int(digits.as_tuple().exponent))
    if has_unit and field.format in ("percent", *_BY_FORMAT):
        return factor.scaleb(-written) / 2
    is_rounded = field.decimals is not None or (field.format == "integer" and not field.is_whole)
    return Decimal(1).scaleb(-max(written, field.decimals or 0)) / 2 if is_rounded and factor == 1 else None


def _stretch(number: Decimal, half: Decimal | None, *, is_whole: bool = False) -> Stretch:
    exact = float(number)
    if half is not None:
        return Stretch(low=float(number - half), exact=exact, high=float(number + half))
    # 0.1 + 0.2 prints as 0.3, and is found by it.
    wide = 0.0 if is_whole else abs(exact) * 1e-12
    return Stretch(low=exact - wide, exact=exact, high=exact + wide)


def _seconds(text: str) -> tuple[Decimal, Decimal] | None:
    """Return the seconds of `1h 7m 26s`, and half of the last digit; None of anything else."""
    match = _CLOCK.fullmatch(text.strip())
    if match is None or not any(match.groups()):
        return None
    hours, minutes, seconds = (Decimal(part or 0) for part in match.groups())
    written = max(0, -int(seconds.as_tuple().exponent))
    return hours * 3600 + minutes * 60 + seconds, Decimal(1).scaleb(-written) / 2


def read_time(field: FilterField, text: str) -> tuple[datetime, datetime]:
    """Return the first moment that a text stands for, and the first after it: the whole day of `2026-11-30`.

    Raises:
        ValueRefusedError: it is no time.
    """
    match = _TIME.fullmatch(text.strip())
    example = "2026-11-21, 2026-11-21T13:05 or '2026-11-21 13:05 UTC'"
    refused = ValueRefusedError(f"{field.name} is a time like {example}")
    if match is None:
        raise refused
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    written = f"{year}-{month or '01'}-{day or '01'}T{hour or '00'}:{minute or '00'}:{second or '00'}{fraction or ''}"
    offset = "+00:00" if zone is None or zone.upper() in ("UTC", "Z") else zone
    try:
        start = datetime.fromisoformat(written + offset).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise refused from error
    return start, _after(start, _step(match))


def _step(match: re.Match[str]) -> timedelta | str:
    _, month, day, hour, minute, second, fraction, _ = match.groups()
    if day is None:
        return "year" if month is None else "month"
    if hour is None:
        return timedelta(days=1)
    if minute is None:
        return timedelta(hours=1)
    if second is None:
        return timedelta(minutes=1)
    return timedelta(seconds=1) if fraction is None else timedelta(microseconds=1)


def _after(start: datetime, step: timedelta | str) -> datetime:
    try:
        if isinstance(step, timedelta):
            return start + step
        if step == "year" or start.month == 12:
            return start.replace(year=start.year + 1, month=1)
        return start.replace(month=start.month + 1)
    except (ValueError, OverflowError):
        return datetime.max.replace(tzinfo=UTC)

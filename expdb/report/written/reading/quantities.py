"""One printed quantity, digits with a unit, in the unit of its column: `23.7M`, `1h 7m 26s`, `1,298`, `11.2 GB`."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

from expdb.domain.table import Format
from expdb.report.written.reading.cell_words import bare_unit, cell_words
from expdb.report.written.reading.units import bytes_of, dimension_of_unit, is_either, power_of, seconds_of

Form = Format | Literal["count", "bytes"]  # the last two: in ones and in bytes, as a unit in each cell says

# Three digits behind a comma are thousands, but not behind 0.
_DECIMAL_COMMA = r"(?:(?<!\d)0,\d+|\d+,(?:\d{1,2}|\d{4,}))(?!\d)"
NUMBER = (
    rf"[+-]?(?:{_DECIMAL_COMMA}|\d{{1,3}}(?:[,\u00a0\u202f\u2009']\d{{3}})+(?:\.\d+)?|\d+(?:\.\d*)?|\.\d+)"
    r"(?:[eE][+-]?\d{1,3})?"
)
_QUANTITY = re.compile(rf"(?P<number>{NUMBER})\s*(?P<unit>[×x]\s?10\^\{{?\d{{1,2}}\}}?|[^\s\d.,+-][^\d]*)?")
_CLOCK = re.compile(r"(?:(?P<h>\d+):)?(?P<m>\d{1,3}):(?P<s>\d{2}(?:\.\d+)?)")
_NEXT_UNIT = {Decimal(3600): "m", Decimal(60): "s"}
_LEAST_COUNT = {"millions": 10_000, "millions_cut": 10_000, "gigas": 1_000_000}  # a bare number above is no M or G
_OWN_POWER = {"millions": 6, "millions_cut": 6, "gigas": 9}
_COUNTS = {"millions": "params", "millions_cut": "params", "gigas": "macs"}
_PLAIN = ("number", "integer")


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


def read_quantity(text: str, form: Form, words: Sequence[str]) -> Printed | None:
    """Return a quantity; None where it is none, or where its unit is none of what the form measures.

    Args:
        text: digits and unit, nothing else.
        form: of the column.
        words: of the heading, where its unit stands.
    """
    text = text.strip()
    if form == "duration":
        return _duration(text, words)
    match = _QUANTITY.fullmatch(text)
    if match is None or (form == "integer" and re.search(_DECIMAL_COMMA, match["number"])):  # a list of two
        return None
    number, unit = decimal_of(match["number"]), (match["unit"] or "").strip()
    scale = _scale(form, unit, words, number)
    if scale is None:
        return None
    is_bare = not unit and "%" not in words and text[0] not in "+-"
    return Printed(
        text=text,
        value=number * scale,
        step=_last_digit(number) * scale,
        scale=scale,
        unit=text[match.end("number") :],
        may_be_fraction=form == "percent" and is_bare and number <= 1,
    )


def unit_of(text: str) -> str:
    """Return the unit behind the digits of a cell; of `1h 7m` and `1:07:26` a unit of time; empty where none is."""
    if match := _QUANTITY.fullmatch(text.strip()):
        return (match["unit"] or "").strip()
    return "s" if _duration(text.strip(), ()) is not None else ""


def decimal_of(text: str) -> Decimal:
    """Return digits as a number, whatever parts their thousands and decimals."""
    if re.search(_DECIMAL_COMMA, text):
        return Decimal(text.replace(",", "."))
    return Decimal(re.sub(r"[,\u00a0\u202f\u2009']", "", text))


def _scale(form: Form, unit: str, words: Sequence[str], number: Decimal) -> Decimal | None:
    """Return what the digits are multiplied with to be in the unit of the format; None where the units do not fit."""
    match form:
        case "percent":
            return Decimal(1) if not unit or bare_unit(unit) in cell_words().percents else None
        case "bytes":
            return bytes_of(unit or next((word for word in words if bytes_of(word) is not None), ""))
        case "count":
            return power_of(unit) if unit else Decimal(1)
        case "millions" | "millions_cut" | "gigas":
            return _scale_of_count(form, unit, words, number)
        case _ if form in _PLAIN and unit:
            return _scale_of_plain(unit, words)
    return Decimal(1)


def _scale_of_count(form: Form, unit: str, words: Sequence[str], number: Decimal) -> Decimal | None:
    own = Decimal(10) ** _OWN_POWER[form]
    says_memory = any(bytes_of(word) is not None for word in words)
    if unit:
        size = bytes_of(unit) if form == "gigas" and says_memory else power_of(unit, of=_COUNTS[form])
        return None if size is None else size / own
    if says_memory and form != "gigas":
        return None
    said = [power_of(word, of=_COUNTS[form]) or bytes_of(word) for word in words]
    size = next((size for size in said if size is not None), None)
    if size is not None:
        return size / own
    return 1 / own if abs(number) >= _LEAST_COUNT[form] else Decimal(1)


def _scale_of_plain(unit: str, words: Sequence[str]) -> Decimal | None:
    """Return the scale of a number that is none of time, memory or count, unless its heading has the same unit."""
    bare = bare_unit(unit)
    if bare in [bare_unit(word) for word in words]:
        return Decimal(1)
    if is_either(unit):
        return power_of(unit) if any(power_of(word) for word in words) else None
    return power_of(unit) if dimension_of_unit(unit) == "count" else None if dimension_of_unit(unit) else Decimal(1)


def _duration(text: str, words: Sequence[str]) -> Printed | None:
    """Read `1h 7m 26s`, `1h07`, `1:07:26`, `67 min`, or a bare number whose unit the heading says."""
    if clock := _CLOCK.fullmatch(text):
        if clock["h"] is None and any(seconds_of(word) == 3600 for word in words):
            value = int(clock["m"]) * 3600 + Decimal(clock["s"]) * 60  # 1:45 where the heading says hours
            return Printed(text=text, value=value, step=Decimal(60))
        seconds = int(clock["h"] or 0) * 3600 + int(clock["m"]) * 60 + Decimal(clock["s"])
        return Printed(text=text, value=seconds, step=_last_digit(Decimal(clock["s"])))
    parts = list(re.finditer(rf"({NUMBER})\s*([^\W\d_]*)\.?\s*", text))
    if not parts or "".join(part.group() for part in parts) != text:
        return None
    value, step, scale = Decimal(0), Decimal(1), Decimal(1)
    for part in parts:
        said = part[2] or next((word for word in words if seconds_of(word) is not None), "")
        if not part[2] and part is not parts[0]:
            said = _NEXT_UNIT.get(scale, "")
        in_seconds = seconds_of(said)
        if in_seconds is None or said == "M":  # millions
            return None
        scale = in_seconds
        value, step = value + decimal_of(part[1]) * scale, _last_digit(decimal_of(part[1])) * scale
    if len(parts) > 1:
        return Printed(text=text, value=value, step=step)
    return Printed(text=text, value=value, step=step, scale=scale, unit=text[parts[0].end(1) :])


def _last_digit(number: Decimal) -> Decimal:
    exponent = number.as_tuple().exponent
    assert isinstance(exponent, int)  # noqa: S101 - a printed number is finite
    return Decimal(1).scaleb(exponent)

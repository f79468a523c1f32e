"""Units that stand behind a number or in a heading, and what they measure."""

import re
import unicodedata
from collections.abc import Iterable
from decimal import Decimal
from typing import Literal

Dimension = Literal["time", "memory", "count"]

SECONDS = {
    **dict.fromkeys(("d", "day", "days", "일"), Decimal(86400)),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours", "시간"), Decimal(3600)),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes", "분"), Decimal(60)),
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds", "초"), Decimal(1)),
    **dict.fromkeys(("ms", "msec", "millisecond", "milliseconds", "밀리초"), Decimal("0.001")),
    **dict.fromkeys(("us", "µs", "μs", "usec", "microsecond", "microseconds"), Decimal("0.000001")),
}
_BYTES = {
    "byte": Decimal(1),
    "bytes": Decimal(1),
    **{f"{letter}b": Decimal(1000) ** power for power, letter in enumerate("kmgt", start=1)},
    **{f"{letter}ib": Decimal(1024) ** power for power, letter in enumerate("kmgt", start=1)},
}
_POWERS = {
    "1": Decimal(1),  # a column of plain counts
    **dict.fromkeys(("k", "thousand", "천"), Decimal(10) ** 3),
    **dict.fromkeys(("만",), Decimal(10) ** 4),
    **dict.fromkeys(("m", "mio", "million", "millions", "백만", "10^6", "106", "1e6"), Decimal(10) ** 6),
    **dict.fromkeys(("억",), Decimal(10) ** 8),
    **dict.fromkeys(("g", "b", "bn", "billion", "billions", "10^9", "109", "1e9"), Decimal(10) ** 9),
    **dict.fromkeys(("t", "trillion", "trillions", "10^12", "1012", "1e12"), Decimal(10) ** 12),
}
_COUNTED = re.compile(r"(?P<power>[kmgbt]?)[\s-]?(?P<what>params?|parameters|macs?|mult-?adds?|madds?)")
_EITHER = "m"  # minutes, or millions
# Words of a heading that say which of them is meant, where the heading is none that is known.
_TIME_WORDS = re.compile(r"time|latency|duration|hours?|minutes?|elapsed|시간|소요", re.IGNORECASE)
_COUNT_WORDS = re.compile(
    r"param|flop|macs?\b|madds?\b|mult-?adds?|ops\b|weights|count|number|^#|개수|파라미터|매개변수|연산량",
    re.IGNORECASE,
)


def bare_unit(text: str) -> str:
    """Return a unit as it is looked up: without case (`Mb` of bits is not told from `MB`), dot and blanks."""
    return (
        re.sub(r"^[×x]\s?(?=10)", "", unicodedata.normalize("NFKC", text).casefold().strip().rstrip("."))
        .replace("{", "")
        .replace("}", "")
    )


def power_of(unit: str, *, of: str = "") -> Decimal | None:
    """Return what a count in that unit is multiplied with: `M` is 10^6; None where the unit is none of a count.

    Args:
        unit: as printed; it may name what is counted: `M params`, `GMACs`.
        of: what the column counts, `params` or `macs`: a unit that names the other one is none of it.
    """
    bare = bare_unit(unit)
    if bare in _POWERS:
        return _POWERS[bare]
    match = _COUNTED.fullmatch(bare)
    if match is None or not of or match["what"].startswith("param") != (of == "params"):
        return None
    return _POWERS.get(match["power"], Decimal(1))


def bytes_of(unit: str) -> Decimal | None:
    """Return the bytes of a unit of memory: `MiB` is 1024^2; None where it is none."""
    return _BYTES.get(bare_unit(unit))


def dimension_of_unit(unit: str) -> Dimension | None:
    """Return what a unit measures; None where it is not known, or where it may be two things: `m`."""
    bare = bare_unit(unit)
    if bare == _EITHER:
        return None
    if bare in SECONDS:
        return "time"
    if bare in _BYTES:
        return "memory"
    return "count" if bare in _POWERS else None


def is_either(unit: str) -> bool:
    """Return whether a unit may be minutes or millions."""
    return bare_unit(unit) == _EITHER


def dimension_said(heading: str, units: Iterable[str]) -> Dimension | None:
    """Return what a column of no known quantity measures, by the units of its cells; None where they measure nothing.

    A bare `m` is what the other cells are, else what the heading's words say; cells of two kinds measure nothing.

    Args:
        heading: as printed.
        units: what stands behind the numbers of its cells; `m` may be among them.
    """
    units = [unit for unit in units if unit]
    known = {dimension_of_unit(unit) for unit in units if not is_either(unit)}
    if len(known) == 1:
        [dimension] = known
        return None if dimension == "memory" and any(map(is_either, units)) else dimension
    if known or not units:
        return None
    said: set[Dimension] = set()
    if _TIME_WORDS.search(heading):
        said.add("time")
    if _COUNT_WORDS.search(heading):
        said.add("count")
    return said.pop() if len(said) == 1 else None

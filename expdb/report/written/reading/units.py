"""Units that stand behind a number or in a heading, and what they measure."""

import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Literal

from expdb.report.written.reading.cell_words import bare_unit, cell_words

Dimension = Literal["time", "memory", "count"]

_COUNTED = re.compile(r"(?P<power>[kmgbt]?)[\s-]?(?P<what>params?|parameters|macs?|mult-?adds?|madds?)")


def power_of(unit: str, *, of: str = "") -> Decimal | None:
    """Return what a count in that unit is multiplied with: `M` is 10^6; None where the unit is none of a count.

    Args:
        unit: as printed; it may name what is counted: `M params`, `GMACs`.
        of: what the column counts, `params` or `macs`: a unit that names the other one is none of it.
    """
    bare = bare_unit(unit)
    powers = cell_words().powers
    if bare in powers:
        return powers[bare]
    match = _COUNTED.fullmatch(bare)
    if match is None or not of or match["what"].startswith("param") != (of == "params"):
        return None
    return powers.get(match["power"], Decimal(1))


def seconds_of(unit: str) -> Decimal | None:
    """Return the seconds of a unit of time: `min` is 60; None where it is none."""
    return cell_words().seconds.get(bare_unit(unit))


def bytes_of(unit: str) -> Decimal | None:
    """Return the bytes of a unit of memory: `MiB` is 1024^2; None where it is none."""
    return cell_words().sizes.get(bare_unit(unit))


def dimension_of_unit(unit: str) -> Dimension | None:
    """Return what a unit measures; None where it is not known, or where it may be two things: `m`."""
    if is_either(unit):
        return None
    bare, words = bare_unit(unit), cell_words()
    if bare in words.seconds:
        return "time"
    if bare in words.sizes:
        return "memory"
    return "count" if bare in words.powers else None


def is_either(unit: str) -> bool:
    """Return whether a unit may be minutes or millions."""
    bare, words = bare_unit(unit), cell_words()
    return bare in words.seconds and bare in words.powers


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
    if _says(heading, "of_time"):
        said.add("time")
    if _says(heading, "of_count"):
        said.add("count")
    return said.pop() if len(said) == 1 else None


def _says(heading: str, kind: Literal["of_time", "of_count"]) -> bool:
    return re.search(rf"{cell_words().pattern(kind)}(?![a-z])", heading, re.IGNORECASE) is not None

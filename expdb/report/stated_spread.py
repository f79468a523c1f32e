"""What a document prints behind a number: `82.10 ± 0.20 (3)`. It is told again, and never computed with."""

from collections.abc import Mapping
from typing import NamedTuple

from expdb.domain.known import Fields
from expdb.domain.table import Format
from expdb.report.columns import Column
from expdb.report.rounding import exact
from expdb.report.value_text import format_value, is_number, text_and_spread

# What importers keep a spread in, in units of the column: percent points are hundredths.
_DIVISORS: Mapping[Format, int] = {"percent": 100, "duration": 1, "number": 1}


class StatedSpread(NamedTuple):
    """A spread in the column's unit and the number of runs behind a reported value; None where it is not stated."""

    spread: float | None
    n: int | None


def stated_spread(run: Fields, known: Column) -> StatedSpread | None:
    """Return what a reported run states behind the value of a column; None where that is nothing."""
    if run["kind"] != "reported" or not run["metrics"]:
        return None
    name, divisor = known.key.removeprefix("metrics."), _DIVISORS.get(known.format)
    spread, n = run["metrics"].get(f"{name}_spread"), run["metrics"].get(f"{name}_n")
    if spread is not None:
        spread = float(exact(spread) / divisor) if divisor and is_number(spread) and spread >= 0 else None
    n = int(n) if n is not None and n >= 1 and float(n).is_integer() else None
    return None if spread is n is None or not is_number(known.value(run)) else StatedSpread(spread, n)


def stated_text(
    value: float, stated: StatedSpread, form: Format, decimals: int | None = None, *, shows_spread: bool = True
) -> str:
    """Return a reported value and what its document prints behind it."""
    number = "" if stated.n is None else f" ({stated.n})"
    if stated.spread is None or not shows_spread:
        return format_value(value, form, decimals) + number
    mean, behind = text_and_spread(value, stated.spread, form, decimals)
    return f"{mean} ± {behind}{number}"

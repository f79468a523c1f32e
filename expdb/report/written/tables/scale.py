"""One scale a column: accuracies all in percent or all as fractions of one, counts all in one unit."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from expdb.report.written.reading.numbers import PrintedCell
from expdb.report.written.tables.columns import ACCURACIES, ReadColumn

_MOST_GIGAS = 400  # MACs without a unit: more are millions in some papers, billions in hardly any
_POINTED = re.compile(r"\d{1,3}(?:\.\d{3}){2,}")
_EITHER = re.compile(r"\d{1,3}\.\d{3}")
_LEAST_PLAIN = 10_000  # parameters without a unit: more are no millions
_MOST_MILLIONS = 1000  # without a unit and decimals: more may be millions or ones


@dataclass(frozen=True, kw_only=True)
class Scale:
    """What the numbers of a column are in.

    Attributes:
        is_fraction: accuracies are fractions of one.
        is_plain: counts without a unit are in ones.
        bare_unit: what counts without a unit are taken to be in, `M`, `G` or `1`; empty where all have one.
        reason: why it is not known; empty: it is.
    """

    is_fraction: bool = False
    is_plain: bool = False
    bare_unit: str = ""
    reason: str = ""


def scale_of(column: ReadColumn, cells: Sequence[str]) -> Scale:
    """Return what the numbers of a column are in.

    Args:
        column: read by its heading.
        cells: its texts.
    """
    read = [cell for text in cells if (cell := column.read(text)) is not None]
    if column.role in ACCURACIES:
        is_fraction, reason = _scale_of_accuracies(column, read)
        return Scale(is_fraction=is_fraction, reason=reason)
    if column.role in ("num_params", "macs") and not column.heading.unit:
        if points := _points_of_thousands(cells):
            return Scale(reason=points)
        bare = [cell for cell in read if not cell.main.unit.strip()]
        scale = _scale_of_counts(column, bare)
        unit = "1" if scale.is_plain else "G" if column.role == "macs" else "M"
        return replace(scale, bare_unit=unit if bare and not scale.reason else "")
    return Scale()


def _points_of_thousands(cells: Sequence[str]) -> str:
    """Return why `61.706` is not known beside `11.173.962`: points part thousands there; empty where none do."""
    pointed = next((text for text in cells if _POINTED.fullmatch(text.strip())), None)
    either = next((text for text in cells if _EITHER.fullmatch(text.strip())), None)
    return f"the points of {pointed} part thousands, those of {either} may" if pointed and either else ""


def _scale_of_counts(column: ReadColumn, bare: Sequence[PrintedCell]) -> Scale:
    """Return what counts are in that have a unit neither in their heading nor in their cells."""
    digits = [cell.main.value / cell.main.scale for cell in bare]
    if column.role == "macs":
        is_known = all(number < _MOST_GIGAS or cell.main.scale < 1 for number, cell in zip(digits, bare, strict=True))
        return Scale() if is_known else Scale(reason="no unit is said, neither M nor G")
    if any(number >= _LEAST_PLAIN for number in digits):
        return Scale(is_plain=True)
    if any(number >= _MOST_MILLIONS for number in digits) and all(number == int(number) for number in digits):
        return Scale(reason="no unit is said, neither M nor ones")
    return Scale()


def _scale_of_accuracies(column: ReadColumn, read: Sequence[PrintedCell]) -> tuple[bool, str]:
    if column.heading.unit == "%":
        return False, _why_not_percent(column, read)
    small = [cell.main.text for cell in read if cell.main.may_be_fraction]
    # One with a sign is of no scale of its own: no accuracy is below zero.
    large = [cell.main.text for cell in read if not cell.main.may_be_fraction and not _is_signed(cell)]
    if small and large:
        return False, f"{small[0]} and {large[0]} are of two scales, and no % says which"
    if small and column.is_error:
        return False, f"{small[0]} may be an error in percent or a fraction: no % says which"
    return bool(small), ""


def _is_signed(cell: PrintedCell) -> bool:
    return cell.main.text[0] in "+-" and abs(cell.main.value) <= 1


def _why_not_percent(column: ReadColumn, read: Sequence[PrintedCell]) -> str:
    """Return why accuracies under a heading in percent are none: all of them are below one percent."""
    bare = [cell.main for cell in read if not cell.main.unit.strip()]
    if column.is_error or not bare or len(bare) < len(read) or any(number.value >= 1 for number in bare):
        return ""
    return f"{bare[0].text} may be a fraction, though the heading says %"

"""One scale a column: accuracies all in percent or all as fractions of one, counts all in one unit."""

from collections.abc import Sequence

from expdb.report.written.reading.numbers import PrintedCell
from expdb.report.written.tables.columns import ACCURACIES, ReadColumn

_MOST_GIGAS = 1000  # MACs without a unit: more are millions in some papers, billions in no known one


def scale_of(column: ReadColumn, cells: Sequence[str]) -> tuple[bool, str]:
    """Return whether the accuracies of a column are fractions, and why its scale is not known (empty: it is).

    Args:
        column: read by its heading.
        cells: its texts.
    """
    read = [cell for text in cells if (cell := column.read(text)) is not None]
    if column.role in ACCURACIES:
        return _scale_of_accuracies(column, read)
    if column.role == "macs" and not column.heading.unit:
        bare = [cell for cell in read if not cell.main.unit.strip()]
        if any(not cell.main.value < _MOST_GIGAS and cell.main.scale == 1 for cell in bare):
            return False, "no unit is said, neither M nor G"
    return False, ""


def _scale_of_accuracies(column: ReadColumn, read: Sequence[PrintedCell]) -> tuple[bool, str]:
    if column.heading.unit == "%":
        return False, _why_not_percent(column, read)
    small = [cell.main.text for cell in read if cell.main.may_be_fraction]
    large = [cell.main.text for cell in read if not cell.main.may_be_fraction]
    if small and large:
        return False, f"{small[0]} and {large[0]} are of two scales, and no % says which"
    if small and column.is_error:
        return False, f"{small[0]} may be an error in percent or a fraction: no % says which"
    return bool(small), ""


def _why_not_percent(column: ReadColumn, read: Sequence[PrintedCell]) -> str:
    """Return why accuracies under a heading in percent are none: all of them are below one percent."""
    bare = [cell.main for cell in read if not cell.main.unit.strip()]
    if column.is_error or not bare or len(bare) < len(read) or any(number.value >= 1 for number in bare):
        return ""
    return f"{bare[0].text} may be a fraction, though the heading says %"

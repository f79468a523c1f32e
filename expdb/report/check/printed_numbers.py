"""The numbers of a cell, whatever its column is: what is counted where nothing is compared."""

from expdb.report.written.reading.numbers import PrintedCell, is_blank, read_cell


def printed_numbers(text: str, units: tuple[str, ...]) -> list[tuple[str, str]]:
    """Return the numbers of a cell by part, or its text if that has digits but is not understood."""
    if is_blank(text):
        return []
    read = any_number(text, units)
    if read is None:
        return [("", text)] if any(char.isdigit() for char in text) else []
    numbers = [("low" if read.is_interval else "", read.main.text)]
    numbers += [
        (part, one.text) for part in ("std", "low", "high", "delta") if (one := getattr(read, part)) is not None
    ]
    return numbers + ([("n", str(read.n))] if read.n is not None else [])


def any_number(text: str, units: tuple[str, ...]) -> PrintedCell | None:
    """Return a cell read as numbers of any kind; None where it is none."""
    readings = (
        read_cell(text, form, units, is_interval=alone) for alone in (False, True) for form in ("number", "duration")
    )
    return next((read for read in readings if read is not None), None)

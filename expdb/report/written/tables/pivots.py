"""Tables with a column for each dataset, or for each augmentation: what the results of such a column are of."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from expdb.report.written.reading.heading import Heading
from expdb.report.written.reading.numbers import PrintedCell, is_blank
from expdb.report.written.tables.augmentation_headings import augmentation_settings
from expdb.report.written.tables.columns import ACCURACIES, Coordinate, read_printed
from expdb.report.written.tables.roles import role_by_heading

_FEWEST = 2  # columns of augmentations make a pivot
_GROUPS = ": "  # between a heading that columns share and their own


@dataclass(frozen=True, kw_only=True)
class Placed:
    """A column's heading without what its results are of, and that.

    Attributes:
        is_bare: the heading says of what the results are, but not what they are.
    """

    heading: Heading
    of: tuple[Coordinate, ...] = ()
    is_bare: bool = False


def placed_columns(
    headings: Sequence[Heading],
    texts: Sequence[Sequence[str]],
    read: Callable[[str], Heading],
    *,
    says_result: bool,
) -> list[Placed]:
    """Return every column with what its results are of, where its heading says so.

    Args:
        headings: of the columns.
        texts: the cells of each column.
        read: reads a heading.
        says_result: the surroundings say that the table is of accuracies or errors.
    """
    of_datasets = [_of_dataset(heading, cells) for heading, cells in zip(headings, texts, strict=True)]
    has_accuracy = any(role_by_heading(placed.heading) in ACCURACIES for placed in of_datasets)
    augmented = {
        place: found
        for place, (placed, cells) in enumerate(zip(of_datasets, texts, strict=True))
        if place and (found := _of_augmentation(placed, cells, read)) is not None
    }
    if not _is_pivot(augmented, texts, has_accuracy=has_accuracy, says_result=says_result):
        return of_datasets
    return [augmented.get(place, placed) for place, placed in enumerate(of_datasets)]


def _of_dataset(heading: Heading, cells: Sequence[str]) -> Placed:
    if heading.dataset is None or heading.left or heading.parts:
        return Placed(heading=heading)
    of: tuple[Coordinate, ...] = (("dataset", heading.dataset),)
    if heading.keys:
        return Placed(heading=heading, of=of)
    return Placed(heading=heading, of=of, is_bare=True) if _are_results(cells) else Placed(heading=heading)


def _of_augmentation(placed: Placed, cells: Sequence[str], read: Callable[[str], Heading]) -> Placed | None:
    """Return a column whose heading names an augmentation: alone, or beside what its results are."""
    parts = placed.heading.text.split(_GROUPS)
    named = [part for part in parts if augmentation_settings(part) is not None]
    if len(named) != 1 or not _are_results(cells):
        return None
    rest = read(_GROUPS.join(part for part in parts if part is not named[0])) if len(parts) > 1 else None
    if rest is not None and (rest.left or (not rest.keys and rest.dataset is None)):
        return None
    of: list[Coordinate] = [("augmentation", named[0])]
    if rest is not None and rest.dataset is not None:
        of.insert(0, ("dataset", rest.dataset))
    if rest is None or not rest.keys:
        return Placed(heading=placed.heading, of=tuple(of), is_bare=True)
    return Placed(heading=replace(rest, text=placed.heading.text), of=tuple(of))


def _is_pivot(
    augmented: Mapping[int, Placed], texts: Sequence[Sequence[str]], *, has_accuracy: bool, says_result: bool
) -> bool:
    """Tell whether columns of augmentations hold results: elsewhere their numbers are settings.

    They are settings in a table that has its accuracies in another column.
    """
    settings = [augmentation_settings(name) for one in augmented.values() for kind, name in one.of if kind != "dataset"]
    if len(settings) < _FEWEST or not any(settings):
        return False
    if not all(one.is_bare for one in augmented.values()):
        return True
    if has_accuracy:
        return False
    if says_result or not all(settings):  # a column for the baseline is none of a setting
        return True
    numbers = [text for place in augmented for text in texts[place] if any(char.isdigit() for char in text)]
    return all(_is_above_one(text) for text in numbers) and any("." in text for text in numbers)


def _is_above_one(text: str) -> bool:
    read = read_printed(text, "percent")
    return read is not None and read.main.value > 1


def _are_results(cells: Sequence[str]) -> bool:
    """Tell whether cells print shares of images, in percent or as fractions.

    Words as `OOM` may stand between them, and beside such with a decimal point also what is no number (`96.880.12`):
    one cell with a mistake does not make settings of the others.
    """
    numbers = [text for text in cells if not is_blank(text) and any(char.isdigit() for char in text)]
    words = sum(not is_blank(text) for text in cells) - len(numbers)
    read = [cell for text in numbers if (cell := read_printed(text, "percent")) is not None]
    unread = len(numbers) - len(read)
    has_decimals = any("." in cell.main.text for cell in read)
    is_mixed_well = len(read) >= words + unread and (has_decimals or not unread)
    return bool(read) and is_mixed_well and all(_is_share(cell) for cell in read)


def _is_share(cell: PrintedCell) -> bool:
    return 0 <= cell.main.value <= 100 and cell.main.text[0] not in "+-"

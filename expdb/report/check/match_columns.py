"""Which column of a written table stands for which of a definition's."""

from collections.abc import Callable, Mapping, Sequence

from expdb.report.check.expected import headings_of
from expdb.report.check.same_words import BY_EPOCH
from expdb.report.check.understood import UnderstoodTable, same_heading
from expdb.report.tables.shown_columns import ShownColumn
from expdb.report.written.reading.heading import Heading, read_heading

ColumnPlaces = Mapping[int, int]  # place of a written column -> place of the expected one


def match_columns(table: UnderstoodTable, slots: Sequence[ShownColumn], *, by_position: bool) -> ColumnPlaces:
    """Return which written column is which expected one: by heading, by its meaning, then by position if asked for.

    A heading that says of which epochs its results are is none of a column of other epochs. One with words that are
    not understood is only the column with these very words; by position only one without any is taken.
    """
    found: dict[int, int] = {}

    def take(fits: Callable[[int, int], bool]) -> None:
        for place in range(len(table.headings)):
            if place not in found:
                free = (index for index in range(len(slots)) if index not in found.values())
                index = next((index for index in free if fits(place, index)), None)
                found.update({} if index is None else {place: index})

    joined = {index: read_heading(text, table.vocabulary) for index, text in headings_of(slots).items()}
    alone = {index: read_heading(slot.printed.heading, table.vocabulary) for index, slot in enumerate(slots)}
    headings = table.headings
    take(lambda place, index: headings[place].text == joined[index].text != "")
    take(lambda place, index: may_be(headings[place], slots[index]) and same_heading(headings[place], joined[index]))
    take(lambda place, index: slots[index].across is None and same_heading(headings[place], alone[index]))
    take(
        lambda place, index: (
            slots[index].across is None
            and means(headings[place], slots[index])
            and (by_position or _is_said(headings[place], slots[index]))
        )
    )
    if by_position and len(table.headings) == len(slots):
        take(lambda place, index: place == index and not table.headings[place].text)
    return found


def means(heading: Heading, slot: ShownColumn) -> bool:
    """Return whether a heading means the quantity of a column, at its epochs."""
    asked = slot.known.key if slot.choice.shows == "value" else slot.choice.shows
    return asked in heading.keys and may_be(heading, slot)


def _is_said(heading: Heading, slot: ShownColumn) -> bool:
    """Return whether a heading says of which epochs a column is; one that says nothing is of the last."""
    return slot.measure is None or slot.known.key not in BY_EPOCH or (heading.at or "last") == slot.choice.at


def may_be(heading: Heading, slot: ShownColumn) -> bool:
    """Return whether what a heading says of epochs and images allows that it is of a column."""
    if slot.measure is None or slot.known.key not in BY_EPOCH:
        return True
    is_of_test = slot.known.key in ("top1", "top5", "test_loss")
    return heading.at in (None, slot.choice.at) and (heading.split in (None, "test") or not is_of_test)

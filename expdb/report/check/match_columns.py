"""Which column of a written table stands for which of a definition's."""

from collections.abc import Callable, Mapping, Sequence

from expdb.report.check.expected import ExpectedTable, headings_of
from expdb.report.check.printed_numbers import any_number
from expdb.report.check.same_words import is_by_epoch
from expdb.report.check.understood import UnderstoodTable, same_heading
from expdb.report.tables.shown_columns import ShownColumn
from expdb.report.written.reading.heading import Heading, read_heading
from expdb.report.written.reading.numbers import cell_unit

_WHOLE = 100  # per cent

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
    return slot.measure is None or not is_by_epoch(slot.known.key) or (heading.at or "last") == slot.choice.at


def may_be(heading: Heading, slot: ShownColumn) -> bool:
    """Return whether what a heading says of epochs and images allows that it is of a column."""
    if slot.measure is None or not is_by_epoch(slot.known.key):
        return True
    is_of_test = slot.known.key in ("top1", "top5", "test_loss")
    return heading.at in (None, slot.choice.at) and (heading.split in (None, "test") or not is_of_test)


def percent_places(table: UnderstoodTable, expected: ExpectedTable, columns: ColumnPlaces) -> frozenset[int]:
    """Return the written columns that print a metric in percent which runs have as fractions, in no unit they said.

    A column says so itself, or all its numbers are too large for fractions.
    """
    metrics = {} if table.vocabulary.scripts is None else table.vocabulary.scripts.keys
    found = set()
    for place, index in columns.items():
        slot = expected.slots[index]
        metric = metrics.get(slot.known.key)
        if metric is None or metric.unit != "none" or slot.printed.format != "number" or slot.choice.shows != "value":
            continue
        facts = [fact for row in expected.rows if (fact := row.facts[index]) is not None]
        if facts and all(0 <= fact.main <= 1 for fact in facts) and _prints_percent(table, place):
            found.add(place)
    return frozenset(found)


def _prints_percent(table: UnderstoodTable, place: int) -> bool:
    texts = [row.cells[place].text for row in table.rows]
    if table.headings[place].unit == "%" or any(cell_unit(text) == "%" for text in texts):
        return True
    read = [one for text in texts if (one := any_number(text, table.units(place))) is not None]
    return bool(read) and all(1 < one.main.value <= _WHOLE for one in read)

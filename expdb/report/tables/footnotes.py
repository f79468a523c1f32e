"""Footnotes: whole texts in the cells while a table is built, letters in the order of reading when it is done."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import count

from expdb.domain.table import Mark
from expdb.domain.value_text import one_line
from expdb.report.table import Note, Row

# Where a note about the whole table stands.
VERDICT, SPREAD, TESTS, CARE, LEFT_OUT = range(5)


class Footnotes:
    """The notes of one table while it is built."""

    def __init__(self, own: Sequence[Mark] = ()) -> None:
        """Begin without notes; `own` are the marks that the definition gives out itself."""
        self._own = {own_text(mark): mark for mark in own}
        self._general: dict[str, int] = {}

    def add(self, text: str, *, place: int) -> None:
        """Add a note about the whole table; those of a lower place come first."""
        self._general.setdefault(text, place)

    def lettered(self, rows: Sequence[Row]) -> tuple[tuple[Row, ...], tuple[Note, ...]]:
        """Return the rows with letters in place of texts, and all notes, those about the whole table first.

        One text has one letter however often it stands, and a cell its letters in the order of the notes. A letter of
        the definition's own is not given out again.
        """
        taken = {one_line(mark.mark) for mark in self._own.values()}
        free = (letters for letters in map(_letters, count()) if letters not in taken)
        texts = dict.fromkeys(text for row in rows for cell in row.cells for text in cell.marks)
        notes = {
            text: Note(mark=one_line(self._own[text].mark), text=one_line(self._own[text].note))
            if text in self._own
            else Note(mark=next(free), text=one_line(text))
            for text in texts
        }
        order = {text: index for index, text in enumerate(notes)}
        marked = tuple(
            replace(
                row,
                cells=tuple(
                    replace(
                        cell,
                        marks=tuple(
                            dict.fromkeys(notes[text].mark for text in sorted(cell.marks, key=order.__getitem__))
                        ),
                    )
                    if cell.marks
                    else cell
                    for cell in row.cells
                ),
            )
            if any(cell.marks for cell in row.cells)
            else row
            for row in rows
        )
        general = sorted(self._general, key=self._general.__getitem__)
        return marked, (*(Note(mark="", text=one_line(text)) for text in general), *notes.values())


def own_text(mark: Mark) -> str:
    """Return what stands in a cell for a mark of the definition's own until it is lettered."""
    return f"{mark.mark}\n{mark.note}"


def _letters(index: int) -> str:
    """Return a, b, ..., z, aa, ab, ..."""
    index, letter = divmod(index, 26)
    return (_letters(index - 1) if index else "") + chr(ord("a") + letter)

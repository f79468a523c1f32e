"""The rows of a document with what each is known by: its table and its cells that are no results."""

from collections.abc import Sequence
from dataclasses import dataclass

from expdb.report.written.row_identity import row_keys
from expdb.report.written.rows import StatedRow, StatedRows, stated_rows
from expdb.report.written.tables.read_table import ReadTable
from expdb.report.written.written_table import Surroundings


@dataclass(frozen=True, kw_only=True)
class KeyedTable:
    """The rows of one table.

    Attributes:
        caption: what the table is called in its document.
        stated: its rows, and why others are none.
        keys: of its rows, in their order.
    """

    caption: str
    stated: StatedRows
    keys: tuple[str, ...]

    @property
    def rows(self) -> tuple[tuple[str, StatedRow], ...]:
        """The rows, each behind its key."""
        return tuple(zip(self.keys, self.stated.rows, strict=True))


def keyed_rows(readings: Sequence[ReadTable], *, document: str, title: str) -> list[KeyedTable]:
    """Return the rows of all tables of a document with their keys.

    Args:
        readings: of its tables, in order.
        document: its key.
        title: what a table is called that stands under no heading and has no caption.
    """
    captions = [caption_of(reading.written.surroundings) or title for reading in readings]
    stated = [stated_rows(reading) for reading in readings]
    described = [
        (caption, row.described) for caption, of_table in zip(captions, stated, strict=True) for row in of_table.rows
    ]
    keys = iter(row_keys(document, described))
    return [
        KeyedTable(caption=caption, stated=of_table, keys=tuple(next(keys) for _ in of_table.rows))
        for caption, of_table in zip(captions, stated, strict=True)
    ]


def caption_of(around: Surroundings) -> str | None:
    """Return what a table is called: the nearest heading, its caption where it stands under none."""
    return around.headings[-1] if around.headings else around.caption

"""The tables of a written report as they stand there, whatever its format: cells, headings, and what is said around."""

import re
from dataclasses import dataclass, field

# Raised letters: in a heading they may tell two quantities apart (`AP^b`, `AP^m`), in a cell they mark a note.
_RAISED_LETTERS = re.compile(r"(?<=\S)\^[a-z]{1,2}(?:[\s,;]+[a-z]{1,2})*(?=$|:)")


@dataclass(frozen=True, kw_only=True)
class WrittenCell:
    """One cell.

    Attributes:
        text: what a reader sees, without markup, superscripts, and marks of footnotes and citations.
        line: number of its line, from 1.
        links: where its words lead to, in order.
    """

    text: str
    line: int
    links: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class WrittenRow:
    """One row; `section` is the heading above it that fills a row of its own, if there is one."""

    cells: tuple[WrittenCell, ...]
    section: str | None = None

    @property
    def line(self) -> int:
        """Number of the line that it begins in."""
        return self.cells[0].line


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What a document says around a table.

    Attributes:
        headings: those that it stands under, the document's title first and the nearest last.
        caption: its own; None where it has none.
        sentence: the paragraph right above it, where no heading stands between; None where there is none.
    """

    headings: tuple[str, ...] = ()
    caption: str | None = None
    sentence: str | None = None


@dataclass(frozen=True, kw_only=True)
class WrittenTable:
    """One table.

    Attributes:
        first_line, last_line: numbers of its lines, from 1.
        headings: text of the heading of each column; one that columns share stands before it: `CIFAR-10: Top-1`.
        surroundings: what is said around it.
        unread_cells: what is printed in it and belongs to no one column: its line, and why.
    """

    first_line: int
    last_line: int
    headings: tuple[str, ...]
    rows: tuple[WrittenRow, ...]
    surroundings: Surroundings = field(default_factory=Surroundings)
    unread_cells: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, kw_only=True)
class WrittenDocument:
    """A report as far as it is tables.

    Attributes:
        format: `Markdown`, `HTML`, `LaTeX` or `CSV`.
        title: its first heading; None where it has none.
        tables: in order.
        unread: what looks like a table and is not read: its line, and why.
        inputs: other files that it takes in: the line, the command, and what is named there.
        other_files: those of them that nobody reads: the line, and what can be done about it.
        included: the names of those that are read too.
    """

    format: str
    title: str | None
    tables: tuple[WrittenTable, ...]
    unread: tuple[tuple[int, str], ...] = ()
    inputs: tuple[tuple[int, str, str], ...] = ()
    other_files: tuple[tuple[int, str], ...] = ()
    included: tuple[str, ...] = ()

    @property
    def unread_cells(self) -> tuple[tuple[int, str], ...]:
        """What is printed in the tables and belongs to no one column: its line, and why."""
        return tuple(told for table in self.tables for told in table.unread_cells)


def with_columns_as_rows(table: WrittenTable) -> WrittenTable:
    """Return a table with its columns as rows; every cell keeps its line, and a heading that is one has no marks."""
    rows = [
        WrittenRow(
            cells=(
                WrittenCell(text=_RAISED_LETTERS.sub("", table.headings[index]), line=table.first_line),
                *(row.cells[index] for row in table.rows),
            )
        )
        for index in range(1, len(table.headings))
    ]
    headings = (table.headings[0], *(row.cells[0].text for row in table.rows))
    return WrittenTable(
        first_line=table.first_line,
        last_line=table.last_line,
        headings=headings,
        rows=tuple(rows),
        surroundings=table.surroundings,
        unread_cells=table.unread_cells,
    )

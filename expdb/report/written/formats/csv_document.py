"""A file of comma- or tab-separated values as a document: one table, nothing around it."""

import csv
import io
from collections.abc import Iterator

from expdb.report.written.formats.span_grid import MOST_COLUMNS, SpanCell, UnreadableTableError, table_of_grid
from expdb.report.written.written_table import WrittenDocument

_GUARDED = ("'=", "'+", "'-", "'@")  # with an apostrophe in front no spreadsheet runs it as a formula


def document_of_csv(text: str) -> WrittenDocument:
    """Return comma-separated values as a document; `;` or tabs separate where the headings would be one column."""
    plain = text.removeprefix("\ufeff")
    delimiter = next((mark for mark in ",;\t" if _has_columns(plain, mark)), ",")
    return _document(plain, delimiter)


def document_of_tsv(text: str) -> WrittenDocument:
    """Return tab-separated values as a document."""
    return _document(text.removeprefix("\ufeff"), "\t")


def _document(text: str, delimiter: str) -> WrittenDocument:
    try:
        rows = [row for row in _rows(text, delimiter) if any(cell.text for cell in row)]
    except csv.Error as problem:
        return _unread(1, f"a cell that is no CSV: {problem}")
    if not rows:
        return WrittenDocument(format="CSV", title=None, tables=())
    num = len(rows[0])
    for row in rows:
        if len(row) > num and any(cell.text for cell in row[num:]):
            reason = f"a row of {len(row)} cells below {num} headings: quote cells that hold {delimiter!r}"
            return _unread(row[0].line, reason)
    try:
        table = table_of_grid(
            [row[:num] for row in rows], first_line=rows[0][0].line, last_line=rows[-1][0].line, num_heads=1
        )
    except UnreadableTableError as problem:
        return _unread(rows[0][0].line, str(problem))
    return WrittenDocument(format="CSV", title=None, tables=(table,))


def _unread(line: int, reason: str) -> WrittenDocument:
    return WrittenDocument(format="CSV", title=None, tables=(), unread=((line, reason),))


def _has_columns(text: str, delimiter: str) -> bool:
    first = next((line for line in io.StringIO(text) if line.strip()), "")
    return any(len(row) > 1 for row in csv.reader([first[: MOST_COLUMNS * 64]], delimiter=delimiter))


def _rows(text: str, delimiter: str) -> Iterator[list[SpanCell]]:
    """Yield the rows; a first line `sep=;` is a spreadsheet's own."""
    lines = io.StringIO(text, newline="")
    before = 0
    if text[:4].casefold() == "sep=":
        delimiter = text[4:5].strip() or delimiter
        lines.readline()
        before = 1
    reader = csv.reader(lines, delimiter=delimiter)
    line = before + 1
    for cells in reader:
        yield [SpanCell(text=_plain(cell), line=line) for cell in cells]
        line = before + reader.line_num + 1


def _plain(cell: str) -> str:
    words = " ".join(cell.split())
    return words[1:] if words.startswith(_GUARDED) else words

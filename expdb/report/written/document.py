"""A written report as a document, read by the format that its file's name says."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from pathlib import PurePath

from expdb.errors import SpecError
from expdb.report.written.formats.csv_document import document_of_csv, document_of_tsv
from expdb.report.written.formats.html_document import document_of_html
from expdb.report.written.formats.latex_document import document_of_latex
from expdb.report.written.formats.markdown_document import document_of_markdown
from expdb.report.written.formats.span_grid import MOST_COLUMNS, too_many_columns
from expdb.report.written.included_files import with_files
from expdb.report.written.written_table import WrittenDocument, WrittenTable

_READERS: Mapping[str, Callable[[str], WrittenDocument]] = {
    ".md": document_of_markdown,
    ".markdown": document_of_markdown,
    ".html": document_of_html,
    ".htm": document_of_html,
    ".tex": document_of_latex,
    ".csv": document_of_csv,
    ".tsv": document_of_tsv,
}
_LONGEST_CELL = 20_000


def read_document(text: str, *, name: str, given: Collection[str] = ()) -> WrittenDocument:
    """Return the tables of a written report.

    Args:
        text: the report.
        name: of its file.
        given: the names of files that are read too: what it takes in of them is not missing.

    Raises:
        SpecError: its suffix is of no format that is read.
    """
    suffix = PurePath(name.replace("\\", "/")).suffix.casefold()
    if suffix not in _READERS:
        said = f"{suffix!r} is no format of reports" if suffix else "its name does not say its format"
        raise SpecError(f"{name}: {said}: give a file of {', '.join(_READERS)}")
    document = with_files(_READERS[suffix](text), name=name, given=given)
    unread = [(table.first_line, reason) for table in document.tables if (reason := _too_large(table))]
    if not unread:
        return document
    tables = tuple(table for table in document.tables if not _too_large(table))
    return replace(document, tables=tables, unread=tuple(sorted([*document.unread, *unread])))


def _too_large(table: WrittenTable) -> str:
    """Return why a table cannot be one of results, whatever its format."""
    if len(table.headings) > MOST_COLUMNS:
        return too_many_columns()
    texts = (*table.headings, *(cell.text for row in table.rows for cell in row.cells))
    longest = max(map(len, texts), default=0)
    return f"a table with a cell of {longest:,} letters" if longest > _LONGEST_CELL else ""

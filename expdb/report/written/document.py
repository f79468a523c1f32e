"""A written report as a document, read by the format that its file's name says."""

from collections.abc import Callable, Mapping
from pathlib import PurePath

from expdb.errors import SpecError
from expdb.report.written.formats.csv_document import document_of_csv, document_of_tsv
from expdb.report.written.formats.html_document import document_of_html
from expdb.report.written.formats.latex_document import document_of_latex
from expdb.report.written.formats.markdown_document import document_of_markdown
from expdb.report.written.written_table import WrittenDocument

_READERS: Mapping[str, Callable[[str], WrittenDocument]] = {
    ".md": document_of_markdown,
    ".markdown": document_of_markdown,
    ".html": document_of_html,
    ".htm": document_of_html,
    ".tex": document_of_latex,
    ".csv": document_of_csv,
    ".tsv": document_of_tsv,
}


def read_document(text: str, *, name: str) -> WrittenDocument:
    """Return the tables of a written report.

    Args:
        name: of its file.

    Raises:
        SpecError: its suffix is of no format that is read.
    """
    suffix = PurePath(name.replace("\\", "/")).suffix.casefold()
    if suffix not in _READERS:
        said = f"{suffix!r} is no format of reports" if suffix else "its name does not say its format"
        raise SpecError(f"{name}: {said}: give a file of {', '.join(_READERS)}")
    return _READERS[suffix](text)

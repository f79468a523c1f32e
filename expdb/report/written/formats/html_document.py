"""An HTML page as a document: its tables, and what stands around them."""

import re

from expdb.report.written.formats.blocks import first_heading, with_surroundings
from expdb.report.written.formats.html_reader import HtmlReader
from expdb.report.written.written_table import WrittenDocument

_PRINTS_FORMULAS = re.compile(r"mathjax|katex", re.IGNORECASE)
_LINE_END = re.compile(r"\r\n?")


def document_of_html(text: str) -> WrittenDocument:
    """Return a page as a document; its `<title>` is the first of its headings."""
    reader = HtmlReader(has_formulas=_PRINTS_FORMULAS.search(text) is not None)
    reader.feed_at(_LINE_END.sub("\n", text.removeprefix("\ufeff")), 1)
    reader.finish()
    return WrittenDocument(
        format="HTML",
        title=first_heading(reader.blocks),
        tables=with_surroundings(reader.blocks),
        unread=tuple(sorted(reader.unread)),
    )

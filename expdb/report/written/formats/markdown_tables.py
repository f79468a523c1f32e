"""The tables of a Markdown text, cell by cell, with the lines they stand in and what is said around them."""

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.token import Token

from expdb.report.written.formats.markdown_words import add_words, plain_words
from expdb.report.written.formats.seen_text import SeenText
from expdb.report.written.written_table import WrittenCell, WrittenRow, WrittenTable

_CODE = ("fence", "code_block")
_FOOTNOTE = re.compile(r"^([> ]*)(?=\[\^[^\]\s]+\]:)", re.MULTILINE)
_FRONT_MATTER = re.compile(r"(?P<fence>---|\+\+\+)[ \t]*(?:\r\n?|\n)(?:.*(?:\r\n?|\n))*?(?P=fence)[ \t]*(?=[\r\n]|$)")


def read_tables(text: str) -> list[WrittenTable]:
    """Return the tables of a Markdown text in order; what looks like one inside code is none."""
    tokens = parsed_markdown(text)
    opened = [index for index, token in enumerate(tokens) if token.type == "table_open"]
    closed = [index for index, token in enumerate(tokens) if token.type == "table_close"]
    return [table_of_tokens(tokens[first:last]) for first, last in zip(opened, closed, strict=True)]


def code_lines(text: str) -> set[int]:
    """Return the numbers of the lines that are code, from 1."""
    return {
        line + 1
        for token in parsed_markdown(text)
        if token.type in _CODE and token.map is not None
        for line in range(token.map[0], token.map[1])
    }


@lru_cache(2)  # regions and tables are read of the same text
def parsed_markdown(text: str) -> Sequence[Token]:
    """Return a text as tokens; front matter is blank lines."""
    # The text of a footnote is GitHub's; CommonMark would read it as the target of a link.
    plain = _FOOTNOTE.sub(lambda match: f"{match[1]}\\", without_front_matter(text.removeprefix("\ufeff")))
    # What was escaped stays apart from what was not: `\$` begins no formula.
    return MarkdownIt("commonmark").enable("table").disable("text_join").parse(plain)


def without_front_matter(text: str) -> str:
    """Return a text with blank lines where it begins with settings for a site between `---`."""
    match = _FRONT_MATTER.match(text)
    return re.sub(r"[^\r\n]", "", match[0]) + text[match.end() :] if match else text


def table_of_tokens(tokens: Sequence[Token]) -> WrittenTable:
    """Return the table that tokens make, the first of which opens it."""
    assert tokens[0].map is not None  # noqa: S101 - tables have their lines
    first, last = tokens[0].map
    starts = [index for index, token in enumerate(tokens) if token.type == "tr_open"]
    head, *body = [_cells(tokens[start:end]) for start, end in pairwise([*starts, len(tokens)])]
    rows, section = [], None
    for cells in body:
        if len(cells) > 1 and cells[0].text and not any(cell.text for cell in cells[1:]):
            section = cells[0].text
        else:
            rows.append(WrittenRow(cells=cells, section=section))
    headings = tuple(cell.text for cell in head)
    return WrittenTable(first_line=first + 1, last_line=last, headings=headings, rows=tuple(rows))


def _cells(tokens: Sequence[Token]) -> tuple[WrittenCell, ...]:
    cells = []
    for token in tokens:
        if token.type == "inline" and token.map is not None:
            seen = SeenText()
            add_words(seen, token.children or ())
            links = tuple(filter(None, seen.links))
            cells.append(WrittenCell(text=plain_words(seen.text), line=token.map[0] + 1, links=links))
    return tuple(cells)

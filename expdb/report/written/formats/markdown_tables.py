"""The tables of a Markdown text, cell by cell, with the lines they stand in and what is said around them."""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.rules_block.table import escapedSplit
from markdown_it.token import Token

from expdb.report.written.formats.markdown_words import add_words, raw_words
from expdb.report.written.formats.seen_text import SeenText, with_letters, without_letters
from expdb.report.written.written_table import WrittenCell, WrittenRow, WrittenTable

_CODE = ("fence", "code_block")
_FOOTNOTE = re.compile(r"^([> ]*)(?=\[\^[^\]\s]+\]:)", re.MULTILINE)
_QUOTED = re.compile(r"(?:[ \t]*>)*")
_LINE_END = re.compile(r"\r\n?|\n")
_FRONT_MATTER = re.compile(r"(?P<fence>---|\+\+\+)[ \t]*(?:\r\n?|\n)(?:.*(?:\r\n?|\n))*?(?P=fence)[ \t]*(?=[\r\n]|$)")


def read_tables(text: str) -> list[WrittenTable]:
    """Return the tables of a Markdown text in order; what looks like one inside code is none."""
    tokens = parsed_markdown(text)
    opened = [index for index, token in enumerate(tokens) if token.type == "table_open"]
    closed = [index for index, token in enumerate(tokens) if token.type == "table_close"]
    lines = lines_of(text)
    return [table_of_tokens(tokens[first:last], lines) for first, last in zip(opened, closed, strict=True)]


def lines_of(text: str) -> list[str]:
    """Return the lines of a text as Markdown counts them."""
    return _LINE_END.split(text)


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


def table_of_tokens(tokens: Sequence[Token], lines: Sequence[str]) -> WrittenTable:
    """Return the table that tokens make, the first of which opens it; in the lines is what Markdown drops of it."""
    assert tokens[0].map is not None  # noqa: S101 - tables have their lines
    first, last = tokens[0].map
    starts = [index for index, token in enumerate(tokens) if token.type == "tr_open"]
    head, *body = [
        _cells(tokens[start:end], as_text=without_letters if number else with_letters)
        for number, (start, end) in enumerate(pairwise([*starts, len(tokens)]))
    ]
    rows, section = [], None
    for cells in body:
        if len(cells) > 1 and cells[0].text and not any(cell.text for cell in cells[1:]):
            section = cells[0].text
        else:
            rows.append(WrittenRow(cells=cells, section=section))
    headings = tuple(cell.text for cell in head)
    return WrittenTable(
        first_line=first + 1,
        last_line=last,
        headings=headings,
        rows=tuple(rows),
        unread_cells=tuple(_dropped(lines, first + 2, last, len(headings))),
    )


def _dropped(lines: Sequence[str], first: int, last: int, width: int) -> Iterator[tuple[int, str]]:
    """Yield what stands in rows behind the last column, which Markdown does not show."""
    for number in range(first, min(last, len(lines))):
        cells = escapedSplit(_QUOTED.sub("", lines[number], count=1).strip())
        cells = cells[1:] if not cells[0] else cells
        if any(cell.strip() for cell in cells[width:]):
            said = " | ".join(cell.strip() for cell in cells[width:]).strip(" |")
            yield number + 1, f"“{said}” stands in no column: Markdown does not show it"


def _cells(tokens: Sequence[Token], *, as_text: Callable[[str], str]) -> tuple[WrittenCell, ...]:
    cells = []
    for token in tokens:
        if token.type == "inline" and token.map is not None:
            seen = SeenText()
            add_words(seen, token.children or ())
            links = tuple(filter(None, seen.links))
            cells.append(WrittenCell(text=as_text(raw_words(seen.raw)), line=token.map[0] + 1, links=links))
    return tuple(cells)

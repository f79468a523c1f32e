"""The tables of a Markdown text, cell by cell, with the lines they stand in."""

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.token import Token

from expdb.report.written.written_table import WrittenCell, WrittenRow, WrittenTable

_CODE = ("fence", "code_block")
_FOOTNOTE = re.compile(r"^((?: {0,3}> ?)* {0,3})(?=\[\^[^\]\s]+\]:)", re.MULTILINE)
_FOOTNOTE_MARK = re.compile(r"\s*\[\^[^\]\s]+\]")


def read_tables(text: str) -> list[WrittenTable]:
    """Return the tables of a Markdown text in order; what looks like one inside code is none."""
    tokens = _parse(text)
    opened = [index for index, token in enumerate(tokens) if token.type == "table_open"]
    closed = [index for index, token in enumerate(tokens) if token.type == "table_close"]
    return [_table(tokens[first:last]) for first, last in zip(opened, closed, strict=True)]


def code_lines(text: str) -> set[int]:
    """Return the numbers of the lines that are code, from 1."""
    return {
        line + 1
        for token in _parse(text)
        if token.type in _CODE and token.map is not None
        for line in range(token.map[0], token.map[1])
    }


@lru_cache(2)  # regions and tables are read of the same text
def _parse(text: str) -> Sequence[Token]:
    # The text of a footnote is GitHub's; CommonMark would read it as the target of a link.
    plain = _FOOTNOTE.sub(lambda match: f"{match[1]}\\", text.removeprefix("\ufeff"))
    return MarkdownIt("commonmark").enable("table").parse(plain)


def _table(tokens: Sequence[Token]) -> WrittenTable:
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
    return tuple(
        WrittenCell(text=_plain(token.children or ()), line=token.map[0] + 1)
        for token in tokens
        if token.type == "inline" and token.map is not None
    )


def _plain(tokens: Sequence[Token]) -> str:
    """Return what a reader sees of a cell."""
    parts: list[str] = []
    is_raised = is_cited = False
    for number, token in enumerate(tokens):
        if token.type == "html_inline":
            tag = token.content.casefold()
            is_raised = tag.startswith("<sup") or (is_raised and not tag.startswith("</sup"))
            parts.append(" " if tag.startswith("<br") else "")
        elif token.type == "link_open":
            is_cited = bool("".join(parts).strip()) and tokens[number + 1].content.isdecimal()
        elif token.type == "link_close":
            is_cited = False
        elif not is_raised and not is_cited:
            parts.append(token.content)
    return " ".join(_FOOTNOTE_MARK.sub("", "".join(parts)).split())

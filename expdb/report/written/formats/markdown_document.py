"""A Markdown text as a document: its tables, those in HTML too, and what stands around them."""

import re
from collections.abc import Sequence

from markdown_it.token import Token

from expdb.report.written.formats.blocks import (
    Interruption,
    Prose,
    ScopeEdge,
    SectionHeading,
    first_heading,
    is_table_picture,
    with_surroundings,
)
from expdb.report.written.formats.html_reader import HtmlReader
from expdb.report.written.formats.markdown_tables import lines_of, parsed_markdown, table_of_tokens
from expdb.report.written.formats.markdown_words import add_words, plain_words
from expdb.report.written.formats.seen_text import SeenText
from expdb.report.written.written_table import WrittenDocument

_CODE = frozenset({"fence", "code_block"})
_LISTS = ("bullet_list_open", "ordered_list_open")
_DASHES = re.compile(r"\s*\|?(?:\s*:?-+:?\s*\|)+(?:\s*:?-+:?)?\s*")
_GRID = re.compile(r"\s*\+(?:[-=]+\+)+\s*")
_ORG_RULE = re.compile(r"\s*\|-+(?:\+-+)+\|?\s*")
_BARS = re.compile(r"\s*\|.*\|\s*")
_RULES = re.compile(r"\s*(?:=+|-{2,})(?: +(?:=+|-{2,}))+\s*")


def document_of_markdown(text: str) -> WrittenDocument:
    """Return a Markdown text as a document."""
    reader = _MarkdownReader(lines_of(text))
    reader.read(parsed_markdown(text))
    blocks = reader.html.blocks
    return WrittenDocument(
        format="Markdown",
        title=first_heading(blocks),
        tables=with_surroundings(blocks),
        unread=tuple(sorted(reader.html.unread)),
    )


class _MarkdownReader:
    """Turns tokens into blocks; those of HTML come from a reader of HTML, in the same order."""

    def __init__(self, lines: Sequence[str]) -> None:
        self._lines = lines
        self.html = HtmlReader(has_formulas=True)
        self._lists: list[tuple[bool, bool]] = []  # open ones: whether right below a table, whether of several items

    def read(self, tokens: Sequence[Token]) -> None:
        index = 0
        while index < len(tokens):
            token = tokens[index]
            if token.type == "table_open":
                end = next(at for at in range(index, len(tokens)) if tokens[at].type == "table_close")
                self._add_table(tokens[index:end])
                index = end
            elif token.type == "html_block" and token.map is not None:
                self.html.feed_at(token.content, token.map[0] + 1)
                if not self.html.is_in_table and self.html.seen is None:
                    self.html.end_prose()
            elif token.type == "inline":
                self._add_inline(token, tokens[index - 1])
            elif token.type in _CODE:
                self._add_code(token)
            else:
                self._add_edge(token, tokens, index)
            index += 1
        self.html.finish()

    def _add_table(self, tokens: Sequence[Token]) -> None:
        table = table_of_tokens(tokens, self._lines)
        self.html.hold_table()
        self.html.blocks.append(table)

    def _add_inline(self, token: Token, opened: Token) -> None:
        line = token.map[0] + 1 if token.map else 1
        children = token.children or ()
        if (seen := self.html.seen) is not None:
            seen.add(" ")
            add_words(seen, children, has_formulas=False)
            return
        if self.html.is_in_table:
            return
        seen = SeenText()
        add_words(seen, children)
        text = plain_words(seen.text)
        if opened.type == "heading_open":
            if text:
                self.html.blocks.append(SectionHeading(level=int(opened.tag[1:]), text=text, line=line))
            return
        if reason := _not_read(token):
            self.html.unread.append((line, reason))
            self.html.blocks.append(Interruption())
        elif text:
            self.html.blocks.append(Prose(text=text, line=line, emphasised=plain_words(seen.emphasised)))

    def _add_code(self, token: Token) -> None:
        self.html.blocks.append(Interruption())
        for number, line in enumerate(token.content.splitlines(), start=1):
            if _DASHES.fullmatch(line) or _GRID.fullmatch(line):
                first = (token.map[0] if token.map else 0) + number + (token.type == "fence")
                self.html.unread.append((first, "a table inside code"))
                return

    def _add_edge(self, token: Token, tokens: Sequence[Token], index: int) -> None:
        blocks = self.html.blocks
        if token.type in _LISTS:
            above = next((block for block in reversed(blocks) if not isinstance(block, ScopeEdge)), None)
            is_notes = above is not None and not isinstance(above, (Prose, SectionHeading, Interruption))
            self._lists.append((is_notes, _has_several_items(tokens, index)))
        elif token.type == "list_item_close" and any(self._lists[-1]):
            blocks.append(Interruption())
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            self._lists.pop()
        elif token.type == "hr":
            blocks.append(Interruption())


def _has_several_items(tokens: Sequence[Token], index: int) -> bool:
    level = tokens[index].level
    num = 0
    for token in tokens[index + 1 :]:
        num += token.type == "list_item_open" and token.level == level + 1
        if num > 1 or token.level == level:
            break
    return num > 1


def _not_read(token: Token) -> str | None:
    """Return what kind of table a paragraph surely is that is none in Markdown."""
    lines = token.content.splitlines()
    if any(map(_GRID.fullmatch, lines)):
        return "a grid table (reStructuredText): write it with bars and a line of dashes"
    if any(map(_ORG_RULE.fullmatch, lines)):
        return "a table of Org mode: write | between the dashes too"
    if sum(1 for line in lines if _RULES.fullmatch(line)) > 1:
        return "a table ruled by dashes alone: write it with bars"
    if len(lines) > 1 and all(map(_BARS.fullmatch, lines)):
        return "rows with bars, but no line of dashes below the headings that has as many cells as they have"
    images = [child for child in token.children or () if child.type == "image"]
    if any(is_table_picture(image.content) for image in images):
        return "an image of a table"
    return None

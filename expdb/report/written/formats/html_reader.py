"""The blocks of an HTML text, or of the pieces of HTML in another text: headings, paragraphs, tables."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser

from expdb.report.written.formats.blocks import (
    Block,
    Interruption,
    Prose,
    ScopeEdge,
    SectionHeading,
    is_table_picture,
)
from expdb.report.written.formats.markdown_words import with_formulas
from expdb.report.written.formats.seen_text import SeenText, with_letters, without_letters
from expdb.report.written.formats.span_grid import SpanCell, UnreadableTableError, table_of_grid
from expdb.report.written.written_table import WrittenTable

_HEADINGS = {f"h{level}": level for level in range(1, 7)} | {"title": 0, "summary": 0}
_EMPHASIS = frozenset({"b", "strong", "i", "em", "u"})
_SCRIPTS = {"sup": "raised", "sub": "lowered"}
_HIDDEN = frozenset({"script", "style", "template"})
# What ends a paragraph where it begins or ends.
_PARTS = frozenset(
    {
        *("p", "div", "center", "section", "article", "header", "footer", "main", "aside", "nav", "form", "blockquote"),
        *("ul", "ol", "li", "dl", "dt", "dd", "pre", "hr", "figure", "figcaption", "body", "head", "html"),
    }
)
_UNSEEN = re.compile(r"(?:display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse))\b", re.IGNORECASE)
_WITHOUT_END = frozenset({"br", "img", "hr", "input", "meta", "link", "col", "source", "wbr", "area", "base", "embed"})
_ENDED_BY_NEXT = frozenset({"tr", "td", "th", "tbody", "thead", "tfoot", "p", "li"})
_INTERRUPTIONS = frozenset({"ul", "ol", "dl", "pre", "hr"})


@dataclass
class _OpenCell:
    seen: SeenText
    line: int
    columns: int
    rows: int
    is_heading: bool


@dataclass
class _OpenTable:
    line: int
    rows: list[list[SpanCell]] = field(default_factory=list)
    cell: _OpenCell | None = None
    caption: SeenText | None = None
    said: str | None = None
    num_heads: int = 0
    is_in_head: bool = False
    is_nested: bool = False


@dataclass
class _Unseen:
    """An element that no reader sees, open now."""

    tag: str
    line: int
    depth: int = 1
    tables: int = 0
    has_digits: bool = False


class HtmlReader(HTMLParser):
    """Gathers blocks while it is fed.

    Attributes:
        blocks: what was read, in order.
        unread: what looks like a table and is not read: its line, and why.
    """

    def __init__(self, *, has_formulas: bool) -> None:
        """Begin; where formulas are printed (`$1$`), cells are read as they print."""
        super().__init__()
        self._has_formulas = has_formulas
        self.blocks: list[Block] = []
        self.unread: list[tuple[int, str]] = []
        self._tables: list[_OpenTable] = []
        self._heading: tuple[int, int, SeenText] | None = None
        self._prose, self._prose_line = SeenText(), 1
        self._hidden = 0
        self._unseen: _Unseen | None = None
        self._figure, self._caption_at = 0, 0  # blocks before the figure that is open, and before its caption
        self._of_figure: str | None = None  # a caption of it that no table has yet

    def feed_at(self, text: str, line: int) -> None:
        """Read on: a piece that begins in a line of that number, from 1."""
        self.lineno, self.offset = line, 0
        end = text.rfind(">") + 1
        self.feed(text[:end] + text[end:].replace("<", "&lt;"))  # no tag ends there: the search for it is slow
        self.goahead(end=True)

    @property
    def seen(self) -> SeenText | None:
        """What words belong to that come now: the cell, caption or heading that is open; None: none is."""
        if self._tables:
            table = self._tables[-1]
            return table.caption if table.caption is not None else table.cell.seen if table.cell else None
        return self._heading[2] if self._heading else None

    @property
    def is_in_table(self) -> bool:
        """Whether a table is open."""
        return bool(self._tables)

    def hold_table(self) -> None:
        """Note that the table that is open holds another one."""
        if self._tables:
            self._tables[-1].is_nested = True

    def finish(self) -> None:
        """End what is still open."""
        while self._tables:
            self._end_table()
        self.end_prose()

    def end_prose(self) -> None:
        """End the paragraph or heading that is open outside of tables."""
        if self._heading is not None:
            level, line, seen = self._heading
            self._heading = None
            if seen.text:
                self.blocks.append(SectionHeading(level=level, text=seen.text, line=line))
        if self._prose.has_words and self._prose.text:
            prose = Prose(text=self._prose.text, line=self._prose_line, emphasised=self._prose.emphasised)
            self.blocks.append(prose)
        self._prose = SeenText()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin an element."""
        if self._is_unseen(tag, dict(attrs)):
            return
        if tag in _HIDDEN:
            self._hidden += 1
        elif tag == "table":
            self._begin_table()
        elif self._tables and tag in ("thead", "tbody", "tfoot", "tr", "td", "th", "caption"):
            self._begin_in_table(tag, dict(attrs))
        elif not self._tables:
            self._begin_outside(tag)
        self._begin_words(tag, dict(attrs))

    def handle_endtag(self, tag: str) -> None:
        """End an element."""
        if self._unseen is not None and not self._ends_unseen(self._unseen, tag):
            return
        if tag in _HIDDEN:
            self._hidden = max(0, self._hidden - 1)
        elif tag == "table" and self._tables:
            self._end_table()
        elif self._tables and tag in ("thead", "tbody", "tfoot", "tr", "td", "th", "caption"):
            self._end_in_table(tag)
        elif not self._tables:
            self._end_outside(tag)
        seen = self.seen or self._prose
        if tag in _EMPHASIS:
            seen.emphasise(-1)
        elif tag in _SCRIPTS:
            seen.close_aside()
        elif tag == "a":
            seen.close_link()

    def handle_data(self, data: str) -> None:
        """Add words to what is open."""
        if self._unseen is not None:
            self._unseen.has_digits |= any(char.isdecimal() for char in data)
            return
        if self._hidden:
            return
        seen = self.seen
        if seen is not None:
            seen.add(data)
        elif not self._tables:
            if not self._prose.has_words:
                blank = data[: len(data) - len(data.lstrip())]
                self._prose_line = self.getpos()[0] + blank.count("\n")
            self._prose.add(data)

    def _is_unseen(self, tag: str, attrs: Mapping[str, str | None]) -> bool:
        """Return whether an element that begins is seen by no reader, or stands in one that is not."""
        if self._unseen is not None and not self._unseen.tables and tag == self._unseen.tag and tag in _ENDED_BY_NEXT:
            self._end_unseen(self._unseen)
        if self._unseen is None:
            is_unseen = "hidden" in attrs or _UNSEEN.search(attrs.get("style") or "") is not None
            if not is_unseen or tag in _WITHOUT_END:
                return False
            self._unseen = _Unseen(tag, self.getpos()[0], depth=0)
        self._unseen.depth += tag == self._unseen.tag
        self._unseen.tables += tag == "table"
        if tag == "table":
            self.unread.append((self.getpos()[0], "an HTML table that is hidden"))
        return True

    def _ends_unseen(self, unseen: _Unseen, tag: str) -> bool:
        """Note the end of an element in one that is not seen; return whether it is seen itself."""
        if tag == "table" and not unseen.tables and self._tables:  # the end of a row is not written
            self._end_unseen(unseen)
            return True
        unseen.tables -= tag == "table"
        unseen.depth -= tag == unseen.tag
        if not unseen.depth:
            self._end_unseen(unseen)
        return False

    def _end_unseen(self, unseen: _Unseen) -> None:
        if self._tables and unseen.has_digits and unseen.tag in ("tr", "td", "th", "tbody", "thead", "tfoot"):
            what = "cell" if unseen.tag in ("td", "th") else "row"
            self.unread.append((unseen.line, f"a {what} of an HTML table is hidden"))
        self._unseen = None

    def _begin_words(self, tag: str, attrs: dict[str, str | None]) -> None:
        seen = self.seen or self._prose
        if tag in _EMPHASIS:
            seen.emphasise(1)
        elif tag in _SCRIPTS:
            seen.open_aside(_SCRIPTS[tag])
        elif tag == "a":
            seen.open_link(attrs.get("href") or "")
        elif tag == "br" or (tag in _PARTS and self._tables):
            seen.add(" ")
        elif tag == "img":
            seen.add(attrs.get("alt") or "")
            if not self._tables and is_table_picture(attrs.get("alt") or ""):
                self.unread.append((self.getpos()[0], "an image of a table"))

    def _begin_outside(self, tag: str) -> None:
        if tag in _HEADINGS:
            self.end_prose()
            self._heading = (_HEADINGS[tag], self.getpos()[0], SeenText())
        elif tag in _PARTS or tag == "details":
            self.end_prose()
        if tag in _INTERRUPTIONS:
            self.blocks.append(Interruption())
        elif tag == "details":
            self.blocks.append(ScopeEdge(is_opening=True))
        elif tag == "figure":
            self._figure, self._of_figure = len(self.blocks), None
        elif tag == "figcaption":
            self._caption_at = len(self.blocks)

    def _end_outside(self, tag: str) -> None:
        if tag in _HEADINGS or tag in _PARTS or tag == "details":
            self.end_prose()
        if tag == "figcaption":
            said = [block for block in self.blocks[self._caption_at :] if isinstance(block, Prose)]
            self._of_figure = " ".join(block.text for block in said) or None
            if self._caption_table():
                self.blocks = [block for block in self.blocks if block not in said]
        if tag in _INTERRUPTIONS:
            self.blocks.append(Interruption())
        elif tag == "details":
            self.blocks.append(ScopeEdge(is_opening=False))
        elif tag == "figure":
            self._figure, self._of_figure = len(self.blocks), None

    def _caption_table(self) -> bool:
        """Give the caption of a figure to the only table in it, above or below; return whether there is one."""
        tables = [
            (place, block)
            for place, block in enumerate(self.blocks[self._figure :], start=self._figure)
            if isinstance(block, WrittenTable)
        ]
        if self._of_figure is None or len(tables) != 1 or tables[0][1].surroundings.caption is not None:
            return False
        [(place, table)] = tables
        self.blocks[place] = replace(table, surroundings=replace(table.surroundings, caption=self._of_figure))
        self._of_figure = None
        return True

    def _begin_table(self) -> None:
        if not self._tables:
            self.end_prose()
        self.hold_table()
        self._tables.append(_OpenTable(line=self.getpos()[0]))

    def _begin_in_table(self, tag: str, attrs: dict[str, str | None]) -> None:
        table = self._tables[-1]
        if tag == "caption":
            table.caption = SeenText()
            return
        self._end_cell(table)
        if tag in ("thead", "tbody", "tfoot"):
            table.is_in_head = tag == "thead"
        elif tag == "tr" or not table.rows:
            table.rows.append([])
            table.num_heads += table.is_in_head
        if tag in ("td", "th"):
            table.cell = _OpenCell(
                SeenText(), self.getpos()[0], _span(attrs, "colspan"), _span(attrs, "rowspan"), tag == "th"
            )

    def _end_in_table(self, tag: str) -> None:
        table = self._tables[-1]
        if tag == "caption":
            self._end_caption(table)
            return
        self._end_cell(table)
        if tag == "thead":
            table.is_in_head = False

    def _end_caption(self, table: _OpenTable) -> None:
        if table.caption is not None:
            table.said, table.caption = table.caption.text or None, None

    def _end_cell(self, table: _OpenTable) -> None:
        self._end_caption(table)
        if table.cell is not None:
            cell, table.cell = table.cell, None
            links = tuple(filter(None, cell.seen.links))
            raw = with_formulas(cell.seen.raw) if self._has_formulas else cell.seen.raw
            table.rows[-1].append(
                SpanCell(
                    text=without_letters(raw),
                    heading=with_letters(raw),
                    line=cell.line,
                    links=links,
                    columns=cell.columns,
                    rows=cell.rows,
                    is_heading=cell.is_heading,
                )
            )

    def _end_table(self) -> None:
        table = self._tables.pop()
        self._end_cell(table)
        if table.is_nested:
            if any(cell.text for row in table.rows for cell in row):
                self.unread.append((table.line, "an HTML table with nested tables"))
            return
        num_heads = sum(1 for row in table.rows[: table.num_heads] if row)
        try:
            found = table_of_grid(
                table.rows,
                first_line=table.line,
                last_line=max(self.getpos()[0], table.line),
                num_heads=num_heads,
                caption=table.said,
            )
        except UnreadableTableError as problem:
            self.unread.append((table.line, str(problem)))
        else:
            self.blocks.append(found)
            self._caption_table()


def _span(attrs: dict[str, str | None], name: str) -> int:
    text = (attrs.get(name) or "").strip()
    return min(int(text), 100_000) if text.isdecimal() and len(text) < 9 else 1

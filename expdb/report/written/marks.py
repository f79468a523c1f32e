"""The parts of a Markdown or HTML text that belong to a saved table: between `<!-- expdb:table NAME -->` marks.

A region ends at `<!-- /expdb:table -->` (also with the name, or `<!-- expdb:end -->`), or at the same opening mark
again. Without an end it is the one table that follows the mark. Marks inside Markdown's code are text; elsewhere each
has a line of its own.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from expdb.errors import SpecError
from expdb.report.written.bad_marks import BadMarks
from expdb.report.written.formats.markdown_tables import code_lines, read_tables
from expdb.report.written.written_table import WrittenTable

END_MARK = "<!-- /expdb:table -->"

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_MARK = re.compile(
    r"\ufeff?(?P<indent>[ \t]*)<!--\s*"
    r"(?:expdb:table\s+(?P<name>\S+)|(?P<end>/expdb:table(?:\s+(?P<of>\S+))?|expdb:end))\s*-->\s*"
)
_LOOSE_MARK = re.compile(r"<!--\s*(?:/?expdb:table|expdb:end)\b")
_CODE_SPAN = re.compile(r"(`+)(?!`).*?(?<!`)\1(?!`)")
_BROKEN_MARK = re.compile(r"<!--[ \t]*(?:\r\n?|\n)\s*/?expdb:(?:table|end)\b")
_TAG = re.compile(r"<(?!table\b)[^<>]*>", re.IGNORECASE)
_LATEX_CODE = re.compile(r"\\begin\{(verbatim\*?|Verbatim|lstlisting|minted|alltt)\}.*?\\end\{\1\}", re.DOTALL)
_LATEX_MARK = re.compile(r"(?<![|!+/{=])<!--\s*/?expdb:[^\n]{0,60}")


@dataclass(frozen=True, kw_only=True)
class Region:
    """Where a saved table stands in a text.

    Attributes:
        line: number of the opening mark's line, from 1.
        first, last: the lines between the marks, from 1, `last` excluded; blank lines around the table are in it.
        indent: what stands before the mark.
        is_closed: there is an end mark; otherwise the region is a table and no more.
    """

    name: str
    line: int
    first: int
    last: int
    indent: str
    is_closed: bool


@dataclass(frozen=True)
class _Mark:
    line: int
    indent: str
    name: str | None
    is_end: bool


def find_regions(
    text: str, tables: Sequence[WrittenTable] | None = None, *, is_markdown: bool = True, bad: BadMarks | None = None
) -> list[Region]:
    """Return the marked regions of a text, in order.

    Args:
        text: of Markdown or HTML.
        tables: those of the text; None: it is Markdown, and they are read here.
        is_markdown: it has code in which comments are text.
        bad: takes what is wrong with marks, instead of raising it.

    Raises:
        SpecError: a mark has no name or no line of its own; or it does not fit the others: an end without a beginning
            or of another table, or neither a table nor an end after an opening mark; names the line.
    """
    if "expdb:" not in text:
        return []
    wrong = bad or BadMarks()
    text_of = _TextOfMarks(split_lines(text), read_tables(text) if tables is None else tables, is_markdown)
    code = code_lines(text) if is_markdown else set()
    for broken in _BROKEN_MARK.finditer(text):
        line = len(split_lines(text[: broken.end()])) - 1
        if line not in code:
            wrong.add(SpecError(f"line {line}: this mark is broken over lines: write it in one, on a line of its own"))
    marks = _marks(text_of, code, wrong)
    regions, index = [], 0
    while index < len(marks):
        mark, following = marks[index], marks[index + 1] if index + 1 < len(marks) else None
        index += 1
        if mark.is_end or mark.name is None:
            wrong.add(SpecError(f"line {mark.line}: an end mark, but no <!-- expdb:table NAME --> before it"))
            continue
        table = text_of.following(mark)
        if following is not None and text_of.closes(following, mark, table):
            last, is_closed = following.line, True
            index += 1
            if following.name not in (None, mark.name):
                told = f"this ends table {following.name!r}, but table {mark.name!r} is open"
                wrong.add(SpecError(f"line {following.line}: {told}"))
        elif table is not None:
            last, is_closed = table.last_line + 1, False
        else:
            told = f"neither a table nor {END_MARK} follows the mark of table {mark.name!r}: add one"
            wrong.add(SpecError(f"line {mark.line}: {told}"))
            continue
        region = Region(
            name=mark.name, line=mark.line, first=mark.line + 1, last=last, indent=mark.indent, is_closed=is_closed
        )
        regions.append(region)
    if bad is None:
        wrong.raise_any()
    return regions


def refuse_marks(text: str) -> None:
    """Refuse the marks of Markdown in a LaTeX text, where nobody looks for them. Raises SpecError."""
    bad = BadMarks()
    plain = _LATEX_CODE.sub(lambda code: re.sub(r"[^\r\n]", " ", code[0]), text) if "expdb:" in text else ""
    for match in _LATEX_MARK.finditer(plain):
        line = len(split_lines(plain[: match.end()]))
        told = "LaTeX has no marks: \\input the numbers of the table (expdb table NAME --format macros), or take it out"
        bad.add(SpecError(f"line {line}: {match[0].strip()!r}: {told}"))
    bad.raise_any()


def split_lines(text: str) -> list[str]:
    """Return the lines with their ends, as Markdown counts them (Python's splitlines knows more kinds)."""
    return _LINE.findall(text)


def by_region(tables: Sequence[WrittenTable], regions: Sequence[Region]) -> Mapping[int, Region]:
    """Return the region of each table that stands in one, by the number of the table's first line."""
    return {
        table.first_line: region
        for table in tables
        for region in regions
        if region.first <= table.first_line < region.last
    }


def _marks(text: "_TextOfMarks", code: set[int], bad: BadMarks) -> list[_Mark]:
    marks = []
    for number, line in enumerate(text.lines, start=1):
        if number in code:
            continue
        match = _MARK.fullmatch(line)
        if match is not None:
            name, is_end = match["name"] or match["of"], match["end"] is not None
            marks.append(_Mark(line=number, indent=match["indent"], name=name, is_end=is_end))
        elif _LOOSE_MARK.search(_CODE_SPAN.sub("", line) if text.is_markdown else line):
            bad.add(
                SpecError(
                    f"line {number}: {line.strip()[:80]!r} is no mark: write <!-- expdb:table NAME --> or {END_MARK} "
                    "on a line of its own, outside of quotes"
                )
            )
    return marks


@dataclass(frozen=True)
class _TextOfMarks:
    lines: Sequence[str]
    tables: Sequence[WrittenTable]
    is_markdown: bool

    def following(self, mark: _Mark) -> WrittenTable | None:
        """Return the table that follows a mark with nothing between but blank lines, and in HTML tags."""
        near = next((number for number in range(mark.line, len(self.lines)) if self._says_something(number)), None)
        return next((table for table in self.tables if near is not None and table.first_line == near + 1), None)

    def closes(self, mark: _Mark, opening: _Mark, table: WrittenTable | None) -> bool:
        """Return whether a mark ends the region of the one before it."""
        if mark.is_end:
            return True
        if mark.name != opening.name:
            return False
        # The same mark again: it ends the region, unless it opens another one and text stands between the two.
        between = self.lines[table.last_line if table else opening.line : mark.line - 1]
        return self.following(mark) is None or not any(line.strip() for line in between)

    def _says_something(self, number: int) -> bool:
        line = self.lines[number]
        return bool((line if self.is_markdown else _TAG.sub("", line)).strip())

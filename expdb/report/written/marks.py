"""The parts of a Markdown text that belong to a saved table: between `<!-- expdb:table NAME -->` marks.

A region ends at `<!-- /expdb:table -->` (also with the name, or `<!-- expdb:end -->`), or at the same opening mark
again. Without an end it is the one table that follows the mark. Marks inside code are text; elsewhere each has a line
of its own.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from expdb.errors import SpecError
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


def find_regions(text: str) -> list[Region]:
    """Return the marked regions of a text, in order.

    Raises:
        SpecError: a mark has no name or no line of its own; or it does not fit the others: an end without a beginning
            or of another table, or neither a table nor an end after an opening mark; names the line.
    """
    lines = split_lines(text)
    tables = read_tables(text)
    marks = _marks(lines, code_lines(text))
    regions, index = [], 0
    while index < len(marks):
        mark = marks[index]
        if mark.is_end or mark.name is None:
            raise SpecError(f"line {mark.line}: an end mark, but no <!-- expdb:table NAME --> before it")
        following = marks[index + 1] if index + 1 < len(marks) else None
        table = _following(lines, tables, mark)
        if following is not None and _closes(following, mark, table, lines, tables):
            last, is_closed = following.line, True
            index += 2
        elif table is not None:
            last, is_closed = table.last_line + 1, False
            index += 1
        else:
            raise SpecError(
                f"line {mark.line}: neither a table nor {END_MARK} follows the mark of table {mark.name!r}: add one"
            )
        region = Region(
            name=mark.name, line=mark.line, first=mark.line + 1, last=last, indent=mark.indent, is_closed=is_closed
        )
        regions.append(region)
    return regions


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


def _marks(lines: Sequence[str], code: set[int]) -> list[_Mark]:
    marks = []
    for number, line in enumerate(lines, start=1):
        if number in code:
            continue
        match = _MARK.fullmatch(line)
        if match is not None:
            name, is_end = match["name"] or match["of"], match["end"] is not None
            marks.append(_Mark(line=number, indent=match["indent"], name=name, is_end=is_end))
        elif _LOOSE_MARK.search(_CODE_SPAN.sub("", line)):
            raise SpecError(
                f"line {number}: {line.strip()[:80]!r} is no mark: write <!-- expdb:table NAME --> or {END_MARK} on a "
                "line of its own, outside of quotes"
            )
    return marks


def _following(lines: Sequence[str], tables: Sequence[WrittenTable], mark: _Mark) -> WrittenTable | None:
    """Return the table that follows a mark with nothing but blank lines between."""
    near = next((number for number in range(mark.line, len(lines)) if lines[number].strip()), None)
    return next((table for table in tables if near is not None and table.first_line == near + 1), None)


def _closes(
    mark: _Mark, opening: _Mark, table: WrittenTable | None, lines: Sequence[str], tables: Sequence[WrittenTable]
) -> bool:
    """Return whether a mark ends the region of the one before it."""
    if mark.is_end:
        if mark.name not in (None, opening.name):
            raise SpecError(f"line {mark.line}: this ends table {mark.name!r}, but table {opening.name!r} is open")
        return True
    if mark.name != opening.name:
        return False
    # The same mark again: it ends the region, unless it opens another one and text stands between the two.
    between = lines[table.last_line if table else opening.line : mark.line - 1]
    return _following(lines, tables, mark) is None or not any(line.strip() for line in between)

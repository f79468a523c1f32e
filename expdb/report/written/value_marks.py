"""Single numbers of saved tables in a text: `<!-- expdb:value TABLE ROW COLUMN -->81.62<!-- / -->`, anywhere in a line.

Names with spaces stand in quotes. Marks inside of Markdown's code are text.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from expdb.errors import SpecError
from expdb.report.written.bad_marks import BadMarks
from expdb.report.written.formats.markdown_tables import code_lines

END_OF_VALUE = "<!-- / -->"

_COMMENT = re.compile(r"<!--(.*?)-->", re.DOTALL)
_OPENING = re.compile(r"\s*expdb:value(?!\w)(.*)", re.DOTALL)
_ENDING = re.compile(r"\s*/(?:expdb:value)?\s*")
_OTHER_MARK = re.compile(r"\s*/?expdb:(?!(?:table|end|value)(?!\w))")
_NAME = re.compile(r"\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"']\S*))(?!\S)")
_TOKEN = re.compile(r"\\[\\`<]|`+|<!--.*?-->", re.DOTALL)
_LINE_END = re.compile(r"\r\n|\r|\n")
_BLANK_LINE = re.compile(r"\n[ \t]*\r?\n")


@dataclass(frozen=True, kw_only=True)
class ValueMark:
    """One number between its marks.

    Attributes:
        line: number of the line that the opening mark begins in, from 1.
        table, row, column: what it is asked for by.
        printed: what stands between the marks.
        start, stop: where that stands in the text.
    """

    line: int
    table: str
    row: str
    column: str
    printed: str
    start: int
    stop: int


def find_value_marks(text: str, *, is_markdown: bool = True, bad: BadMarks | None = None) -> list[ValueMark]:
    """Return the marked numbers of a text, in order.

    Args:
        text: of Markdown or HTML.
        is_markdown: it has code in which comments are text.
        bad: takes what is wrong with marks, instead of raising it.

    Raises:
        SpecError: a mark does not name table, row and column, has no end or no beginning, or stands in another one;
            or it is none that is known; names the line.
    """
    if "expdb:" not in text:  # a comment with a slash may then be anybody's
        return []
    wrong = bad or BadMarks()
    ends = [match.end() for match in _LINE_END.finditer(text)]
    marks: list[ValueMark] = []
    opened: tuple[int, re.Match[str], re.Match[str]] | None = None
    for comment in _comments(text, ends, is_markdown=is_markdown):
        inside, line = comment[1], bisect_right(ends, comment.start()) + 1
        opening = _OPENING.fullmatch(inside)
        if opening:
            if opened is not None:
                told = f"line {line}: a value begins before that of line {opened[0]} ends: {_way(opened[0])}"
                wrong.add(SpecError(told))
            opened = (line, comment, opening)
        elif _ENDING.fullmatch(inside):
            if opened is None:
                told = f"line {line}: {comment[0]} ends no value: write <!-- expdb:value TABLE ROW COLUMN -->"
                wrong.add(SpecError(told))
                continue
            with wrong.gathered():
                marks.append(_mark(text, opened, comment))
            opened = None
        elif _OTHER_MARK.match(inside):
            told = f"line {line}: {comment[0][:80]!r} is no mark: there are expdb:table and expdb:value"
            wrong.add(SpecError(told))
    if opened is not None:
        with wrong.gathered():
            _names(opened[2][1], opened[0])
            raise SpecError(f"line {opened[0]}: this value has no end: {_way(opened[0])}")
    if bad is None:
        wrong.raise_any()
    return marks


def _mark(text: str, opened: tuple[int, re.Match[str], re.Match[str]], ending: re.Match[str]) -> ValueMark:
    """Return the number between two marks. Raises SpecError."""
    line, comment, opening = opened
    table, row, column = _names(opening[1], line)
    start, stop = comment.end(), ending.start()
    if _LINE_END.search(text, start, stop) or "<!--" in text[start:stop]:
        raise SpecError(f"line {line}: a value is one line without other marks: {_way(line)}")
    return ValueMark(line=line, table=table, row=row, column=column, printed=text[start:stop], start=start, stop=stop)


def with_values(
    text: str, render: Callable[[ValueMark], str], *, is_markdown: bool = True, bad: BadMarks | None = None
) -> str:
    """Return the text with new numbers between its marks, and every other character as it was.

    Args:
        text: of Markdown or HTML.
        render: gives what stands between the marks.
        is_markdown, bad: as for `find_value_marks`.

    Raises:
        SpecError: as `find_value_marks`.
    """
    for mark in reversed(find_value_marks(text, is_markdown=is_markdown, bad=bad)):
        text = text[: mark.start] + render(mark) + text[mark.stop :]
    return text


def _comments(text: str, ends: Sequence[int], *, is_markdown: bool) -> Iterator[re.Match[str]]:
    """Yield the comments of a text that are no code."""
    if not is_markdown:
        yield from _COMMENT.finditer(text, 0, text.rfind("-->") + 3)
        return
    code = code_lines(text)
    place, last = 0, text.rfind("-->") + 3  # behind it no comment ends, and looking for its end is slow
    while token := _TOKEN.search(text, place, last):
        place = token.end()
        if bisect_right(ends, token.start()) + 1 in code:
            continue
        if token[0].startswith("`"):
            place = _end_of_code(text, token)
        elif comment := _COMMENT.match(text, token.start()):
            yield comment


def _end_of_code(text: str, ticks: re.Match[str]) -> int:
    """Return where a code span ends; ticks that none like them follow in their paragraph begin none."""
    blank = _BLANK_LINE.search(text, ticks.end())
    paragraph = text[ticks.end() : blank.start() if blank else len(text)]
    closing = re.search(rf"(?<!`){ticks[0]}(?!`)", paragraph)
    return ticks.end() + (closing.end() if closing else 0)


def _names(text: str, line: int) -> tuple[str, str, str]:
    names, place = [], 0
    while match := _NAME.match(text, place):
        names.append(match[1] or match[2] or match[3] or "")
        place = match.end()
    if text[place:].strip() or len(names) != 3 or not all(names):
        raise SpecError(
            f"line {line}: <!-- expdb:value{text.rstrip()} --> must name table, row and column, those with spaces in "
            'quotes: <!-- expdb:value TABLE "ROW" COLUMN -->'
        )
    return names[0], names[1], names[2]


def _way(line: int) -> str:
    return f"write {END_OF_VALUE} behind the number that begins in line {line}"

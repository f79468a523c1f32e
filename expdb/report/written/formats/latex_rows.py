r"""The rows of a `tabular`: cells between `&`, rows between `\\`, rules, and what reaches over columns and rows."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pylatexenc.latexwalker import (
    LatexCharsNode,
    LatexCommentNode,
    LatexEnvironmentNode,
    LatexGroupNode,
    LatexMacroNode,
    LatexSpecialsNode,
)

from expdb.report.written.formats.latex_columns import siunitx_columns
from expdb.report.written.formats.latex_macros import DROPPED, TABULARS
from expdb.report.written.formats.latex_units import printed_number
from expdb.report.written.formats.latex_words import LatexWords
from expdb.report.written.formats.seen_text import SeenText, with_letters
from expdb.report.written.formats.span_grid import MOST_COLUMNS, SpanCell, UnreadableTableError, too_many_columns

_RULES = frozenset({"hline", "midrule", "toprule", "bottomrule", "specialrule", "hhline", "Xhline", "firsthline"})
_PARTIAL_RULES = frozenset({"cmidrule", "cline"})
_ROW_ENDS = frozenset({"\\", "tabularnewline", "cr"})
_PARTS = frozenset({"endfirsthead", "endhead", "endfoot", "endlastfoot"})
_FROM_FILES = frozenset({"input", "include", "csvreader", "csvautotabular", "DTLforeach", "pgfplotstabletypeset"})
_RANGE = re.compile(r"\s*(\d+)\s*-\s*(\d+)\s*")
_NUMERIC = re.compile(r"[+\-−±\d.,\s%()–—/]*\d[+\-−±\d.,\s%()–—/]*")


@dataclass
class LatexRows:
    """The rows of a table that is being read.

    Attributes:
        num_heads: number of those that hold headings; 0: nothing tells.
        captions: those that stand in it.
    """

    rows: list[list[SpanCell]] = field(default_factory=list)
    num_heads: int = 0
    captions: list[str] = field(default_factory=list)


@dataclass
class _Reading:
    words: LatexWords
    lines: Sequence[int]  # by the place of a letter, in steps: where each line begins
    first_line: int
    siunitx: frozenset[int] = frozenset()
    cell: list[Any] = field(default_factory=list)
    row: list[SpanCell] = field(default_factory=list)
    rows: list[list[SpanCell]] = field(default_factory=list)
    rules: list[tuple[int, tuple[int, int] | None]] = field(default_factory=list)  # the row below; the columns
    parts: dict[str, int] = field(default_factory=dict)  # of a longtable: the row after each
    captions: list[str] = field(default_factory=list)
    is_headed: bool = False  # a rule that parts headings from rows has come
    at: int = 0


def rows_of_tabular(source: str, first_line: int, words: LatexWords) -> LatexRows:
    r"""Return the rows of an environment, `\begin` and `\end` included.

    Raises:
        UnreadableTableError: it is broken, comes from another file, or holds tables in its cells.
    """
    [node] = [node for node in words.nodes(source) if isinstance(node, LatexEnvironmentNode)][:1] or [None]
    if node is None:
        raise UnreadableTableError("an environment that does not end")
    starts = [0, *(match.end() for match in re.finditer("\n", source))]
    given = [one for one in (node.nodeargd.argnlist if node.nodeargd else ()) or () if isinstance(one, LatexGroupNode)]
    columns = next((one.latex_verbatim()[1:-1] for one in reversed(given) if _is_braced(one)), "")
    reading = _Reading(words, starts, first_line, siunitx_columns(columns))
    for child in node.nodelist:
        _take(reading, child)
    _end_row(reading)
    return _finished(reading)


def _is_braced(node: Any) -> bool:
    return bool(node.delimiters[0] == "{")


def _take(reading: _Reading, node: Any) -> None:
    reading.at = node.pos
    if isinstance(node, LatexSpecialsNode) and node.specials_chars == "&":
        _end_cell(reading)
        if len(reading.row) > MOST_COLUMNS:
            raise UnreadableTableError(too_many_columns())
        return
    name = node.macroname if isinstance(node, LatexMacroNode) else ""
    if name in _ROW_ENDS:
        _end_row(reading)
    elif name in _FROM_FILES:
        raise UnreadableTableError(f"a table with rows from another file (\\{name})")
    elif name in _PARTS:
        _end_row(reading)
        reading.parts[name] = len(reading.rows)
    elif name in _RULES:
        reading.rules.append((len(reading.rows), None))
        reading.is_headed = reading.is_headed or name == "midrule"
    elif name in _PARTIAL_RULES:
        match = _RANGE.fullmatch(node.nodeargd.argnlist[-1].latex_verbatim().strip("{}"))
        if match is not None:
            reading.rules.append((len(reading.rows), (int(match[1]), int(match[2]))))
    elif name == "caption":
        reading.captions.append(reading.words.text(node.nodeargd.argnlist[-1].latex_verbatim()))
    else:
        reading.cell.append(node)


def _end_cell(reading: _Reading) -> None:
    nodes, reading.cell = reading.cell, []
    inner, columns, rows = _spans(_trimmed(nodes))
    for node in inner:
        if isinstance(node, LatexEnvironmentNode) and node.environmentname in TABULARS and _has_cells(node):
            raise UnreadableTableError("a tabular with tables in its cells")
    seen = SeenText()
    reading.words.add(seen, inner)
    text, heading = seen.text, with_letters(seen.raw)
    if sum(cell.columns for cell in reading.row) in reading.siunitx:
        text = printed_number(text)
    place = _place(inner[0]) if inner else reading.at
    line = reading.first_line + _line(reading.lines, place)
    links = tuple(filter(None, seen.links))
    reading.row.append(SpanCell(text=text, heading=heading, line=line, links=links, columns=columns, rows=rows))


def _end_row(reading: _Reading) -> None:
    is_blank = not reading.row and all(map(_is_nothing, reading.cell))
    _end_cell(reading)
    row, reading.row = reading.row, []
    if not is_blank:
        reading.rows.append(row)


def _place(node: Any) -> int:
    """Return where a node begins to be seen."""
    blank = len(node.chars) - len(node.chars.lstrip()) if isinstance(node, LatexCharsNode) else 0
    return int(node.pos) + blank


def _line(starts: Sequence[int], place: int) -> int:
    low, high = 0, len(starts)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if starts[middle] <= place else (low, middle)
    return low


def _is_nothing(node: Any) -> bool:
    if isinstance(node, LatexCharsNode):
        return not node.chars.strip()
    return isinstance(node, LatexCommentNode) or (isinstance(node, LatexMacroNode) and node.macroname in DROPPED)


def _trimmed(nodes: Sequence[Any]) -> list[Any]:
    """Return nodes without those at both ends that nobody sees."""
    seen = [place for place, node in enumerate(nodes) if not _is_nothing(node)]
    return list(nodes[seen[0] : seen[-1] + 1]) if seen else []


def _spans(nodes: list[Any]) -> tuple[list[Any], int, int]:
    """Return what a cell holds, and over how many columns and rows it reaches."""
    columns = rows = 1
    for _ in range(4):
        first = nodes[0] if nodes else None
        if isinstance(first, LatexGroupNode) and len(nodes) == 1:
            inner = _trimmed(first.nodelist)
            if not (inner and isinstance(inner[0], LatexMacroNode) and inner[0].macroname.startswith("multi")):
                break
            nodes = inner
            continue
        if not isinstance(first, LatexMacroNode) or first.macroname not in ("multicolumn", "multirow"):
            break
        given = first.nodeargd.argnlist
        is_over_columns = first.macroname == "multicolumn"
        said = given[0 if is_over_columns else 1].latex_verbatim().strip("{} ")
        if not re.fullmatch(r"[+-]?\d{1,4}", said):
            raise UnreadableTableError(f"\\{first.macroname} over {said!r}")
        if is_over_columns:
            columns = max(int(said), 1)
        else:
            rows = int(said) or 1
        held = given[-1]
        inner = held.nodelist if isinstance(held, LatexGroupNode) else [held]
        nodes = _trimmed([*inner, *nodes[1:]])
    return nodes, columns, rows


def _has_cells(node: Any) -> bool:
    return any(isinstance(one, LatexSpecialsNode) and one.specials_chars == "&" for one in node.nodelist)


def _finished(reading: _Reading) -> LatexRows:
    rows, parts = reading.rows, reading.parts
    width = max((sum(cell.columns for cell in row) for row in rows), default=0)
    if parts:
        head = rows[: parts.get("endfirsthead", parts.get("endhead", 0))]
        body = rows[max(parts.values()) :]
        return LatexRows(_reached([*head, *body]), len(head), reading.captions)
    whole = {below for below, over in reading.rules if over is None or over == (1, width)}
    num = min((below for below in whole if 0 < below < len(rows) + reading.is_headed), default=0)
    filled = _reached(rows)
    partly = {below for below, over in reading.rules if over is not None} - whole  # heads stand over those below
    while num > 1 and num - 1 not in partly and _is_data(filled[num - 1], filled[num - 2]):
        num -= 1
    return LatexRows(filled, num, reading.captions)


def _is_data(row: Sequence[SpanCell], above: Sequence[SpanCell]) -> bool:
    """Return whether a row above the first rule is none of headings: named, and mostly of numbers."""
    if not row[0].text or (above and above[0] is row[0]):
        return False
    rest = [cell.text for cell in row[1:] if cell.text]
    return sum(1 for text in rest if _NUMERIC.fullmatch(text)) * 2 > len(rest)


def _reached(rows: list[list[SpanCell]]) -> list[list[SpanCell]]:
    r"""Return the rows with what `\multirow` prints over them in place of the blank cells that it covers."""
    for number, row in enumerate(rows):
        for place, cell in enumerate(row):
            if cell.rows == 1:
                continue
            step = 1 if cell.rows > 1 else -1
            shown = replace(cell, rows=1)
            row[place] = shown
            column = sum(one.columns for one in row[:place])
            for reached in range(number + step, number + cell.rows, step):
                if not (0 <= reached < len(rows) and _cover(rows[reached], column, shown)):
                    break
    return rows


def _cover(row: list[SpanCell], column: int, shown: SpanCell) -> bool:
    """Put a cell over blank ones of another row; return whether they were blank."""
    at = place = 0
    while place < len(row) and at < column:
        at += row[place].columns
        place += 1
    end, covered = place, 0
    while end < len(row) and covered < shown.columns:
        if row[end].text:
            return False
        covered += row[end].columns
        end += 1
    if at != column or covered > shown.columns:
        return False
    row[place:end] = [shown]
    return True

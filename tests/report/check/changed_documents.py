"""Documents with one thing changed in a table: what a slip of the hand, or a wish, does to a report."""

import difflib
import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle, groupby

from tests.report.written.answers import AnsweredDocument

_NUMBER = re.compile(r"(?<![\w.\\-])\d+(?:\.\d+)?")
_SIGNED = re.compile(r"-?\d+(?:\.\d+)+")
_ROW = {
    "markdown": re.compile(r"^\|"),
    "html": re.compile(r"<tr>.*</tr>"),
    "latex": re.compile(r"^[^%]*&.*\\\\[\s\\hline]*$"),
}
_CELL = {
    "markdown": re.compile(r"(?<=\|)[^|\n]+(?=\|)"),
    "html": re.compile(r"(?<=<t[dh]>).*?(?=</t[dh]>)"),
    "latex": re.compile(r"[^&]+?(?=&|\\\\[\s\\hline]*$)"),
}
_UNITS = {"h": "m", "m": "h", "M": "K", "G": "M", "시간": "분"}
_UNIT = re.compile(r"(?<=\d)\s?(M|h|m)\b|\((M|G|h)\)")
_PLUS_MINUS = re.compile(r"\s*(±|\\pm|&plusmn;)\s*")
_DATASETS = {"CIFAR-10": "CIFAR-100", "CIFAR-100": "CIFAR-10", "Fashion-MNIST": "CIFAR-10"}
_DATASET = re.compile(r"Fashion-MNIST|CIFAR-100?(?!\d)")


@dataclass(frozen=True, kw_only=True)
class Change:
    """A changed document.

    Attributes:
        kind: what was done.
        text: the whole document.
        lines: numbers of the lines, from 1, at one of which it must be told.
        document: what was changed.
    """

    kind: str
    text: str
    lines: frozenset[int]
    document: AnsweredDocument

    @property
    def numbers(self) -> set[str]:
        """The numbers that are new in the changed lines."""
        before, after = ("\n".join(_at(text, self.lines)) for text in (self.document.text, self.text))
        return set(_SIGNED.findall(after)) - set(_SIGNED.findall(before))

    @property
    def diff(self) -> str:
        """What was changed, as a diff."""
        before, after = self.document.text.splitlines(), self.text.splitlines()
        return "\n".join(difflib.unified_diff(before, after, self.document.name, self.kind, lineterm="", n=1))


@dataclass(frozen=True, kw_only=True)
class _Row:
    """One row of a table: its line from 1, and where its cells are in that."""

    line: int
    spans: tuple[tuple[int, int], ...]


@dataclass(frozen=True, kw_only=True)
class _Table:
    """A table: its headings' row and the others."""

    head: _Row
    rows: tuple[_Row, ...]

    @property
    def lines(self) -> frozenset[int]:
        return frozenset(row.line for row in (self.head, *self.rows))


def seeded_changes(documents: Sequence[AnsweredDocument], count: int) -> list[Change]:
    """Return that many changes, the kinds in turn, in documents and places drawn by a fixed seed; none twice."""
    rng = random.Random(19)
    found: dict[str, Change] = {}
    for kind, change in cycle(_KINDS.items()):
        if len(found) == count:
            break
        document = rng.choice(documents)
        lines = document.text.splitlines()
        changed = change(lines, rng.choice(_tables(document)), rng)
        if changed is None or changed[0] == lines:
            continue
        text = "\n".join(changed[0]) + "\n"
        found.setdefault(text, Change(kind=kind, text=text, lines=changed[1], document=document))
    return list(found.values())


def number_changes(document: AnsweredDocument) -> Iterator[Change]:
    """Yield the document once for each number of the tables that are read, with a digit of that changed."""
    lines = document.text.splitlines()
    for table, answers in zip(_tables(document), document.tables, strict=True):
        for row in () if any("refused" in answer for answer in answers) else table.rows:
            for span in row.spans[1:]:
                for place in _numbers(lines[row.line - 1], span):
                    digit = lines[row.line - 1][place]
                    other = _with(lines, row, (place, place + 1), str((int(digit) + 3) % 10))
                    text = "\n".join(other) + "\n"
                    yield Change(kind="digit", text=text, lines=frozenset((row.line,)), document=document)


Changed = tuple[list[str], frozenset[int]] | None  # the lines, and where it must be told


def _digit(lines: Sequence[str], table: _Table, rng: random.Random) -> Changed:
    row, span = _drawn(lines, table, rng)
    place = rng.choice(_digits(lines[row.line - 1], span))
    old = int(lines[row.line - 1][place])
    new = rng.choice([digit for digit in range(1, 10) if abs(digit - old) > 1])
    return _with(lines, row, (place, place + 1), str(new)), frozenset((row.line,))


def _transposed(lines: Sequence[str], table: _Table, rng: random.Random) -> Changed:
    row, span = _drawn(lines, table, rng)
    line = lines[row.line - 1]
    places = [at for at in _digits(line, span) if line[at + 1].isdigit() and line[at + 1] not in ("0", line[at])]
    if not places:
        return None
    at = rng.choice(places)
    return _with(lines, row, (at, at + 2), line[at + 1] + line[at]), frozenset((row.line,))


def _moved_point(lines: Sequence[str], table: _Table, rng: random.Random) -> Changed:
    row, span = _drawn(lines, table, rng)
    number = _first_number(lines, row, span)
    whole, point, rest = number.group().partition(".")
    if not point or len(whole) < 2:
        return None
    return _with(lines, row, number.span(), f"{whole[:-1]}.{whole[-1]}{rest}"), frozenset((row.line,))


def _sign(lines: Sequence[str], table: _Table, rng: random.Random) -> Changed:
    row, span = _drawn(lines, table, rng)
    at = _first_number(lines, row, span).start()
    return _with(lines, row, (at, at), "-"), frozenset((row.line,))


def _unit(lines: Sequence[str], table: _Table, rng: random.Random) -> Changed:
    row = rng.choice((table.head, *table.rows))
    found = [
        match
        for span in row.spans[1:]
        for match in _UNIT.finditer(lines[row.line - 1], *span)
        if row is table.head or match[1]
    ]
    if not found:
        return None
    match = rng.choice(found)
    group = 1 if match[1] else 2
    where = table.lines if row is table.head else frozenset((row.line,))
    return _with(lines, row, match.span(group), _UNITS[match[group]]), where


def _swapped_rows(lines: Sequence[str], table: _Table, rng: random.Random) -> Changed:
    """Give two rows each other's names."""
    if len(table.rows) < 2 or _lies(lines, table):
        return None
    one, other = rng.sample(table.rows, 2)
    place = int(_text(lines, table.head, table.head.spans[0]).strip() == "Dataset")
    first, second = _text(lines, one, one.spans[place]), _text(lines, other, other.spans[place])
    if first == second:
        return None
    changed = _with(lines, one, one.spans[place], second)
    return _with(changed, other, other.spans[place], first), frozenset((one.line, other.line))


def _swapped_columns(lines: Sequence[str], table: _Table, rng: random.Random) -> Changed:
    """Give two columns of results each other's headings."""
    if _lies(lines, table):
        return None
    spans = table.head.spans
    results = [place for place, span in enumerate(spans) if _is_result(_text(lines, table.head, span))]
    if len(results) < 2:
        return None
    one, other = sorted(rng.sample(results, 2))
    first, second = _text(lines, table.head, spans[one]), _text(lines, table.head, spans[other])
    changed = _with(lines, table.head, spans[other], first)
    return _with(changed, table.head, spans[one], second), table.lines


def _other_dataset(lines: Sequence[str], table: _Table, rng: random.Random) -> Changed:
    """Name another dataset in the nearest line above the table, or in its caption, that names one."""
    del rng
    for number in range(table.head.line, 0, -1):
        if found := _DATASET.search(lines[number - 1]):
            changed = list(lines)
            line = lines[number - 1]
            changed[number - 1] = line[: found.start()] + _DATASETS[found.group()] + line[found.end() :]
            return changed, table.lines
    return None


def _dropped_sign_of_spread(lines: Sequence[str], table: _Table, rng: random.Random) -> Changed:
    row, span = _drawn(lines, table, rng)
    found = _PLUS_MINUS.search(lines[row.line - 1], *span)
    return None if found is None else (_with(lines, row, found.span(), rng.choice((" ", ""))), frozenset((row.line,)))


def _number_of_another_row(lines: Sequence[str], table: _Table, rng: random.Random) -> Changed:
    row, span = _drawn(lines, table, rng)
    other = rng.choice(table.rows)
    mine, theirs = _text(lines, row, span), _text(lines, other, other.spans[row.spans.index(span)])
    if _NUMBER.findall(mine) == _NUMBER.findall(theirs) or not _NUMBER.search(theirs):
        return None
    return _with(lines, row, span, theirs), frozenset((row.line,))


_KINDS: dict[str, Callable[[Sequence[str], _Table, random.Random], Changed]] = {
    "another digit": _digit,
    "digits transposed": _transposed,
    "decimal point moved": _moved_point,
    "sign": _sign,
    "unit": _unit,
    "rows swapped": _swapped_rows,
    "columns swapped": _swapped_columns,
    "another dataset": _other_dataset,
    "± dropped": _dropped_sign_of_spread,
    "number of another row": _number_of_another_row,
}


def _tables(document: AnsweredDocument) -> list[_Table]:
    """Return the tables of a document by its lines alone."""
    numbered = enumerate(document.text.splitlines(), start=1)
    found = []
    for is_row, lines in groupby(numbered, key=lambda one: _form(one[1], document.path.suffix) is not None):
        rows = [_row(number, line, document.path.suffix) for number, line in lines] if is_row else []
        rows = [row for row in rows if row.spans]
        if len(rows) > 1:
            found.append(_Table(head=rows[0], rows=tuple(rows[1:])))
    return found


def _form(line: str, suffix: str) -> str | None:
    """Return how a line of a table is written, a line between rows too; None for another line."""
    if suffix == ".tex":
        is_between = re.match(r"\s*(\\\w*rule|\\multicolumn|%)", line)
        return "latex" if is_between or _ROW["latex"].search(line) else None
    if re.search("</?t(r|head|body)>", line):
        return "html"
    return "markdown" if suffix == ".md" and line.startswith("|") else None


def _row(number: int, line: str, suffix: str) -> _Row:
    form = _form(line, suffix)
    if form is None or not _ROW[form].search(line) or set(line) <= set("|-: "):
        return _Row(line=number, spans=())
    return _Row(line=number, spans=tuple(match.span() for match in _CELL[form].finditer(line)))


def _drawn(lines: Sequence[str], table: _Table, rng: random.Random) -> tuple[_Row, tuple[int, int]]:
    """Return a row and the span of a cell of it that holds a number and is no name."""
    while True:
        row = rng.choice(table.rows)
        span = rng.choice(row.spans[1:])
        if _numbers(lines[row.line - 1], span):
            return row, span


def _digits(line: str, span: tuple[int, int]) -> list[int]:
    return [at for match in _NUMBER.finditer(line, *span) for at in range(*match.span()) if line[at].isdigit()]


def _numbers(line: str, span: tuple[int, int]) -> list[int]:
    """Return the places of the first digits of a cell's numbers; the digits of a name are none."""
    return [match.start() for match in _NUMBER.finditer(line, *span)]


def _first_number(lines: Sequence[str], row: _Row, span: tuple[int, int]) -> re.Match[str]:
    found = _NUMBER.search(lines[row.line - 1], *span)
    assert found is not None
    return found


def _is_result(heading: str) -> bool:
    return bool(
        re.search(r"(?i)top-|acc|error|params|parameter|CIFAR|MNIST|macs|정확도|파라미터|cutout|augment", heading)
    )


def _lies(lines: Sequence[str], table: _Table) -> bool:
    """Tell whether the table lies on its side."""
    return not _text(lines, table.head, table.head.spans[0]).strip()


def _at(text: str, numbers: frozenset[int]) -> Iterator[str]:
    return (line for number, line in enumerate(text.splitlines(), start=1) if number in numbers)


def _text(lines: Sequence[str], row: _Row, span: tuple[int, int]) -> str:
    return lines[row.line - 1][slice(*span)]


def _with(lines: Sequence[str], row: _Row, span: tuple[int, int], text: str) -> list[str]:
    line = lines[row.line - 1]
    changed = list(lines)
    changed[row.line - 1] = line[: span[0]] + text + line[span[1] :]
    return changed

r"""How wide a LaTeX table is on a page of `article`: which columns of text wrap, and whether it may have to shrink.

Widths are estimates from above, in digits (5 pt of Computer Modern at 10 pt).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from expdb.domain.value_text import one_line
from expdb.report.table import Table, TableColumn
from expdb.report.writers.layout import spans

_PAGE = 69.0  # \linewidth of article, 345 pt
_BETWEEN = 2.4  # 2 \tabcolsep
_WIDE = frozenset("mwMW%@&+=±×≤≥≠≈<>Δ—…→←")
_NARROW = frozenset(" fijlrstI.,:;!'|-()[]")
_LEAST_TEXT, _LEAST_LONG = 20.0, 28.0


@dataclass(frozen=True, kw_only=True)
class Fit:
    r"""How a table is put on a page.

    Attributes:
        columns: the letter or paragraph that `tabular` asks for of each column.
        is_wrapped: some are paragraphs (package `array`).
        is_scaled: it may still be wider than the page, so it shrinks to it (package `graphicx`).
    """

    columns: tuple[str, ...]
    is_wrapped: bool
    is_scaled: bool


def fit(table: Table) -> Fit:
    """Return how a table is put on a page: as it is where that is surely wide enough."""
    texts = [_texts(table, index) for index, _ in enumerate(table.columns)]
    widths = [max(map(_width, of_column)) for of_column in texts]
    wrapped = _wrapped(table.columns, texts, widths) if _total(table, widths) > _PAGE else {}
    letters = (
        rf">{{\raggedright\arraybackslash}}p{{{wrapped[index] / _PAGE:.2f}\linewidth}}"
        if index in wrapped
        else column.align[0]
        for index, column in enumerate(table.columns)
    )
    used = [wrapped.get(index, width) for index, width in enumerate(widths)]
    return Fit(columns=tuple(letters), is_wrapped=bool(wrapped), is_scaled=_total(table, used) > _PAGE)


def _texts(table: Table, index: int) -> list[str]:
    cells = (row.cells[index] for row in table.rows)
    heading = one_line(f"{table.columns[index].heading} {','.join(table.columns[index].marks)}")
    return [heading, *(one_line(f"{cell.text} {','.join(cell.marks)}") for cell in cells)]


def _wrapped(columns: Sequence[TableColumn], texts: Sequence[list[str]], widths: Sequence[float]) -> dict[int, float]:
    """Return the widths of the columns of long text: what the others leave, but never less than can be read."""
    least = {
        index: max(min(width / 2, _LEAST_LONG), *(_width(word) for text in texts[index] for word in text.split()), 1)
        for index, (column, width) in enumerate(zip(columns, widths, strict=True))
        if column.align == "left" and width > _LEAST_TEXT
    }
    least = {index: width for index, width in least.items() if width < widths[index]}
    others = sum(width for index, width in enumerate(widths) if index not in least) + _BETWEEN * len(columns)
    spare = _PAGE - others - sum(least.values())
    wanted = sum(widths[index] - width for index, width in least.items())
    share = max(0.0, min(1.0, spare / wanted)) if wanted else 0.0
    return {index: width + share * (widths[index] - width) for index, width in least.items()}


def _total(table: Table, widths: Sequence[float]) -> float:
    """Return the width of the whole table; headings of groups and sections may be wider than what they stand over."""
    total, start = _BETWEEN * len(widths), 0
    for under, num in spans(table.columns):
        total += max(sum(widths[start : start + num]), _width(under or ""))
        start += num
    return max(total, *(_width(row.section or "") + _BETWEEN for row in table.rows), 0.0)


def _width(text: str) -> float:
    return sum(map(_of_letter, text))


def _of_letter(char: str) -> float:
    if char.isdigit():
        return 1.0
    if char in _NARROW:
        return 0.8
    return 1.75 if char in _WIDE or ord(char) > 0x2FFF else 1.5 if char.isupper() else 1.12

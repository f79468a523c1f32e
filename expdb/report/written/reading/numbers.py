"""The numbers of a printed cell: `82.85 ± 0.12 (3)`, `82.85 (0.12)`, `82.1_{0.2}`, `87.63% (326/372)`, `< 0.001`."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache

from expdb.report.written.reading.cell_words import CellWords, cell_words
from expdb.report.written.reading.quantities import Form, Printed, decimal_of, read_quantity, unit_of

_MARKS = "*†‡§¶#✓ᵃᵇᶜᵈᵉᶠᵍ⁰¹²³⁴⁵⁶⁷⁸⁹↑↓▲▼ \u00a0"
_CITATION = re.compile(r"(?<=\S)(?:\s*\[\d{1,3}\])+$")
_FONT = re.compile(r"\\(?:text|math)(?:bf|it|rm)\s*\{([^{}]*)\}")
# Small digits below a number are its spread, as deep-learning papers save room: `82.1_{0.2}`, `82.1_{±0.2}`.
_BELOW = re.compile(r"(?<=[\d%])\s*_\s*\{?\s*(?:±\s*)?(\d+(?:\.\d+)?|\.\d+)\s*\}?")
_MINUS = re.compile(r"(?<![^\s(\[±$/])[\u2010-\u2013\u2212](?=\.?\d)")  # dashes before a number, but none of a range
_SAID_P = re.compile(r"p\s*(?:=|(?=[<≤]))\s*", re.IGNORECASE)
_PART = r"[^±()\[\]<≤]*\d[^±()\[\]<≤]*"
_BETWEEN = r"(?:,\s+|;|\s+to\s+|,(?=[^,]*$))"  # the ends of an interval
_CELL = (
    rf"(?P<below>[<≤]\s*)?(?P<main>{_PART})"
    rf"(?:±(?P<std>{_PART})|\((?:±(?P<around>{_PART})|(?P<bare>\d*\.\d+\s*%?))\)\s*)?"
    r"(?:\((?P<hits>\d[\d,]*)\s*/\s*(?P<total>\d[\d,]*)\)\s*)?"
    r"(?:\((?:n\s*=\s*)?(?P<n>\d+)(?:\s*SEEDS)?\)\s*)?"
    r"(?:\((?P<delta>[+-][^()\[\]]*)\)\s*)?"
    rf"(?:\[(?P<low>[^\[\]]*?){_BETWEEN}(?P<high>[^\[\]]*)\])?"
)
_INTERVAL = re.compile(rf"[\[(](?P<main>[^\[\]()]*?){_BETWEEN}(?P<high>[^\[\]()]*)[\])]")
_ATTACHED = re.compile(r"[\d%]\(\d+\)")
_MOST_SEEDS = 20  # that stand in brackets without a word


@dataclass(frozen=True, kw_only=True)
class PrintedCell:
    """What a cell prints: a number with its spread, number of seeds and interval, as far as they are there.

    Attributes:
        main: the number; of an interval alone its lower end.
        delta: a difference that follows in brackets.
        hits, total: `(326/372)`: how many images of how many the number is of.
        is_below: `< 0.001`: less than the number.
        is_interval: an interval alone.
    """

    main: Printed
    std: Printed | None = None
    n: int | None = None
    low: Printed | None = None
    high: Printed | None = None
    delta: Printed | None = None
    hits: int | None = None
    total: int | None = None
    is_below: bool = False
    is_interval: bool = False


def is_blank(text: str) -> bool:
    """Return whether a cell says that there is no number."""
    bare = text.strip().casefold()
    return not bare or bare in cell_words().kinds["blank"]


def read_cell(text: str, form: Form, units: tuple[str, ...] = (), *, is_interval: bool = False) -> PrintedCell | None:
    """Return the numbers of a cell; None where it is not read as one.

    A unit is read as what it says: one of time, memory or count is no number of a column that measures another thing.

    Args:
        text: the cell, as a reader sees it.
        form: the column's format: says what its numbers are measured in.
        units: what the heading says in brackets.
        is_interval: an interval alone is looked for, `[+1.16, +15.50]`.
    """
    return _read_cell(text, form, units, cell_words(), is_interval=is_interval)


@lru_cache(4096)
def _read_cell(
    text: str, form: Form, units: tuple[str, ...], words: CellWords, *, is_interval: bool
) -> PrintedCell | None:
    said_text = bare_cell(text)
    match = (_INTERVAL if is_interval else _cell_pattern(words)).fullmatch(said_text)
    if match is None:
        return None
    said = match.groupdict()
    parts = ("main", "std", "around", "bare", "low", "high", "delta")
    beside = [unit for name in ("std", "around", "bare", "main") if said.get(name) and (unit := unit_of(said[name]))]
    read = {
        name: read_quantity(said[name], form, _units(said[name], beside, units)) for name in parts if said.get(name)
    }
    if "main" not in read or any(number is None for number in read.values()):
        return None
    if is_interval and "high" not in read:
        return None
    main = read["main"]
    assert main is not None  # noqa: S101 - every cell has one
    spread = read.get("std") or read.get("around") or read.get("bare")
    if spread is not None and said["bare"] and spread.value * _least_ratio(form) > main.value:
        return None  # another result: 80.00 (94.01)
    if spread is not None and form == "percent" and "%" in (main.unit, spread.unit):
        main, spread = replace(main, may_be_fraction=False), replace(spread, may_be_fraction=False)
    if said.get("n") and not spread and int(said["n"]) > _MOST_SEEDS and not _says_seeds(said_text, words):
        return None  # another result: 80 (94)
    if said.get("n") and not spread and _ATTACHED.search(said_text) and not _says_seeds(said_text, words):
        return None  # an uncertainty of the last digits: 95.1(2)
    hits, total = (int(decimal_of(said[name])) if said.get(name) else None for name in ("hits", "total"))
    if hits is not None and total is not None and not _is_share(main, hits, total, form):
        return None
    return PrintedCell(
        main=main,
        std=spread,
        n=int(said["n"]) if said.get("n") else None,
        low=read.get("low"),
        high=read.get("high"),
        delta=read.get("delta"),
        hits=hits,
        total=total,
        is_below=bool(said.get("below")),
        is_interval=is_interval,
    )


def bare_cell(text: str) -> str:
    """Return a cell without what says nothing of its number: LaTeX's signs, arrows, `about`, citations."""
    plain = _FONT.sub(r"\1", text).replace(r"\pm", "±").replace("+/-", "±").replace("+-", "±").replace("$", "")
    plain = _BELOW.sub(r" ± \1", plain.replace(r"\%", "%"))
    plain = _MINUS.sub("-", plain).strip().strip(_MARKS)
    return _SAID_P.sub("", _CITATION.sub("", plain).lstrip("~≈ "), count=1)


@lru_cache(16)
def _cell_pattern(words: CellWords) -> re.Pattern[str]:
    return re.compile(_CELL.replace("SEEDS", words.pattern("seeds")))


def _says_seeds(text: str, words: CellWords) -> bool:
    return re.search(rf"n\s*=|{words.pattern('seeds')}", text) is not None


def _least_ratio(form: Form) -> int:
    """Return how often a spread without a sign goes into its number at least: 27.9 (6.5) are two error rates."""
    return 10 if form == "percent" else 4


def cell_unit(text: str) -> str:
    """Return the unit behind the number of a cell, or behind its spread; empty where none is."""
    match = _cell_pattern(cell_words()).fullmatch(bare_cell(text))
    if match is None:
        return ""
    return next((unit for name in ("main", "std", "around") if match[name] and (unit := unit_of(match[name]))), "")


def _units(part: str, beside: Sequence[str], units: Sequence[str]) -> Sequence[str]:
    """Return the units that a number may have: one without has that which stands beside it, as in `17.2 ± 0.3 h`."""
    return units if unit_of(part) or not beside else [beside[0], *units]


def _is_share(main: Printed, hits: int, total: int, form: Form) -> bool:
    """Return whether the number is hits of total, at its printed decimals."""
    if form != "percent" or not 0 <= hits <= total or not total:
        return False
    share = Decimal(100 * hits) / total
    numbers = [main, main.as_fraction()] if main.may_be_fraction else [main]
    return any(abs(share - number.value) < number.step for number in numbers)

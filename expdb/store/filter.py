"""The filter language: `dataset = cifar100 and top1 > 82% and (tag = best or group = "my group")`.

    filter    = either
    either    = both ("or" both)*
    both      = inverse ("and" inverse)*
    inverse   = "not" inverse | "(" either ")" | field operator value | field ["not"] "in" "(" value ("," value)* ")"
    operator  = "=" | "!=" | "<" | "<=" | ">" | ">=" | "~" (contains)
    value     = a bare word, "quoted" or 'quoted' text, or null (unknown)

A comparison with an unknown value is false, and `not` and `!=` turn it round: every filter splits the runs in two.
Text is compared without regard to case. Everything typed ends up as a parameter of the query, never as SQL.
"""

import math
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from difflib import get_close_matches
from itertools import takewhile
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.elements import NamedColumn

from expdb.errors import SpecError
from expdb.store.judged_status import COMPARABLE, status_is
from expdb.store.name_rules import storable
from expdb.store.tables import UtcDateTime, run_tags, runs

MAX_LENGTH = 2000
MAX_DEPTH = 30

Condition = sa.ColumnElement[bool]

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<symbol>!=|<=|>=|[=<>~(),])
      | (?P<quoted>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
      | (?P<word>[^\s=<>~!(),"']+)
    )""",
    re.VERBOSE | re.DOTALL,
)
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?%?", re.ASCII)
_COMPARISONS = {
    "=": sa.ColumnElement.__eq__,
    "<": sa.ColumnElement.__lt__,
    "<=": sa.ColumnElement.__le__,
    ">": sa.ColumnElement.__gt__,
    ">=": sa.ColumnElement.__ge__,
}
_OPERATORS = ("=", "!=", "<", "<=", ">", ">=", "~")
_OF_RUNS = ("id", "init_from", "teacher")  # fields whose values are numbers of runs
_KEYWORDS = ("and", "or", "not", "in", "null")
_TRUTH = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
_UNTOLD = sa.cast(sa.null(), sa.Boolean)
_TEXT_COLUMNS = (runs.c.name, runs.c.model, runs.c.note, runs.c.group)

FIELDS = (*COMPARABLE, "tag", "text")


def compile_filter(text: str, *, unknown: Collection[str] = ()) -> Condition:
    """Return the condition on `runs` that a filter says; an empty one holds for all.

    Args:
        text: the filter.
        unknown: fields of which nothing can be said yet: where it depends on them, the condition is null.

    Raises:
        SpecError: the filter cannot be understood; names the position and what was expected.
    """
    if len(text) > MAX_LENGTH:
        raise SpecError(f"the filter has {len(text)} characters: use at most {MAX_LENGTH}")
    if not text.strip():
        return sa.true()
    return _Parser(text, unknown).parse()


def passing(where: str, *, include_removed: bool = False) -> list[Condition]:
    """Return the conditions on `runs` of a filter; removed runs pass where they are asked for. Raises SpecError."""
    return [compile_filter(where)] + ([] if include_removed else [runs.c.removed_at.is_(None)])


@dataclass(frozen=True, kw_only=True)
class _Token:
    kind: str  # symbol, quoted, word, end
    text: str
    position: int  # 1-based

    def is_keyword(self, word: str) -> bool:
        return self.kind == "word" and self.text.lower() == word

    def is_symbol(self, *symbols: str) -> bool:
        return self.kind == "symbol" and self.text in symbols


class _Parser:
    """Recursive descent over the tokens of one filter."""

    def __init__(self, text: str, unknown: Collection[str]) -> None:
        self._text = text
        self._unknown = unknown
        self._tokens = _tokens(text)
        self._next = 0
        self._depth = 0

    def parse(self) -> Condition:
        condition = self._either()
        if self._peek.kind != "end":
            raise self._unexpected("and, or, or the end")
        return condition

    @property
    def _peek(self) -> _Token:
        return self._tokens[self._next]

    def _take(self) -> _Token:
        token = self._peek
        self._next += 1
        return token

    def _take_keyword(self, word: str) -> bool:
        is_there = self._peek.is_keyword(word)
        self._next += is_there
        return is_there

    def _expect_symbol(self, symbol: str) -> None:
        if not self._peek.is_symbol(symbol):
            raise self._unexpected(repr(symbol))
        self._next += 1

    def _either(self) -> Condition:
        conditions = [self._both()]
        while self._take_keyword("or"):
            conditions.append(self._both())
        return sa.or_(*conditions)

    def _both(self) -> Condition:
        conditions = [self._inverse()]
        while self._take_keyword("and"):
            conditions.append(self._inverse())
        return sa.and_(*conditions)

    def _inverse(self) -> Condition:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise SpecError(f"the filter is nested deeper than {MAX_DEPTH} at position {self._peek.position}")
        if self._take_keyword("not"):
            condition = sa.not_(self._inverse())
        elif self._peek.is_symbol("("):
            self._next += 1
            condition = self._either()
            self._expect_symbol(")")
        else:
            condition = self._comparison()
        self._depth -= 1
        return condition

    def _comparison(self) -> Condition:
        field = self._field()
        is_negated = self._take_keyword("not")
        if self._take_keyword("in"):
            self._expect_symbol("(")
            conditions = [self._compare(field, "=", self._value())]
            while self._peek.is_symbol(","):
                self._next += 1
                conditions.append(self._compare(field, "=", self._value()))
            self._expect_symbol(")")
            condition = sa.or_(*conditions)
            return sa.not_(condition) if is_negated else condition
        if is_negated:
            raise self._unexpected("in")
        if not self._peek.is_symbol(*_OPERATORS):
            raise self._unexpected("one of " + " ".join(_OPERATORS) + " in")
        operator = self._take().text
        if operator == "!=":
            return sa.not_(self._compare(field, "=", self._value()))
        return self._compare(field, operator, self._value())

    def _field(self) -> str:
        if self._peek.kind != "word" or self._peek.text.lower() in _KEYWORDS:
            raise self._unexpected("a field")
        token = self._take()
        name = token.text.lower()
        if name not in FIELDS:
            near = get_close_matches(name, FIELDS, n=3, cutoff=0.5)
            hint = f"did you mean {', '.join(near)}?" if near else f"fields are {', '.join(FIELDS[:12])}…"
            raise SpecError(f"unknown field {token.text!r} at position {token.position} of the filter: {hint}")
        return name

    def _value(self) -> _Token:
        token = self._peek
        is_reserved = token.kind == "word" and token.text.lower() in _KEYWORDS and not token.is_keyword("null")
        if token.kind not in ("word", "quoted") or is_reserved:
            raise self._unexpected("a value (quote it if it is one of the words and, or, not, in)")
        return self._take()

    def _compare(self, field: str, operator: str, value: _Token) -> Condition:
        condition = _compared(field, operator, value)
        return _UNTOLD if field in self._unknown else condition

    def _unexpected(self, expected: str) -> SpecError:
        token = self._peek
        found = repr(token.text) if token.text else "the end"
        return SpecError(f"filter {self._text!r}: expected {expected} at position {token.position}, found {found}")


def _tokens(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    position, end = 0, len(text.rstrip())
    while position < end:
        match = _TOKEN.match(text, position)
        if match is None:
            start = position + len(text[position:]) - len(text[position:].lstrip())
            problem = "a quote is not closed" if text[start] in "\"'" else f"{text[start]!r} is not understood"
            raise SpecError(f"filter {text!r}: {problem} at position {start + 1}")
        kind = str(match.lastgroup)
        content = match.group(kind)
        if "\0" in content or storable(content) != content:
            raise SpecError(f"filter {text!r}: not printable text at position {match.start(kind) + 1}")
        if kind == "quoted":
            content = re.sub(r"\\(.)", r"\1", content[1:-1], flags=re.DOTALL)
        tokens.append(_Token(kind=kind, text=content, position=match.start(kind) + 1))
        position = match.end()
    return [*tokens, _Token(kind="end", text="", position=end + 1)]


def _compared(field: str, operator: str, value: _Token) -> Condition:
    if value.is_keyword("null"):
        if operator != "=" or field == "text":
            raise _refused(value, f"null goes with = and != only, not with {field} {operator}")
        return sa.not_(_has_tag(sa.true())) if field == "tag" else COMPARABLE[field].is_(None)
    if field == "text":
        if operator != "~":
            raise _refused(value, f"text is searched with ~, not with {operator}")
        return sa.or_(*(_known(column, _contains(column, value.text)) for column in _TEXT_COLUMNS))
    if field == "tag":
        return _has_tag(_compare_text(run_tags.c.tag, operator, value))
    if field == "status" and operator == "=":
        return status_is(value.text.lower())
    column = COMPARABLE[field]
    return _known(column, _compare_column(column, operator, value))


def _compare_column(column: NamedColumn[Any], operator: str, value: _Token) -> Condition:
    if isinstance(column.type, sa.Text):
        return _compare_text(column, operator, value)
    if operator == "~":
        raise _refused(value, f"~ searches text, and {column.name} is none")
    if isinstance(column.type, sa.Boolean):
        if operator != "=" or value.text.lower() not in _TRUTH:
            raise _refused(value, f"{column.name} is true or false, compared with = and !=")
        return column.is_(_TRUTH[value.text.lower()])
    if isinstance(column.type, UtcDateTime):
        return _COMPARISONS[operator](column, sa.literal(_time(column, value), UtcDateTime))
    return _COMPARISONS[operator](column, sa.literal(_number(column, value), sa.Double))


def _compare_text(column: NamedColumn[Any], operator: str, value: _Token) -> Condition:
    if operator == "~":
        return _contains(column, value.text)
    if operator == "=":
        return sa.func.lower(column) == sa.func.lower(sa.literal(value.text, sa.Text))
    raise _refused(value, f"{column.name} is text: compare it with =, != or ~, not with {operator}")


def _contains(column: NamedColumn[Any], text: str) -> Condition:
    return column.icontains(text, autoescape=True)


def _known(column: NamedColumn[Any], condition: Condition) -> Condition:
    """Make a comparison false, not unknown, where the column is NULL."""
    return sa.and_(column.is_not(None), condition) if getattr(column, "nullable", False) else condition


def _has_tag(condition: Condition) -> Condition:
    return sa.exists().where(run_tags.c.run_id == runs.c.id, condition)


def _number(column: NamedColumn[Any], value: _Token) -> float:
    if not _NUMBER.fullmatch(value.text):
        raise _refused(value, f"{column.name} is a number")
    digits = Decimal(value.text.removesuffix("%"))
    number = float(digits / 100 if value.text.endswith("%") else digits)
    if not math.isfinite(number):
        raise _refused(value, f"{column.name} is a finite number")
    return number


def _time(column: NamedColumn[Any], value: _Token) -> datetime:
    try:
        time = datetime.fromisoformat(value.text)
        return (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise _refused(value, f"{column.name} is a time like 2026-11-21 or 2026-11-21T13:05") from error


def _refused(value: _Token, reason: str) -> SpecError:
    return SpecError(f"{value.text!r} at position {value.position} of the filter: {reason}")


def renumbered(text: str, new_id: Callable[[int], int]) -> tuple[str, list[str]]:
    """Return a filter with other numbers for the runs that it names, and what in it names runs otherwise.

    Args:
        text: the filter.
        new_id: gives the number that stands for one.

    Raises:
        SpecError: the filter cannot be understood.
    """
    compile_filter(text)
    tokens = _tokens(text)
    named: list[_Token] = []
    odd: list[str] = []
    for index, token in enumerate(tokens):
        if token.kind != "word" or token.text.lower() not in _OF_RUNS:
            continue
        following = tokens[index + 1 :]
        if following[0].is_symbol("=", "!="):
            named.append(following[1])
        elif following[0].is_symbol(*_OPERATORS):
            odd.append(f"{token.text} {following[0].text} {following[1].text}")
        elif following[0].is_keyword("in") or following[0].is_keyword("not"):
            inside = takewhile(lambda one: not one.is_symbol(")"), following)
            named += [one for one in inside if one.text.isdecimal()]
    for token in reversed([one for one in named if one.text.isdecimal()]):
        start = token.position - 1 + (token.kind == "quoted")
        text = text[:start] + str(new_id(int(token.text))) + text[start + len(token.text) :]
    odd += [one.text for one in named if not (one.text.isdecimal() or one.is_keyword("null") or one.kind == "symbol")]
    return text, odd

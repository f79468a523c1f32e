"""From the words of a filter to its condition and the terms that it joins."""

import re
from collections.abc import Collection
from dataclasses import dataclass, replace

import sqlalchemy as sa

from expdb.errors import FilterError
from expdb.store.filtering.comparisons import FilterValue, compared
from expdb.store.filtering.filter_fields import FilterField, field_of_words, nearest_fields
from expdb.store.filtering.filter_words import SIGNS_INSTEAD, FilterWord, filter_words
from expdb.store.filtering.text_conditions import Condition
from expdb.store.filtering.told_values import ToldValues

MAX_DEPTH = 30
OPERATORS = ("=", "!=", "<", "<=", ">", ">=", "~")

_UNTOLD = sa.cast(sa.null(), sa.Boolean)
# Operators of other languages that are words.
_WORDS_INSTEAD = {
    **dict.fromkeys(("like", "ilike", "contains", "includes", "has", "matches"), "~ (contains, without % or *)"),
    **dict.fromkeys(("is", "eq", "equals", "equal"), "="),
    **dict.fromkeys(("isnt", "ne"), "!="),
    "between": ">= A and FIELD <= B",
}
# What may follow a number or a time, after a blank.
_GOES_ON = re.compile(
    r"%|[kKMGTB]|[kMGT]i?B|\d+(\.\d+)?(h|m|min|s)|h|m|min|s|\d\d:\d\d(:\d\d(\.\d+)?)?|UTC|Z", re.ASCII
)


@dataclass(frozen=True, kw_only=True)
class Term:
    """A part of a filter that must hold: its text as typed, its condition, and what it compares, if one field."""

    text: str
    condition: Condition
    field: FilterField | None = None
    operator: str = ""
    values: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class FieldComparison:
    """A field, how it is compared, and with what."""

    field: FilterField
    operator: str
    value: FilterValue


@dataclass(frozen=True, kw_only=True)
class ParsedFilter:
    """A filter: its condition, the terms that it joins with `and`, and all its comparisons in order."""

    condition: Condition
    terms: tuple[Term, ...]
    comparisons: tuple[FieldComparison, ...] = ()


class FilterParser:
    """Recursive descent over the words of one filter."""

    def __init__(self, text: str, unknown: Collection[str], told: ToldValues) -> None:
        self._text = text
        self._unknown = unknown
        self._told = told
        self._words = filter_words(text)
        self._next = 0
        self._depth = 0
        self._comparisons: list[FieldComparison] = []

    def parse(self) -> ParsedFilter:
        """Return what the filter says. Raises FilterError."""
        parsed = self._either()
        if self._peek.kind != "end":
            raise self._unexpected("and, or, or the end", self._hint_behind())
        return replace(parsed, comparisons=tuple(self._comparisons))

    @property
    def _peek(self) -> FilterWord:
        return self._words[self._next]

    def _take(self) -> FilterWord:
        word = self._peek
        self._next += 1
        return word

    def _take_keyword(self, word: str) -> bool:
        is_there = self._peek.is_keyword(word)
        self._next += is_there
        return is_there

    def _expect_symbol(self, symbol: str) -> None:
        if not self._peek.is_symbol(symbol):
            raise self._unexpected(repr(symbol), self._hint_behind())
        self._next += 1

    def _either(self) -> ParsedFilter:
        first = self._next
        parts = [self._both()]
        while self._take_keyword("or"):
            parts.append(self._both())
        if len(parts) == 1:
            return parts[0]
        return self._one(first, sa.or_(*(part.condition for part in parts)))

    def _both(self) -> ParsedFilter:
        parts = [self._inverse()]
        while self._take_keyword("and"):
            parts.append(self._inverse())
        terms = tuple(term for part in parts for term in part.terms)
        return ParsedFilter(condition=sa.and_(*(part.condition for part in parts)), terms=terms)

    def _inverse(self) -> ParsedFilter:
        self._depth += 1
        first = self._next
        if self._depth > MAX_DEPTH:
            raise FilterError(f"the filter is nested deeper than {MAX_DEPTH} at position {self._peek.position}")
        if self._take_keyword("not"):
            part = self._one(first, sa.not_(self._inverse().condition))
        elif self._peek.is_symbol("("):
            self._next += 1
            part = self._either()
            self._expect_symbol(")")
        else:
            part = self._comparison()
        self._depth -= 1
        return part

    def _comparison(self) -> ParsedFilter:
        first = self._next
        field = self._field()
        is_negated = self._take_keyword("not")
        if self._take_keyword("in"):
            values = self._list(field)
            condition = sa.or_(*(self._compare(field, "=", value) for value in values))
            told = "!=" if is_negated else "="
            return self._one(first, sa.not_(condition) if is_negated else condition, field, told, values)
        if is_negated:
            raise self._unexpected("in", self._instead(is_negated=True))
        if not self._peek.is_symbol(*OPERATORS):
            hint = "quote a heading with its brackets" if self._peek.is_symbol("(") else self._instead()
            error = self._unexpected("one of " + " ".join(OPERATORS) + " in", hint)
            raise FilterError(str(error), lone=self._lone(first))
        operator = self._operator()
        value = self._value(field)
        condition = self._compare(field, "=" if operator == "!=" else operator, value)
        return self._one(first, sa.not_(condition) if operator == "!=" else condition, field, operator, [value])

    def _one(
        self,
        first: int,
        condition: Condition,
        field: FilterField | None = None,
        operator: str = "",
        values: Collection[FilterValue] = (),
    ) -> ParsedFilter:
        """Return what the words from one on say, as one term."""
        typed = self._text[self._words[first].start : self._words[self._next - 1].end]
        texts = tuple("" if value.is_null else value.text for value in values)
        term = Term(text=" ".join(typed.split()), condition=condition, field=field, operator=operator, values=texts)
        return ParsedFilter(condition=condition, terms=(term,))

    def _field(self) -> FilterField:
        if not (self._peek.is_free or self._peek.kind == "quoted"):
            raise self._unexpected("a field", self._instead())
        first, texts = self._peek, [self._peek.text]
        for word in self._words[self._next + 1 :] if first.is_free else ():
            if not word.is_free:
                break
            texts.append(word.text)
        found = field_of_words(texts)
        if found is None:
            told = f"unknown field {first.text!r} at position {first.position} of the filter"
            raise FilterError(
                f"{told}: {nearest_fields(first.text)}",
                lone=self._lone(self._next),
                unknown=(first.text, first.position),
            )
        self._next += found[1]
        return found[0]

    def _lone(self, first: int) -> tuple[str, int] | None:
        """Return what stands where a condition should from a word on, if nothing compares it, and its place."""
        last = first
        while self._words[last].is_free or self._words[last].kind == "quoted":
            last += 1
        end = self._words[last]
        if end.kind == "end" or end.is_symbol(")", "&&", "||") or end.is_keyword("and") or end.is_keyword("or"):
            text = " ".join(word.text for word in self._words[first:last])
            return text, self._words[first].position
        return None

    def _operator(self) -> str:
        operator = self._take()
        if self._peek.kind == "symbol" and self._peek.start == operator.end and not self._peek.is_symbol("("):
            raise self._unexpected("a value")
        return operator.text

    def _list(self, field: FilterField) -> list[FilterValue]:
        if not self._peek.is_symbol("("):
            raise self._unexpected("'('", "write in (A, B)")
        self._next += 1
        values = [self._value(field, is_listed=True)]
        while self._peek.is_symbol(","):
            self._next += 1
            values.append(self._value(field, is_listed=True))
        self._expect_symbol(")")
        return values

    def _value(self, field: FilterField, *, is_listed: bool = False) -> FilterValue:
        first = self._peek
        if not (first.is_free or first.kind == "quoted" or first.is_keyword("null")):
            raise self._unexpected("a value (quote it if it is one of the words and, or, not, in)")
        self._next += 1
        if first.kind == "quoted" or first.is_keyword("null"):
            is_null = first.kind != "quoted"
            start = first.start + (first.kind == "quoted")
            return FilterValue(text=first.text, position=first.position, start=start, is_null=is_null)
        text = first.text
        if field.kind in ("number", "time", "stated"):
            text += self._thousands(text, is_listed=is_listed)
            while self._peek.is_free and _GOES_ON.fullmatch(self._peek.text):
                text += " " + self._take().text
        return FilterValue(text=text, position=first.position, start=first.start)

    def _thousands(self, text: str, *, is_listed: bool) -> str:
        """Take what follows a number as in `10,000`, which in a list would be two numbers."""
        taken = ""
        while re.fullmatch(r"[+-]?\d{1,3}", text, re.ASCII) and self._is_group_of_digits():
            if is_listed:
                if self._words[self._next + 1].text.startswith("0"):
                    raise self._unexpected("a blank after the comma, or 10000 for '10,000'")
                break
            self._next += 1
            text = self._take().text
            taken += f",{text}"
        if not is_listed and self._peek.is_symbol(",") and self._words[self._next + 1].text[:1].isdecimal():
            raise self._unexpected("and, or, or the end", "a number has a point, 82.85%, and a list is in (A, B)")
        return taken

    def _is_group_of_digits(self) -> bool:
        comma, digits = self._words[self._next], self._words[min(self._next + 1, len(self._words) - 1)]
        is_near = self._words[self._next - 1].end == comma.start and comma.end == digits.start
        return is_near and comma.is_symbol(",") and re.fullmatch(r"\d{3}(\.\d*)?", digits.text) is not None

    def _compare(self, field: FilterField, operator: str, value: FilterValue) -> Condition:
        self._comparisons.append(FieldComparison(field=field, operator=operator, value=value))
        condition = compared(field, operator, value, self._told)
        return _UNTOLD if field.name in self._unknown else condition

    def _instead(self, *, is_negated: bool = False) -> str:
        """Return what to write instead of what another language writes; empty where nothing is known."""
        word = self._peek
        if word.kind == "symbol":
            return f"write {SIGNS_INSTEAD[word.text]} instead of {word.text}" if word.text in SIGNS_INSTEAD else ""
        small = word.text.lower() if word.kind == "word" else ""
        if is_negated and small in _WORDS_INSTEAD:
            return f"write not FIELD {_WORDS_INSTEAD[small]}"
        if small == "is" and self._words[self._next + 1].is_keyword("not"):
            return "write != instead of is not"
        return f"write {_WORDS_INSTEAD[small]} instead of {word.text}" if small in _WORDS_INSTEAD else ""

    def _hint_behind(self) -> str:
        """Return what may be meant by a word behind a whole condition."""
        word = self._peek
        if word.kind == "symbol":
            return "a list is written in (A, B)" if word.text == "," else self._instead()
        if not (word.is_free or word.kind == "quoted"):
            return ""
        if self._words[self._next + 1].is_symbol(*OPERATORS):
            return "write and between two conditions"
        return "quote a value of several words"

    def _unexpected(self, expected: str, hint: str = "") -> FilterError:
        word = self._peek
        found = repr(word.text) if word.text else "the end"
        told = f"expected {expected} at position {word.position}, found {found}"
        return FilterError(f"filter {self._text!r}: {told}" + (f": {hint}" if hint else ""))

"""Conditions on texts, without regard to case and composed letters: in functions that each back end has."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from expdb.store.database.folding import FOLD_FUNCTION, capitals_of, folded

Condition = sa.ColumnElement[bool]
_Column = sa.ColumnElement[Any]


class _Small(FunctionElement[str]):
    """A column's text with the letters of ASCII in small ones."""

    type = sa.Text()
    inherit_cache = True


class _Folded(FunctionElement[str]):
    """A column's text folded, as far as the letters matter that are given with what they fold to."""

    type = sa.Text()
    inherit_cache = True


@compiles(_Small, "sqlite")
def _small_sqlite(element: _Small, compiler: Any, **kw: Any) -> str:
    return f"lower({compiler.process(element.clauses, **kw)})"


@compiles(_Small, "postgresql")
def _small_postgres(element: _Small, compiler: Any, **kw: Any) -> str:
    return f'lower(({compiler.process(element.clauses, **kw)}) COLLATE "C")'


@compiles(_Folded, "sqlite")
def _folded_sqlite(element: _Folded, compiler: Any, **kw: Any) -> str:
    column, *_ = element.clauses
    return f"{FOLD_FUNCTION}({compiler.process(column, **kw)})"


@compiles(_Folded, "postgresql")
def _folded_postgres(element: _Folded, compiler: Any, **kw: Any) -> str:
    column, capitals, small = (compiler.process(clause, **kw) for clause in element.clauses)
    # A server that does not store Unicode cannot compose it.
    composed = f"CASE WHEN current_setting('server_encoding') = 'UTF8' THEN normalize({column}, NFC) ELSE {column} END"
    line = rf"btrim(regexp_replace({composed}, '\s+', ' ', 'g'))"
    return f'translate(lower(({line}) COLLATE "C"), {capitals}, {small})'


def equals_text(column: _Column, value: str, *, has_lines: bool = False) -> Condition:
    """Return the condition that a column holds a text, which may have lines where the value has none."""
    small = folded(value)
    if small.isascii() and " " not in small and not has_lines:  # in words of the database, ten times as fast
        return _Small(column) == sa.literal(value.lower(), sa.Text)
    return _folded(column, small) == sa.literal(small, sa.Text)


def is_one_of_texts(column: _Column, values: tuple[str, ...]) -> Condition:
    """Return the condition that a column holds one of these texts."""
    return sa.or_(*(equals_text(column, value) for value in values))


def contains_text(column: _Column, value: str) -> Condition:
    """Return the condition that a text is found in a column's."""
    small = folded(value)
    return _Within(_folded(column, small), sa.literal(small, sa.Text)) > 0


class _Within(FunctionElement[int]):
    """Where in a text another begins, from 1; 0: nowhere."""

    type = sa.Integer()
    inherit_cache = True


@compiles(_Within, "sqlite")
def _within_sqlite(element: _Within, compiler: Any, **kw: Any) -> str:
    return f"instr({compiler.process(element.clauses, **kw)})"


@compiles(_Within, "postgresql")
def _within_postgres(element: _Within, compiler: Any, **kw: Any) -> str:
    return f"strpos({compiler.process(element.clauses, **kw)})"


def _folded(column: _Column, small: str) -> _Folded:
    capitals, letters = capitals_of(small) if not small.isascii() else ("", "")
    return _Folded(column, sa.literal(capitals, sa.Text), sa.literal(letters, sa.Text))

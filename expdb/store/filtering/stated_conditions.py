"""Conditions on what documents state, which has any name: `metrics.mIoU > 70`, `settings.optimizer = adamw`.

Names and values are parameters of the query. A JSON document is looked into by the functions of each back end.
"""

import re
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from expdb.store.filtering.filter_fields import FilterField
from expdb.store.filtering.filter_values import TRUTH, Stretch
from expdb.store.filtering.text_conditions import Condition, contains_text, equals_text
from expdb.store.points.point_columns import ends_with, has_last_value, last_of
from expdb.store.tables import runs


class _StatedNumber(FunctionElement[float]):
    """The number that a document gives under a name; NULL where it gives none."""

    type = sa.Double()
    inherit_cache = True


class _StatedText(FunctionElement[str]):
    """What a document gives under a name, as text: `yes` and `no` for true and false."""

    type = sa.Text()
    inherit_cache = True


@compiles(_StatedNumber, "sqlite")
def _number_sqlite(element: _StatedNumber, compiler: Any, **kw: Any) -> str:
    document, name = (compiler.process(clause, **kw) for clause in element.clauses)
    number = "CASE WHEN type IN ('integer', 'real') THEN value END"
    return f"(SELECT {number} FROM json_each({document}) WHERE key = {name})"  # noqa: S608 - columns and binds


@compiles(_StatedNumber, "postgresql")
def _number_postgres(element: _StatedNumber, compiler: Any, **kw: Any) -> str:
    document, name = (compiler.process(clause, **kw) for clause in element.clauses)
    number = f"CAST({document} ->> {name} AS double precision)"
    return f"CASE WHEN json_typeof({document} -> {name}) = 'number' THEN {number} END"


@compiles(_StatedText, "sqlite")
def _text_sqlite(element: _StatedText, compiler: Any, **kw: Any) -> str:
    document, name = (compiler.process(clause, **kw) for clause in element.clauses)
    text = "CASE type WHEN 'true' THEN 'yes' WHEN 'false' THEN 'no' WHEN 'null' THEN NULL ELSE CAST(value AS TEXT) END"
    return f"(SELECT {text} FROM json_each({document}) WHERE key = {name})"  # noqa: S608 - columns and binds


@compiles(_StatedText, "postgresql")
def _text_postgres(element: _StatedText, compiler: Any, **kw: Any) -> str:
    document, name = (compiler.process(clause, **kw) for clause in element.clauses)
    text = f"{document} ->> {name}"
    truth = f"CASE WHEN {text} = 'true' THEN 'yes' ELSE 'no' END"
    return f"CASE WHEN json_typeof({document} -> {name}) = 'boolean' THEN {truth} ELSE {text} END"


def stated_number(field: FilterField) -> sa.ColumnElement[Any]:
    """Return the number that a document states of a field; of a metric, the last that was logged."""
    space, name = field.stated
    stated = _StatedNumber(runs.c[space], sa.literal(name, sa.Text))
    return sa.func.coalesce(last_of(field.name), stated) if space == "metrics" else stated


def stated_words(field: FilterField) -> sa.ColumnElement[Any]:
    """Return what a document states of a field, as text."""
    space, name = field.stated
    return _StatedText(runs.c[space], sa.literal(name, sa.Text))


def is_unstated(field: FilterField) -> Condition:
    """Return the condition that no document states a field, nor a script has logged it."""
    unsaid = stated_words(field).is_(None)
    return sa.and_(unsaid, sa.not_(has_last_value(field.name))) if field.stated[0] == "metrics" else unsaid


def ends_so(field: FilterField, special: str) -> Condition:
    """Return the condition that the last value of a metric is `nan`, `inf` or `-inf`."""
    ended = ends_with(field.name, special)
    return sa.or_(ended, equals_text(stated_words(field), special)) if field.kind == "stated" else ended


def states_value(field: FilterField, operator: str, text: str, number: Stretch | None) -> Condition:
    """Return the condition that what is stated is equal to a text or number, or contains the text."""
    said = stated_words(field)
    if operator == "~":
        return contains_text(said, text)
    words = [text] if text.lower() not in TRUTH else [text, "yes" if TRUTH[text.lower()] else "no"]
    found = [equals_text(said, word) for word in words]
    if number is not None:
        value = stated_number(field)
        found.append(value.between(sa.literal(number.low, sa.Double), sa.literal(number.high, sa.Double)))
    if (listed := _as_list(text)) is not None:
        found.append(sa.func.replace(said, " ", "") == sa.literal(listed, sa.Text))
    return sa.or_(*found)


def _as_list(text: str) -> str | None:
    """Return `224 x 224` or `224, 224` as JSON has it, without blanks; None where it is no list of numbers."""
    items = re.split(r"\s*[,x×]\s*", text.strip("[] "))
    is_list = len(items) > 1 and all(re.fullmatch(r"-?\d+(\.\d+)?", item, re.ASCII) for item in items)
    return f"[{','.join(items)}]" if is_list else None

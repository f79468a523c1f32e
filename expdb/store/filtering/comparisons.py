"""From a field, an operator and a value to a condition of SQL. Everything typed ends up as a parameter."""

import operator as operators
from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.elements import NamedColumn

from expdb.catalog.told_fields import TOLD
from expdb.domain.task import metrics_by_key
from expdb.domain.value_text import format_value
from expdb.errors import FilterError
from expdb.store.database.folding import folded
from expdb.store.filtering.filter_fields import FilterField
from expdb.store.filtering.filter_values import TRUTH, Stretch, ValueRefusedError, read_number, read_time
from expdb.store.filtering.printed_labels import is_printed_as
from expdb.store.filtering.printed_names import names_printed_as, names_printed_with
from expdb.store.filtering.stated_conditions import ends_so, is_unstated, stated_number, states_value
from expdb.store.filtering.text_conditions import Condition, contains_text, equals_text, is_one_of_texts
from expdb.store.filtering.told_values import ToldValues
from expdb.store.judged_status import COMPARABLE, status_is
from expdb.store.tables import UtcDateTime, run_tags, runs

_COMPARISONS = {
    "<": sa.ColumnElement.__lt__,
    "<=": sa.ColumnElement.__le__,
    ">": sa.ColumnElement.__gt__,
    ">=": sa.ColumnElement.__ge__,
}
_OF_NUMBERS = {"<": operators.lt, "<=": operators.le, ">": operators.gt, ">=": operators.ge}
_TEXT_COLUMNS = (runs.c.name, runs.c.model, runs.c.note, runs.c.group)
_OF_LINES = ("note", "reason", "error_message", "command", "source")  # print on one line, whatever they have
# What people call the values of closed sets.
_MEANT = {
    "complete": "finished",
    "completed": "finished",
    "done": "finished",
    "ok": "finished",
    "success": "finished",
    "error": "failed",
    "dead": "crashed",
    "active": "running",
    "pending": "queued",
    "waiting": "queued",
    "gpu": "cuda",
    "bfloat16": "bf16",
    "float32": "fp32",
    "amp": "bf16",
}

# What is no number, by how people and tables write it.
_NO_NUMBERS = {"nan": "nan", "inf": "inf", "+inf": "inf", "-inf": "-inf", "infinity": "inf", "-infinity": "-inf"}


@dataclass(frozen=True, kw_only=True)
class FilterValue:
    """A value, its place in the filter from 1, and where its text begins there, from 0."""

    text: str
    position: int
    start: int = 0
    is_null: bool = False


def compared(field: FilterField, operator: str, value: FilterValue, told: ToldValues) -> Condition:
    """Return the condition that a field of a run compares so with a value; never unknown, but false.

    Args:
        field: the field.
        operator: of the language, but not `!=`.
        value: what it is compared with.
        told: what is told of several fields of the runs.

    Raises:
        FilterError: the field is not compared so, or the value is none that it can have.
    """
    try:
        return _compared(field, operator, value, told)
    except ValueRefusedError as error:
        at = f"{value.text!r} at position {value.position} of the filter"
        raise FilterError(f"{at}: {error}", reason=str(error)) from error


def _compared(field: FilterField, operator: str, value: FilterValue, told: ToldValues) -> Condition:
    if value.is_null:
        return _is_unknown(field, operator, told)
    if field.name == "text":
        if operator != "~":
            raise ValueRefusedError(f"text is searched with ~, not with {operator}")
        return sa.or_(*(_known(column, contains_text(column, value.text)) for column in _TEXT_COLUMNS))
    if field.told is not None:
        return told.condition(field.told, _told_as(field, operator, value.text))
    if _is_metric(field) and (special := _NO_NUMBERS.get(value.text.lower())):
        return _is_no_number(field, operator, special)
    if field.name == "tag":
        has_tag = _has_tag(_compare_text(field, run_tags.c.tag, operator, value.text))
        return sa.or_(has_tag, _is_cell(told, "tags", value.text)) if operator == "=" and "," in value.text else has_tag
    if field.kind == "stated":
        return sa.func.coalesce(_compare_stated(field, operator, value.text), sa.false())
    column = COMPARABLE[field.name]
    if field.kind == "text":
        found = _compare_text(field, column, operator, value.text)
        is_composed = field.name == "model" and operator == "=" and " + " in value.text  # as under the heading Model
        return sa.or_(found, _is_cell(told, "model_aug", value.text)) if is_composed else found
    return _known(column, _compare_column(field, column, operator, value.text))


def _is_metric(field: FilterField) -> bool:
    return field.name in metrics_by_key() or (field.kind == "stated" and field.stated[0] == "metrics")


def _is_no_number(field: FilterField, operator: str, special: str) -> Condition:
    """Return the condition that the last value of a metric is NaN, or infinite: which finds what diverged."""
    if operator != "=":
        raise ValueRefusedError(f"{special} goes with = and != only, not with {field.name} {operator}")
    return sa.func.coalesce(ends_so(field, special), sa.false())


def _told_as(field: FilterField, operator: str, text: str) -> Callable[[Any], bool]:
    """Return what tells whether a value, None where it is unknown, compares so with a text."""
    if field.kind == "number":
        if operator == "~":
            raise ValueRefusedError(f"~ searches text, and {field.name} is none")
        number = read_number(field, text)
        if operator == "=":
            return lambda value: value is not None and (value == number.exact or number.low <= value < number.high)
        compare = _OF_NUMBERS[operator]
        return lambda value: value is not None and compare(value, number.exact)
    if operator not in ("=", "~"):
        raise ValueRefusedError(f"{field.name} is text: compare it with =, != or ~, not with {operator}")
    wanted = folded(_choice(field, text) if field.choices and operator == "=" else text)
    is_so = operators.eq if operator == "=" else operators.contains
    return lambda value: value is not None and is_so(folded(format_value(value, "text")), wanted)


def _is_cell(told: ToldValues, key: str, text: str) -> Condition:
    """Return the condition that a run's cell in a column that is told of several fields holds a text."""
    wanted = folded(text)
    return told.condition(TOLD[key], lambda value: value is not None and folded(value) == wanted)


def _is_unknown(field: FilterField, operator: str, told: ToldValues) -> Condition:
    if operator != "=" or field.name == "text":
        raise ValueRefusedError(f"null goes with = and != only, not with {field.name} {operator}")
    if field.told is not None:
        return told.condition(field.told, lambda value: value is None)
    if field.name == "tag":
        return sa.not_(_has_tag(sa.true()))
    return is_unstated(field) if field.kind == "stated" else COMPARABLE[field.name].is_(None)


def _compare_stated(field: FilterField, operator: str, text: str) -> Condition:
    try:
        number: Stretch | None = read_number(field, text)
    except ValueRefusedError:
        if operator not in ("=", "~"):
            raise
        number = None
    if number is None or operator in ("=", "~"):
        return states_value(field, operator, text, number)
    return _COMPARISONS[operator](stated_number(field), sa.literal(number.exact, sa.Double))


def _compare_column(field: FilterField, column: NamedColumn[Any], operator: str, text: str) -> Condition:
    if operator == "~":
        raise ValueRefusedError(f"~ searches text, and {field.name} is none")
    if field.kind == "truth":
        if operator != "=" or text.lower() not in TRUTH:
            raise ValueRefusedError(f"{field.name} is true or false, compared with = and !=")
        return column.is_(TRUTH[text.lower()])
    if field.kind == "time":
        return _compare_time(field, column, operator, text)
    number = read_number(field, text)
    if operator != "=":
        return _COMPARISONS[operator](column, sa.literal(number.exact, sa.Double))
    if number.low == number.high:
        return column == sa.literal(number.exact, sa.Double)
    return sa.and_(column >= sa.literal(number.low, sa.Double), column < sa.literal(number.high, sa.Double))


def _compare_time(field: FilterField, column: NamedColumn[Any], operator: str, text: str) -> Condition:
    """Compare with the whole of a day, or of a minute: what is after it is none of it."""
    first, after = (sa.literal(time, UtcDateTime) for time in read_time(field, text))
    if operator == "=":
        return sa.and_(column >= first, column < after)
    if operator in ("<", ">="):
        return _COMPARISONS[operator](column, first)
    return column < after if operator == "<=" else column >= after


def _compare_text(field: FilterField, column: NamedColumn[Any], operator: str, text: str) -> Condition:
    if operator == "~":
        labelled = names_printed_with(field.name, text)
        found = contains_text(column, text)
        return _known(column, sa.or_(found, column.in_(labelled)) if labelled else found)
    if operator != "=":
        raise ValueRefusedError(f"{field.name} is text: compare it with =, != or ~, not with {operator}")
    if field.choices:
        choice = _choice(field, text)
        is_choice = status_is(choice) if field.name == "status" else column == sa.literal(choice, sa.Text)
        return _known(column, is_choice)
    found = equals_text(column, text, has_lines=field.name in _OF_LINES)
    names, printed = names_printed_as(field.name, text), is_printed_as(field.name, text)
    others = [is_one_of_texts(column, names)] if names else []
    said = _known(column, sa.or_(found, *others))
    return said if printed is None else sa.or_(said, printed)  # a document may state it in other fields


def _choice(field: FilterField, text: str) -> str:
    """Return the value of a closed set that was typed, in any case."""
    small = text.lower()
    if small in field.choices:
        return small
    if field.name == "status" and small == "reported":
        raise ValueRefusedError("no status: write kind = reported")
    meant = _MEANT.get(small)
    near = [meant] if meant in field.choices else get_close_matches(small, field.choices, n=2, cutoff=0.5)
    hint = f"did you mean {' or '.join(map(str, near))}?" if near else "no run can have another"
    *others, last = field.choices
    raise ValueRefusedError(f"{field.name} is {', '.join(others)} or {last}: {hint}")


def _known(column: NamedColumn[Any], condition: Condition) -> Condition:
    """Make a comparison false, not unknown, where the column is NULL."""
    return sa.and_(column.is_not(None), condition) if getattr(column, "nullable", True) else condition


def _has_tag(condition: Condition) -> Condition:
    return sa.exists().where(run_tags.c.run_id == runs.c.id, condition)

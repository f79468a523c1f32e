"""The runs that filters hold for, and in words why they hold for none; a word alone is told what it may be of."""

from collections.abc import Collection, Sequence
from decimal import ROUND_HALF_UP, Decimal
from difflib import get_close_matches
from itertools import combinations
from typing import Any

import sqlalchemy as sa

from expdb.domain.scripts.metric_names import recorded_as
from expdb.domain.table import Where
from expdb.domain.task import metrics_by_key
from expdb.errors import FilterError
from expdb.store.database.engine import Database
from expdb.store.database.folding import folded
from expdb.store.filtering.comparisons import FilterValue, compared
from expdb.store.filtering.filter import parse_filter
from expdb.store.filtering.filter_fields import FilterField, fields_by_name
from expdb.store.filtering.filter_parser import Term
from expdb.store.filtering.stated_conditions import stated_number, stated_words
from expdb.store.filtering.text_conditions import Condition
from expdb.store.filtering.told_values import ToldValues
from expdb.store.judged_status import COMPARABLE
from expdb.store.tables import metric_summaries, metrics, run_tags, runs

# Where a word that stands alone is looked for, in this order.
_OF_LONE_WORDS = (
    "model",
    "dataset",
    "aug",
    "group",
    "tag",
    "name",
    "optimizer",
    "schedule",
    "device",
    "arch",
    "source",
)
_MOST_VALUES = 5000  # distinct ones that a hint looks at
_FEW = 8
_MOST_LETTERS = 200  # of a list of values in a hint


def passing(
    connection: sa.Connection, where: Where, *, ids: Collection[int] | None = None, include_removed: bool = False
) -> list[Condition]:
    """Return the conditions on `runs` of filters, of some ids; removed runs pass where they are asked for.

    Raises:
        FilterError: a filter cannot be understood.
    """
    found = _not_removed(include_removed=include_removed) + ([] if ids is None else [runs.c.id.in_(ids)])
    told = ToldValues.stored(connection)
    for text in _filters(where):
        try:
            found.append(parse_filter(text, told).condition)
        except FilterError as error:
            if error.lone is not None and (hint := _field_of_lone(connection, error.lone[0])):
                word, position = error.lone
                raise FilterError(f"{word!r} at position {position} of the filter: say {hint}") from error
            if error.unknown is not None and (hint := _stated_field(connection, error.unknown[0])):
                word, position = error.unknown
                raise FilterError(f"unknown field {word!r} at position {position} of the filter: say {hint}") from error
            raise
    return found


class Searching:
    """What can be told of filters beside the runs that they let through."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def check(self, where: Where) -> None:
        """Raise FilterError if filters cannot be understood."""
        with self._database.reading() as connection:
            passing(connection, where)

    def why_none(self, where: Where, *, include_removed: bool = False) -> str | None:
        """Return in one line which part of filters leaves no run; None where some run passes.

        Args:
            where: filters that must all hold.
            include_removed: removed runs were looked at too.
        """
        removed = _not_removed(include_removed=include_removed)
        with self._database.reading() as connection:
            told = ToldValues.stored(connection)
            terms = [term for text in _filters(where) for term in parse_filter(text, told).terms]
            if _has_run(connection, [*(term.condition for term in terms), *removed]):
                return None
            if not _has_run(connection, removed):
                return "there are no runs yet"
            for term in terms:
                if not _has_run(connection, [term.condition, *removed]):
                    return f"no run has {term.text}{_hint(connection, term, removed, told)}"
            for one, other in combinations(terms, 2):
                if not _has_run(connection, [one.condition, other.condition, *removed]):
                    return f"no run has both {one.text} and {other.text}"
            number = 3
            while _has_run(connection, [*(term.condition for term in terms[:number]), *removed]):
                number += 1
            *others, last = (term.text for term in terms[:number])
            return f"no run has all of {', '.join(others)} and {last}"


def _filters(where: Where) -> tuple[str, ...]:
    return (where,) if isinstance(where, str) else where


def _not_removed(*, include_removed: bool) -> list[Condition]:
    return [] if include_removed else [runs.c.removed_at.is_(None)]


def _has_run(connection: sa.Connection, conditions: Sequence[Condition]) -> bool:
    return connection.execute(sa.select(runs.c.id).where(*conditions).limit(1)).first() is not None


def _field_of_lone(connection: sa.Connection, word: str) -> str | None:
    """Return the comparison that a word alone may stand for: with the first field that has it for a run."""
    value = FilterValue(text=word, position=1)
    for name in _OF_LONE_WORDS:
        try:
            condition = compared(fields_by_name()[name], "=", value, ToldValues.stored(connection))
        except FilterError:
            continue  # a closed set does not have it
        if _has_run(connection, [condition]):
            return f"{name} = {_written(word)}"
    return None


def _stated_field(connection: sa.Connection, word: str) -> str:
    """Return the fields of what documents and scripts call so; empty where nothing is."""
    found = [
        _written(f"{space}.{name}")
        for space in ("metrics", "settings")
        for name in _stated_names(connection, space, _not_removed(include_removed=False))
        if folded(name) == folded(word)
    ]
    return " or ".join(found)


def _written(value: str) -> str:
    """Return a value as a filter has it, in quotes where it needs them."""
    if value and all(letter.isalnum() or letter in "._-:/+" for letter in value):
        return value
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _hint(connection: sa.Connection, term: Term, removed: Sequence[Condition], told: ToldValues) -> str:
    """Return what the runs have in the field that a term compares; empty where that is no help."""
    field = term.field
    if field is None or field.name in ("text", "note") or not term.operator or term.operator == "!=":
        return ""
    if _is_removed_only(connection, term, removed):
        return ": only runs that were removed do"
    if field.told is not None:
        known = sorted(told.known(field.told, include_removed=not removed))
        return _texts_hint(field, term.values, known) if field.kind == "text" else _ends_hint(field, known)
    if field.kind == "stated":
        return _stated_hint(connection, field, removed)
    if field.kind == "text":
        return _text_hint(connection, field, term.values, removed)
    if field.kind == "number":
        return _range_hint(connection, field, COMPARABLE[field.name], removed)
    return ""


def _is_removed_only(connection: sa.Connection, term: Term, removed: Sequence[Condition]) -> bool:
    return bool(removed) and _has_run(connection, [term.condition])


def _text_hint(
    connection: sa.Connection, field: FilterField, values: Sequence[str], removed: Sequence[Condition]
) -> str:
    column = run_tags.c.tag if field.name == "tag" else COMPARABLE[field.name]
    chosen = sa.select(column).distinct().where(column.is_not(None), *removed).limit(_MOST_VALUES)
    if field.name == "tag":
        chosen = chosen.where(run_tags.c.run_id == runs.c.id)
    return _texts_hint(field, values, sorted(str(value) for value in connection.execute(chosen).scalars()))


def _texts_hint(field: FilterField, values: Sequence[str], known: Sequence[str]) -> str:
    if not known:
        return f": no run has a {field.name}"
    if any("*" in value or "%" in value for value in values):
        return ": there are no wildcards, ~ finds what a text contains"
    by_fold = {folded(value): value for value in known}
    near = [by_fold[one] for value in values for one in get_close_matches(folded(value), by_fold, n=3, cutoff=0.6)]
    if near:
        return f": did you mean {', '.join(map(_written, dict.fromkeys(near)))}?"
    listed = ", ".join(map(_written, known[:_FEW]))
    return f": there is {listed}" if len(known) <= _FEW and len(listed) <= _MOST_LETTERS else ""


def _range_hint(
    connection: sa.Connection, field: FilterField, column: sa.ColumnElement[Any], removed: Sequence[Condition]
) -> str:
    ends = sa.select(sa.func.min(column), sa.func.max(column)).where(*removed)
    return _ends_hint(field, [value for value in connection.execute(ends).one() if value is not None])


def _ends_hint(field: FilterField, known: Sequence[float]) -> str:
    """Return from where to where values go, of which these are the ends."""
    if not known:
        return f": no run has a known {field.name}"
    low, high = (_number_text(field, value) for value in (known[0], known[-1]))
    return f": it is {low}" + ("" if low == high else f" to {high}")


def _stated_hint(connection: sa.Connection, field: FilterField, removed: Sequence[Condition]) -> str:
    space, name = field.stated
    known = _stated_names(connection, space, removed)
    if name not in known and space == "metrics" and (own := recorded_as(name)) is not None:
        return f": what scripts log as {name} is recorded as {own}, so say {own}"
    if name not in known:
        by_fold = {folded(key): key for key in known}
        near = [by_fold[one] for one in get_close_matches(folded(name), by_fold, n=3, cutoff=0.5)]
        told = near or known[:_FEW]
        said = (
            f": did you mean {', '.join(_written(f'{space}.{key}') for key in told)}?"
            if near
            else _there_is(space, told)
        )
        return f": no document or script states {field.name}{said.replace(': ', ', ', 1)}"
    hint = _range_hint(connection, field, stated_number(field), removed)
    if not hint.startswith(": it is"):
        texts = sa.select(stated_words(field)).distinct().where(stated_words(field).is_not(None), *removed)
        known = sorted(map(str, connection.execute(texts.limit(_FEW)).scalars()))
        hint = f": there is {', '.join(map(_written, known))}"
    return hint


def _stated_names(connection: sa.Connection, space: str, removed: Sequence[Condition]) -> list[str]:
    """Return the names that documents and scripts use, of settings or of metrics."""
    stating = sa.select(runs.c[space]).where(runs.c.kind.in_(("reported", "tracked")), *removed)
    known = {key for stated in connection.execute(stating).scalars() for key in stated or {}}
    if space == "metrics":
        logged = sa.select(metrics.c.name).distinct().join_from(metrics, metric_summaries).join(runs)
        known |= set(connection.execute(logged.where(*removed)).scalars()) - metrics_by_key().keys()
    return sorted(known)


def _there_is(space: str, keys: Sequence[str]) -> str:
    return f": there is {', '.join(_written(f'{space}.{key}') for key in keys)}" if keys else ""


def _number_text(field: FilterField, value: float) -> str:
    number = Decimal(repr(value))
    if field.format == "percent":
        return f"{(number * 100).quantize(Decimal('0.01'), rounding=ROUND_HALF_UP)}%"
    return f"{value:,}" if abs(value) >= 10_000 else f"{value:g}"

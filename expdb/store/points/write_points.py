"""Writing points, and keeping what sums them up as they come: so that reading a table costs no walk over them."""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from expdb.domain.events import Logged
from expdb.store.points.metric_rows import metric_ids
from expdb.store.row_values import Values
from expdb.store.tables import attempts, metric_summaries, points

BY_EPOCH, BY_STEP = 0, 1
_FIRSTS = {BY_EPOCH: "first_epoch", BY_STEP: "first_step"}


class _Key(NamedTuple):
    """Where a point of a metric stands; later ones are greater."""

    axis: int
    place: int


class _New(NamedTuple):
    """A point to write."""

    epoch: int | None
    value: float | None
    special: str | None


def add_points(connection: sa.Connection, run_id: int, attempt: int, rows: Iterable[Logged]) -> None:
    """Write what an attempt measured; what it measured again at the same place counts instead of what it said before.

    An attempt that did not log on an axis (epochs or steps) before takes the place of older ones from there on.
    """
    by_metric: dict[str, dict[_Key, _New]] = defaultdict(dict)
    for epoch, step, values in rows:
        key = _key(epoch, step)
        for name, value in values.items():
            by_metric[name][key] = _new(epoch, value)
    if not by_metric:
        return
    first_of = {axis: _begin_axis(connection, run_id, attempt, axis, by_metric.values()) for axis in _FIRSTS}
    later = _later_firsts(connection, run_id, attempt)
    ids = metric_ids(connection, list(by_metric))
    written: list[Values] = []
    is_counted = True
    for name, of_metric in by_metric.items():
        for (axis, place), point in of_metric.items():
            superseded_by = min((number for number, first in later[axis] if first <= place), default=None)
            is_counted &= superseded_by is None
            identity = {"run_id": run_id, "metric_id": ids[name], "axis": axis, "place": place, "attempt": attempt}
            written.append({**identity, **point._asdict(), "superseded_by": superseded_by})
    _upsert(connection, points, written, changed=("epoch", "value", "special", "superseded_by"))
    known = _summaries(connection, run_id, list(ids.values()))
    summed: list[Values] = []
    for name, of_metric in by_metric.items():
        before = known.get(ids[name])
        first = min(of_metric)
        is_behind = before is None or (before["axis"], before["last_place"]) < first
        if is_counted and is_behind and not any(first_of.values()):
            summed.append(_added(before or _nothing(run_id, ids[name]), of_metric))
        else:
            summed += _counted_anew(connection, run_id, [ids[name]])
    changed = [column.name for column in metric_summaries.c if not column.primary_key]
    _upsert(connection, metric_summaries, summed, changed=changed)


def supersede_points(connection: sa.Connection, run_id: int, attempt: int, axis: int, first: int) -> bool:
    """Let an attempt take the place of older ones from a place on; return whether that changed anything."""
    older = (points.c.run_id == run_id, points.c.axis == axis, points.c.place >= first, points.c.attempt < attempt)
    statement = points.update().where(*older, points.c.superseded_by.is_(None)).values(superseded_by=attempt)
    return connection.execute(statement).rowcount > 0


def sum_up_anew(connection: sa.Connection, run_id: int) -> None:
    """Count all points of a run anew."""
    connection.execute(metric_summaries.delete().where(metric_summaries.c.run_id == run_id))
    ids = connection.execute(sa.select(points.c.metric_id).where(points.c.run_id == run_id).distinct()).scalars()
    rows = _counted_anew(connection, run_id, list(ids))
    if rows:
        connection.execute(metric_summaries.insert(), rows)


def special_of(value: float) -> str | None:
    """Return how a value that is no finite number is called; None of a finite one."""
    if math.isfinite(value):
        return None
    return "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"


def _key(epoch: int | None, step: int | None) -> _Key:
    if step is not None:
        return _Key(BY_STEP, step)
    assert epoch is not None  # noqa: S101 - events have one of them
    return _Key(BY_EPOCH, epoch)


def _new(epoch: int | None, value: float) -> _New:
    special = special_of(value)
    return _New(epoch=epoch, value=None if special else float(value), special=special)


def _begin_axis(
    connection: sa.Connection, run_id: int, attempt: int, axis: int, by_metric: Iterable[dict[_Key, _New]]
) -> bool:
    """Note where an attempt begins on an axis, if it did not before; return whether older points count no more."""
    places = [key.place for of_metric in by_metric for key in of_metric if key.axis == axis]
    if not places:
        return False
    column = attempts.c[_FIRSTS[axis]]
    own = (attempts.c.run_id == run_id, attempts.c.number == attempt, column.is_(None))
    first = min(places)
    # A trained run says before the first epoch where it goes on, and epochs start at 1.
    at_least = max(first, 1) if axis == BY_EPOCH else first
    if connection.execute(attempts.update().where(*own).values({column.name: at_least})).rowcount == 0:
        return False
    if not supersede_points(connection, run_id, attempt, axis, first):
        return False
    sum_up_anew(connection, run_id)
    return True


def _later_firsts(connection: sa.Connection, run_id: int, attempt: int) -> dict[int, list[tuple[int, int]]]:
    """Return, by axis, number and first place of the attempts that came after one."""
    later = (attempts.c.run_id == run_id, attempts.c.number > attempt)
    rows = connection.execute(sa.select(attempts.c.number, attempts.c.first_epoch, attempts.c.first_step).where(*later))
    found: dict[int, list[tuple[int, int]]] = {BY_EPOCH: [], BY_STEP: []}
    for number, first_epoch, first_step in rows:
        for axis, first in ((BY_EPOCH, first_epoch), (BY_STEP, first_step)):
            if first is not None:
                found[axis].append((number, first))
    return found


def _nothing(run_id: int, metric_id: int) -> Values:
    empty: Values = {column.name: None for column in metric_summaries.c}
    return {**empty, "run_id": run_id, "metric_id": metric_id, "n": 0, "num_special": 0}


def _added(summary: Values, new: dict[_Key, _New]) -> Values:
    """Return a summary with points that all come behind those that it sums up."""
    found = dict(summary)
    for key in sorted(new):
        point = new[key]
        found["n"] += 1
        found["num_special"] += point.special is not None
        if point.value is not None:
            for name, is_further in (("least", _is_less), ("greatest", _is_greater)):
                if found[name] is None or is_further(point.value, found[name]):
                    found |= {name: point.value, f"{name}_epoch": point.epoch, f"{name}_place": key.place}
    last, point = max(new.items())
    found |= {"last": point.value, "last_special": point.special, "last_epoch": point.epoch}
    return {**found, "axis": last.axis, "last_place": last.place}


def _is_less(value: float, known: float) -> bool:
    return value < known


def _is_greater(value: float, known: float) -> bool:
    return value > known


def _summaries(connection: sa.Connection, run_id: int, ids: Sequence[int]) -> dict[int, Values]:
    own = (metric_summaries.c.run_id == run_id, metric_summaries.c.metric_id.in_(ids))
    rows = connection.execute(sa.select(metric_summaries).where(*own)).mappings()
    return {row["metric_id"]: dict(row) for row in rows}


def _counted_anew(connection: sa.Connection, run_id: int, ids: Sequence[int]) -> list[Values]:
    """Return the summaries of metrics from all their points that count; none of a metric without any."""
    found: list[Values] = []
    for metric_id in ids:
        counted = (points.c.run_id == run_id, points.c.metric_id == metric_id, points.c.superseded_by.is_(None))
        of_metric = sa.select(points).where(*counted)
        n, num_special = connection.execute(
            sa.select(sa.func.count(), sa.func.count(points.c.special)).where(*counted)
        ).one()
        if n == 0:
            connection.execute(
                metric_summaries.delete().where(
                    metric_summaries.c.run_id == run_id, metric_summaries.c.metric_id == metric_id
                )
            )
            continue
        newest = (points.c.axis.desc(), points.c.place.desc(), points.c.attempt.desc())
        oldest = (points.c.axis, points.c.place, points.c.attempt)
        orders = {
            "last": newest,
            "least": (points.c.value.asc(), *oldest),
            "greatest": (points.c.value.desc(), *oldest),
        }
        summary = {**_nothing(run_id, metric_id), "n": n, "num_special": num_special}
        for name, order in orders.items():
            is_number = () if name == "last" else (points.c.value.is_not(None),)
            row = connection.execute(of_metric.where(*is_number).order_by(*order).limit(1)).mappings().one_or_none()
            if row is None:
                continue
            summary |= {name: row["value"], f"{name}_epoch": row["epoch"], f"{name}_place": row["place"]}
            if name == "last":
                summary |= {"last_special": row["special"], "axis": row["axis"]}
        found.append(summary)
    return found


def _upsert(connection: sa.Connection, table: sa.Table, rows: Sequence[Values], *, changed: Sequence[str]) -> None:
    """Insert rows, or where one of the same key is there change it."""
    if not rows:
        return
    keys = [column.name for column in table.primary_key.columns]
    insert: Any = (sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert)(table)
    values = {name: insert.excluded[name] for name in changed}
    connection.execute(insert.on_conflict_do_update(index_elements=keys, set_=values), rows)

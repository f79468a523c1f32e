"""Thinned curves of what is kept as points: of a metric with a million of them few are read."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from typing import Any, Literal, NamedTuple

import sqlalchemy as sa

from expdb.domain.points import PointCurves
from expdb.store.points.write_points import BY_EPOCH, BY_STEP
from expdb.store.statement_size import in_parts
from expdb.store.tables import metric_summaries, metrics, points

_IS_NUMBER = sa.and_(points.c.value.is_not(None), points.c.superseded_by.is_(None))


class _Span(NamedTuple):
    """The values of one run: at most how many, and the first and last place on each axis, None of one without any."""

    run_id: int
    n: int
    first_epoch: int | None
    last_epoch: int | None
    first_step: int | None
    last_step: int | None


def read_point_curves(
    connection: sa.Connection,
    run_ids: Collection[int],
    name: str,
    most: int,
    *,
    axis: Literal["epoch", "step"] | None = None,
) -> PointCurves:
    """Return at most about so many values of a metric of each run; what is NaN or infinite is left out.

    Of a run with more values they are the newest of stretches of one length, counted from the last value.

    Args:
        connection: to the database.
        run_ids: of runs of any kind.
        name: of the metric, as its points are kept.
        most: values of each run.
        axis: None: over steps where every value has one, else over epochs. Of several values in one epoch it is the
            last.
    """
    metric_id = connection.execute(sa.select(metrics.c.id).where(metrics.c.name == name)).scalar_one_or_none()
    spans = [] if metric_id is None else list(_spans(connection, run_ids, metric_id))
    if axis is None:
        axis = "step" if all(span.first_epoch is None for span in spans) else "epoch"
    curves: dict[int, dict[int, float]] = defaultdict(dict)
    few: list[int] = []
    several: list[int] = []
    for span in spans:
        first, last = (span.first_step, span.last_step) if axis == "step" else (span.first_epoch, span.last_epoch)
        if axis == "epoch" and span.first_step is not None:
            several.append(span.run_id)
        elif span.n <= most:
            few.append(span.run_id)
        elif first is not None and last is not None:
            own = {"run": span.run_id, "metric": metric_id, "first": first, "last": last}
            own |= {"axis": BY_STEP if axis == "step" else BY_EPOCH, "stride": _stride(span.n, first, last, most)}
            curves[span.run_id] = {
                x: value for x, value in connection.execute(_NEWEST_OF_STRETCHES, own) if x is not None
            }
    if metric_id is not None:
        for run_id, x, value in _whole(connection, few, metric_id, axis):
            curves[run_id][x] = value
        by_epoch: dict[int, dict[int, float]] = defaultdict(dict)
        for run_id, epoch, value in _last_of_epochs(connection, several, metric_id):
            by_epoch[run_id][epoch] = value
        curves |= {run_id: _thinned(dict(sorted(curve.items())), most) for run_id, curve in by_epoch.items()}
    return PointCurves(axis=axis, values=curves)


def _stride(n: int, first: int, last: int, most: int) -> int:
    """Return how long the stretches are of which one value each is taken: a multiple of what evenly lies between."""
    if n > 1 and (last - first) % (n - 1) == 0:
        return (last - first) // (n - 1) * -(-n // most) or 1
    return -(-(last - first + 1) // most)


def _thinned(curve: dict[int, float], most: int) -> dict[int, float]:
    if len(curve) <= most:
        return curve
    first, last = min(curve), max(curve)
    stride = _stride(len(curve), first, last, most)
    newest = {(last - x) // stride: x for x in curve}
    return {x: curve[x] for x in newest.values()}


def _spans(connection: sa.Connection, run_ids: Collection[int], metric_id: int) -> Iterator[_Span]:
    ends = [
        sa.select(end(points.c.place))
        .where(points.c.run_id == metric_summaries.c.run_id, points.c.metric_id == metric_summaries.c.metric_id)
        .where(points.c.axis == axis, _IS_NUMBER)
        .correlate(metric_summaries)
        .scalar_subquery()
        for axis in (BY_EPOCH, BY_STEP)
        for end in (sa.func.min, sa.func.max)
    ]
    chosen = sa.select(metric_summaries.c.run_id, metric_summaries.c.n, *ends)
    chosen = chosen.where(metric_summaries.c.metric_id == metric_id)
    for some in in_parts(sorted(set(run_ids))):
        for row in connection.execute(chosen.where(metric_summaries.c.run_id.in_(some))):
            yield _Span(*row)


def _newest_of_stretches() -> sa.Select[tuple[Any, Any]]:
    """Return what seeks the last value in each stretch: an index leads there, so that no other value is read."""
    first, last, stride = (sa.bindparam(name, type_=sa.BigInteger) for name in ("first", "last", "stride"))
    of_run = sa.and_(
        points.c.run_id == sa.bindparam("run"),
        points.c.metric_id == sa.bindparam("metric"),
        points.c.axis == sa.bindparam("axis"),
        _IS_NUMBER,
    )
    stretches = sa.select(last.label("until")).cte("stretches", recursive=True)
    until = stretches.c.until
    stretches = stretches.union_all(sa.select(until - stride).where(until - stride >= first))
    until = stretches.c.until
    within = sa.and_(of_run, points.c.place <= until, points.c.place > until - stride)
    place, value = (
        sa.select(column)
        .where(within)
        .order_by(points.c.place.desc(), points.c.attempt.desc())
        .limit(1)
        .correlate(stretches)
        .scalar_subquery()
        for column in (points.c.place, points.c.value)
    )
    return sa.select(place.label("place"), value.label("value")).select_from(stretches).order_by(until)


_NEWEST_OF_STRETCHES = _newest_of_stretches()


def _whole(
    connection: sa.Connection, run_ids: Collection[int], metric_id: int, axis: Literal["epoch", "step"]
) -> Iterator[tuple[Any, ...]]:
    chosen = sa.select(points.c.run_id, points.c.place, points.c.value).where(
        points.c.metric_id == metric_id, points.c.axis == (BY_STEP if axis == "step" else BY_EPOCH), _IS_NUMBER
    )
    for some in in_parts(sorted(run_ids)):
        of_runs = chosen.where(points.c.run_id.in_(some)).order_by(points.c.run_id, points.c.place, points.c.attempt)
        yield from map(tuple, connection.execute(of_runs))


def _last_of_epochs(connection: sa.Connection, run_ids: Collection[int], metric_id: int) -> Iterator[tuple[Any, ...]]:
    """Yield run, epoch and the last value on each axis, steps behind epochs."""
    of_metric = (points.c.metric_id == metric_id, points.c.epoch.is_not(None), _IS_NUMBER)
    for some in in_parts(sorted(run_ids)):
        newest = (
            sa.select(points.c.run_id, points.c.axis, points.c.epoch, sa.func.max(points.c.place).label("place"))
            .where(points.c.run_id.in_(some), *of_metric)
            .group_by(points.c.run_id, points.c.axis, points.c.epoch)
            .subquery("newest")
        )
        is_newest = sa.and_(*(points.c[name] == newest.c[name] for name in ("run_id", "axis", "place", "epoch")))
        chosen = sa.select(points.c.run_id, points.c.epoch, points.c.value).join_from(newest, points, is_newest)
        ordered = chosen.where(*of_metric).order_by(points.c.run_id, points.c.axis, points.c.place, points.c.attempt)
        yield from map(tuple, connection.execute(ordered))

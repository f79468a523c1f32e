"""Reading points: each value, what sums them up, and the epochs that a script's values make."""

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import fields
from typing import Any

import sqlalchemy as sa

from expdb.domain.points import MetricSummary, Place, PointValue
from expdb.domain.run import Epoch
from expdb.domain.task import point_name
from expdb.store.points.write_points import BY_STEP
from expdb.store.statement_size import in_parts
from expdb.store.tables import metric_summaries, metrics, points, runs

_SPECIAL = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}
_OF_EPOCH = tuple(field.name for field in fields(Epoch) if field.name not in ("epoch", "attempt", "superseded_by"))


def read_points(
    connection: sa.Connection,
    run_ids: Iterable[int],
    names: Collection[str] | None = None,
    *,
    superseded: bool = False,
) -> list[PointValue]:
    """Return the points of runs by run, metric and place: of these metrics, if given.

    Args:
        connection: a transaction.
        run_ids: of the runs.
        names: of the metrics; None: all.
        superseded: those that do not count too.
    """
    found: list[PointValue] = []
    for some in in_parts(sorted(set(run_ids))):
        chosen = (
            sa.select(points, metrics.c.name)
            .join(metrics, metrics.c.id == points.c.metric_id)
            .where(points.c.run_id.in_(some))
            .order_by(points.c.run_id, metrics.c.name, points.c.axis, points.c.place, points.c.attempt)
        )
        if names is not None:
            chosen = chosen.where(metrics.c.name.in_(names))
        if not superseded:
            chosen = chosen.where(points.c.superseded_by.is_(None))
        for row in connection.execute(chosen):
            step = row.place if row.axis == BY_STEP else None
            value = as_number(row.value, row.special)
            found.append(PointValue(row.run_id, row.name, row.attempt, row.epoch, step, value, row.superseded_by))
    return found


def as_number(value: float | None, special: str | None) -> float:
    """Return the number that a stored value stands for."""
    return _SPECIAL[special] if special else float(value or 0.0)


def read_summaries(connection: sa.Connection, run_ids: Sequence[int]) -> dict[int, dict[str, MetricSummary]]:
    """Return what sums the points of runs up, by run and metric; a run without points is missing."""
    found: dict[int, dict[str, MetricSummary]] = defaultdict(dict)
    for some in in_parts(run_ids):
        chosen = (
            sa.select(metric_summaries, metrics.c.name)
            .join(metrics, metrics.c.id == metric_summaries.c.metric_id)
            .where(metric_summaries.c.run_id.in_(some))
            .order_by(metric_summaries.c.run_id, metrics.c.name)
        )
        for row in connection.execute(chosen):
            found[row.run_id][row.name] = _summary(row)
    return dict(found)


def read_logged(connection: sa.Connection, run_ids: Sequence[int]) -> dict[str, set[int]]:
    """Return which of these runs have values of a metric that has no column, by its name; what none has is missing."""
    found: dict[str, set[int]] = defaultdict(set)
    for some in in_parts(run_ids):
        chosen = (
            sa.select(metrics.c.name, metric_summaries.c.run_id)
            .join(metrics, metrics.c.id == metric_summaries.c.metric_id)
            .where(metric_summaries.c.run_id.in_(some))
        )
        for name, run_id in connection.execute(chosen):
            if name not in runs.c:
                found[name].add(run_id)
    return dict(found)


def _summary(row: sa.Row[Any]) -> MetricSummary:
    def place(epoch: int | None, number: int | None) -> Place | None:
        return None if number is None else Place(epoch, number if row.axis == BY_STEP else None)

    return MetricSummary(
        metric=row.name,
        n=row.n,
        num_special=row.num_special,
        last=as_number(row.last, row.last_special),
        last_at=Place(row.last_epoch, row.last_place if row.axis == BY_STEP else None),
        least=row.least,
        least_at=place(row.least_epoch, row.least_place),
        greatest=row.greatest,
        greatest_at=place(row.greatest_epoch, row.greatest_place),
    )


def no_number_ids(connection: sa.Connection, key: str, run_ids: Sequence[int]) -> set[int]:
    """Return which of these runs have no number as a metric's last value; the metric by its name in columns."""
    metric_id = sa.select(metrics.c.id).where(metrics.c.name == point_name(key)).scalar_subquery()
    is_special = (metric_summaries.c.metric_id == metric_id, metric_summaries.c.last_special.is_not(None))
    found: set[int] = set()
    for some in in_parts(run_ids):
        of_some = metric_summaries.c.run_id.in_(some)
        found |= set(connection.execute(sa.select(metric_summaries.c.run_id).where(of_some, *is_special)).scalars())
    return found


def read_last_values(connection: sa.Connection, run_ids: Sequence[int]) -> dict[int, dict[str, float]]:
    """Return the last value of each metric of runs that has no column, by run; what is no number is left out."""
    if not run_ids:
        return {}
    near = metric_summaries.c.run_id.between(min(run_ids), max(run_ids))  # by range, as tags are
    chosen = (
        sa.select(metric_summaries.c.run_id, metrics.c.name, metric_summaries.c.last)
        .join(metrics, metrics.c.id == metric_summaries.c.metric_id)
        .where(near, metric_summaries.c.last.is_not(None))
        .order_by(metrics.c.name)
    )
    found: dict[int, dict[str, float]] = defaultdict(dict)
    for run_id, name, last in connection.execute(chosen):
        if name not in runs.c:
            found[run_id][name] = last
    return dict(found)


def read_logged_epochs(connection: sa.Connection, run_id: int, *, superseded: bool = False) -> list[Epoch]:
    """Return the epochs of which a script logged something that ours have too; of several values in one the last."""
    rows: dict[tuple[int, int, int | None], dict[str, Any]] = defaultdict(dict)
    for point in read_points(connection, [run_id], _OF_EPOCH, superseded=superseded):
        if point.epoch is not None and (point.superseded_by is not None) == superseded:
            value = point.value if math.isfinite(point.value) else None
            rows[point.attempt, point.epoch, point.superseded_by][point.metric] = value
    none: dict[str, Any] = dict.fromkeys(_OF_EPOCH)
    found = [
        Epoch(epoch=epoch, attempt=attempt, superseded_by=by, **{**none, **values})
        for (attempt, epoch, by), values in rows.items()
    ]
    if superseded:
        return sorted(found, key=lambda row: (row.attempt, row.epoch))
    return _merged(found)


def _merged(found: Iterable[Epoch]) -> list[Epoch]:
    """Return one row an epoch: of an epoch that two attempts had a part of, what each said."""
    by_epoch: dict[int, dict[str, Any]] = {}
    for row in sorted(found, key=lambda row: row.attempt):
        said = {name: value for name, value in vars(row).items() if value is not None}
        by_epoch[row.epoch] = {**by_epoch.get(row.epoch, dict.fromkeys(_OF_EPOCH)), **said}
    return [Epoch(**by_epoch[epoch]) for epoch in sorted(by_epoch)]

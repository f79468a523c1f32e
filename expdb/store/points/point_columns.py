"""Metrics whose values are points, as columns of runs: read from what sums the points up."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.elements import NamedColumn

from expdb.domain.group import Measure
from expdb.domain.task import metrics_by_key, point_name
from expdb.store.tables import metric_summaries, metrics, points, runs


def last_of(key: str) -> sa.ColumnElement[Any]:
    """Return the last value of a metric, by its name in columns and filters; NULL where there is none, or no number."""
    return _summary_value(key, "last")


def ends_with(key: str, special: str) -> sa.ColumnElement[bool]:
    """Return the condition that a metric's last value is no number: `nan`, `inf` or `-inf`."""
    return sa.func.coalesce(_summary_value(key, "last_special") == sa.literal(special, sa.Text), sa.false())


def has_last_value(key: str) -> sa.ColumnElement[bool]:
    """Return the condition that a metric has a last value, number or not."""
    return _summary_value(key, "n").is_not(None)


def summary_of_points(measure: Measure) -> sa.ColumnElement[Any]:
    """Return a metric's last or best value, or the mean of its last K; NULL where one of these is no number."""
    if measure.at == "last":
        return last_of(measure.field)
    if measure.at == "best":
        return _summary_value(measure.field, "greatest" if measure.is_higher_better else "least")
    newest = (
        sa.select(points.c.value)
        .where(points.c.run_id == runs.c.id, points.c.metric_id == _id_of(measure.field))
        .where(points.c.superseded_by.is_(None))
        .order_by(points.c.axis.desc(), points.c.place.desc())
        .limit(int(measure.at.removeprefix("mean-")))
        .correlate(runs)
        .subquery()
    )
    mean = sa.case((sa.func.count() == sa.func.count(newest.c.value), sa.func.avg(newest.c.value)))
    return sa.select(mean).select_from(newest).scalar_subquery()


def _summary_value(key: str, column: str) -> sa.ColumnElement[Any]:
    return (
        sa.select(metric_summaries.c[column])
        .where(metric_summaries.c.run_id == runs.c.id, metric_summaries.c.metric_id == _id_of(key))
        .correlate(runs)
        .scalar_subquery()
    )


def _id_of(key: str) -> sa.ColumnElement[int]:
    """Return the number of a metric; the database asks for it once a statement."""
    return sa.select(metrics.c.id).where(metrics.c.name == sa.literal(point_name(key), sa.Text)).scalar_subquery()


# The metrics of tasks whose values are points, by field of a run.
IN_POINTS: dict[str, NamedColumn[Any]] = {
    key: last_of(key).label(key) for key, metric in metrics_by_key().items() if metric.is_point
}

"""Thinned curves of the runs of scripts, whose epochs are points."""

from collections import defaultdict
from collections.abc import Collection

import sqlalchemy as sa

from expdb.domain.points import PointCurves
from expdb.store.points.write_points import BY_STEP
from expdb.store.statement_size import in_parts
from expdb.store.tables import metrics, points, runs


def read_logged_curves(
    connection: sa.Connection, run_ids: Collection[int], field: str, most: int
) -> dict[int, dict[int, float]]:
    """Return about so many values of each tracked run by its epochs, evenly spaced and with the last; none: no entry.

    Of several values in one epoch it is the last.
    """
    curves: dict[int, dict[int, float]] = defaultdict(dict)
    of_field = sa.select(metrics.c.id).where(metrics.c.name == field).scalar_subquery()
    chosen = (
        sa.select(points.c.run_id, points.c.epoch, points.c.value)
        .join(runs, runs.c.id == points.c.run_id)
        .where(runs.c.kind == "tracked", points.c.metric_id == of_field, points.c.epoch.is_not(None))
        .where(points.c.value.is_not(None), points.c.superseded_by.is_(None))
        .order_by(points.c.run_id, points.c.epoch, points.c.axis, points.c.place)
    )
    for some in in_parts(sorted(run_ids)):
        for run_id, epoch, value in connection.execute(chosen.where(points.c.run_id.in_(some))):
            curves[run_id][epoch] = value
    return {run_id: _thinned(curve, most) for run_id, curve in curves.items()}


def read_point_curves(connection: sa.Connection, run_ids: Collection[int], name: str, most: int) -> PointCurves:
    """Return about so many values of a metric of each run; what is NaN or infinite is left out.

    Over steps where every value has one, else over epochs: of several values in one epoch it is the last.
    """
    found: list[tuple[int, int, int, int | None, float]] = []
    chosen = (
        sa.select(points.c.run_id, points.c.axis, points.c.place, points.c.epoch, points.c.value)
        .join(metrics, metrics.c.id == points.c.metric_id)
        .where(metrics.c.name == name, points.c.value.is_not(None), points.c.superseded_by.is_(None))
        .order_by(points.c.run_id, points.c.axis, points.c.place)
    )
    for some in in_parts(sorted(set(run_ids))):
        found += [tuple(row) for row in connection.execute(chosen.where(points.c.run_id.in_(some)))]
    is_by_step = all(axis == BY_STEP for _, axis, *_ in found)
    curves: dict[int, dict[int, float]] = defaultdict(dict)
    for run_id, _, place, epoch, value in found:
        x = place if is_by_step else epoch
        if x is not None:
            curves[run_id][x] = value
    return PointCurves(
        axis="step" if is_by_step else "epoch",
        values={run_id: _thinned(dict(sorted(curve.items())), most) for run_id, curve in curves.items()},
    )


def _thinned(curve: dict[int, float], most: int) -> dict[int, float]:
    step = max(1, -(-len(curve) // most))
    last = (len(curve) - 1) % step
    return {epoch: value for place, (epoch, value) in enumerate(curve.items()) if place % step == last}

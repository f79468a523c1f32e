"""The points of runs on their way into another database, where the metrics have other numbers: by their names."""

from collections import defaultdict
from collections.abc import Sequence

import sqlalchemy as sa

from expdb.domain.metric import Metric
from expdb.store.points.metric_rows import define, metric_ids, read_metrics
from expdb.store.points.write_points import sum_up_anew
from expdb.store.row_values import Values
from expdb.store.tables import metrics, points

POINTS = "points"  # among the rows that belong to a run
_DEFINED = ("unit", "split", "higher_is_better", "heading")


def point_rows(connection: sa.Connection, run_ids: Sequence[int]) -> dict[int, list[Values]]:
    """Return the points of runs, in order, each with the name of its metric and what is known of that."""
    own = [column for column in points.c if column.name not in ("run_id", "metric_id")]
    of_metric = [metrics.c[name] for name in ("name", *_DEFINED)]
    chosen = (
        sa.select(points.c.run_id, *own, *of_metric)
        .join(metrics, metrics.c.id == points.c.metric_id)
        .where(points.c.run_id.in_(run_ids))
        .order_by(points.c.run_id, metrics.c.name, points.c.axis, points.c.place, points.c.attempt)
    )
    found: dict[int, list[Values]] = defaultdict(list)
    for row in connection.execute(chosen).mappings():
        found[row["run_id"]].append({name: value for name, value in row.items() if name != "run_id"})
    return dict(found)


def insert_point_rows(connection: sa.Connection, run_id: int, rows: Sequence[Values]) -> None:
    """Insert points under a run's number here. What this database knows of a metric stays as it is."""
    if not rows:
        return
    by_name = {row["name"]: Metric(key=row["name"], **{name: row[name] for name in _DEFINED}) for row in rows}
    known = read_metrics(connection, list(by_name))
    define(connection, [metric for name, metric in by_name.items() if name not in known])
    ids = metric_ids(connection, list(by_name))
    left_out = ("name", *_DEFINED)
    values = [
        {
            **{name: value for name, value in row.items() if name not in left_out},
            "run_id": run_id,
            "metric_id": ids[row["name"]],
        }
        for row in rows
    ]
    connection.execute(points.insert(), values)
    sum_up_anew(connection, run_id)

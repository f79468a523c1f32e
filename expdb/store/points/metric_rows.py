"""Which metrics there are in a database: a task's are known by the code, all others register themselves."""

from collections.abc import Collection, Iterable, Mapping

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from expdb.domain.metric import Metric
from expdb.domain.task import metrics_by_key
from expdb.store.statement_size import in_parts
from expdb.store.tables import metrics


def metric_ids(connection: sa.Connection, names: Collection[str]) -> dict[str, int]:
    """Return the numbers of metrics by name; one that is not there is added, as its task knows it or as unknown."""
    found = _ids(connection, names)
    missing = [name for name in names if name not in found]
    if missing:
        _insert(connection, [metrics_by_key().get(name) or Metric(key=name) for name in missing])
        found |= _ids(connection, missing)
    return found


def define(connection: sa.Connection, defined: Iterable[Metric]) -> None:
    """Note what is known of metrics. What is said now holds from now on; what is not said stays as it was."""
    known = read_metrics(connection)
    for metric in defined:
        if metric.key in metrics_by_key():  # the task knows better
            continue
        before = known.get(metric.key)
        if before is None:
            _insert(connection, [metric])
            continue
        row = metrics.c.name == metric.key
        connection.execute(metrics.update().where(row).values(_values(merged_definition(before, metric))))


def merged_definition(before: Metric, now: Metric) -> Metric:
    """Return what is known of a metric once more was said of it."""
    return Metric(
        key=before.key,
        unit=before.unit if now.unit == "none" else now.unit,
        split=before.split if now.split == "unstated" else now.split,
        higher_is_better=before.higher_is_better if now.higher_is_better is None else now.higher_is_better,
        heading=now.heading or before.heading,
        is_point=True,
    )


def read_metrics(connection: sa.Connection, names: Collection[str] | None = None) -> dict[str, Metric]:
    """Return the metrics that are no task's, or those of these names, by name."""
    chosen = sa.select(metrics).order_by(metrics.c.name)
    if names is not None:
        chosen = chosen.where(metrics.c.name.in_(names))
    return {
        row["name"]: Metric(
            key=row["name"],
            unit=row["unit"],
            split=row["split"],
            higher_is_better=row["higher_is_better"],
            heading=row["heading"],
            is_point=True,
        )
        for row in connection.execute(chosen).mappings()
        if row["name"] not in metrics_by_key()
    }


def _ids(connection: sa.Connection, names: Collection[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for some in in_parts(list(names)):
        rows = connection.execute(sa.select(metrics.c.name, metrics.c.id).where(metrics.c.name.in_(some))).all()
        found |= dict(rows)
    return found


def _insert(connection: sa.Connection, new: Iterable[Metric]) -> None:
    # Two processes may log a metric for the first time at once.
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    rows = [{"name": metric.key, **_values(metric)} for metric in new]
    connection.execute(insert(metrics).on_conflict_do_nothing(), rows)


def _values(metric: Metric) -> Mapping[str, object]:
    return {name: getattr(metric, name) for name in ("unit", "split", "higher_is_better", "heading")}

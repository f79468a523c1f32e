"""The columns of a tracked run that its script's values fill, so that it stands beside runs that were trained here."""

from typing import Any

import sqlalchemy as sa

from expdb.domain.task import metrics_by_key
from expdb.store.row_values import Values
from expdb.store.tables import metric_summaries, metrics, points, runs

_FRACTIONS = ("top1", "top5", "val_top1")
_OURS = ("best_top1", "wall_seconds")  # follow from others, and from the attempts
_LAST = tuple(key for key in metrics_by_key() if key in runs.c and key not in _OURS)


def logged_values(connection: sa.Connection, run_id: int) -> Values:
    """Return the columns of a run that follow from its points."""
    of_run = (
        sa.select(metrics.c.name, metric_summaries)
        .join(metrics, metrics.c.id == metric_summaries.c.metric_id)
        .where(metric_summaries.c.run_id == run_id)
    )
    summaries = {row["name"]: row for row in connection.execute(of_run).mappings()}
    values: Values = {name: _fitting(name, summaries[name]["last"]) for name in _LAST if name in summaries}
    chosen_by = next((name for name in ("val_top1", "top1") if name in summaries and _is_epoch(summaries[name])), None)
    if chosen_by is not None:
        best = summaries[chosen_by]
        top1 = best["greatest"] if chosen_by == "top1" else _at(connection, run_id, summaries, best["greatest_epoch"])
        values |= {
            "best_epoch": best["greatest_epoch"],
            "best_top1": _fitting("top1", top1),
            "best_by": "val" if chosen_by == "val_top1" else "test",
        }
    # Not from the points, of which there may be a million: this is asked for with every event.
    epochs = [row["last_epoch"] for row in summaries.values() if row["last_epoch"] is not None]
    return {**values, "epochs_done": max(epochs, default=0)}


def _is_epoch(summary: Any) -> bool:
    return summary["greatest"] is not None and summary["greatest_epoch"] is not None


def _at(connection: sa.Connection, run_id: int, summaries: Any, epoch: int) -> float | None:
    """Return test top-1 of an epoch, the last value that was logged in it."""
    if "top1" not in summaries:
        return None
    metric_id = summaries["top1"]["metric_id"]
    of_epoch = (points.c.run_id == run_id, points.c.metric_id == metric_id, points.c.epoch == epoch)
    chosen = sa.select(points.c.value).where(*of_epoch, points.c.superseded_by.is_(None))
    newest = chosen.order_by(points.c.axis.desc(), points.c.place.desc()).limit(1)
    return connection.execute(newest).scalar_one_or_none()


def _fitting(name: str, value: float | None) -> float | int | None:
    """Return a value as its column takes it; None of an accuracy that is no fraction."""
    if value is None or (name in _FRACTIONS and not 0 <= value <= 1):
        return None
    return round(value) if isinstance(runs.c[name].type, sa.Integer) else value

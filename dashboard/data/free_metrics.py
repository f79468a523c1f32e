"""What the pages read of metrics that have no field of an epoch: those of scripts, and of tasks."""

from collections.abc import Mapping, Sequence

from dashboard.data.store import one_line_errors, reading_store
from expdb.domain.metric import Metric
from expdb.domain.points import MetricSummary
from expdb.domain.task import metrics_by_key
from expdb.report.figures.epochs import QUANTITIES


@one_line_errors()
def load_summaries(run_id: int) -> Mapping[str, MetricSummary]:
    """Return what sums up the points of a run, by metric."""
    return reading_store().points.summaries([run_id]).get(run_id, {})


@one_line_errors()
def load_metrics() -> Mapping[str, Metric]:
    """Return what is known of the metrics that are logged, by name."""
    return reading_store().points.metrics()


@one_line_errors()
def load_free_metrics(run_ids: Sequence[int]) -> dict[str, Metric]:
    """Return the metrics of these runs that no field of an epoch has, or that were logged by step alone, by name."""
    summaries = reading_store().points.summaries(run_ids)
    known = {**metrics_by_key(), **reading_store().points.metrics()}  # of tasks, and of scripts
    names = {
        name
        for of_run in summaries.values()
        for name, summary in of_run.items()
        if name not in QUANTITIES or summary.last_at.epoch is None
    }
    return {name: known.get(name, Metric(key=name)) for name in sorted(names)}

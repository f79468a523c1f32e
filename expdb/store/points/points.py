"""`Points`: whatever is measured of runs and has no column of its own."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from expdb.domain.events import Logged
from expdb.domain.metric import Metric
from expdb.domain.points import MetricSummary, PointValue
from expdb.errors import LaunchError
from expdb.store.database.engine import Database
from expdb.store.lifecycle import lock_run
from expdb.store.points.metric_rows import define, read_metrics
from expdb.store.points.read_points import read_logged, read_points, read_summaries
from expdb.store.points.write_points import add_points


class Points:
    """The values of metrics, one by one and summed up; and which metrics there are."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def metrics(self) -> Mapping[str, Metric]:
        """Return the metrics that are no task's, by the names that scripts log them under."""
        with self._database.reading() as connection:
            return read_metrics(connection)

    def define(self, metrics: Iterable[Metric]) -> None:
        """Note what is known of metrics; what is not said of one stays as it was."""
        with self._database.writing() as connection:
            define(connection, metrics)

    def of(
        self, run_ids: Iterable[int], names: Collection[str] | None = None, *, superseded: bool = False
    ) -> list[PointValue]:
        """Return the points of runs by run, metric and place; see `read_points`."""
        with self._database.reading() as connection:
            return read_points(connection, run_ids, names, superseded=superseded)

    def logged(self, run_ids: Sequence[int]) -> Mapping[str, set[int]]:
        """Return which of these runs have values of a metric that has no column, by its name."""
        with self._database.reading() as connection:
            return read_logged(connection, run_ids)

    def summaries(self, run_ids: Sequence[int]) -> Mapping[int, Mapping[str, MetricSummary]]:
        """Return what sums the points of runs up, by run and metric; a run without points is missing."""
        with self._database.reading() as connection:
            return read_summaries(connection, run_ids)

    def add(self, run_id: int, rows: Iterable[Logged]) -> None:
        """Add what was measured of a run beside its events, as after its end.

        Raises:
            NotFoundError: there is no such run.
            LaunchError: it was never begun.
        """
        with self._database.writing() as connection:
            attempt = lock_run(connection, run_id).attempt
            if attempt is None:
                raise LaunchError(f"run {run_id} was not started: nothing can be recorded yet")
            add_points(connection, run_id, attempt, rows)

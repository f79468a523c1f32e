"""`Analyses`: what analyses found of runs, beside what training measured."""

from collections.abc import Collection, Mapping, Sequence

import sqlalchemy as sa

from expdb.domain.analyses.metrics import conditions_key
from expdb.domain.analyses.result import AnalysisResult
from expdb.domain.events import Logged
from expdb.errors import LaunchError
from expdb.store.database.engine import Database
from expdb.store.lifecycle import lock_run
from expdb.store.points.write_points import add_points
from expdb.store.statement_size import in_parts
from expdb.store.tables import analyses


class Analyses:
    """The results of analyses, at most one of each name for a run."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save(self, run_id: int, result: AnalysisResult, *, epoch: int) -> None:
        """Save a result, in place of an earlier one of the name, and its values among the run's points, in one go.

        Args:
            run_id: the run.
            result: what was found of it.
            epoch: the run's last one, of which its weights are.

        Raises:
            NotFoundError: there is no such run.
            LaunchError: it was never begun.
        """
        row = (analyses.c.run_id == run_id, analyses.c.name == result.name)
        values = {"conditions": result.conditions, "result": result.model_dump_json()}
        measured = {key: estimate.value for key, estimate in result.values.items()}
        if measured:
            measured[conditions_key(result.name)] = float(int(result.conditions, 16))
        with self._database.writing() as connection:
            attempt = lock_run(connection, run_id).attempt
            if attempt is None:
                raise LaunchError(f"run {run_id} was not started: nothing can be recorded yet")
            if connection.execute(analyses.update().where(*row).values(values)).rowcount == 0:
                connection.execute(analyses.insert().values(run_id=run_id, name=result.name, **values))
            if measured:
                add_points(connection, run_id, attempt, [Logged(epoch=epoch, step=None, values=measured)])

    def of(
        self, run_ids: Sequence[int], names: Collection[str] | None = None
    ) -> Mapping[int, Mapping[str, AnalysisResult]]:
        """Return the results of runs, by run and name: of these analyses, if given; a run without any is missing."""
        found: dict[int, dict[str, AnalysisResult]] = {}
        with self._database.reading() as connection:
            for some in in_parts(sorted(set(run_ids))):
                chosen = sa.select(analyses.c.run_id, analyses.c.name, analyses.c.result)
                chosen = chosen.where(analyses.c.run_id.in_(some)).order_by(analyses.c.run_id, analyses.c.name)
                if names is not None:
                    chosen = chosen.where(analyses.c.name.in_(names))
                for run_id, name, text in connection.execute(chosen):
                    found.setdefault(run_id, {})[name] = AnalysisResult.model_validate_json(text)
        return found

    def run_ids(self) -> frozenset[int]:
        """Return the runs that any analysis was made of."""
        with self._database.reading() as connection:
            return frozenset(connection.execute(sa.select(analyses.c.run_id).distinct()).scalars())

"""Epochs of one run, and thinned curves of thousands for pictures the size of a word."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from typing import Any

import sqlalchemy as sa

from expdb.domain.points import PointCurves as PointCurves
from expdb.domain.run import OF_EVALUATION, Epoch
from expdb.domain.task import is_point, point_name
from expdb.errors import NotFoundError, SpecError
from expdb.store.database.engine import Database
from expdb.store.points.logged_curves import read_point_curves
from expdb.store.points.read_points import read_logged_epochs
from expdb.store.row_values import epoch_from_row
from expdb.store.snapshots import read_run
from expdb.store.statement_size import in_parts
from expdb.store.tables import epochs, runs

FIELDS = tuple(column.name for column in epochs.c if column.name not in ("run_id", "epoch", "attempt", "superseded_by"))
_COUNTS = epochs.c.superseded_by.is_(None)

_MOST_BY_ID = 500  # a scan of all epochs is faster than looking more runs up one by one


def read_epochs(connection: sa.Connection, run_id: int, *, superseded: bool = False) -> list[Epoch]:
    """Return a run's epochs in order; with `superseded`, those that do not count. Raises NotFoundError."""
    if read_run(connection, run_id).kind == "tracked":
        return read_logged_epochs(connection, run_id, superseded=superseded)
    chosen = sa.select(epochs).where(epochs.c.run_id == run_id, sa.not_(_COUNTS) if superseded else _COUNTS)
    chosen = chosen.order_by(epochs.c.attempt, epochs.c.epoch) if superseded else chosen.order_by(epochs.c.epoch)
    return [epoch_from_row(dict(row)) for row in connection.execute(chosen).mappings()]


class EpochRows:
    """The epochs of many runs at once, of those that count."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @property
    def fields(self) -> tuple[str, ...]:
        """The names of what is known of an epoch."""
        return FIELDS

    def of(self, run_ids: Sequence[int], fields: Sequence[str]) -> list[tuple[Any, ...]]:
        """Return a row an epoch: run, attempt, epoch, then these fields, None for what is not known.

        Args:
            run_ids: in the order that the rows have.
            fields: of an epoch.

        Raises:
            NotFoundError: there is no such run.
            SpecError: not a field of an epoch.
        """
        for field in fields:
            _require_field(field)
        columns = (epochs.c.run_id, epochs.c.attempt, epochs.c.epoch, *(epochs.c[field] for field in fields))
        rows: dict[int, list[tuple[Any, ...]]] = {}
        with self._database.reading() as connection:
            for some in in_parts(run_ids):
                present = connection.execute(sa.select(runs.c.id).where(runs.c.id.in_(some))).scalars()
                rows |= {run_id: [] for run_id in present}
                chosen = sa.select(*columns).where(epochs.c.run_id.in_(some), _COUNTS)
                for row in connection.execute(chosen.order_by(epochs.c.run_id, epochs.c.epoch)):
                    rows[row[0]].append(tuple(row))
        missing = [run_id for run_id in run_ids if run_id not in rows]
        if missing:
            raise NotFoundError(f"no run {missing[0]}: see expdb ls")
        return [row for run_id in run_ids for row in rows[run_id]]


def _require_field(field: str) -> None:
    if field not in FIELDS:
        raise SpecError(f"{field!r} is not recorded every epoch: fields are {', '.join(FIELDS)} and metrics.NAME")


def read_curves(connection: sa.Connection, run_ids: Collection[int], field: str, points: int) -> PointCurves:
    """Return about so many values of each run, evenly spaced and with the last; see `read_point_curves`.

    Args:
        connection: to the database.
        run_ids: of runs of any kind.
        field: of an epoch, by its epochs; a task's metric or `metrics.NAME`, by epochs or steps.
        points: of each run, at least 2.

    Raises:
        SpecError: nothing that is recorded on the way, or fewer than two points.
    """
    if points < 2:
        raise SpecError(f"a curve of {points} points says nothing: ask for at least 2")
    if is_point(field):
        return read_point_curves(connection, run_ids, point_name(field), points)
    _require_field(field)
    trained = _read_epoch_curves(connection, set(run_ids), field, points)
    left = [run_id for run_id in run_ids if run_id not in trained]
    tracked = [
        run_id
        for some in in_parts(left)
        for run_id in connection.execute(
            sa.select(runs.c.id).where(runs.c.kind == "tracked", runs.c.id.in_(some))
        ).scalars()
    ]
    logged = read_point_curves(connection, tracked, field, points, axis="epoch")
    return PointCurves(axis="epoch", values={**logged.values, **trained})


def _read_epoch_curves(
    connection: sa.Connection, run_ids: set[int], field: str, points: int
) -> dict[int, dict[int, float]]:
    curves: dict[int, dict[int, float]] = defaultdict(dict)
    column, epoch = epochs.c[field], epochs.c.epoch
    for (step, rest, last), ids in _by_stride(connection, run_ids, field, points).items():
        at_stride = epoch % step == rest
        chosen = sa.select(epochs.c.run_id, epoch, column).where(
            at_stride if last is None else sa.or_(at_stride, epoch == last), column.is_not(None), _COUNTS
        )
        if len(ids) <= _MOST_BY_ID:
            chosen = chosen.where(epochs.c.run_id.in_(ids))
        for run_id, number, value in connection.execute(chosen.order_by(epochs.c.run_id, epoch)).all():
            if run_id in ids:
                curves[run_id][number] = value
    return curves


def _by_stride(
    connection: sa.Connection, run_ids: set[int], field: str, points: int
) -> dict[tuple[int, int, int | None], set[int]]:
    """Return the runs by stride and remainder of the epochs to take, and the last epoch where these pass it over.

    A run that is evaluated after every k-th epoch knows the value there, and after its last.
    """
    strides: dict[tuple[int, int, int | None], set[int]] = defaultdict(set)
    for run_id, num_epochs, eval_every in _lengths(connection, run_ids):
        every = (eval_every or 1) if field in OF_EVALUATION else 1
        step = every * max(1, -(-num_epochs // (every * points)))
        newest = num_epochs - num_epochs % every
        strides[step, newest % step, num_epochs if newest < num_epochs else None].add(run_id)
    return strides


def _lengths(connection: sa.Connection, run_ids: set[int]) -> Iterator[tuple[Any, ...]]:
    chosen = sa.select(runs.c.id, runs.c.epochs_done, runs.c.eval_every).where(runs.c.epochs_done > 0)
    if len(run_ids) <= _MOST_BY_ID:
        chosen = chosen.where(runs.c.id.in_(run_ids))
    return (tuple(row) for row in connection.execute(chosen) if row.id in run_ids)

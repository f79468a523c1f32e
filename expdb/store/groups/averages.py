"""Runs that differ only in the seed, counted and averaged by the database, so that 100,000 runs make a table."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from expdb.domain.group import ALONE, REPEATED, Measure, RunGroup, Sample
from expdb.domain.known import Fields
from expdb.domain.run import Run
from expdb.domain.task import is_point
from expdb.errors import SpecError
from expdb.store.groups.members import read_differently_tagged, read_disagreeing, read_members
from expdb.store.judged_status import STATUS
from expdb.store.points.point_columns import summary_of_points
from expdb.store.points.read_points import no_number_ids
from expdb.store.snapshots import read_runs_by_id
from expdb.store.statement_size import in_parts
from expdb.store.tables import epochs, runs

_EPOCH_FIELDS = ("train_loss", "test_loss", "top1", "top5", "val_loss", "val_top1", "images_per_second")
COUNTS = runs.c.status == "finished"  # as what was copied from a document is from the start
_LEAST_ROOT = 1e-150  # the square of what is smaller may be no number of 64 bits
_NUM_TOTALS = 5  # columns of a measure: n, mean, least, greatest, sum of squared deviations
# A reported row has no spec: it is a group of its own.
KEY = sa.func.coalesce(runs.c.group_digest, sa.literal(ALONE) + sa.cast(runs.c.id, sa.Text))


def read_groups(
    connection: sa.Connection,
    conditions: Sequence[sa.ColumnElement[bool]],
    measures: Sequence[Measure],
    *,
    keys: Collection[str] | None = None,
    fields: Collection[str] = (),
) -> list[RunGroup]:
    """Return the groups of the runs that the conditions hold for, or of these only the ones of `keys`, by their oldest.

    Groups whose runs do not agree on `fields` have their members.

    Raises:
        SpecError: a measure is not a number of a run, or not one of its epochs.
    """
    values = list(map(value_of, measures))
    chosen = [list(conditions)]
    if keys is not None:
        chosen = [[*conditions, _is_of(some)] for some in in_parts(list(keys))]
    totals = [row for some in chosen for row in connection.execute(_totals(some, values))]
    newest = [row.newest for row in totals]
    by_id = {run.id: run for run in read_runs_by_id(connection, newest)}
    seeds_of = {row.key: {run_id: int(text) if text else None for run_id, text in _pairs(row.seeds)} for row in totals}
    members = _members(connection, chosen, seeds_of, fields) if fields else {}
    no_numbers = {measure: _ending_in_no_number(connection, measure, by_id.values(), seeds_of) for measure in measures}
    groups = [
        RunGroup(
            run=by_id[row.newest],
            seeds=seeds_of[row.key],
            left_out=dict(_pairs(row.left_out)),
            samples={
                measure: sample
                for measure, *numbers in zip(measures, *(iter(row[4:]),) * _NUM_TOTALS, strict=True)
                if (sample := _sample(*numbers)) is not None and row.key not in no_numbers[measure]
            },
            members=members.get(row.key, ()),
        )
        for row in totals
    ]
    return sorted(groups, key=lambda group: min([*group.seeds, *group.left_out]))


def _ending_in_no_number(
    connection: sa.Connection, measure: Measure, stand_for: Iterable[Run], seeds_of: Mapping[str, Mapping[int, object]]
) -> set[str]:
    """Return the keys of groups of which a run's last value is NaN or infinite: a mean of the others would hide it."""
    logged = {run.group_digest or f"{ALONE}{run.id}" for run in stand_for if run.kind == "tracked"}
    if is_point(measure.field):
        logged = set(seeds_of)
    if measure.at == "best" or not logged:
        return set()
    of_run = {run_id: key for key in logged for run_id in seeds_of.get(key, ())}
    ids = no_number_ids(connection, measure.field, list(of_run))
    return {of_run[run_id] for run_id in ids}


def _members(
    connection: sa.Connection,
    chosen: Sequence[Sequence[sa.ColumnElement[bool]]],
    seeds_of: Mapping[str, Mapping[int, int | None]],
    fields: Collection[str],
) -> dict[str, tuple[Fields, ...]]:
    """Return what is known of the runs that count, by key, of groups of several that do not agree on these fields."""
    several = {key: sorted(seeds) for key, seeds in seeds_of.items() if len(seeds) > 1}
    keys = {key for some in chosen for key in read_disagreeing(connection, some, KEY, COUNTS, fields)}
    if "tags" in fields:
        keys |= read_differently_tagged(connection, several)
    return read_members(connection, {key: ids for key, ids in several.items() if key in keys}, fields)


def read_values(connection: sa.Connection, run_ids: Sequence[int], measure: Measure) -> dict[int, float]:
    """Return a measure of single runs by id; a run that does not know it is missing."""
    value = value_of(measure)
    found: dict[int, float] = {}
    for some in in_parts(run_ids):
        rows = connection.execute(sa.select(runs.c.id, value).where(runs.c.id.in_(some), value.is_not(None)))
        found |= {run_id: float(number) for run_id, number in rows.all()}
    return found


def _is_of(keys: Collection[str]) -> sa.ColumnElement[bool]:
    """Return the condition that a run is of one of these groups; unlike KEY itself, an index finds these."""
    alone = [int(key.removeprefix(ALONE)) for key in keys if key.startswith(ALONE)]
    return sa.or_(
        runs.c.group_digest.in_([key for key in keys if not key.startswith(ALONE)]),
        sa.and_(runs.c.group_digest.is_(None), runs.c.id.in_(alone)),
    )


def _totals(conditions: Sequence[sa.ColumnElement[bool]], values: Sequence[sa.ColumnElement[Any]]) -> sa.Select[Any]:
    """Count and average by group in one pass; the spread is taken from the means, which loses no digits."""
    # A seed that was run again is no second sample: the newest run of it counts.
    place = sa.func.row_number().over(partition_by=(KEY, runs.c.seed, COUNTS), order_by=runs.c.id.desc())
    has_seed = sa.or_(runs.c.seed.is_not(None), runs.c.kind == "measured")  # an evaluation has none, and is one sample
    is_repeated = sa.and_(COUNTS, has_seed, place > 1)
    chosen = (
        sa.select(
            runs.c.id,
            KEY.label("key"),
            runs.c.seed,
            sa.case((is_repeated, sa.literal(REPEATED)), else_=STATUS).label("status"),
            sa.and_(COUNTS, sa.not_(is_repeated)).label("counts"),
            *(value.label(f"all{index}") for index, value in enumerate(values)),
        )
        .where(*conditions)
        .subquery()
    )
    counting = [sa.case((chosen.c.counts, chosen.c[f"all{index}"])) for index in range(len(values))]
    means = [sa.func.avg(value).over(partition_by=chosen.c.key) for value in counting]
    beside = sa.select(
        *(chosen.c[name] for name in ("id", "key", "seed", "status", "counts")),
        *(value.label(f"value{index}") for index, value in enumerate(counting)),
        *(mean.label(f"mean{index}") for index, mean in enumerate(means)),
    ).subquery()
    run_id = sa.cast(beside.c.id, sa.Text)
    seed = run_id + ":" + sa.func.coalesce(sa.cast(beside.c.seed, sa.Text), "")
    status = run_id + ":" + beside.c.status
    last = sa.func.coalesce(sa.func.max(sa.case((beside.c.counts, beside.c.id))), sa.func.max(beside.c.id))
    columns: list[sa.ColumnElement[Any]] = []
    for index in range(len(values)):
        value, mean = beside.c[f"value{index}"], beside.c[f"mean{index}"]
        columns += [sa.func.count(value), sa.func.min(mean), sa.func.min(value), sa.func.max(value)]
        columns.append(sa.func.sum(_squared(value - mean)))
    return sa.select(
        beside.c.key,
        last.label("newest"),
        sa.func.aggregate_strings(sa.case((beside.c.counts, seed)), ",").label("seeds"),
        sa.func.aggregate_strings(sa.case((sa.not_(beside.c.counts), status)), ",").label("left_out"),
        *columns,
    ).group_by(beside.c.key)


def _squared(deviation: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """Return the square, or 0 where it is too small for 64 bits: SQLite has that by itself, PostgreSQL an error."""
    return sa.case((sa.func.abs(deviation) < _LEAST_ROOT, sa.literal(0.0, sa.Double)), else_=deviation * deviation)


def _sample(n: int, mean: float, low: float, high: float, squares: float) -> Sample | None:
    if n == 0:
        return None
    if low == high:  # the sum of equal numbers, divided again, may be off in the last bit
        return Sample(n=n, mean=float(low), std=None if n == 1 else 0.0)
    # Sums differ in the last bit by back end and order; at 15 digits they agree, and so does what is printed.
    return Sample(n=n, mean=float(f"{mean:.15g}"), std=(float(squares) / (n - 1)) ** 0.5)


def _pairs(text: str | None) -> list[tuple[int, str]]:
    pairs = (part.split(":") for part in text.split(",")) if text else ()
    return sorted((int(run_id), value) for run_id, value in pairs)


def value_of(measure: Measure) -> sa.ColumnElement[Any]:
    """Return a measure as a column, or as a query over the run's epochs; what a document reports is one number."""
    if is_point(measure.field):
        return sa.cast(summary_of_points(measure), sa.Double)
    if measure.field not in runs.c or not isinstance(runs.c[measure.field].type, (sa.Double, sa.Integer)):
        raise SpecError(f"{measure.field!r} is not a number of a run: no mean can be taken of it")
    column = sa.cast(runs.c[measure.field], sa.Double)
    if measure.at == "last":
        return column
    if measure.field not in _EPOCH_FIELDS:
        raise SpecError(f"{measure.field!r} is not recorded every epoch: there is no {measure.at!r} of it")
    by_epoch = epochs.c[measure.field]
    of_run = sa.and_(epochs.c.run_id == runs.c.id, epochs.c.superseded_by.is_(None))
    if measure.at == "best":
        best = sa.func.max(by_epoch) if measure.is_higher_better else sa.func.min(by_epoch)
        found = sa.select(best).where(of_run)
    else:
        first = runs.c.epochs_done - int(measure.at.removeprefix("mean-"))
        found = sa.select(sa.func.avg(by_epoch)).where(of_run, epochs.c.epoch > first)
    # A script's epochs are points; it may have logged a final number only, and a document states no more.
    of_script = sa.case((runs.c.kind == "tracked", summary_of_points(measure)))
    return sa.func.coalesce(found.correlate(runs).scalar_subquery(), of_script, column)

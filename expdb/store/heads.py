"""What decides where groups stand in a table, read of all of them at once: so that few have to be read whole."""

from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa

from expdb.domain.group import ALONE, REPEATED, GroupHead, GroupHeads, Measure, rounded
from expdb.domain.run import Run
from expdb.errors import SpecError
from expdb.store.groups import COUNTS, KEY, read_groups, value_of
from expdb.store.rows import partial_run
from expdb.store.snapshots import read_runs_by_id
from expdb.store.tables import runs

Conditions = Sequence[sa.ColumnElement[bool]]


def read_heads(
    connection: sa.Connection, conditions: Conditions, measures: Sequence[Measure], fields: Sequence[str]
) -> GroupHeads:
    """Return the heads of groups of seeds. Raises SpecError for no field of a run, and for no measure."""
    _check(fields)
    groups = _groups(conditions, measures).subquery()
    # What no run of a group counts in has no newest one.
    chosen = sa.select(*groups.c).where(groups.c.newest.is_not(None)).order_by(groups.c.oldest)
    if fields:
        shown = (runs.c[field].label(f"field{index}") for index, field in enumerate(fields))
        chosen = chosen.add_columns(*shown).join(runs, runs.c.id == groups.c.newest)
    rows = connection.execute(chosen).all()
    repeated = {row.key: row.num_repeated for row in rows if row.num_repeated}
    left_out = {row.status: row.number for row in connection.execute(_left_out(conditions))}
    if repeated:
        left_out[REPEATED] = sum(repeated.values())
    first = len(groups.c) - 1  # of what is known of the run: its kind, then its fields
    known = _runs_of(connection, [(row.newest, row[first:]) for row in rows], fields)
    heads = [
        GroupHead(
            key=row.key,
            run=run,
            newest=row.newest,
            oldest=row.oldest,
            num_runs=row.num_runs,
            means={one: rounded(mean) for one, mean in _known(measures, row[first - len(measures) : first])},
        )
        for row, run in zip(rows, known, strict=True)
    ]
    if repeated and measures:  # of a seed that was run again only the newest run is averaged
        whole = {group.key: group for group in read_groups(connection, conditions, measures, keys=repeated)}
        heads = [head if head.key not in repeated else head._replace(means=whole[head.key].means) for head in heads]
    return GroupHeads(heads=tuple(heads), left_out=left_out)


def read_single_heads(
    connection: sa.Connection, conditions: Conditions, measures: Sequence[Measure], fields: Sequence[str]
) -> GroupHeads:
    """Return the head of each run, in whatever state it is. Raises SpecError like `read_heads`."""
    _check(fields)
    columns = [runs.c.id, *map(value_of, measures), runs.c.kind, *(runs.c[field] for field in fields)]
    labelled = (column.label(f"column{index}") for index, column in enumerate(columns))
    rows = connection.execute(sa.select(*labelled).where(*conditions).order_by(runs.c.id)).all()
    first = 1 + len(measures)
    known = _runs_of(connection, [(row[0], row[first:]) for row in rows], fields)
    heads = [
        GroupHead(
            key=f"{ALONE}{row[0]}",
            run=run,
            newest=row[0],
            oldest=row[0],
            num_runs=1,
            means=dict(_known(measures, row[1:first])),
        )
        for row, run in zip(rows, known, strict=True)
    ]
    return GroupHeads(heads=tuple(heads), left_out={})


def _check(fields: Sequence[str]) -> None:
    unknown = [field for field in fields if field not in runs.c or isinstance(runs.c[field].type, sa.JSON)]
    if unknown:
        raise SpecError(f"{unknown[0]!r} is no field of a run that groups can agree on")


def _groups(conditions: Conditions, measures: Sequence[Measure]) -> sa.Select[Any]:
    """Count and average the runs that count by group; a seed that was run again is in the means more than once."""
    seeds = sa.func.count(sa.distinct(sa.case((COUNTS, runs.c.seed))))
    seeded = sa.func.count(sa.case((COUNTS, runs.c.seed)))
    run_id = sa.case((COUNTS, runs.c.id))
    means = [sa.func.avg(sa.case((COUNTS, value_of(measure)))) for measure in measures]
    return (
        sa.select(
            KEY.label("key"),
            sa.func.max(run_id).label("newest"),
            sa.func.min(run_id).label("oldest"),
            (sa.func.count(run_id) - seeded + seeds).label("num_runs"),
            (seeded - seeds).label("num_repeated"),
            *(mean.label(f"mean{index}") for index, mean in enumerate(means)),
            sa.func.max(runs.c.kind).label("kind"),  # all runs of a group are of one
        )
        .where(*conditions)
        .group_by(KEY)
    )


def _runs_of(
    connection: sa.Connection, states: Sequence[tuple[int, Sequence[Any]]], fields: Sequence[str]
) -> list[Run]:
    """Return what is known of runs, each given by its id with its kind and fields; of thousands, most share these."""
    names = ("kind", *fields)
    # What a document says of a run stands in more than its columns.
    reported = [run_id for run_id, state in states if state[0] == "reported"] if fields else []
    whole: dict[int, Run] = {run.id: run for run in read_runs_by_id(connection, reported)}
    shared = {state: partial_run(dict(zip(names, state, strict=True))) for state in {state for _, state in states}}
    return [whole.get(run_id) or shared[state] for run_id, state in states]


def _known(measures: Sequence[Measure], values: Sequence[float | None]) -> Iterator[tuple[Measure, float]]:
    return ((measure, value) for measure, value in zip(measures, values, strict=True) if value is not None)


def _left_out(conditions: Conditions) -> sa.Select[Any]:
    """Count the runs that did not finish, by status."""
    return (
        sa.select(runs.c.status, sa.func.count().label("number"))
        .where(*conditions, sa.not_(COUNTS))
        .group_by(runs.c.status)
    )

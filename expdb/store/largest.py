"""Which of the groups that compete for one cell of a table has most runs: chosen before any of them is read."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from expdb.domain.group import REPEATED, LargestGroups, Measure
from expdb.errors import SpecError
from expdb.store.groups import COUNTS, KEY, read_groups
from expdb.store.tables import runs

_MOST_OTHERS = 10  # that are read, to say why they were passed over
_MOST_NAMED = 5_000  # groups in one statement; of more, all are read

Conditions = Sequence[sa.ColumnElement[bool]]


def read_largest(
    connection: sa.Connection, conditions: Conditions, measures: Sequence[Measure], fields: Sequence[str]
) -> LargestGroups:
    """Return the groups that `Store.largest` describes. Raises SpecError for no field of a run, and no measure."""
    places = connection.execute(_places(conditions, fields)).all()
    chosen = {row.newest for row in places if row.place == 1}
    others = sorted(row.newest for row in places if row.place > 1)
    some = set(others[:_MOST_OTHERS])
    groups = read_groups(connection, [*conditions, *_of_groups(chosen | some)], measures)
    left_out = {row.status: row.number for row in connection.execute(_left_out(conditions))}
    if repeated := sum(row.num_repeated for row in places):
        left_out[REPEATED] = repeated
    return LargestGroups(
        groups=tuple(group for group in groups if group.run.id in chosen),
        others=tuple(group for group in groups if group.run.id in some),
        num_others=len(others),
        left_out=left_out,
    )


def _places(conditions: Conditions, fields: Sequence[str]) -> sa.Select[Any]:
    """Return of every group with runs that count the newest of these, and its place among those of equal fields."""
    unknown = [field for field in fields if field not in runs.c or isinstance(runs.c[field].type, sa.JSON)]
    if unknown:
        raise SpecError(f"{unknown[0]!r} is no field of a run that groups can agree on")
    seeds = sa.func.count(sa.distinct(sa.case((COUNTS, runs.c.seed))))
    seeded = sa.func.count(sa.case((COUNTS, runs.c.seed)))
    counting = sa.func.count(sa.case((COUNTS, runs.c.id)))
    groups = (
        sa.select(
            sa.func.max(sa.case((COUNTS, runs.c.id))).label("newest"),
            (counting - seeded + seeds).label("num_seeds"),
            (seeded - seeds).label("num_repeated"),
        )
        .where(*conditions)
        .group_by(KEY)
        .subquery()
    )
    alone = sa.case((runs.c.group_digest.is_(None), runs.c.id))
    place = sa.func.row_number().over(
        partition_by=(alone, *(runs.c[field] for field in fields)),
        order_by=(groups.c.num_seeds.desc(), groups.c.newest.desc()),
    )
    # What no run of a group counts in has no newest one, and finds no partner here.
    return sa.select(groups.c.newest, groups.c.num_repeated, place.label("place")).join(
        runs, runs.c.id == groups.c.newest
    )


def _of_groups(run_ids: set[int]) -> Conditions:
    """Return the condition that a run is of one of the groups that these runs stand for."""
    if len(run_ids) > _MOST_NAMED:
        return []
    named = runs.alias()
    digests = sa.select(named.c.group_digest).where(named.c.id.in_(run_ids))
    return [sa.or_(runs.c.group_digest.in_(digests), runs.c.id.in_(run_ids))]


def _left_out(conditions: Conditions) -> sa.Select[Any]:
    """Count the runs that did not finish, by status."""
    return (
        sa.select(runs.c.status, sa.func.count().label("number"))
        .where(*conditions, sa.not_(COUNTS))
        .group_by(runs.c.status)
    )

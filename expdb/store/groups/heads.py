"""What decides where groups stand in a table, read of all of them at once: so that few have to be read whole."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import repeat
from operator import itemgetter, sub
from typing import Any

import sqlalchemy as sa

from expdb.domain.group import ALONE, REPEATED, GroupHead, GroupHeads, Measure, rounded
from expdb.domain.known import RunFields
from expdb.errors import SpecError
from expdb.store.groups.averages import COUNTS, KEY, read_groups, value_of
from expdb.store.groups.members import OF_GROUP
from expdb.store.judged_status import STATUS, column_of, is_read
from expdb.store.points.read_points import read_last_values
from expdb.store.row_values import fields_of
from expdb.store.snapshots import read_runs_by_id, read_tags_of
from expdb.store.tables import runs

_DOCUMENTS = frozenset(column.name for column in runs.columns if isinstance(column.type, sa.JSON))
_MANY = 5  # fields from which on a second question, about groups, is quicker than reading them of every run
_NUM_COUNTS, _OLDEST = 6, 2  # columns before the means, and the place of the oldest run among them
_SHARED = "of the group"  # stands for the fields that a run has from its group
_MEASURED = "among its points"  # stands for the last values of a run's metrics
Conditions = Sequence[sa.ColumnElement[bool]]


@dataclass(frozen=True, eq=False)
class _Shared:
    """Fields that runs agree on; compared by identity."""

    values: Mapping[str, Any]


def read_heads(
    connection: sa.Connection, conditions: Conditions, measures: Sequence[Measure], fields: Sequence[str]
) -> GroupHeads:
    """Return the heads of groups of seeds. Raises SpecError for no field of a run, and for no measure."""
    held = _held(fields)
    columns = _columns(held)
    groups = _groups(conditions, measures).subquery()
    # What no run of a group counts in has no newest one.
    chosen = sa.select(*groups.c).where(groups.c.newest.is_not(None))
    if columns:
        shown = (column.label(f"field{index}") for index, column in enumerate(columns))
        chosen = chosen.add_columns(*shown).join(runs, runs.c.id == groups.c.newest)
    # Sorted here: a database sorts by writing out whole rows.
    rows = sorted(connection.execute(chosen).all(), key=itemgetter(_OLDEST))
    found = _by_column(rows, len(groups.c) + len(columns))
    keys, newest, oldest, num_finished, num_seeded, num_seeds = found[:_NUM_COUNTS]
    num_repeated = list(map(sub, num_seeded, num_seeds))
    measured, known = found[_NUM_COUNTS:][: len(measures)], found[_NUM_COUNTS + len(measures) :]
    means = _by_row([[None if mean is None else rounded(mean) for mean in one] for one in measured], len(rows))
    agreed = _known_of(connection, newest, ("kind", *held), known, fields)
    heads = list(map(GroupHead, keys, agreed, newest, oldest, map(sub, num_finished, num_repeated), means))
    left_out = {row.status: row.number for row in connection.execute(_left_out(conditions))}
    repeated = [key for key, number in zip(keys, num_repeated, strict=True) if number]
    if repeated:
        left_out[REPEATED] = sum(num_repeated)
    if repeated and measures:  # of a seed that was run again only the newest run is averaged
        whole = {group.key: group for group in read_groups(connection, conditions, measures, keys=repeated)}
        heads = [
            head if head.key not in whole else head._replace(means=whole[head.key].means_of(measures)) for head in heads
        ]
    return GroupHeads(heads=tuple(heads), left_out=left_out)


def read_single_heads(
    connection: sa.Connection, conditions: Conditions, measures: Sequence[Measure], fields: Sequence[str]
) -> GroupHeads:
    """Return the head of each run, in whatever state it is. Raises SpecError like `read_heads`."""
    held = _held(fields)
    shared = [field for field in held if field in OF_GROUP]
    own = held if len(shared) < _MANY else [field for field in held if field not in shared]
    of_group = [] if own == held else [KEY]
    columns = [runs.c.id, *map(value_of, measures), *of_group, runs.c.kind, *_columns(own)]
    labelled = (column.label(f"column{index}") for index, column in enumerate(columns))
    rows = connection.execute(sa.select(*labelled).where(*conditions).order_by(runs.c.id)).all()
    ids, *found = _by_column(rows, len(columns))
    means = _by_row(found[: len(measures)], len(rows))
    names, known_columns = ("kind", *own), found[len(measures) :]
    if of_group:
        by_key = _shared(connection, conditions, shared)
        names, known_columns[0] = (_SHARED, *names), tuple(map(by_key.__getitem__, known_columns[0]))
    known = _known_of(connection, ids, names, known_columns, fields)
    keys = [f"{ALONE}{run_id}" for run_id in ids]
    return GroupHeads(heads=tuple(map(GroupHead, keys, known, ids, ids, repeat(1), means)), left_out={})


def _by_column(rows: Sequence[sa.Row[Any]], num_columns: int) -> list[tuple[Any, ...]]:
    """Return the values column by column: of a hundred thousand rows, each handled by itself takes too long."""
    return list(zip(*rows, strict=True)) or [()] * num_columns


def _by_row(columns: Sequence[Sequence[float | None]], num_rows: int) -> list[tuple[float | None, ...]]:
    """Return the values row by row; tuples of numbers, of which the garbage collector has nothing to follow."""
    return list(zip(*columns, strict=True)) if columns else [()] * num_rows


def _held(fields: Sequence[str]) -> list[str]:
    """Return the fields that are read of `runs`: tags are not. Raises SpecError for what is no field."""
    unknown = [field for field in fields if not is_read(field) and field != "tags"]
    if unknown:
        raise SpecError(f"{unknown[0]!r} is no field of a run")
    return [field for field in fields if is_read(field)]


def _columns(held: Sequence[str]) -> list[sa.ColumnElement[Any]]:
    """Return the columns that hold fields, documents as their text: equal texts are read once."""
    return [sa.cast(runs.c[field], sa.Text) if field in _DOCUMENTS else column_of(field) for field in held]


def _shared(connection: sa.Connection, conditions: Conditions, fields: Sequence[str]) -> dict[str, _Shared]:
    """Return what all runs of a group agree on, by its key; groups that agree on all of it share one object."""
    newest = sa.select(sa.func.max(runs.c.id)).where(*conditions).group_by(KEY)
    columns = [KEY.label("key"), *(column.label(f"field{index}") for index, column in enumerate(_columns(fields)))]
    rows = connection.execute(sa.select(*columns).where(runs.c.id.in_(newest))).all()
    keys, *values = _by_column(rows, len(columns))
    states = list(zip(*values, strict=True))
    one_of = {state: _Shared(dict(zip(fields, state, strict=True))) for state in set(states)}
    return dict(zip(keys, map(one_of.__getitem__, states), strict=True))


def _groups(conditions: Conditions, measures: Sequence[Measure]) -> sa.Select[Any]:
    """Count and average the runs that count by group; a seed that was run again is in the means more than once."""
    run_id, seed = sa.case((COUNTS, runs.c.id)), sa.case((COUNTS, runs.c.seed))
    means = [sa.func.avg(sa.case((COUNTS, value_of(measure)))) for measure in measures]
    return (
        sa.select(
            KEY.label("key"),
            sa.func.max(run_id).label("newest"),
            sa.func.min(run_id).label("oldest"),
            sa.func.count(run_id).label("num_finished"),
            sa.func.count(seed).label("num_seeded"),
            sa.func.count(sa.distinct(seed)).label("num_seeds"),
            *(mean.label(f"mean{index}") for index, mean in enumerate(means)),
            sa.func.max(runs.c.kind).label("kind"),  # all runs of a group are of one
        )
        .where(*conditions)
        .group_by(KEY)
    )


def _known_of(
    connection: sa.Connection,
    ids: Sequence[int],
    names: Sequence[str],
    known: Sequence[Sequence[Any]],
    fields: Sequence[str],
) -> list[RunFields]:
    """Return what is known of the runs of these ids.

    Args:
        connection: a transaction.
        ids: of the runs.
        names: what is known: `kind`, fields, _SHARED.
        known: these, column by column; of thousands of runs, most share them.
        fields: all that were asked for.
    """
    if "tags" in fields:
        tags = read_tags_of(connection, ids)
        names, known = [*names, "tags"], [*known, [tags.get(run_id, ()) for run_id in ids]]
    if "metrics" in fields:
        measured = {run_id: tuple(one.items()) for run_id, one in read_last_values(connection, ids).items()}
        names, known = [*names, _MEASURED], [*known, [measured.get(run_id) for run_id in ids]]
    documents = [name for name in fields if name in _DOCUMENTS]
    read = cache(json.loads)
    shared: dict[tuple[Any, ...], RunFields] = {}
    found = []
    for state in zip(*known, strict=True):
        run = shared.get(state)
        if run is None:
            values = dict(zip(names, state, strict=True))
            if (of_group := values.pop(_SHARED, None)) is not None:
                values |= of_group.values
            for name in documents:
                values[name] = None if values[name] is None else read(values[name])
            if (last_values := values.pop(_MEASURED, None)) is not None:
                values["metrics"] = dict(last_values)
            run = shared[state] = fields_of(values)
        found.append(run)
    # What a document says of a run stands in more than its columns.
    reported = [place for place, run in enumerate(found) if run["kind"] == "reported"] if fields else []
    whole = {run.id: run for run in read_runs_by_id(connection, [ids[place] for place in reported])}
    for place in reported:
        found[place] = RunFields(whole[ids[place]].fields)
    return found


def _left_out(conditions: Conditions) -> sa.Select[Any]:
    """Count the runs that did not finish, by status."""
    return (
        sa.select(column_of("status"), sa.func.count().label("number"))
        .where(*conditions, sa.not_(COUNTS))
        .group_by(STATUS)
    )

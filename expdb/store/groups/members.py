"""The runs of a group of seeds that do not agree on what such runs share as a rule: device, precision, images."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.elements import NamedColumn

from expdb.catalog.promoted import promoted
from expdb.domain.known import Fields
from expdb.domain.spec import RunSpec
from expdb.store.judged_status import column_of, is_read
from expdb.store.snapshots import read_run_parts, read_tags_of
from expdb.store.statement_size import in_parts
from expdb.store.tables import runs

# What all runs of a group agree on; of old runs, the code is not known.
_OWN = {"seed", "init_from", "digest", "spec_json", "code_digest", "verify", "max_megapixels"}
OF_GROUP = frozenset(promoted(RunSpec())) - _OWN | {"kind", "unparsed", "extends_another"}


def read_disagreeing(
    connection: sa.Connection,
    conditions: Sequence[sa.ColumnElement[bool]],
    key: sa.ColumnElement[str],
    counts: sa.ColumnElement[bool],
    fields: Iterable[str],
) -> set[str]:
    """Return the keys of the groups whose runs do not all have the same in these fields: known or not counts too.

    Args:
        connection: a transaction.
        conditions: which runs.
        key: of a run's group.
        counts: whether a run counts; no condition, or SQLite would look runs up by their status, which most share.
        fields: what is looked at, unless all runs of a group agree on it anyway.
    """
    looked_at = [name for name in fields if is_read(name) and name not in OF_GROUP]
    differ = [_differs(column_of(name), counts) for name in looked_at]
    if not differ:
        return set()
    chosen = sa.select(key).where(*conditions).group_by(key).having(sa.or_(*differ))
    return set(connection.execute(chosen).scalars())


def read_members(
    connection: sa.Connection, ids_of: Mapping[str, Sequence[int]], fields: Collection[str]
) -> dict[str, tuple[Fields, ...]]:
    """Return these fields, kind and tags of the runs of groups, by key."""
    ids = [run_id for of_group in ids_of.values() for run_id in of_group]
    found: dict[int, Fields] = {}
    for some in in_parts(ids):
        chosen = sa.select(runs).where(runs.c.id.in_(some))
        found |= {run.id: run.fields for run in read_run_parts(connection, chosen, fields)}
    return {key: tuple(found[run_id] for run_id in of_group) for key, of_group in ids_of.items()}


def read_differently_tagged(connection: sa.Connection, ids_of: Mapping[str, Sequence[int]]) -> set[str]:
    """Return the keys of the groups whose runs do not all have the same tags."""
    tags = read_tags_of(connection, [run_id for of_group in ids_of.values() for run_id in of_group])
    return {key for key, ids in ids_of.items() if len({tags.get(run_id, ()) for run_id in ids}) > 1}


def _differs(column: NamedColumn[Any], counts: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    """Return whether the values of a group differ, or some are not known; PostgreSQL knows no least boolean."""
    is_text = isinstance(column.type, (sa.JSON, sa.Boolean))
    value = sa.case((counts, sa.cast(column, sa.Text) if is_text else column))
    num, of = sa.func.count(value), sa.func.count(sa.case((counts, runs.c.id)))
    return sa.or_(sa.func.min(value) != sa.func.max(value), sa.and_(num > 0, num < of))

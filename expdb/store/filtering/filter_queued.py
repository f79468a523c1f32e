"""Whether a filter will let in a run that nobody has queued yet, as far as that can be told before it is trained."""

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa

from expdb.catalog.promoted import promoted
from expdb.catalog.told_fields import TOLD
from expdb.domain.spec import RunSpec
from expdb.store.filtering.filter import compile_filter
from expdb.store.filtering.told_values import ToldValues
from expdb.store.judged_status import COMPARABLE, IN_SPEC
from expdb.store.row_values import Values, fields_of
from expdb.store.tables import run_tags, runs

_LABELS = ("id", "name", "group", "note", "kind", "status", "created_at", "removed_at", "extends_another")


def may_let_in(
    connection: sa.Connection, where: str, spec: RunSpec, values: Values, tags: Collection[str], now: datetime
) -> bool:
    """Tell whether a filter holds for a run once it is finished; results and the machine are not known, so they may do.

    Args:
        connection: for reading.
        where: the filter.
        spec: what the run computes.
        values: its columns as they would be queued.
        tags: its tags.
        now: when it would be queued.
    """
    known = {*promoted(spec), *IN_SPEC, *_LABELS}
    missing = COMPARABLE.keys() - known
    unknown = missing | {key for key, told in TOLD.items() if not missing.isdisjoint(told.fields)}
    last_id = connection.execute(sa.select(sa.func.max(runs.c.id))).scalar() or 0
    own = {"id": last_id + 1, "status": "finished", "created_at": now}
    planned = {name: values.get(name) for name in known} | own
    fields = fields_of({**dict.fromkeys(missing), **values, **own, "removed_at": None, "tags": tuple(sorted(tags))})
    condition = compile_filter(where, ToldValues(lambda _names: [fields]), unknown=unknown)
    # The filter reads this one row: queries in front of it stand in for the tables of the same names.
    stated = (sa.literal("{}", sa.Text).cast(runs.c[name].type).label(name) for name in ("settings", "metrics"))
    held = [name for name in ("spec_json", *COMPARABLE) if name in runs.c]
    columns = (sa.literal(planned.get(name), runs.c[name].type).label(name) for name in held)
    row = sa.select(*columns, *stated)
    tag_rows = [_tag_row(last_id + 1, tag) for tag in tags] or [_tag_row(0, "")]
    query = sa.select(condition).select_from(runs).add_cte(row.cte("runs"), sa.union_all(*tag_rows).cte("run_tags"))
    found = connection.execute(query).scalar()  # null: it depends on what is not known; SQLite may say 0 for false
    return found is None or bool(found)


def _tag_row(run_id: int, tag: str) -> sa.Select[tuple[int, str]]:
    return sa.select(
        sa.literal(run_id, run_tags.c.run_id.type).label("run_id"), sa.literal(tag, run_tags.c.tag.type).label("tag")
    )

"""All rows of a run as they are stored, how far the run is by them, and where two states of it differ."""

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from expdb.store.judged_status import STATUS
from expdb.store.lifecycle import ENDED
from expdb.store.merging.point_rows import POINTS, insert_point_rows, point_rows
from expdb.store.row_values import Values
from expdb.store.tables import analyses, attempts, epochs, metric_summaries, points, reported_changes, run_tags, runs

# What people say of a run: it stays here as it is, whichever state of the run is the further one.
LABELS = ("name", "group", "note", "removed_at")
# What is this database's own, or says only when somebody last looked.
_OWN = ("id", "uuid", "artifact_dir", "heartbeat_at")
_CHILDREN = {"attempts": attempts, "epochs": epochs, "changes of its row": reported_changes, "analyses": analyses}
_ORDERS = {
    attempts: (attempts.c.run_id, attempts.c.number),
    epochs: (epochs.c.run_id, epochs.c.epoch, epochs.c.attempt),
    reported_changes: (reported_changes.c.run_id, reported_changes.c.number),
    analyses: (analyses.c.run_id, analyses.c.name),
}


@dataclass(frozen=True, kw_only=True)
class RunRows:
    """A run's row, and the rows that belong to it.

    Attributes:
        values: the columns of `runs`, as stored.
        judged: its status, judged now.
        tags: sorted.
        children: rows of other tables, without the run's number.
    """

    values: Values
    judged: str
    tags: list[str] = field(default_factory=list)
    children: dict[str, list[Values]] = field(default_factory=dict)

    @property
    def id(self) -> int:
        """Its number in the database that it was read from."""
        number: int = self.values["id"]
        return number

    @property
    def stage(self) -> tuple[int, int, int, int]:
        """How far it is: the greater, the further."""
        number = self.values["attempt"] or 0
        sequence = max(
            (one["last_sequence"] for one in self.children["attempts"] if one["number"] == number), default=0
        )
        status = self.values["status"]
        rank = 2 if status in ENDED else 0 if status == "queued" else 1
        return number, sequence, rank, len(self.children["changes of its row"])


def read_run_rows(connection: sa.Connection, run_ids: Sequence[int]) -> dict[int, RunRows]:
    """Return all rows of these runs, a few hundred at most, by their numbers."""
    statement = (
        sa.select(*runs.columns, STATUS.label("judged_status")).where(runs.c.id.in_(run_ids)).order_by(runs.c.id)
    )
    found = {}
    for row in connection.execute(statement).mappings():
        values = dict(row)
        judged = values.pop("judged_status")
        found[values["id"]] = RunRows(
            values=values, judged=judged, children={name: [] for name in (*_CHILDREN, POINTS)}
        )
    tags: dict[int, list[str]] = defaultdict(list)
    for run_id, tag in connection.execute(sa.select(run_tags).where(run_tags.c.run_id.in_(run_ids))):
        tags[run_id].append(tag)
    for run_id, of_run in tags.items():
        if run_id in found:
            found[run_id].tags.extend(sorted(of_run))
    for name, table in _CHILDREN.items():
        chosen = sa.select(table).where(table.c.run_id.in_(run_ids)).order_by(*_ORDERS[table])
        for row in connection.execute(chosen).mappings():
            if row["run_id"] in found:
                own = {key: value for key, value in row.items() if key != "run_id"}
                found[row["run_id"]].children[name].append(own)
    for run_id, rows in point_rows(connection, run_ids).items():
        if run_id in found:
            found[run_id].children[POINTS] = rows
    return found


def insert_children(connection: sa.Connection, run_id: int, rows: RunRows) -> None:
    """Insert the rows that belong to a run under its number here."""
    for name, table in _CHILDREN.items():
        values = [{**row, "run_id": run_id} for row in rows.children[name]]
        if values:
            connection.execute(table.insert(), values)
    insert_point_rows(connection, run_id, rows.children[POINTS])


def delete_children(connection: sa.Connection, run_id: int) -> None:
    """Delete the rows that belong to a run, but for its tags."""
    for table in (*_CHILDREN.values(), points, metric_summaries):
        connection.execute(table.delete().where(table.c.run_id == run_id))


def recorded(values: Values) -> Values:
    """Return the columns that were recorded of a run, without what people say of it and what is a database's own."""
    return {name: value for name, value in values.items() if name not in LABELS + _OWN}


def stage_differences(here: RunRows, there: RunRows) -> Iterator[str]:
    """Yield in what two states of a run differ that are equally far: `top1 is 0.5 here, 0.6 there`."""
    known_there = recorded(there.values)
    for name, value in recorded(here.values).items():
        # Which group a run is of follows from its settings, and from what else is in a database.
        if name != "group_digest" and not same(value, known_there[name]):
            yield f"{name} is {told_value(value)} here, {told_value(known_there[name])} there"
    for name in here.children:
        if not same(here.children[name], there.children[name]):
            yield f"its {name} differ"


def same(one: Any, other: Any) -> bool:
    """Tell whether two values are the same to the bit, also the order in documents, as far as every server keeps it."""
    return repr(_kept(one)) == repr(_kept(other))


def _kept(value: Any) -> Any:
    """Return a value as SQLite keeps it: without the sign of zero, and nothing where there is no number."""
    if isinstance(value, list):
        return [_kept(one) for one in value]
    if isinstance(value, dict):
        return {name: _kept(one) for name, one in value.items()}
    if isinstance(value, float):
        return None if math.isnan(value) else value + 0.0
    return value


def told_value(value: Any) -> str:
    """Return a value as messages show it: short, and in quotes where it is text."""
    text = "unknown" if value is None else repr(value) if isinstance(value, (str, dict, list)) else str(value)
    return text if len(text) <= 60 else f"{text[:59]}…"

"""Frozen snapshots of rows, read inside the caller's transaction."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import Any

import sqlalchemy as sa

from expdb.domain.run import Run, RunPart
from expdb.domain.spec import RunSpec
from expdb.errors import NotFoundError, SpecError, unknown
from expdb.store.filtering.filter_fields import field_called
from expdb.store.filtering.stated_conditions import stated_number, stated_words
from expdb.store.judged_status import COMPARABLE, column_of
from expdb.store.name_rules import storable
from expdb.store.points.read_points import read_last_values
from expdb.store.row_values import fields_of
from expdb.store.statement_size import in_parts
from expdb.store.tables import run_tags, runs

MAX_ID = 2**31 - 1

_UUID = re.compile(r"[0-9a-f]{8}[0-9a-f-]{0,28}", re.ASCII)  # its first digits
_MOST_CANDIDATES = 5


def read_run(connection: sa.Connection, run_id: int) -> Run:
    """Return one run, removed or not. Raises NotFoundError."""
    found = read_runs(connection, sa.select(runs).where(runs.c.id == run_id)) if 0 < run_id <= MAX_ID else []
    if not found:
        raise NotFoundError(f"no run {run_id}: see expdb ls")
    return found[0]


def read_spec(connection: sa.Connection, run_id: int) -> RunSpec:
    """Return the spec of a run that is trained here. Raises NotFoundError."""
    spec = read_run(connection, run_id).spec
    assert spec is not None  # noqa: S101 - as all measured runs have
    return spec


def read_run_referred(connection: sa.Connection, ref: int | str) -> Run:
    """Return the run of an id, a name, or the first digits of a uuid; removed ones too. Raises NotFoundError."""
    if isinstance(ref, int):
        return read_run(connection, ref)
    text = str(storable(ref.strip()))
    is_uuid = _UUID.fullmatch(text.lower()) is not None
    if text.isdecimal() and len(text) <= 18:
        run_id = int(text)
        if not is_uuid or (run_id <= MAX_ID and _has(connection, runs.c.id == run_id)):
            return read_run(connection, run_id)
    elif not is_uuid or _has(connection, runs.c.name == text):
        return _read_run_named(connection, text)
    return _read_run_of_uuid(connection, text.lower())


def _has(connection: sa.Connection, condition: sa.ColumnElement[bool]) -> bool:
    return connection.execute(sa.select(runs.c.id).where(condition)).first() is not None


def _read_run_of_uuid(connection: sa.Connection, text: str) -> Run:
    """Return the run whose uuid begins so. Raises NotFoundError."""
    begins = runs.c.uuid.startswith(text, autoescape=True)
    chosen = sa.select(runs.c.id, runs.c.uuid).where(begins).order_by(runs.c.id).limit(_MOST_CANDIDATES + 1)
    found = connection.execute(chosen).all()
    if not found:
        raise NotFoundError(f"no run {text!r}, neither of that name nor with a uuid that begins so: see expdb ls")
    if len(found) > 1:
        listed = ", ".join(f"{row.uuid} (run {row.id})" for row in found[:_MOST_CANDIDATES])
        more = " and more" if len(found) > _MOST_CANDIDATES else ""
        raise NotFoundError(f"{text!r} is the beginning of several uuids: {listed}{more}: give more of it")
    return read_run(connection, found[0].id)


def _read_run_named(connection: sa.Connection, name: str) -> Run:
    """Return the run of that name, removed or not. Raises NotFoundError."""
    run_id = connection.execute(sa.select(runs.c.id).where(runs.c.name == name)).scalar_one_or_none()
    if run_id is None:
        names = connection.execute(sa.select(runs.c.name).where(runs.c.name.is_not(None))).scalars()
        raise NotFoundError(unknown("run", name, [str(known) for known in names], listing="expdb ls"))
    return read_run(connection, run_id)


def read_runs(connection: sa.Connection, chosen: sa.Select[Any], *, with_documents: bool = True) -> list[Run]:
    """Return the runs that a statement over `runs` chooses, in its order, with their tags.

    Args:
        connection: a transaction.
        chosen: a select over `runs`.
        with_documents: load `git_diff`, which may have a megabyte.
    """
    no_diff = sa.null().label("git_diff")
    columns = (
        no_diff if column.name == "git_diff" and not with_documents else column_of(column.name) for column in runs.c
    )
    found = connection.execute(chosen.with_only_columns(*columns))
    names = tuple(found.keys())  # plain tuples: of ten thousand rows, mappings would take most of the time
    rows = [dict(zip(names, row, strict=True)) for row in found.all()]
    ids = [row["id"] for row in rows]
    tags, measured = read_tags_of(connection, ids), read_last_values(connection, ids)
    for row in rows:
        row["tags"] = tags.get(row["id"], ())
        row["metrics"] = measured.get(row["id"], row["metrics"])
    return [Run(fields_of(row)) for row in rows]


def read_run_parts(connection: sa.Connection, chosen: sa.Select[Any], fields: Iterable[str]) -> list[RunPart]:
    """Return these fields, and those of every `RunPart`, of the runs that a statement over `runs` chooses.

    Of a run that was copied from a document all are there: what it says stands in more than its columns.
    """
    names = tuple(name for name in dict.fromkeys(("id", "kind", *RunPart.names(), *fields)) if name != "tags")
    rows = connection.execute(chosen.with_only_columns(*map(column_of, names))).all()
    ids = [row[0] for row in rows]
    tags = read_tags_of(connection, ids)
    measured = read_last_values(connection, ids) if "metrics" in names else {}
    reported = read_runs_by_id(connection, [row[0] for row in rows if row[1] == "reported"])
    whole = {run.id: RunPart(run.fields) for run in reported}
    beside = (
        {"tags": tags.get(run_id, ()), **({"metrics": measured[run_id]} if run_id in measured else {})}
        for run_id in ids
    )
    return [
        whole.get(row[0]) or RunPart(fields_of({**dict(zip(names, row, strict=True)), **known}))
        for row, known in zip(rows, beside, strict=True)
    ]


def read_runs_by_id(connection: sa.Connection, run_ids: Sequence[int]) -> list[Run]:
    """Return the runs of these ids, without documents, in no order."""
    found: list[Run] = []
    for some in in_parts(run_ids):
        found += read_runs(connection, sa.select(runs).where(runs.c.id.in_(some)), with_documents=False)
    return found


def read_tags_of(connection: sa.Connection, run_ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
    """Return the tags of each of these runs that has any, sorted."""
    if not run_ids:
        return {}
    # By range: of thousands of ids a list would be slower, and there are few tags.
    near = run_tags.c.run_id.between(min(run_ids), max(run_ids))
    tags: dict[int, list[str]] = defaultdict(list)
    for run_id, tag in connection.execute(sa.select(run_tags).where(near)):
        tags[run_id].append(tag)
    return {run_id: tuple(sorted(of_run)) for run_id, of_run in tags.items()}


def read_tags(connection: sa.Connection, run_id: int) -> set[str]:
    """Return the tags of a run."""
    return set(connection.execute(sa.select(run_tags.c.tag).where(run_tags.c.run_id == run_id)).scalars())


def ordered_runs(
    connection: sa.Connection, conditions: Sequence[sa.ColumnElement[bool]], sort: Sequence[str], limit: int | None
) -> sa.Select[Any]:
    """Return the statement that chooses runs in an order. Raises SpecError for what is no field, or no limit."""
    if limit is not None and limit < 0:
        raise SpecError(f"limit {limit} is negative")
    order = order_by(sort, dialect=connection.dialect.name)
    return sa.select(runs).where(*conditions).order_by(*order, runs.c.id).limit(limit)


def order_by(sort: Sequence[str], *, dialect: str) -> list[sa.ColumnElement[Any]]:
    """Return the order that fields say, alike on every back end: unknown last, text without regard to case.

    Raises:
        SpecError: a field is not one of a run.
    """
    order: list[sa.ColumnElement[Any]] = []
    for field in sort:
        name = field.removeprefix("-")
        known = field_called(name)
        if known is None or known.name in ("tag", "text"):
            near = get_close_matches(name, COMPARABLE, n=3, cutoff=0.5)
            hint = f"did you mean {', '.join(near)}?" if near else f"fields are {', '.join(list(COMPARABLE)[:12])}…"
            raise SpecError(f"cannot sort by {field!r}: {hint}")
        if known.told is not None:
            told_of = [name for name in known.told.fields if name in COMPARABLE and name != "kind"]
            raise SpecError(f"cannot sort by {field!r}: sort by what it is told of, as {' or '.join(told_of[:3])}")
        # What documents state may be a number in one and words in the next.
        is_stated = known.kind == "stated"
        columns = [stated_number(known), stated_words(known)] if is_stated else [COMPARABLE[known.name]]
        for column in columns:
            sortable: sa.ColumnElement[Any] = column
            if isinstance(column.type, sa.Text):
                sortable = sa.func.lower(column)
                # SQLite compares bytes; PostgreSQL would go by the server's language.
                sortable = sortable if dialect == "sqlite" else sa.collate(sortable, "C")
            order.append((sortable.desc() if field.startswith("-") else sortable.asc()).nulls_last())
    return order

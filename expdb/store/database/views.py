"""Views for other programs (a SQL prompt, Metabase): what is read by their columns stays when the tables change.

docs/sql.md says what is in them. They hold no data, so every upgrade makes them anew from here.
"""

from collections.abc import Iterable, Mapping

import sqlalchemy as sa

from expdb.domain.group import ALONE
from expdb.domain.run import CRASH_SECONDS
from expdb.store.tables import COMPARABLE_COLUMNS, HEAD, VERSION_TABLE, epochs, runs

# Numbers of a run that differ between seeds: what `v_groups` averages, beside all that stands among the points.
AVERAGED = (
    *("top1", "top5", "val_top1", "best_top1", "train_loss", "test_loss"),
    *("train_seconds", "eval_seconds", "wall_seconds", "images_per_second", "peak_memory_bytes"),
    *("cpu_seconds", "cpu_wait_seconds"),
)
_DOCUMENTS = ("settings", "metrics", "unparsed", "quote", "packages", "picture_counts", "spec_json")
_EPOCH_FIELDS = tuple(
    column.name for column in epochs.c if column.name not in ("run_id", "epoch", "attempt", "superseded_by")
)
# What all runs of a group share, beside their seeds.
_OF_GROUP = ("kind", "group", "dataset", "model", "arch", "aug", "optimizer", "lr", "batch_size", "epochs", "img_size")
_COUNTED = "superseded_by IS NULL"
# The last value of each metric that a run logged, as JSON; NULL where there is none.
_OF_LOGGED = (
    "FROM metric_summaries AS summed JOIN metrics AS known ON known.id = summed.metric_id "
    "WHERE summed.run_id = runs.id AND summed.last IS NOT NULL"
)
_LOGGED = {
    "sqlite": f"(SELECT NULLIF(json_group_object(known.name, summed.last), '{{}}') {_OF_LOGGED})",
    "postgresql": f"(SELECT json_object_agg(known.name, summed.last) {_OF_LOGGED})",
}
_CUTOFF = {
    "sqlite": f"strftime('%Y-%m-%d %H:%M:%f', 'now', '-{CRASH_SECONDS:g} seconds')",
    "postgresql": f"(clock_timestamp() - interval '{CRASH_SECONDS:g} seconds')",
}
_TAGS = {
    "sqlite": "(SELECT group_concat(tag, ', ') FROM (SELECT tag FROM run_tags WHERE run_id = runs.id ORDER BY tag))",
    "postgresql": "(SELECT string_agg(tag, ', ' ORDER BY tag) FROM run_tags WHERE run_id = runs.id)",
}


def views(dialect: str) -> Mapping[str, str]:
    """Return the query of each view by its name, in the SQL of a back end."""
    return {
        "v_runs": _runs(dialect),
        "v_epochs": _epochs(),
        "v_points": _points(),
        "v_groups": _groups(),
    }


def create_views(connection: sa.Connection) -> None:
    """Make the views, where the database is at the revision that they are written for."""
    for name, query in views(connection.dialect.name).items():
        connection.exec_driver_sql(f"CREATE VIEW {name} AS\n{query}")


def renew_views(connection: sa.Connection) -> None:
    """Make the views after an upgrade to the last revision; before it, the tables may lack columns."""
    revisions = connection.exec_driver_sql(f"SELECT version_num FROM {VERSION_TABLE}").scalars().all()  # noqa: S608
    if revisions == [HEAD]:
        create_views(connection)


def drop_views(connection: sa.Connection) -> None:
    """Drop the views, so that tables can be changed under them."""
    for name in views(connection.dialect.name):
        connection.exec_driver_sql(f"DROP VIEW IF EXISTS {name}")


def _runs(dialect: str) -> str:
    is_silent = f"status IN ('queued', 'running') AND heartbeat_at < {_CUTOFF[dialect]}"
    values = {name: _quoted(name) for name in (*COMPARABLE_COLUMNS, *_DOCUMENTS)}
    values["status"] = f"CASE WHEN {is_silent} THEN 'crashed' ELSE status END AS status"
    values["tags"] = f"{_TAGS[dialect]} AS tags"
    values["metrics"] = f"COALESCE({_LOGGED[dialect]}, metrics) AS metrics"
    del values["removed_at"]
    return f"SELECT {_joined(values.values())}\nFROM runs\nWHERE removed_at IS NULL"


def _epochs() -> str:
    """What was trained here has a row an epoch; of a script's run, its points of an epoch are put side by side."""
    logged = _joined(f"max(CASE WHEN name = '{field}' THEN value END) AS {field}" for field in _EPOCH_FIELDS)
    named = ", ".join(f"'{field}'" for field in _EPOCH_FIELDS)
    newest = "ORDER BY points.axis DESC, points.place DESC, points.attempt DESC"
    return (
        f"SELECT epochs.run_id, epochs.epoch, epochs.attempt, {_joined(f'epochs.{one}' for one in _EPOCH_FIELDS)}\n"
        "FROM epochs JOIN runs ON runs.id = epochs.run_id\n"
        f"WHERE epochs.{_COUNTED} AND runs.removed_at IS NULL\n"
        f"UNION ALL\nSELECT run_id, epoch, max(attempt) AS attempt, {logged}\nFROM (\n"
        "SELECT points.run_id, points.epoch, points.attempt, metrics.name, points.value, row_number() OVER (\n"
        f"PARTITION BY points.run_id, points.metric_id, points.epoch {newest}) AS nth\n"
        "FROM points JOIN metrics ON metrics.id = points.metric_id JOIN runs ON runs.id = points.run_id\n"
        f"WHERE points.{_COUNTED} AND points.epoch IS NOT NULL AND runs.kind = 'tracked'\n"
        f"AND runs.removed_at IS NULL AND metrics.name IN ({named})) AS logged\n"
        "WHERE nth = 1\nGROUP BY run_id, epoch"
    )


def _points() -> str:
    return (
        "SELECT points.run_id, metrics.name AS metric, points.attempt, points.epoch,\n"
        "CASE WHEN points.axis = 1 THEN points.place END AS step, points.value, points.special,\n"
        "metrics.unit, metrics.split, metrics.higher_is_better\n"
        "FROM points JOIN metrics ON metrics.id = points.metric_id JOIN runs ON runs.id = points.run_id\n"
        f"WHERE points.{_COUNTED} AND runs.removed_at IS NULL"
    )


def _groups() -> str:
    """As `groups.averages` does it: of a seed that was run again the newest counts, and only what has finished."""
    key = f"coalesce(group_digest, '{ALONE}' || CAST(id AS TEXT))"
    typed = "\n".join(
        f"UNION ALL SELECT group_key, id, '{name}', CAST({name} AS DOUBLE PRECISION) FROM counted"  # noqa: S608
        for name in AVERAGED
    ).removeprefix("UNION ALL ")
    columns = ", ".join(f"'{column.name}'" for column in runs.c)
    shared = _joined(f"newest.{_quoted(name)}" for name in _OF_GROUP)
    newest = [
        *("totals.group_key", "totals.metric", "totals.n", "totals.mean", "totals.std"),
        *("totals.least", "totals.greatest", "totals.newest_run_id"),
    ]
    return (
        f"WITH placed AS (\nSELECT runs.*, {key} AS group_key,\n"
        f"row_number() OVER (PARTITION BY {key}, seed ORDER BY id DESC) AS nth\n"
        "FROM runs\nWHERE removed_at IS NULL AND status = 'finished'\n"
        "), counted AS (\nSELECT * FROM placed WHERE nth = 1 OR seed IS NULL\n"
        f"), measured (group_key, run_id, metric, value) AS (\n{typed}\n"
        "UNION ALL SELECT counted.group_key, counted.id, metrics.name, metric_summaries.last\n"
        "FROM counted JOIN metric_summaries ON metric_summaries.run_id = counted.id\n"
        "JOIN metrics ON metrics.id = metric_summaries.metric_id\n"
        f"WHERE metrics.name NOT IN ({columns})\n"
        "), beside AS (\nSELECT group_key, run_id, metric, value,\n"
        "avg(value) OVER (PARTITION BY group_key, metric) AS mean\nFROM measured\nWHERE value IS NOT NULL\n"
        "), totals AS (\nSELECT group_key, metric, count(*) AS n, min(mean) AS mean,\n"
        "CASE WHEN count(*) > 1 THEN sqrt(sum((value - mean) * (value - mean)) / (count(*) - 1)) END AS std,\n"
        "min(value) AS least, max(value) AS greatest, max(run_id) AS newest_run_id\n"
        "FROM beside\nGROUP BY group_key, metric\n)\n"
        f"SELECT {_joined(newest)}, {shared}\nFROM totals JOIN runs AS newest ON newest.id = totals.newest_run_id"
    )


def _quoted(name: str) -> str:
    return f'"{name}"' if name in ("group", "user") else name


def _joined(names: Iterable[str]) -> str:
    return ",\n".join(names)

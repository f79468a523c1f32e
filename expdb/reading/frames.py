"""Runs and their curves as pandas DataFrames."""

import warnings
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from expdb.domain.scripts.metric_names import recorded_as
from expdb.domain.table import Where
from expdb.domain.task import metrics_by_key, point_name
from expdb.errors import SpecError, unknown
from expdb.reading.opened import DatabaseName, opened_for_reading

if TYPE_CHECKING:
    import pandas as pd

    from expdb.domain.run import RunPart
    from expdb.reading.frame_columns import FrameColumn
    from expdb.store.store import Store

_HISTORY = {
    "run": "int64",
    "attempt": "int64",
    "epoch": "Int64",
    "step": "Int64",
    "metric": "str",
    "value": "float64",
}

RunName = int | str  # its id, its name or the first digits of its uuid


def runs(
    where: Where = "",
    *,
    columns: Sequence[str] | None = None,
    sort: Sequence[str] | str = (),
    limit: int | None = None,
    include_removed: bool = False,
    db: DatabaseName = None,
) -> "pd.DataFrame":
    """Return the runs that a filter holds for as a DataFrame, a row a run, in order of their ids.

    Where it holds for none, a warning says which part of it leaves none, and what may be meant.

    Columns are called as filters call them. Accuracies are fractions in [0, 1], times in UTC, durations in seconds,
    sizes in bytes; what is not known is missing (NaN, NA or NaT). Counts are `Int64`, yes or no is `boolean`, so that
    both can be missing. `tags` are tuples.

    Args:
        where: the filter, as of `expdb ls --where`; of several, all must hold; empty: all runs.
        columns: these alone, in this order, by any name that a filter takes; None: every field of a run, and what
            tracked runs and documents state beside them as `settings.NAME` and `metrics.NAME`.
        sort: fields, `-` before one for descending; unknown values come last.
        limit: at most so many runs.
        include_removed: also those that were removed.
        db: the database, a path or SQLAlchemy URL; None: EXPDB_URL, else `runs.db` in the working folder.

    Raises:
        SpecError: the filter, a column or a field of `sort` is not understood.
        StoreError: there is no such database, or it cannot be read.
    """
    from expdb.reading.frame_columns import every_column

    order = (sort,) if isinstance(sort, str) else sort
    with opened_for_reading(db) as store:
        chosen = every_column() if columns is None else _named_columns(store, columns)
        fields = {field for column in chosen for field in column.fields}
        read = fields | ({"settings", "metrics"} if columns is None else set())
        found = store.run_parts(where, sorted(read), sort=order, limit=limit, include_removed=include_removed)
        is_asked = not found and limit != 0 and _is_filter(where)
        if is_asked and (why := store.searching.why_none(where, include_removed=include_removed)):
            warnings.warn(why, stacklevel=2)
    if columns is None:
        chosen = [*chosen, *_stated_columns(found)]
    return _frame(found, chosen)


def history(
    ids: RunName | Iterable[RunName] | None = None,
    *,
    where: Where | None = None,
    metrics: Iterable[str] | None = None,
    db: DatabaseName = None,
) -> "pd.DataFrame":
    """Return what was measured while runs trained, as a DataFrame: a row a run, epoch or step, and metric.

    Columns: `run` (its id), `attempt`, `epoch`, `step` (of what is logged by step), `metric`, `value`. What was not
    measured has no row; what was done again after a resume is there once, as it counts. NaN and infinity are values
    of metrics that a script logged. Metrics are called as they were logged (`test/miou`), or as columns are (`top1`).
    `history(3).pivot(index="epoch", columns="metric", values="value")` has a column a metric.

    Args:
        ids: runs, by id, name or the first digits of the uuid, one or several: the column `id` of `runs` is fine.
        where: instead, a filter, as of `runs`.
        metrics: these alone, in this order; None: all.
        db: as of `runs`.

    Raises:
        SpecError: neither or both of `ids` and `where` are given, or a metric is none that is recorded.
        NotFoundError: there is no such run.
        StoreError: there is no such database, or it cannot be read.
    """
    if (ids is None) == (where is None):
        raise SpecError("history() takes runs, as history([3, 4]), or a filter, as history(where='top1 > 80%')")
    with opened_for_reading(db) as store:
        chosen = sorted(store.ids(where)) if where is not None else _run_ids(store, ids)
        if not chosen and where is not None and (why := store.searching.why_none(where)):
            warnings.warn(why, stacklevel=2)
        return history_frame(store, chosen, metrics)


def history_frame(store: "Store", run_ids: Sequence[int], metrics: Iterable[str] | None) -> "pd.DataFrame":
    """Return the curves of runs, in this order, as `history` does. Raises SpecError and NotFoundError as it does."""
    import pandas as pd

    asked = None if metrics is None else list(dict.fromkeys((metrics,) if isinstance(metrics, str) else metrics))
    of_epochs, logged = _known_metrics(store, asked)
    rows: dict[int, list[tuple[Any, ...]]] = {run_id: [] for run_id in run_ids}
    for run_id, attempt, epoch, *values in store.epoch_rows.of(run_ids, of_epochs):
        for name, value in zip(of_epochs, values, strict=True):
            if value is not None:
                rows[run_id].append((run_id, attempt, epoch, None, name, value))
    for point in store.points.of(run_ids, logged):
        rows[point.run_id].append((point.run_id, point.attempt, point.epoch, point.step, point.metric, point.value))
    columns = list(zip(*(row for run_id in rows for row in rows[run_id]), strict=True)) or [()] * len(_HISTORY)
    return pd.DataFrame(
        {name: pd.Series(known, dtype=dtype) for (name, dtype), known in zip(_HISTORY.items(), columns, strict=True)}
    )


def _known_metrics(store: "Store", asked: Sequence[str] | None) -> tuple[Sequence[str], Sequence[str] | None]:
    """Return which metrics to read of epochs, and which of points (None: all). Raises SpecError for no metric."""
    of_epochs = store.epoch_rows.fields
    if asked is None:
        return of_epochs, None
    known = {*of_epochs, *metrics_by_key(), *store.points.metrics()}
    names = [point_name(name) for name in asked]
    for name, told in zip(names, asked, strict=True):
        if name not in known and (own := recorded_as(name)) in known:
            raise SpecError(f"metric {told!r} is recorded as {own}: ask for {own!r}")
        if name not in known:
            raise SpecError(unknown("metric", told, sorted(known), listing="expdb.history(run) without metrics"))
    return [name for name in names if name in of_epochs], names


def _named_columns(store: "Store", names: Sequence[str]) -> "list[FrameColumn]":
    """Return the columns of names. Raises SpecError, with what may be meant."""
    from expdb.reading.frame_columns import named_column
    from expdb.report.columns import nearest_metrics

    found = []
    for name in names:
        try:
            found.append(named_column(name))
        except SpecError:
            near = nearest_metrics(name, store.points.metrics())
            if not near:
                raise
            raise SpecError(f"there is no column {name!r}: did you mean {', '.join(near)}?") from None
    return found


def _is_filter(where: Where) -> bool:
    """Tell whether a filter asks for anything; without one, an empty database says enough."""
    return any(text.strip() for text in ((where,) if isinstance(where, str) else where))


def _run_ids(store: "Store", refs: Any) -> list[int]:
    named = [refs] if isinstance(refs, (int, str)) else list(refs)
    return list(dict.fromkeys(store.run(ref).id if isinstance(ref, str) else int(ref) for ref in named))


def _stated_columns(found: Sequence["RunPart"]) -> "list[FrameColumn]":
    """Return the columns of what tracked runs and documents state, by name, unless a field says the same of all."""
    from expdb.reading.frame_columns import named_column

    stated = {
        f"{space}.{name}"
        for space in ("settings", "metrics")
        for run in found
        for name, value in (run.fields[space] or {}).items()
        if run.fields.get(name) != value
    }
    return [named_column(name) for name in sorted(stated, key=lambda name: (name.startswith("metrics."), name))]


def _frame(found: Sequence["RunPart"], columns: "Sequence[FrameColumn]") -> "pd.DataFrame":
    import pandas as pd

    series = {column.name: column.series([column.value(run.fields) for run in found]) for column in columns}
    return pd.DataFrame(series, index=pd.RangeIndex(len(found)))

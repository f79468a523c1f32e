"""Runs and their curves as pandas DataFrames."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from expdb.domain.fields import run_fields
from expdb.domain.table import Where
from expdb.errors import SpecError
from expdb.reading.opened import DatabaseName, opened_for_reading

if TYPE_CHECKING:
    import pandas as pd

    from expdb.domain.run import RunPart
    from expdb.reading.frame_columns import FrameColumn
    from expdb.store.store import Store

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
    from expdb.reading.frame_columns import every_column, named_column

    order = (sort,) if isinstance(sort, str) else sort
    chosen = every_column() if columns is None else [named_column(name) for name in columns]
    with opened_for_reading(db) as store:
        fields = {field for column in chosen for field in column.fields}
        read = fields | ({"settings", "metrics"} if columns is None else set())
        found = store.run_parts(where, sorted(read), sort=order, limit=limit, include_removed=include_removed)
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
    measured has no row; epochs that were done again after a resume are there once, as they count.
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
        return history_frame(store, chosen, metrics)


def history_frame(store: "Store", run_ids: Sequence[int], metrics: Iterable[str] | None) -> "pd.DataFrame":
    """Return the curves of runs, in this order, as `history` does. Raises SpecError and NotFoundError as it does."""
    import numpy as np
    import pandas as pd

    names = None if metrics is None else list(dict.fromkeys((metrics,) if isinstance(metrics, str) else metrics))
    fields, rows = store.epoch_rows.of(run_ids, names)
    about = np.array([row[:3] for row in rows], dtype=np.int64).reshape(len(rows), 3)
    values = np.array([row[3:] for row in rows], dtype=np.float64).reshape(len(rows), len(fields))
    at, metric = np.nonzero(~np.isnan(values))
    return pd.DataFrame(
        {
            "run": about[at, 0],
            "attempt": about[at, 1],
            "epoch": pd.array(about[at, 2], dtype="Int64"),
            "step": pd.array([pd.NA] * len(at), dtype="Int64"),
            "metric": pd.Series(np.array(fields, dtype=object)[metric], dtype="str"),
            "value": values[at, metric],
        }
    )


def _run_ids(store: "Store", refs: Any) -> list[int]:
    named = [refs] if isinstance(refs, (int, str)) else list(refs)
    return list(dict.fromkeys(store.run(ref).id if isinstance(ref, str) else int(ref) for ref in named))


def _stated_columns(found: Sequence["RunPart"]) -> "list[FrameColumn]":
    """Return the columns of what tracked runs and documents state, by name, of those that some run has."""
    from expdb.reading.frame_columns import named_column

    return [
        named_column(f"{space}.{name}")
        for space in ("settings", "metrics")
        for name in sorted({name for run in found for name in run.fields[space] or ()} - run_fields().keys())
    ]


def _frame(found: Sequence["RunPart"], columns: "Sequence[FrameColumn]") -> "pd.DataFrame":
    import pandas as pd

    series = {column.name: column.series([column.value(run.fields) for run in found]) for column in columns}
    return pd.DataFrame(series, index=pd.RangeIndex(len(found)))

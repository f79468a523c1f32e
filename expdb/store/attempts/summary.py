"""The columns of a run that follow from its epochs: kept as epochs come, counted anew where some count no more."""

from typing import Any

import sqlalchemy as sa

from expdb.store.database.prepared import Now
from expdb.store.row_values import Values
from expdb.store.tables import epochs, runs

# What an epoch that was not evaluated does not know: the run keeps what the one before said.
_OF_EVALUATION = ("test_loss", "top1", "top5", "val_top1")
_CPU_SECONDS = ("cpu_seconds", "cpu_wait_seconds")


def new(name: str) -> sa.BindParameter[Any]:
    """Return the parameter that stands for an event's value of a column of `epochs`."""
    return sa.bindparam(f"new_{name}", type_=epochs.c[name].type)


def _add_epoch() -> sa.Update:
    """Return the statement that adds an epoch to its run: of the run's current attempt, while the run is under way."""
    seconds, so_far = new("train_seconds"), sa.func.coalesce(runs.c.train_seconds, 0.0)
    rate = sa.func.coalesce(runs.c.images_per_second, 0.0)
    of_best = (epochs.c.run_id == runs.c.id, epochs.c.epoch == runs.c.best_epoch, epochs.c.superseded_by.is_(None))
    best_val = sa.select(epochs.c.val_top1).where(*of_best).correlate(runs).scalar_subquery()
    # PostgreSQL wants to be told the type where nothing beside it tells.
    is_by_val = sa.cast(new("val_top1"), epochs.c.val_top1.type).is_not(None)
    is_known = sa.or_(is_by_val, sa.cast(new("top1"), epochs.c.top1.type).is_not(None))
    is_better = sa.or_(
        sa.and_(is_known, runs.c.best_epoch.is_(None)),
        sa.and_(is_by_val, sa.or_(runs.c.best_by == "test", new("val_top1") > best_val)),
        sa.and_(sa.not_(is_by_val), runs.c.best_by == "test", new("top1") > runs.c.best_top1),
    )
    is_under_way = sa.or_(runs.c.status == "running", runs.c.status == "crashed")
    at, last_sign = sa.bindparam("new_at", type_=runs.c.heartbeat_at.type), runs.c.heartbeat_at
    memory, known = new("peak_memory_bytes"), runs.c.peak_memory_bytes
    return (
        runs.update()
        .where(runs.c.id == new("run_id"), runs.c.attempt == new("attempt"), is_under_way)
        .values(
            {
                "train_loss": new("train_loss"),
                **{name: sa.func.coalesce(new(name), runs.c[name]) for name in _OF_EVALUATION},
                **{
                    name: sa.case((runs.c.epochs_done == 0, new(name)), else_=runs.c[name] + new(name))
                    for name in _CPU_SECONDS
                },
                "epochs_done": runs.c.epochs_done + 1,
                "train_seconds": so_far + seconds,
                "eval_seconds": sa.func.coalesce(runs.c.eval_seconds, 0.0) + new("eval_seconds"),
                "images_per_second": (rate * so_far + new("images_per_second") * seconds)
                / sa.func.nullif(so_far + seconds, 0.0),
                "peak_memory_bytes": sa.case((sa.or_(known.is_(None), memory > known), memory), else_=known),
                "best_epoch": sa.case((is_better, new("epoch")), else_=runs.c.best_epoch),
                "best_top1": sa.case((is_better, new("top1")), else_=runs.c.best_top1),
                "best_by": sa.case((is_better, sa.case((is_by_val, "val"), else_="test")), else_=runs.c.best_by),
                # A run that was taken for crashed and beats again is running.
                "status": "running",
                "reason": None,
                # What was said a while ago is no sign of life of now, and takes none back.
                "heartbeat_at": sa.case(
                    (sa.or_(at.is_(None), at > Now()), Now()),
                    (sa.or_(last_sign.is_(None), at > last_sign), at),
                    else_=last_sign,
                ),
            }
        )
    )


ADD_EPOCH = _add_epoch()


def summary_of(connection: sa.Connection, run_id: int) -> Values:
    """Return the run's columns that follow from all its epochs that count."""
    counted = (epochs.c.run_id == run_id, epochs.c.superseded_by.is_(None))
    seconds = epochs.c.train_seconds
    sums = connection.execute(
        sa.select(
            sa.func.count().label("epochs_done"),
            sa.func.sum(seconds).label("train_seconds"),
            sa.func.sum(epochs.c.eval_seconds).label("eval_seconds"),
            (sa.func.sum(epochs.c.images_per_second * seconds) / sa.func.nullif(sa.func.sum(seconds), 0.0)).label(
                "images_per_second"
            ),
            sa.func.max(epochs.c.peak_memory_bytes).label("peak_memory_bytes"),
            sa.func.count(epochs.c.val_top1).label("num_validated"),
            *(
                sa.case((sa.func.count(epochs.c[name]) == sa.func.count(), sa.func.sum(epochs.c[name]))).label(name)
                for name in _CPU_SECONDS
            ),
        ).where(*counted)
    )
    summary: Values = dict(sums.mappings().one())
    chosen_by = epochs.c.val_top1 if summary.pop("num_validated") else epochs.c.top1
    newest_first = sa.select(epochs).where(*counted).order_by(epochs.c.epoch.desc()).limit(1)
    last = {
        "train_loss": newest_first.with_only_columns(epochs.c.train_loss),
        **{
            name: newest_first.with_only_columns(epochs.c[name]).where(epochs.c[name].is_not(None))
            for name in _OF_EVALUATION
        },
    }
    columns = [statement.scalar_subquery().label(name) for name, statement in last.items()]
    summary |= connection.execute(sa.select(*columns)).mappings().one()
    best = connection.execute(
        sa.select(epochs.c.epoch, epochs.c.top1)
        .where(*counted, chosen_by.is_not(None))
        .order_by(chosen_by.desc(), epochs.c.epoch)
        .limit(1)
    ).first()
    if best is None:
        return {**summary, **dict.fromkeys(("best_epoch", "best_top1", "best_by"))}
    by = "val" if chosen_by is epochs.c.val_top1 else "test"
    return {**summary, "best_epoch": best.epoch, "best_top1": best.top1, "best_by": by}

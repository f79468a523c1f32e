"""Runs, tables and curves of an expdb database as a script or notebook reads and writes them.

    expdb.runs("dataset = cifar100 and top1 > 80%")  # a DataFrame, a row a run
    expdb.history([3, 4], metrics=["top1"])          # a DataFrame, a row an epoch or step and metric
    expdb.table("main")                              # a saved table, built now
    expdb.run(3)                                     # settings, results, curves, predictions
    with expdb.track(model="resnet50") as run:       # record what a script of your own does
        run.log(epoch=1, train_loss=1.9)

Importing this costs nothing: what a name needs is imported when the name is used first.
"""

__version__ = "0.1.0"

TYPE_CHECKING = False  # the one of `typing`, without its import
if TYPE_CHECKING:
    from expdb.reading.frames import history as history
    from expdb.reading.frames import runs as runs
    from expdb.reading.printed_table import table as table
    from expdb.reading.read_run import run as run
    from expdb.tracking.track import track as track

_HOMES = {
    "history": "expdb.reading.frames",
    "run": "expdb.reading.read_run",
    "runs": "expdb.reading.frames",
    "table": "expdb.reading.printed_table",
    "track": "expdb.tracking.track",
}

__all__ = ["__version__", "history", "run", "runs", "table", "track"]


def __getattr__(name: str) -> object:
    """Import what a public name stands for, once it is asked for (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    found = getattr(import_module(_HOMES[name]), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    """Name what is there, imported yet or not."""
    return sorted({*globals(), *__all__})

"""Tables over many runs: seconds from a definition to Markdown, in a process that has built one before."""

import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.population import populate
from benchmarks.print_results import table
from expdb.domain.table import ColumnChoice, TableDefinition
from expdb.errors import SpecError
from expdb.report.columns import COLUMNS
from expdb.report.tables.build import build_table
from expdb.report.writers.markdown import to_markdown
from expdb.store.store import Store

# Measured on a like machine (2 cores, shared) with 10,000 runs: top 50 by accuracy of one architecture; all runs with
# parameters and final metrics. None of these peers averages over seeds, so that it is the nearest question.
PEERS = {
    "MLflow 3.17": (2.539, 16.889),
    "Optuna 5.0": (22.496, 22.607),
    "TensorBoard 2.21": (13.263, 15.845),
    "Trackio 0.43": (0.040, 13.193),
    "plain SQLite": (0.006, 0.812),
}
_LABELS = ("model_label", "aug_label", "lr", "epochs")


def measure_tables(*, num_runs: int, rounds: int, url: str | None = None) -> str:
    """Return the figures as Markdown; `url` is of an empty database, None for SQLite in a temporary folder."""
    with TemporaryDirectory() as folder:
        where = url or f"sqlite:///{Path(folder) / 'runs.db'}"
        populate(where, num_runs=num_runs, seeds=5, epochs_a_run=0)
        with Store.open(where, is_read_only=True) as store:
            rows = [_measured(store, what, definition, rounds) for what, definition in _definitions().items()]
            slowest = _slowest(store, rounds)
            top = _timed(lambda: store.runs("model = resnet50", sort=["-top1"], limit=50), rounds)
    ours = table(["table", "rows", "groups", "s", "CPU-s"], rows)
    every = table(
        ["one column after another", "columns", "once over 1 s", "over 1 s", "slowest", "rows", "s", "CPU-s"], slowest
    )
    peers = table(
        ["of 10,000 runs", "top 50 of one model, s", "all runs, s"],
        [[name, f"{first:.3f}", f"{second:.3f}"] for name, (first, second) in PEERS.items()],
    )
    return (
        f"### Tables over {num_runs:,} runs ({where.partition(':')[0]}, 5 seeds a group)\n\n{ours}\n{every}\n"
        f"Top 50 of one model by accuracy: {top[0]:.3f} s ({top[1]:.3f} CPU-s)\n\n{peers}"
    )


def _definitions() -> dict[str, TableDefinition]:
    columns = tuple(ColumnChoice(key=key) for key in (*_LABELS, "top1", "top5", "num_params", "train_seconds"))
    pivoted = tuple(ColumnChoice(key=key) for key in ("model_label", "num_params", "top1"))
    one = "aug = autoaugment and epochs = 200 and lr = 0.1 and weight_decay = 5e-4"
    definition = TableDefinition(name="t", columns=columns, sort=("-top1",))
    pivot = TableDefinition(name="t", rows=("model_label",), across=("dataset",), columns=pivoted)
    return {
        "models x datasets, one setting": pivot.model_copy(update={"where": one}),
        "one model, all settings": definition.model_copy(update={"where": "model = resnet50"}),
        "one dataset, 200 epochs": definition.model_copy(update={"where": "dataset = cifar100 and epochs = 200"}),
        "models x datasets, all runs": pivot.model_copy(update={"cell": "mean of groups"}),
        "every group": definition,
        "every run": definition.model_copy(update={"rows": "runs"}),
        "every group, limit = 0": definition.model_copy(update={"limit": 0}),
    }


def _measured(store: Store, what: str, definition: TableDefinition, rounds: int) -> list[str]:
    built = build_table(store, definition)
    num_groups = len(store.groups(definition.where))
    wall, cpu = _timed(partial(_print, store, definition), rounds)
    return [what, f"{len(built.rows):,}", f"{num_groups:,}", f"{wall:.2f}", f"{cpu:.2f}"]


def _slowest(store: Store, rounds: int) -> list[list[str]]:
    """Try every column that tables can show, and return for each use the one that takes longest.

    How many took over 1 s is told twice: of one call, and of the median of `rounds` more.
    """
    groups, pivot = _definitions()["every group"], _definitions()["models x datasets, all runs"]
    uses: dict[str, Callable[[str], TableDefinition]] = {
        "groups sorted by it": lambda key: groups.model_copy(update={"sort": (f"-{key}",)}),
        "a row for each of its values": lambda key: groups.model_copy(update={"rows": (key,)}),
        "runs sorted by it": lambda key: groups.model_copy(update={"rows": "runs", "sort": (key,)}),
        "models x its values": lambda key: pivot.model_copy(update={"across": (key,)}),
    }
    rows = []
    for use, define in uses.items():
        walls: dict[str, float] = {}
        num_once = 0
        for key in COLUMNS:
            with suppress(SpecError):  # a pivot of so many columns is refused
                walls[key], _ = _timed(partial(_print, store, define(key)), 1)
                if walls[key] > 1:  # or the machine did something else: both are told
                    num_once += 1
                    walls[key], _ = _timed(partial(_print, store, define(key)), rounds)
        slowest = max(walls, key=walls.__getitem__)
        wanted = define(slowest)
        wall, cpu = _timed(partial(_print, store, wanted), rounds)
        num_rows = len(build_table(store, wanted).rows)
        over = sum(seconds > 1 for seconds in walls.values())
        counts = [str(number) for number in (len(walls), num_once, over)]
        rows.append([use, *counts, slowest, f"{num_rows:,}", f"{wall:.2f}", f"{cpu:.2f}"])
    return rows


def _print(store: Store, definition: TableDefinition) -> str:
    return to_markdown(build_table(store, definition))


def _timed(work: Callable[[], object], rounds: int) -> tuple[float, float]:
    """Return the median wall and processor seconds of some calls."""
    walls, cpus = [], []
    for _ in range(rounds):
        wall, cpu = time.perf_counter(), time.process_time()
        work()
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
    return sorted(walls)[rounds // 2], sorted(cpus)[rounds // 2]

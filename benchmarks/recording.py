"""`Store.record` beside the plain statements that it issues: processor time of an epoch, and many writers at once.

The statements are taken down from `Store.record` itself, and run again through the driver alone, each prepared once.
"""

import multiprocessing
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.print_results import ratio, table
from expdb.catalog.compose_spec import compose_spec
from expdb.domain.events import EpochEnded, RunStarted
from expdb.domain.run import Environment
from expdb.store.attempts.recording import epoch_statements
from expdb.store.database.engine import BUSY_SECONDS
from expdb.store.store import Store

AT_EPOCHS = (10, 200, 4000)
_REPEATS = 200  # epochs that are timed together
_PRAGMAS = ("synchronous=NORMAL", "foreign_keys=ON")

Write = Callable[[], object]


@dataclass(frozen=True, kw_only=True)
class WriterTurns:
    """What writers did that all wrote at once.

    Attributes:
        commits: of each writer.
        waits: seconds of each commit, of all writers, sorted.
        errors: of writers that had to stop.
    """

    commits: tuple[int, ...]
    waits: tuple[float, ...]
    errors: tuple[str, ...]
    seconds: float

    def cells(self) -> list[str]:
        """Return what a row of the table says: commits a second, longest waits, how unequal the turns were."""
        p99 = self.waits[int(0.99 * (len(self.waits) - 1))] if self.waits else float("nan")
        unequal = max(self.commits) / max(1, min(self.commits))
        return [f"{sum(self.commits) / self.seconds:,.0f}", f"{1000 * p99:,.1f}", ratio(unequal)]


def measure_recording(*, writers: int, seconds: float, rounds: int, at: Sequence[int], url: str | None = None) -> str:
    """Return the figures as Markdown; `url` is of an empty PostgreSQL database, measured besides SQLite."""
    parts = []
    with TemporaryDirectory(prefix="expdb-recording-") as folder:
        for where in (f"sqlite:///{Path(folder) / 'runs.db'}", *([url] if url else [])):
            name = where.partition(":")[0]
            alone = table(
                ["epoch", "Store.record, µs of processor", "plain statements, µs", "ratio"], _costs(where, at, rounds)
            )
            many = table(
                ["writers", "commits/s", "p99 wait, ms", "luckiest / unluckiest"],
                _turns(where, writers, seconds, rounds),
            )
            parts.append(f"### Recording an epoch ({name})\n\n{alone}\n{many}")
    return "\n".join(parts)


def _costs(url: str, at: Sequence[int], rounds: int) -> list[list[str]]:
    """Return for each epoch what recording it costs, beside the plain statements; the median of alternating rounds."""
    rows = []
    with Store.open(url) as store, _ours(store) as ours, _plain(store) as plain:
        done = 0
        for epoch in at:
            for _ in range(max(0, epoch - done)):
                ours()
                plain()
            done = max(done, epoch)
            costs = [(_processor_seconds(ours), _processor_seconds(plain)) for _ in range(rounds)]
            done += rounds * _REPEATS
            mine, bare = (sorted(column)[rounds // 2] for column in zip(*costs, strict=True))
            rows.append([f"{epoch:,}", f"{1e6 * mine:.0f}", f"{1e6 * bare:.0f}", ratio(mine / bare)])
    return rows


def _processor_seconds(write: Write) -> float:
    started = time.process_time()
    for _ in range(_REPEATS):
        write()
    return (time.process_time() - started) / _REPEATS


def _turns(url: str, writers: int, seconds: float, rounds: int) -> list[list[str]]:
    """Let writers record at once, by `Store.record` and by the plain statements in turn."""
    found: dict[str, list[WriterTurns]] = {"Store.record": [], "plain statements": []}
    for _ in range(rounds):
        for name, turns in found.items():
            turns.append(write_at_once(url, writers=writers, seconds=seconds, is_plain=name != "Store.record"))
    return [
        [f"{writers} by {name}, round {number}", *turn.cells()]
        for number in range(rounds)
        for name, turn in ((name, turns[number]) for name, turns in found.items())
    ]


def write_at_once(url: str, *, writers: int, seconds: float, is_plain: bool) -> WriterTurns:
    """Let so many processes record epochs of a run each, at once, for some seconds."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["benchmarks.__main__"])
    barrier, answers = context.Barrier(writers), context.SimpleQueue()
    processes = [
        context.Process(target=_write_for, args=(url, seconds, is_plain, barrier, answers)) for _ in range(writers)
    ]
    for process in processes:
        process.start()
    found: list[tuple[list[float], str]] = [answers.get() for _ in processes]
    for process in processes:
        process.join()
    return WriterTurns(
        commits=tuple(len(waits) for waits, _ in found),
        waits=tuple(sorted(wait for waits, _ in found for wait in waits)),
        errors=tuple(error for _, error in found if error),
        seconds=seconds,
    )


def _write_for(url: str, seconds: float, is_plain: bool, barrier: Any, answers: Any) -> None:  # noqa: FBT001 - of a process
    waits: list[float] = []
    with Store.open(url) as store, (_plain if is_plain else _ours)(store) as write:
        barrier.wait(300)  # all have imported what they need, and begun their runs
        end = time.monotonic() + seconds
        while (started := time.monotonic()) < end:
            try:
                write()
            except Exception as error:  # noqa: BLE001 - whatever it is, it is told
                answers.put((waits, str(error)))
                return
            waits.append(time.monotonic() - started)
    answers.put((waits, ""))


@contextmanager
def _ours(store: Store) -> Iterator[Write]:
    """Give what records the next epoch of a new run each time it is called."""
    run_id, sequences = begun(store), count(2)

    def write() -> object:
        sequence = next(sequences)
        return store.record(run_id, epoch_of(sequence - 1), attempt=1, sequence=sequence)

    yield write


@contextmanager
def _plain(store: Store) -> Iterator[Write]:
    """Give what runs the statements of the next epoch of a new run through the driver alone."""
    run_id, sequences = begun(store), count(2)
    database = store._database  # noqa: SLF001 - this measures it
    bounds = epoch_statements(database, run_id, epoch_of(1), attempt=1, sequence=2, at=None)
    connection = _driver(store)
    cursor = connection.cursor()

    def write() -> None:
        sequence = next(sequences)
        cursor.execute("BEGIN IMMEDIATE" if isinstance(connection, sqlite3.Connection) else "BEGIN")
        for bound in bounds:
            bound.parameters.update(new_epoch=sequence - 1, new_sequence=sequence)
            cursor.execute(bound.sql, bound.parameters)
            if cursor.description is not None:
                cursor.fetchall()
        cursor.execute("COMMIT")

    try:
        yield write
    finally:
        connection.close()


def _driver(store: Store) -> Any:
    """Connect to a store's database by its driver, with the settings that the store makes."""
    address = store._database.address  # noqa: SLF001 - this measures it
    if address.path is None:
        import psycopg

        return psycopg.connect(
            address.url.set(drivername="postgresql").render_as_string(hide_password=False), autocommit=True
        )
    connection = sqlite3.connect(address.path, timeout=BUSY_SECONDS, isolation_level=None)
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
    return connection


def begun(store: Store) -> int:
    """Begin a run whose epochs can be recorded, from event 2 on; return its number."""
    run_id = store.add_run(compose_spec({"epochs": 100_000}))
    store.start_run(run_id, Environment())
    start = RunStarted(
        num_params=1000,
        num_trainable_params=1000,
        num_train_images=1000,
        num_test_images=1000,
        macs=None,
        device="cpu",
        device_name="a processor",
        driver=None,
        num_devices=1,
        num_threads=1,
        precision="fp32",
        batch_size_per_device=128,
        num_val_images=0,
    )
    store.record(run_id, start, attempt=1, sequence=1)
    return run_id


def epoch_of(number: int) -> EpochEnded:
    """Return an epoch that ended."""
    rising = number / (number + 1)
    return EpochEnded(
        epoch=number,
        train_loss=1 / number,
        test_loss=1 / number,
        top1=rising,
        top5=rising,
        lr=0.1,
        train_seconds=2.0,
        eval_seconds=0.5,
        images_per_second=700.0,
        peak_memory_bytes=1 << 33,
    )

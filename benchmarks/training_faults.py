"""What happens to a training: it is killed, or its database is in trouble while it goes on."""

import random
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from benchmarks.fault_report import FaultReport
from expdb.store.database.check import check_database
from expdb.store.store import Store
from tests.train.forked import Trainer
from tests.train.test_resume import NUM_EVENTS, SPECS, Bench

_EPOCHS = 6
_TRAIN = ("run", "--model", "resnet_mini", "--dataset", "digits", "--epochs", str(_EPOCHS), "--device", "cpu")
_FILE_BYTES = 16 << 20


def kill_and_resume(folder: Path, kills: int, report: FaultReport) -> None:
    """Kill trainings at random events, resume each, and hold the outcome against one that was left alone."""
    choose = random.Random(0)  # noqa: S311 - not for secrets
    trainer = Trainer()
    try:
        bench = Bench(folder, trainer)
        for number in range(kills):
            spec = SPECS[sorted(SPECS)[number % len(SPECS)]]
            run_id, event = bench.add(spec), choose.randint(1, NUM_EVENTS - 1)
            codes = bench.train(run_id, resume=False, event=event, signal=signal.SIGKILL)
            report.struck += codes == [-signal.SIGKILL]
            if not bench.has_finished(run_id):
                ended = bench.train(run_id, resume=bool(bench.first_epochs(run_id)))
                report.hold(ended == [0], f"event {event}: it does not go on: {ended}")
            if bench.has_finished(run_id):
                report.hold(bench.outcome(run_id) == bench.whole(spec).outcome, f"event {event}: another outcome")
    finally:
        trainer.close()


@dataclass(frozen=True, kw_only=True)
class TrainingFault:
    """A trouble of the database while a training goes on.

    Attributes:
        name: ends the sentence "the database is …".
        trouble: a context manager of the SQLite file and the training's pid, within which the trouble lasts.
    """

    name: str
    how: str
    trouble: Callable[[Path, int], object]


def train_beside(fault: TrainingFault, folder: Path, times: int, report: FaultReport) -> None:
    """Train, make a trouble after the second event, end it with the last one, and look for all events after a sync."""
    for number in range(times):
        home = folder / str(number)
        home.mkdir()
        database = home / "runs.db"
        url = f"sqlite:///{database}"
        with Store.open(url):
            pass
        with _expdb(url, *_TRAIN, "--set", "data.limit=200") as training:
            spool = _spool_of(home, training)
            if spool is None or not _has(spool, 2, training):
                report.hold(False, f"training {number} did not begin")  # noqa: FBT003 - as `assert` has it
                continue
            with fault.trouble(database, training.pid):  # type: ignore[attr-defined]
                report.struck += training.poll() is None
                _has(spool, _EPOCHS + 2, training)
            report.hold(training.wait(120) in (0, 1), f"training {number} ended with {training.returncode}")
        with _expdb(url, "db", "sync") as sync:
            report.hold(sync.wait(120) == 0, f"sync ended with {sync.returncode}")
        with Store.open(url) as store:
            run = store.run(1)
            epochs = [epoch.epoch for epoch in store.epochs(1)]
        report.hold(run.status == "finished", f"training {number} is recorded as {run.status}")
        report.hold(epochs == list(range(1, _EPOCHS + 1)), f"training {number}: epochs {epochs}")
        report.hold(check_database(url) == [], f"training {number}: db check finds something")


def _expdb(url: str, *words: str) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "expdb", "--db", url, *words]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603 - our own


def _spool_of(home: Path, training: "subprocess.Popen[bytes]") -> Path | None:
    """Wait for the file of events that a training begins."""
    while training.poll() is None:
        for found in home.glob("**/events-1.jsonl"):
            return found
        time.sleep(0.01)
    return None


def _has(spool: Path, num_events: int, training: "subprocess.Popen[bytes]") -> bool:
    """Wait until a file of events has so many besides its first line; False if the training ends before."""
    while True:
        is_over = training.poll() is not None
        if spool.exists() and spool.read_bytes().count(b"\n") > num_events:
            return True
        if is_over:
            return False
        time.sleep(0.01)


@contextmanager
def _locked(database: Path, _pid: int) -> Iterator[None]:
    with closing(sqlite3.connect(database, isolation_level=None, timeout=60)) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        yield
        connection.execute("ROLLBACK")


@contextmanager
def _full(database: Path, pid: int) -> Iterator[None]:
    """Let the log be longer than the training may write into a file, as on a disk without room."""
    with closing(sqlite3.connect(database, isolation_level=None, timeout=60)) as connection:
        connection.execute("BEGIN")
        connection.execute("SELECT count(*) FROM runs").fetchall()  # keeps the log from beginning anew
        with closing(sqlite3.connect(database, isolation_level=None, timeout=60)) as other:
            other.execute("CREATE TABLE filler (x BLOB)")
            other.execute("INSERT INTO filler VALUES (zeroblob(?))", (_FILE_BYTES + (1 << 20),))
            other.execute("DROP TABLE filler")
        before = resource.prlimit(pid, resource.RLIMIT_FSIZE, (_FILE_BYTES, resource.RLIM_INFINITY))
        try:
            yield
        finally:
            with suppress(ProcessLookupError):
                resource.prlimit(pid, resource.RLIMIT_FSIZE, before)


@contextmanager
def _away(database: Path, _pid: int) -> Iterator[None]:
    """Delete the file and its log; what was deleted comes back afterwards."""
    kept = database.with_name("kept")
    kept.mkdir()
    names = [path.name for path in database.parent.glob(f"{database.name}*")]
    for name in names:
        (database.parent / name).rename(kept / name)
    yield
    for name in names:
        (kept / name).rename(database.parent / name)


@contextmanager
def _replaced(database: Path, pid: int) -> Iterator[None]:
    """Put another database in the place of the first, into which nothing may be written."""
    with _away(database, pid):
        with Store.open(f"sqlite:///{database}"):
            pass
        yield
        with Store.open(f"sqlite:///{database}") as other:
            if other.runs(include_removed=True):
                raise AssertionError("something was written into another database")
        for path in database.parent.glob(f"{database.name}*"):
            path.unlink()


@contextmanager
def _put_back(database: Path, _pid: int) -> Iterator[None]:
    """Put an older state of the database in its place, of before the run."""
    older = database.with_name("older.db")
    with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(older)) as target:
        source.backup(target)
    with closing(sqlite3.connect(older)) as target:
        for name in ("epochs", "attempts", "runs"):
            target.execute(f"DELETE FROM {name}")  # noqa: S608 - the names stand above
        target.commit()
        target.execute("PRAGMA journal_mode=WAL")
    for path in database.parent.glob(f"{database.name}-*"):
        path.unlink()
    shutil.move(older, database)
    yield


TRAINING_FAULTS = (
    TrainingFault(name="locked", how="an exclusive transaction during training", trouble=_locked),
    TrainingFault(name="full", how="the log is longer than a file may be", trouble=_full),
    TrainingFault(name="away", how="file and log deleted, and put back after training", trouble=_away),
    TrainingFault(name="replaced", how="another database in its place during training", trouble=_replaced),
    TrainingFault(name="put back", how="a copy without the run in its place during training", trouble=_put_back),
)

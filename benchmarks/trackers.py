"""Trackers behind one face, each as its own documentation has it used, and plain sqlite3: for `benchmarks.tracking`.

Little more is imported here than the standard library: what a tracker costs to import is measured.
"""

import json
import os
import sqlite3
import struct
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import closing
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import ClassVar

from expdb.domain.own_package import DISTRIBUTION

METRICS = tuple(f"bench/m{number:02}" for number in range(20))

Params = Mapping[str, object]


class Tracker(ABC):
    """Writes one run into a folder. Its class methods read what is there, in any process.

    Attributes:
        package: its distribution; none for what Python brings.
    """

    package: ClassVar[str | None] = None

    def __init__(self, folder: Path) -> None:
        """Do nothing yet: what is imported is imported by `load`."""
        self.folder = folder

    @abstractmethod
    def load(self) -> None:
        """Import what it needs."""

    @abstractmethod
    def begin(self, params: Params) -> None:
        """Begin the run."""

    @abstractmethod
    def log(self, step: int, metrics: Mapping[str, float]) -> None:
        """Log the metrics of a step."""

    @abstractmethod
    def finish(self) -> None:
        """End the run: all is on disk when this returns."""

    @classmethod
    @abstractmethod
    def points_in_database(cls, folder: Path) -> int:
        """Return how many points another process reads there where they stay."""

    @classmethod
    def points_on_disk(cls, folder: Path) -> int:
        """Return how many points a killed process would leave behind."""
        return cls.points_in_database(folder)

    @classmethod
    def points_after_kill(cls, folder: Path) -> int:
        """Return how many points of a killed run are read once its tracker did what it has for that.

        Opening a SQLite file for writing undoes what was half written: one that only reads cannot.
        """
        for path in folder.glob("*.db"):
            with closing(sqlite3.connect(path)) as connection:
                connection.execute("SELECT count(*) FROM sqlite_master")
        return cls.points_in_database(folder)

    @classmethod
    def found_version(cls) -> str | None:
        """Return its version; None if it is not installed."""
        try:
            return version(cls.package) if cls.package else sqlite3.sqlite_version
        except PackageNotFoundError:
            return None


class PlainSqlite(Tracker):
    """What all are held against: a row a point, a commit a step, in WAL mode."""

    def load(self) -> None:
        """Have nothing to import."""

    def begin(self, params: Params) -> None:
        """Create the table, and keep the parameters as JSON."""
        self._connection = sqlite3.connect(self.folder / "plain.db")
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL"):
            self._connection.execute(f"PRAGMA {pragma}")
        self._connection.execute("CREATE TABLE IF NOT EXISTS runs (id INTEGER PRIMARY KEY, params TEXT)")
        self._connection.execute("CREATE TABLE IF NOT EXISTS points (run INT, name TEXT, step INT, value REAL)")
        self._run = self._connection.execute("INSERT INTO runs (params) VALUES (?)", [json.dumps(params)]).lastrowid
        self._connection.commit()

    def log(self, step: int, metrics: Mapping[str, float]) -> None:
        """Insert a row a metric and commit."""
        rows = [(self._run, name, step, value) for name, value in metrics.items()]
        self._connection.executemany("INSERT INTO points VALUES (?, ?, ?, ?)", rows)
        self._connection.commit()

    def finish(self) -> None:
        """Close the file."""
        self._connection.close()

    @classmethod
    def points_in_database(cls, folder: Path) -> int:
        """Count the rows."""
        return _count(folder / "plain.db", "SELECT count(*) FROM points")


class Expdb(Tracker):
    """Ours: a file in the run's folder, and by that the database."""

    package = DISTRIBUTION

    def load(self) -> None:
        """Import what `expdb.track` stands for."""
        os.environ["EXPDB_URL"] = f"sqlite:///{self.folder / 'runs.db'}"
        import expdb

        self._track = expdb.track

    def begin(self, params: Params) -> None:
        """Begin a run."""
        self._run = self._track(params)

    def log(self, step: int, metrics: Mapping[str, float]) -> None:
        """Log a dictionary."""
        self._run.log(metrics, step=step)

    def finish(self) -> None:
        """Wait for its thread and the database."""
        self._run.finish()

    @classmethod
    def points_in_database(cls, folder: Path) -> int:
        """Count the rows."""
        return _count(folder / "runs.db", "SELECT count(*) FROM points")

    @classmethod
    def points_on_disk(cls, folder: Path) -> int:
        """Count the values in whole lines of the runs' files, but not where they are defined."""
        found = 0
        for path in folder.glob("runs.artifacts/*/events-*.jsonl"):
            lines = path.read_bytes().rpartition(b"\n")[0]
            found += lines.count(b'"bench/m') - lines.count(b'"key": "bench/m')
        return found

    @classmethod
    def points_after_kill(cls, folder: Path) -> int:
        """Bring in what is in the files, as the next command does."""
        from expdb.launch.sync import sync_pending
        from expdb.store.store import Store

        with Store.open(f"sqlite:///{folder / 'runs.db'}") as store:
            for _ in sync_pending(store):
                pass
        return cls.points_in_database(folder)


class Trackio(Tracker):
    """Trackio, local, without what it samples of the machine."""

    package = "trackio"

    def load(self) -> None:
        """Tell it where to write, which it reads as it is imported."""
        os.environ["TRACKIO_DIR"] = str(self.folder)
        import trackio

        self._trackio = trackio

    def begin(self, params: Params) -> None:
        """Begin a run with a name of its own."""
        sampled = {"auto_log_gpu": False, "auto_log_cpu": False}
        self._trackio.init(project="bench", config=dict(params), embed=False, **sampled)

    def log(self, step: int, metrics: Mapping[str, float]) -> None:
        """Log a dictionary."""
        self._trackio.log(metrics, step=step)

    def finish(self) -> None:
        """Wait for its thread."""
        self._trackio.finish()

    @classmethod
    def points_in_database(cls, folder: Path) -> int:
        """Count the values in its rows, of which each holds a step as JSON."""
        return _count(folder / "bench.db", "SELECT count(*) FROM metrics, json_each(metrics.metrics)")


class TensorBoardX(Tracker):
    """tensorboardX, with a file of events."""

    package = "tensorboardX"

    def load(self) -> None:
        """Import the writer."""
        from tensorboardX import SummaryWriter

        self._make = SummaryWriter

    def begin(self, params: Params) -> None:
        """Open a file, with the parameters as text."""
        self._writer = self._make(str(self.folder))
        self._writer.add_text("params", json.dumps(params))

    def log(self, step: int, metrics: Mapping[str, float]) -> None:
        """Add a scalar a metric: it has no call for several."""
        for name, value in metrics.items():
            self._writer.add_scalar(name, value, step)

    def finish(self) -> None:
        """Flush and close."""
        self._writer.close()

    @classmethod
    def points_in_database(cls, folder: Path) -> int:
        """Count its records that hold a metric's name."""
        return sum(b"bench/m" in record for path in folder.glob("events.*") for record in _tensorboard_records(path))


class Wandb(Tracker):
    """Weights & Biases, offline, without what it samples of the machine."""

    package = "wandb"

    def load(self) -> None:
        """Import it, silent and offline."""
        os.environ.update(WANDB_MODE="offline", WANDB_SILENT="true")
        import wandb

        self._wandb = wandb

    def begin(self, params: Params) -> None:
        """Begin a run: it starts a process of its own."""
        settings = self._wandb.Settings(x_disable_stats=True)
        self._run = self._wandb.init(project="bench", config=dict(params), dir=str(self.folder), settings=settings)

    def log(self, step: int, metrics: Mapping[str, float]) -> None:
        """Log a dictionary."""
        self._run.log(dict(metrics), step=step)

    def finish(self) -> None:
        """Wait for its process."""
        self._run.finish()

    @classmethod
    def points_in_database(cls, folder: Path) -> int:
        """Count the values in its records of history."""
        from wandb.proto.wandb_internal_pb2 import Record

        found = 0
        for path in folder.glob("wandb/offline-run-*/*.wandb"):
            for data in _leveldb_records(path):
                record = Record.FromString(data)
                if record.HasField("history"):
                    found += b"bench/m" in data and sum(
                        any("bench/m" in key for key in (item.key, *item.nested_key)) for item in record.history.item
                    )
        return found


class Mlflow(Tracker):
    """MLflow, on a SQLite file, each call waiting for the database (its default)."""

    package = "mlflow"

    def load(self) -> None:
        """Import it."""
        os.environ.update(MLFLOW_DISABLE_TELEMETRY="true", MLFLOW_ENABLE_SYSTEM_METRICS_LOGGING="false")
        import mlflow

        self._mlflow = mlflow

    def begin(self, params: Params) -> None:
        """Open the database, which it creates, and begin a run."""
        self._mlflow.set_tracking_uri(f"sqlite:///{self.folder / 'mlflow.db'}")
        self._mlflow.start_run()
        self._mlflow.log_params(dict(params))

    def log(self, step: int, metrics: Mapping[str, float]) -> None:
        """Log a dictionary."""
        self._mlflow.log_metrics(dict(metrics), step=step)

    def finish(self) -> None:
        """End the run."""
        self._mlflow.end_run()

    @classmethod
    def points_in_database(cls, folder: Path) -> int:
        """Count the rows."""
        return _count(folder / "mlflow.db", "SELECT count(*) FROM metrics")


def _count(path: Path, query: str) -> int:
    """Return the number that a query of a SQLite file gives; 0 where nothing is yet."""
    if not path.exists():
        return 0
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)) as connection:
            return int(connection.execute(query).fetchone()[0])
    except sqlite3.OperationalError as error:
        if "no such table" in str(error) or "unable to open" in str(error):  # it is being created
            return 0
        raise


def _tensorboard_records(path: Path) -> Iterator[bytes]:
    """Yield the whole records of a TensorBoard file: length, its checksum, the bytes, their checksum."""
    content, at = path.read_bytes(), 0
    while at + 12 <= len(content):
        (size,) = struct.unpack_from("<Q", content, at)
        if at + 16 + size > len(content):
            return
        yield content[at + 12 : at + 12 + size]
        at += 16 + size


def _leveldb_records(path: Path) -> Iterator[bytes]:
    """Yield the whole records of a wandb file: a head, then LevelDB's log of blocks of 32 KiB."""
    content, at, parts = path.read_bytes(), 7, list[bytes]()
    while at + 7 <= len(content):
        if (left := 32768 - at % 32768) < 7:
            at += left
            continue
        _, size, kind = struct.unpack_from("<IHB", content, at)
        if kind == 0 or at + 7 + size > len(content):
            return
        parts.append(content[at + 7 : at + 7 + size])
        at += 7 + size
        if kind in (1, 4):  # a whole one, or the last part
            yield b"".join(parts)
            parts.clear()


TRACKERS: dict[str, type[Tracker]] = {
    "plain sqlite3": PlainSqlite,
    "expdb": Expdb,
    "trackio": Trackio,
    "tensorboardX": TensorBoardX,
    "wandb offline": Wandb,
    "mlflow": Mlflow,
}

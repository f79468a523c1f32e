"""`expdb.track` beside other trackers and plain sqlite3: calls, points on disk, start-up, bytes, what a kill takes.

Each measurement is a process of its own; in a round the trackers take turns, and ratios are of one round.
"""

import json
import math
import os
import shutil
import statistics
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any, cast

import psutil
import torch

from benchmarks.print_results import heading, ratio, table
from benchmarks.tracker_process import ACKNOWLEDGED
from benchmarks.trackers import METRICS, TRACKERS, Tracker

PLAIN = "plain sqlite3"
_ROOT = Path(__file__).parents[1]
_POLL_SECONDS = 0.002


@dataclass(frozen=True, kw_only=True)
class Burst:
    """What logging as fast as it goes took.

    Attributes:
        calls: microseconds of each call, sorted.
        disk_seconds: from the first call until all points were on disk.
        lag_seconds: from the last call until another process read all of them; None: not before the run finished.
        is_complete: all were there in the end.
    """

    calls: Sequence[float]
    disk_seconds: float
    lag_seconds: float | None
    bytes_per_point: float
    is_complete: bool

    @property
    def points_per_second(self) -> float:
        """Points on disk a second."""
        return len(self.calls) * len(METRICS) / self.disk_seconds

    def percentile(self, share: float) -> float:
        """Return microseconds that so large a share of the calls did not exceed."""
        return self.calls[int(share * (len(self.calls) - 1))]


@dataclass(frozen=True, kw_only=True)
class Startup:
    """Seconds of a process that records one metric: its parts, and all of it as seen from outside."""

    importing: float
    creating: float
    finishing: float
    process: float


@dataclass(frozen=True, kw_only=True)
class Kill:
    """Points whose call had returned before a kill -9 of the process and its helpers, and those that are gone."""

    acknowledged: int
    lost: int
    seconds: float


def measure_tracking(*, steps: int, rounds: int, wait: float, seconds: float, only: Sequence[str] | None = None) -> str:
    """Return the figures as Markdown, of the trackers that are installed.

    Args:
        wait: seconds that the points of a burst are waited for.
        seconds: after so long a logging process is killed.
    """
    wanted = {name: kind for name, kind in TRACKERS.items() if name == PLAIN or not only or name in only}
    names = [name for name, kind in wanted.items() if kind.found_version() is not None]
    bursts, startups, kills = ({name: list[Any]() for name in names} for _ in range(3))
    with TemporaryDirectory(prefix="expdb-tracking-") as temporary:
        folder = Path(temporary)
        empty = {name: _empty_bytes(name, folder) for name in names}
        for name in names:
            _startup(name, folder / name / "store")  # it creates the store, and compiles what it imports
        for _ in range(rounds):
            for name in names:
                bursts[name].append(_burst(name, folder / name / "burst", steps, wait, empty[name]))
                startups[name].append(_startup(name, folder / name / "store"))
                kills[name].append(_kill(name, folder / name / "killed", seconds))
    return "\n".join(
        [
            heading(f"Trackers: {len(METRICS)} metrics a call, median of {rounds} rounds", torch.device("cpu")),
            f"{_versions(wanted)}\n",
            _burst_table(bursts),
            _startup_table(startups),
            _kill_table(kills),
        ]
    )


def _versions(wanted: dict[str, type[Tracker]]) -> str:
    found = {name: kind.found_version() for name, kind in wanted.items()}
    missing = [name for name, number in found.items() if number is None]
    said = ", ".join(f"{name} {number}" for name, number in found.items() if number is not None)
    return f"{said}; not installed: {', '.join(missing)}" if missing else said


def _burst_table(bursts: dict[str, list[Burst]]) -> str:
    rows = []
    for name, some in bursts.items():
        lag = _median(math.inf if burst.lag_seconds is None else burst.lag_seconds for burst in some)
        rows.append(
            [
                name if all(burst.is_complete for burst in some) else f"{name} (POINTS MISSING)",
                f"{len(some[0].calls):,}",
                f"{_median(burst.percentile(0.5) for burst in some):,.1f}",
                f"{_median(burst.percentile(0.99) for burst in some):,.0f}",
                _paired(bursts, name, lambda burst: burst.percentile(0.5)),
                f"{_median(burst.points_per_second for burst in some):,.0f}",
                _paired(bursts, name, lambda burst: burst.points_per_second),
                f"{1000 * lag:,.0f}" if math.isfinite(lag) else "when it ends",
                f"{_median(burst.bytes_per_point for burst in some):,.1f}",
            ]
        )
    headings = [
        "", "calls", "call p50, µs", "p99, µs", "p50 / plain", "points on disk/s", "of plain's",
        "in its database after, ms", "bytes/point",
    ]  # fmt: skip
    return table(headings, rows)


def _startup_table(startups: dict[str, list[Startup]]) -> str:
    rows = [
        [
            name,
            *(
                f"{1000 * _median(getattr(startup, part) for startup in some):,.0f}"
                for part in ("importing", "creating", "finishing", "process")
            ),
            _paired(startups, name, lambda startup: startup.process),
        ]
        for name, some in startups.items()
    ]
    return table(["", "import, ms", "create, ms", "finish, ms", "whole process, ms", "whole / plain"], rows)


def _kill_table(kills: dict[str, list[Kill]]) -> str:
    rows = [
        [
            name,
            f"{_median(kill.acknowledged for kill in some):,.0f}",
            ", ".join(f"{kill.lost:,}" for kill in some),
            ", ".join(f"{kill.lost / kill.acknowledged * kill.seconds:.2f}" for kill in some),
        ]
        for name, some in kills.items()
    ]
    return table(["kill -9", "points acknowledged", "points lost", "of the last seconds"], rows)


def _median(values: Iterator[float]) -> float:
    return statistics.median(values)


def _paired(found: dict[str, list[Any]], name: str, of: Callable[[Any], float]) -> str:
    """Return the median of the rounds' ratios to plain sqlite3."""
    return ratio(statistics.median(of(one) / of(plain) for one, plain in zip(found[name], found[PLAIN], strict=True)))


class _Child:
    """A process of a tracker, and what it says."""

    def __init__(self, name: str, folder: Path, kind: str, number: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        # Bytecode is written whatever the environment says: start-up is measured as people have it.
        environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
        self._log = (folder.parent / "log").open("w+")
        self.process = subprocess.Popen(  # noqa: S603 - this project's own module
            [sys.executable, "-m", "benchmarks.tracker_process", name, str(folder), kind, str(number)],
            cwd=_ROOT,
            env=environment | {"NO_PROXY": "*"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
        )
        self._input, self._output = cast("IO[str]", self.process.stdin), cast("IO[str]", self.process.stdout)

    def hear(self) -> dict[str, Any]:
        """Return the next line that is the process's own."""
        for line in self._output:
            if "\x1e" in line:
                said: dict[str, Any] = json.loads(line.partition("\x1e")[2])
                return said
        self._log.seek(0)
        raise RuntimeError(f"a tracker's process ended: {self._log.read()[-2000:]}")

    def finish(self) -> float:
        """Let it finish; return the seconds that its tracker took."""
        self._input.write("\n")
        self._input.flush()
        seconds = self.hear()["finish_ns"] / 1e9
        self._output.read()
        self.process.wait()
        return float(seconds)

    def close(self) -> None:
        """End it with its helpers, if it has not ended."""
        if self.process.poll() is None:
            helpers = psutil.Process(self.process.pid).children(recursive=True)
            self.process.kill()
            for helper in helpers:
                helper.kill()
            psutil.wait_procs(helpers)
        self.process.wait()
        for stream in (self._input, self._output, self._log):
            stream.close()


@contextmanager
def _child(name: str, folder: Path, kind: str, number: int = 0) -> Iterator[_Child]:
    child = _Child(name, folder, kind, number)
    try:
        yield child
    finally:
        child.close()


def _empty_bytes(name: str, folder: Path) -> int:
    with _child(name, folder / name / "empty", "burst") as child:
        child.hear()
        child.hear()
        child.finish()
    return _folder_bytes(folder / name / "empty")


def _burst(name: str, folder: Path, steps: int, wait: float, empty_bytes: int) -> Burst:
    shutil.rmtree(folder, ignore_errors=True)
    tracker = TRACKERS[name]
    with _child(name, folder, "burst", steps) as child:
        child.hear()
        said = child.hear()
        num_points = len(said["calls"]) * len(METRICS)
        disk = lag = None
        while (now := time.monotonic_ns()) < said["last"] + wait * 1e9 and lag is None:
            if disk is None and tracker.points_on_disk(folder) >= num_points:
                disk = now
            if tracker.points_in_database(folder) >= num_points:
                lag = now - said["last"]
            time.sleep(_POLL_SECONDS)
        finishing = child.finish()
    is_complete = tracker.points_in_database(folder) == num_points
    called = (said["last"] - said["first"]) / 1e9
    return Burst(
        calls=sorted(call / 1000 for call in said["calls"]),
        disk_seconds=called + finishing if disk is None else max(called, (disk - said["first"]) / 1e9),
        lag_seconds=None if lag is None else lag / 1e9,
        bytes_per_point=(_folder_bytes(folder) - empty_bytes) / num_points,
        is_complete=is_complete,
    )


def _startup(name: str, folder: Path) -> Startup:
    started = time.monotonic()
    with _child(name, folder, "startup") as child:
        said = child.hear()
        finishing = child.finish()
        seconds = time.monotonic() - started
    return Startup(
        importing=said["import_ns"] / 1e9,
        creating=said["create_ns"] / 1e9,
        finishing=finishing,
        process=seconds,
    )


def _kill(name: str, folder: Path, seconds: float) -> Kill:
    shutil.rmtree(folder, ignore_errors=True)
    with _child(name, folder, "paced") as child:
        child.hear()
        child.hear()
        time.sleep(seconds)
    (steps,) = struct.unpack("<q", (folder / ACKNOWLEDGED).read_bytes())
    lost = max(0, steps * len(METRICS) - TRACKERS[name].points_after_kill(folder))
    return Kill(acknowledged=steps * len(METRICS), lost=lost, seconds=seconds)


def _folder_bytes(folder: Path) -> int:
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink())

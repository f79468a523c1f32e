"""Reads processors and memory: of a process with all its descendants, and of the whole machine."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from expdb.launch.load.readings import Reading

if TYPE_CHECKING:
    import psutil

_IDLE = ("idle", "iowait")
_WITHIN_OTHERS = ("guest", "guest_nice")  # counted as `user` and `nice` already
POWERCAP = Path("/sys/class/powercap")


class MachineReader:
    """Reads what a process and its descendants use, and what all use; imports psutil when it reads."""

    def __init__(self, pid: int | None = None, *, powercap: Path = POWERCAP) -> None:
        """Prepare to watch a process, by default this one.

        Args:
            powercap: where Linux shows the processors' energy counters (RAPL); most let only root read them.
        """
        self._pid = os.getpid() if pid is None else pid
        self._energy = [_EnergyCounter(folder) for folder in sorted(powercap.glob("*-rapl:*")) if _is_package(folder)]

    def read(self) -> Reading:
        """Return the processors' time and the memory."""
        import psutil

        times = psutil.cpu_times()._asdict()
        busy = sum(value for name, value in times.items() if name not in (*_IDLE, *_WITHIN_OTHERS))
        memory = psutil.virtual_memory()
        levels = {"machine_ram_bytes": float(memory.total - memory.available)}
        totals = {"machine_cpu_use_seconds": busy / (psutil.cpu_count() or 1)}
        try:
            watched = psutil.Process(self._pid)
            tree = [watched, *watched.children(recursive=True)]
        except psutil.Error:
            tree = []
        if tree:
            levels["ram_bytes"] = sum(map(_memory_bytes, tree))
            totals["run_cpu_seconds"] = sum(map(_cpu_seconds, tree))
        joules = [counter.joules() for counter in self._energy]
        known = [value for value in joules if value is not None]
        if known and len(known) == len(joules):  # of a part of the processors would be too little
            totals["cpu_joules"] = sum(known)
        return Reading(levels=levels, totals=totals)

    def close(self) -> None:
        """Nothing is held."""


class _EnergyCounter:
    """The energy that one processor has used since it is watched; its counter begins at 0 again when it is full."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._before: int | None = None
        self._microjoules = 0

    def joules(self) -> float | None:
        """Return it; None where it is not for us to read. A counter that was filled twice between is not seen."""
        found, most = (_whole_number(self._folder / name) for name in ("energy_uj", "max_energy_range_uj"))
        if found is None or most is None:
            return None
        if self._before is not None:
            self._microjoules += found - self._before if found >= self._before else found + most - self._before
        self._before = found
        return self._microjoules / 1e6


def _is_package(folder: Path) -> bool:
    """Tell a processor's counter from one of a part of it (`intel-rapl:0:1`), which is in it, and of the mainboard."""
    try:
        return folder.name.count(":") == 1 and (folder / "name").read_text(encoding="utf-8").startswith("package")
    except OSError:
        return False


def _whole_number(path: Path) -> int | None:
    try:
        return int(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _cpu_seconds(process: "psutil.Process") -> float:
    """Return the processors' time of a process and of its children that have ended; 0 where it ended meanwhile."""
    import psutil

    try:
        times: Iterable[float] = process.cpu_times()[:4]  # user, system, and both of the children
    except psutil.Error:
        return 0.0
    return sum(times)


def _memory_bytes(process: "psutil.Process") -> float:
    """Return the memory of a process, what it shares with others divided among them where the system tells that."""
    import psutil

    try:
        try:
            return float(getattr(process.memory_full_info(), "pss", process.memory_info().rss))
        except psutil.AccessDenied:
            return float(process.memory_info().rss)
    except psutil.Error:
        return 0.0

"""Processors of this machine: how many this process may use, and how many others leave free. Imports no torch."""

import math
import os
import time
from collections.abc import Iterator
from pathlib import Path

MOST_LOADERS = 4  # processes that read images for one that trains
_LEAST_SECONDS = 0.25  # to watch: the system counts in hundredths of a second
_BUSY = ("user", "nice", "system", "irq", "softirq", "steal")  # times of a processor that nobody else can use


def num_usable_cpus() -> int:
    """Return how many processors this process may use: by its affinity, and whole ones of its group's quota."""
    return max(1, math.floor(min(len(_own_cpus()), cpu_quota())))


def cpu_quota(groups: Path = Path("/proc/self/cgroup"), root: Path = Path("/sys/fs/cgroup")) -> float:
    """Return how many processors' time the control groups of this process grant it, as in a container; inf: any.

    Args:
        groups: the file that names the groups, one hierarchy a line.
        root: where the groups are folders; the second version's own, the first version's one for each controller.
    """
    quotas = [math.inf]
    for line in _lines(groups):
        _, _, named = line.partition(":")
        controllers, _, place = named.partition(":")
        if controllers and "cpu" not in controllers.split(","):
            continue
        for folder in _folders(root / controllers, place):
            quotas += _quota_v1(folder) if controllers else _quota_v2(folder)
    return min(quotas)


def num_loaders(num_cpus: int, num_threads: int) -> int:
    """Return how many processes read images beside one that trains with so many threads on so many processors.

    One more than there are processors left: where reading is slower than training, the one that trains waits for them.
    """
    return max(1, min(MOST_LOADERS, num_cpus - num_threads + 1))


class CpuWatch:
    """Watches how busy others keep the processors that this process may use, from its creation on."""

    def __init__(self) -> None:
        self._began_at, self._busy, self._own = time.perf_counter(), _busy_seconds(), time.process_time()

    def num_free(self) -> float:
        """Return how many processors of the usable ones others left free, on average; waits where it just began.

        A processor that this process keeps busy itself is free for it.
        """
        time.sleep(max(0.0, self._began_at + _LEAST_SECONDS - time.perf_counter()))
        seconds = time.perf_counter() - self._began_at
        others = (_busy_seconds() - self._busy) - (time.process_time() - self._own)
        return min(num_usable_cpus(), len(_own_cpus()) - max(0.0, others) / seconds)


def _own_cpus() -> set[int]:
    return os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set(range(os.cpu_count() or 1))


def _busy_seconds() -> float:
    """Return for how long the processors that this process may use were busy since the machine started, summed up."""
    import psutil  # a moment to import, and few need it

    own = _own_cpus()
    return sum(
        getattr(times, kind, 0.0)
        for number, times in enumerate(psutil.cpu_times(percpu=True))
        if number in own
        for kind in _BUSY
    )


def _folders(hierarchy: Path, place: str) -> Iterator[Path]:
    """Yield a group's folder and those above it; of a container's, which may not be at its place, the uppermost."""
    folder = hierarchy / place.strip().lstrip("/")
    while folder != hierarchy and hierarchy in folder.parents:
        yield folder
        folder = folder.parent
    yield hierarchy


def _quota_v2(folder: Path) -> list[float]:
    return [_share(*line.split()) for line in _lines(folder / "cpu.max") if len(line.split()) == 2]


def _quota_v1(folder: Path) -> list[float]:
    pairs = zip(_lines(folder / "cpu.cfs_quota_us"), _lines(folder / "cpu.cfs_period_us"), strict=False)
    return [_share(quota, period) for quota, period in pairs]


def _share(quota: str, period: str) -> float:
    """Return quota / period, both in microseconds; inf where there is no quota (`max` or -1)."""
    try:
        share = int(quota) / int(period)
    except (ValueError, ZeroDivisionError):
        return math.inf
    return share if share > 0 else math.inf


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").split("\n")
    except OSError:  # no Linux, or not for us to read
        return []

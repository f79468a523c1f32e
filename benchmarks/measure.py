"""Timing of things side by side: interleaved rounds, medians, processor seconds beside the clock's."""

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import psutil
import torch

from expdb.train.device import synchronise


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What a piece of work took. `cpu_seconds`: of this process and its children, all threads together."""

    wall_seconds: float
    cpu_seconds: float


def cost_of(work: Callable[[], object], device: torch.device) -> Cost:
    """Do the work once and return its cost, the device's part of it included."""
    synchronise(device)
    wall, cpu = time.perf_counter(), _cpu_seconds()
    work()
    synchronise(device)
    return Cost(wall_seconds=time.perf_counter() - wall, cpu_seconds=_cpu_seconds() - cpu)


def compare(contenders: Mapping[str, Callable[[], object]], *, rounds: int, device: torch.device) -> dict[str, Cost]:
    """Let each contender work once unmeasured, then once a round; return the medians of the rounds."""
    for work in contenders.values():
        work()
    costs: dict[str, list[Cost]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, work in contenders.items():
            costs[name].append(cost_of(work, device))
    return {
        name: Cost(
            wall_seconds=statistics.median(cost.wall_seconds for cost in some),
            cpu_seconds=statistics.median(cost.cpu_seconds for cost in some),
        )
        for name, some in costs.items()
    }


def _cpu_seconds() -> float:
    """Return processor seconds so far: of this process, of ended children and of those still running."""
    own = psutil.Process()
    times = own.cpu_times()
    total = time.process_time() + times.children_user + times.children_system
    for child in own.children(recursive=True):
        try:
            times = child.cpu_times()
        except psutil.NoSuchProcess:
            continue  # ended just now: its time is in the parent's
        total += times.user + times.system
    return float(total)

"""With how many CPU threads a run computes: as told, or as many as help the network and are free."""

import math
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch

from expdb.data.cpus import MOST_LOADERS, num_usable_cpus

# Multiply-accumulates of a step's forward passes that each thread must get. With 0.3 to 1.2 G in all, a second thread
# makes a step 1.3 times as fast, with 2.5 to 4.7 G 1.5 to 1.8 times; beside other work it makes every step some times
# slower than one thread alone (docs/decisions/threads.md).
LEAST_MACS_A_THREAD = 1_000_000_000
# Of a processor that others leave free, this much must be free to count as a whole one.
_FREE_ENOUGH = 0.75


@dataclass(frozen=True, kw_only=True)
class ThreadCount:
    """With how many threads to compute. `why`: what keeps them from being more, or nothing."""

    number: int
    why: str = ""


def use_threads(
    told: int | None,
    *,
    num_macs: int | None,
    has_loaders: bool,
    device: torch.device,
    num_free: Callable[[], float],
    environ: Mapping[str, str] = os.environ,
) -> str:
    """Let torch compute with as many CPU threads as was told, else as many as help; return why they are not more.

    Results depend on the number to the bit, so it stays what it is until the run ends. `OMP_NUM_THREADS` is a word of
    the user's too: torch has read it.

    Args:
        told: by the user, or by the run that is continued or repeated.
        num_macs: of the forward passes of one step of this process; None: not known.
        has_loaders: processes of their own read the images, and need processors too.
        device: a GPU computes without them.
        num_free: gives how many of the usable processors others leave free; is called if that matters.
    """
    if told is None and (environ.get("OMP_NUM_THREADS") or device.type != "cpu"):
        return ""
    count = ThreadCount(number=told) if told else choose_threads(num_macs, num_free, has_loaders=has_loaders)
    if count.number != torch.get_num_threads():
        torch.set_num_threads(count.number)
    return count.why


def choose_threads(num_macs: int | None, num_free: Callable[[], float], *, has_loaders: bool = False) -> ThreadCount:
    """Return as many threads as the work of a step is worth, but no more than there are free processors."""
    usable = num_usable_cpus()
    most = usable - min(MOST_LOADERS, usable // 2) if has_loaders else usable
    worth = most if num_macs is None else min(most, max(1, num_macs // LEAST_MACS_A_THREAD))
    if worth == 1 or worth <= (free := max(1, math.floor(num_free() + 1 - _FREE_ENOUGH))):
        return ThreadCount(number=worth, why=_why(worth, most, usable))
    return ThreadCount(number=free, why=f"of {usable}: others keep the rest busy")


def _why(worth: int, most: int, usable: int) -> str:
    """Return why a network takes no more threads, where all that it may take are free."""
    if worth == usable:
        return ""
    return f"of {usable}: " + ("the rest read the images" if worth == most else "the network is too small for more")

"""What a reader of the machine says at one moment."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, kw_only=True)
class Reading:
    """Values of one moment; what cannot be read is left out.

    Attributes:
        levels: as they are now, by quantity (`data.load_file.QUANTITIES`).
        totals: what only grows: `run_cpu_seconds` (of the run's processes), `machine_cpu_use_seconds` (all processors
            together, divided by their number), `gpu_joules`, `cpu_joules`.
    """

    levels: Mapping[str, float] = field(default_factory=dict)
    totals: Mapping[str, float] = field(default_factory=dict)


class LoadReader(Protocol):
    """Reads a part of the machine."""

    def read(self) -> Reading:
        """Return what is to be read now; may raise anything."""
        ...

    def close(self) -> None:
        """Let go of what it holds."""
        ...

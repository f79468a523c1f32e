"""Groups of runs that differ only in the seed: what one row of a table is made of."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from expdb.domain.run import Run

REPEATED = "repeated"  # among `left_out`, instead of its status: a run whose seed was run again


@dataclass(frozen=True, kw_only=True)
class Measure:
    """A quantity, and of which epochs.

    Attributes:
        field: a number's field of `Run` or, unless `at` is last, of `Epoch`.
        at: `last`, `best` or `mean-K` (see `domain.table.ColumnChoice`).
        is_higher_better: which epoch is the best.
    """

    field: str
    at: str = "last"
    is_higher_better: bool = True


@dataclass(frozen=True, kw_only=True)
class Sample:
    """Values of one measure over seeds.

    Attributes:
        std: sample standard deviation (n - 1); None for one value.
    """

    n: int
    mean: float
    std: float | None

    def __post_init__(self) -> None:
        """Refuse what no values can have."""
        if self.n < 1:
            raise ValueError(f"a sample has at least one value, not {self.n}")
        if not math.isfinite(self.mean) or not math.isfinite(self.std or 0.0):
            raise ValueError(f"{self.mean} ± {self.std} is not finite")
        if (self.std is None) != (self.n == 1) or (self.std is not None and self.std < 0):
            raise ValueError(f"a sample of {self.n} cannot have the standard deviation {self.std}")


@dataclass(frozen=True, kw_only=True)
class RunGroup:
    """Runs whose specs differ only in the seed; a reported or tracked run is a group of its own.

    Attributes:
        run: one of them that stands for all: the newest that counts.
        seeds: seed by id of the runs that count: those that finished, as a reported one always has; of a seed that was
            run again the newest.
        samples: what is known of each measure; a measure that no run knows is missing.
        left_out: status by id of those that do not count; `repeated` where the seed was run again.
    """

    run: Run
    seeds: Mapping[int, int | None]
    samples: Mapping[Measure, Sample]
    left_out: Mapping[int, str] = field(default_factory=dict)

    @cached_property
    def run_ids(self) -> tuple[int, ...]:
        """Ids of the runs that count, in order."""
        return tuple(sorted(self.seeds))


@dataclass(frozen=True, kw_only=True)
class LargestGroups:
    """Of groups that agree on some fields of a run the one with most runs, and what it was chosen from.

    Attributes:
        groups: the chosen ones, by their oldest run.
        others: some of those that were passed over.
        num_others: how many were passed over.
        left_out: number of runs that count in no group, by status; `repeated` where the seed was run again.
    """

    groups: tuple[RunGroup, ...]
    others: tuple[RunGroup, ...]
    num_others: int
    left_out: Mapping[str, int]

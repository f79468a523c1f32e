"""Groups of runs that differ only in the seed: what one row of a table is made of."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from expdb.domain.known import Fields
from expdb.domain.run import Run

REPEATED = "repeated"  # among `left_out`, instead of its status: a run whose seed was run again
ALONE = "run "  # and its id: the key of a run that is a group of its own


class Measure(NamedTuple):
    """A quantity, and of which epochs; a tuple, since it is looked up for every group of a table.

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

    def scaled(self, factor: float) -> "Sample":
        """Return the sample in another unit."""
        return Sample(n=self.n, mean=self.mean * factor, std=None if self.std is None else self.std * abs(factor))


@dataclass(frozen=True, kw_only=True)
class RunGroup:
    """Runs whose specs differ only in the seed; a reported or tracked run is a group of its own.

    Attributes:
        run: one of them that stands for all: the newest that counts.
        seeds: seed by id of the runs that count: those that finished, as a reported one always has; of a seed that was
            run again the newest.
        samples: what is known of each measure; a measure that no run knows is missing.
        left_out: status by id of those that do not count; `repeated` where the seed was run again.
        members: the fields that were asked for of those that count, by id, where they do not agree on them. Empty where
            all agree with `run`.
    """

    run: Run
    seeds: Mapping[int, int | None]
    samples: Mapping[Measure, Sample]
    left_out: Mapping[int, str] = field(default_factory=dict)
    members: tuple[Fields, ...] = ()

    @cached_property
    def run_ids(self) -> tuple[int, ...]:
        """Ids of the runs that count, in order."""
        return tuple(sorted(self.seeds))

    def values(self, read: Callable[[Fields], Any]) -> list[Any]:
        """Return what the runs that count say, in their order, each once; one value where all agree."""
        found: list[Any] = []
        for value in map(read, self.members or (self.run.fields,)):
            if value not in found:  # some are lists
                found.append(value)
        return found

    @property
    def oldest(self) -> int:
        """Id of the oldest run that finished; of a group without one, that of `run`."""
        repeated = (run_id for run_id, status in self.left_out.items() if status == REPEATED)
        return min((*self.seeds, *repeated), default=self.run.id)

    @property
    def key(self) -> str:
        """What names the group."""
        return self.run.group_digest or f"{ALONE}{self.run.id}"

    def means_of(self, measures: Sequence[Measure]) -> tuple[float | None, ...]:
        """Return the means of measures to the digits that do not depend on the order of adding; None: not known."""
        samples = map(self.samples.get, measures)
        return tuple(None if sample is None else rounded(sample.mean) for sample in samples)


class GroupHead(NamedTuple):
    """What decides where a group stands in a table: read of all groups, where few of them are read whole.

    Attributes:
        key: names the group.
        fields: of one run that stands for it: `kind` and those that were asked for, reading another raises KeyError; of
            one that was copied from a document, all.
        newest: id of that run.
        oldest: id of the oldest run that finished.
        num_runs: how many count.
        means: of the measures that were asked for, in their order, to 15 digits; None where it is not known.
    """

    key: str
    fields: Fields
    newest: int
    oldest: int
    num_runs: int
    means: tuple[float | None, ...]


@dataclass(frozen=True, kw_only=True)
class GroupHeads:
    """The heads of groups with runs that count, by their oldest.

    Attributes:
        left_out: number of runs that count in no group, by status; `repeated` where the seed was run again.
    """

    heads: tuple[GroupHead, ...]
    left_out: Mapping[str, int]


def rounded(mean: float) -> float:
    """Return a mean to the digits that do not depend on the order in which the values were added."""
    return float(f"{mean:.15g}")

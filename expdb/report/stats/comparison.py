"""What comes of comparing two: `a` is the baseline, and the difference is b - a."""

from dataclasses import dataclass

from expdb.domain.value_text import exact
from expdb.report.stats.intervals import Interval


@dataclass(frozen=True, kw_only=True)
class Test:
    """A comparison of b with its baseline a.

    Attributes:
        difference: b - a.
        interval: of the difference; None where there is none.
        p: two-sided; None where there is no test.
        num_a: values (or pairs, or images) of a; `num_b`: of b.
        df: degrees of freedom of Student's t.
        spread: sample standard deviation of what was compared: of both sides' seeds, pooled, or of the differences of
            pairs; None without a t test.
        note: what the reader must know, in words; empty if nothing.
        left_out: of this, what the reader of the difference alone must know: which values it is not of, or that the two
            are not of one kind.
    """

    name: str
    difference: float
    interval: Interval | None = None
    p: float | None = None
    num_a: int
    num_b: int
    df: float | None = None
    spread: float | None = None
    note: str = ""
    left_out: str = ""

    @property
    def is_told_apart(self) -> bool | None:
        """Whether the interval of the difference excludes zero; None without an interval."""
        return None if self.interval is None else not self.interval.low <= 0 <= self.interval.high


def difference_of(a: float, b: float) -> float:
    """Return b - a in decimals, as both are printed: 0.8275 - 0.81125 is 0.01625, not a little less."""
    return float(exact(b) - exact(a))

"""Which value is best, and whether that can be said."""

from collections.abc import Sequence
from dataclasses import dataclass

from expdb.domain.group import Sample
from expdb.report.stats.intervals import newcombe_interval
from expdb.report.stats.t_tests import welch
from expdb.report.table import Rank

# Why nobody is best, as a sentence about the best and the next goes on.
INTERVAL = "are not told apart (the 95 % interval of their difference, Welch, contains zero)"
SINGLE = "are a single run and a mean over seeds"
IMAGES = (
    "are single runs that are not told apart (the 95 % interval of the difference of two independent proportions, "
    "Newcombe, contains zero)"
)


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A value that competes.

    Attributes:
        row: of which row.
        value: how large.
        sample: of a measure, its values over seeds.
        num_images: of an accuracy that was measured, on how many images.
    """

    row: int
    value: float
    sample: Sample | None
    num_images: int | None = None


def ranks(
    candidates: Sequence[Candidate], *, is_higher_better: bool, clear_only: bool
) -> tuple[dict[int, Rank], str | None]:
    """Return rank by row (1 best, 2 second), and why nobody is best where that cannot be said.

    Exact values are compared, not printed ones; equal ones share a rank.

    Args:
        candidates: the values.
        is_higher_better: the direction.
        clear_only: nobody is best where the first two are not told apart.
    """
    sign = 1 if is_higher_better else -1
    ordered = sorted({candidate.value for candidate in candidates}, key=lambda value: -sign * value)
    if len(ordered) < 2:
        return {}, None  # alone, or all alike: nothing to point out
    best = [candidate for candidate in candidates if candidate.value == ordered[0]]
    second = [candidate for candidate in candidates if candidate.value == ordered[1]]
    doubts = (_doubt(a, b) for a in best for b in second) if clear_only else ()
    doubt = next(filter(None, doubts), None)
    if doubt is not None:
        return {}, doubt
    found: dict[int, Rank] = {candidate.row: 1 for candidate in best}
    if len(best) == 1:
        found |= {candidate.row: 2 for candidate in second}
    return found, None


def _doubt(best: Candidate, second: Candidate) -> str | None:
    if best.sample is None or second.sample is None:
        return None
    nums = (best.sample.n, second.sample.n)
    if max(nums) > 1 and min(nums) == 1:
        return SINGLE
    if max(nums) > 1:
        interval = welch(second.sample, best.sample).interval
        return INTERVAL if interval is not None and interval.low <= 0 <= interval.high else None
    if best.num_images is None or second.num_images is None:
        return None  # there is no interval, for none of the two; a note says n
    around = newcombe_interval(second.value, second.num_images, best.value, best.num_images)
    return IMAGES if around.low <= 0 <= around.high else None

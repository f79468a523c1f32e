"""Lines of charts from numbers with their intervals."""

from collections.abc import Sequence
from typing import Literal

from expdb.domain.analyses.result import Estimate, Line


def line_of(
    label: str,
    x: Sequence[float | str],
    estimates: Sequence[Estimate | None],
    *,
    kind: Literal["network", "baseline"] = "network",
) -> Line:
    """Return a line through estimates with the ends of their intervals; None is a gap, where the ends are 0."""
    values = [None if one is None else one.value for one in estimates]
    lows = [0.0 if one is None or one.low is None else one.low for one in estimates]
    highs = [0.0 if one is None or one.high is None else one.high for one in estimates]
    return Line(label=label, x=tuple(x), y=tuple(values), low=tuple(lows), high=tuple(highs), kind=kind)

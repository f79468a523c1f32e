"""Holm's correction of p-values for their number."""

from collections.abc import Sequence


def holm(ps: Sequence[float]) -> list[float]:
    """Return the p of several comparisons adjusted for their number, in the order given.

    Raises:
        ValueError: a p outside [0, 1].

    Source: Holm, A simple sequentially rejective multiple test procedure (1979).
    """
    for p in ps:
        if not 0 <= p <= 1:
            raise ValueError(f"a p lies in [0, 1], not at {p}")
    adjusted = [0.0] * len(ps)
    largest = 0.0
    for rank, index in enumerate(sorted(range(len(ps)), key=ps.__getitem__)):
        largest = max(largest, min(1.0, (len(ps) - rank) * ps[index]))
        adjusted[index] = largest
    return adjusted

"""Which of several models nothing beats at once in cost and in quality."""

import math
from collections.abc import Sequence


def pareto_front(points: Sequence[tuple[float, float]], *, is_higher_better: bool = True) -> list[int]:
    """Return the positions of the points that no other point beats, by cost.

    A point is beaten by one that is as good in both respects and better in one; of equal points, all stay.

    Args:
        points: cost (less is better) and quality.
        is_higher_better: direction of the quality; False for a loss.

    Raises:
        ValueError: a number is not finite.

    Source: Pareto, Manuale di economia politica (1906); Kung, Luccio and Preparata, On finding the maxima of a set of
    vectors (1975), for two dimensions.
    """
    for point in points:
        if not all(math.isfinite(number) for number in point):
            raise ValueError(f"cost and quality must be finite, not {point}")
    sign = 1.0 if is_higher_better else -1.0
    order = sorted(range(len(points)), key=lambda index: (points[index][0], -sign * points[index][1], index))
    front: list[int] = []
    for index in order:
        cost, quality = points[index]
        if not front or sign * quality > sign * points[front[-1]][1] or points[front[-1]] == (cost, quality):
            front.append(index)
    return front

"""How many values one SQL statement can name: lists of more ids are asked for in parts."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

_MOST_PARAMETERS = 10_000  # SQLite takes 32,766, PostgreSQL 65,535

_T = TypeVar("_T")


def in_parts(values: Sequence[_T]) -> Iterator[Sequence[_T]]:
    """Yield so many values at a time as one statement can name."""
    return (values[first : first + _MOST_PARAMETERS] for first in range(0, len(values), _MOST_PARAMETERS))

"""Metrics that have a column in expdb: they are kept under its key, in its unit, whatever the document calls them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from expdb.report.written.reading.units import Dimension, dimension_of_unit
from expdb.report.written.tables.columns import ReadColumn

# What each is measured in: seconds, bytes, images; a loss has no unit.
KNOWN_METRICS: Mapping[str, Dimension | None] = {
    **dict.fromkeys(("eval_seconds", "wall_seconds", "gpu_hours"), "time"),
    "peak_memory_bytes": "memory",
    "images_per_second": "count",
    **dict.fromkeys(("train_loss", "test_loss")),
}
_SAY_THEIR_UNIT = ("gpu_hours", "images_per_second")  # a bare number is in it


def with_known_metrics(columns: Sequence[ReadColumn]) -> list[ReadColumn]:
    """Return columns, those of known metrics with their keys as names where the unit is known and no two are one.

    Of several, the one that a user says it is has the key.
    """
    found = {column: known for column in columns if (known := _known(column)) is not None}
    given = {known.name for column, known in found.items() if column.heading.given_by}
    left = [known for column, known in found.items() if column.heading.given_by or known.name not in given]
    times = Counter(known.name for known in left)
    kept = {known for known in left if times[known.name] == 1}
    return [found[column] if column in found and found[column] in kept else column for column in columns]


def _known(column: ReadColumn) -> ReadColumn | None:
    """Return a column in the unit of the metric that it is; None where that is none, or its unit is not known."""
    heading = column.heading
    key = heading.key or ""
    if column.role != "metric" or column.name or column.reason or heading.left or key not in KNOWN_METRICS:
        return None
    dimension = KNOWN_METRICS[key]
    if dimension is None or (dimension == "count" and column.dimension is None):
        return None if column.dimension or column.unit else replace(column, name=key)
    is_said = (
        dimension_of_unit(heading.unit) == dimension if column.dimension is None else column.dimension == dimension
    )
    if is_said:
        return replace(column, name=key, dimension=dimension, unit="")
    is_bare = not heading.unit and not column.unit and column.dimension is None
    return replace(column, name=key) if key in _SAY_THEIR_UNIT and is_bare else None

"""What was measured of a run and has no column of its own, as rows of text."""

import math
from collections.abc import Mapping
from typing import Final

from expdb.domain.metric import Metric
from expdb.domain.points import MetricSummary, Place
from expdb.domain.value_text import MISSING, few_digits, format_value

MEASURED_HEADINGS: Final = ("metric", "last", "best", "at", "values", "split", "better")


def measured_cells(
    summaries: Mapping[str, MetricSummary], metrics: Mapping[str, Metric], *, but: frozenset[str] = frozenset()
) -> list[list[str]]:
    """Return a row a metric: its last and best value, where that was, and what is known of it.

    Args:
        summaries: of one run, by name.
        metrics: what is known of them, by name.
        but: names that are shown elsewhere.
    """
    return [
        _cells(summary, metrics.get(name, Metric(key=name)))
        for name, summary in sorted(summaries.items())
        if name not in but
    ]


def _cells(summary: MetricSummary, metric: Metric) -> list[str]:
    is_higher = metric.higher_is_better
    best, place = (
        (None, None)
        if is_higher is None
        else (summary.greatest, summary.greatest_at)
        if is_higher
        else (summary.least, summary.least_at)
    )
    special = f" ({summary.num_special} no number)" if summary.num_special else ""
    return [
        metric.heading or metric.key,
        metric_text(summary.last, metric),
        MISSING if best is None else metric_text(best, metric),
        MISSING if place is None else _place_text(place),
        f"{summary.n:,}{special}",
        metric.split or MISSING,
        "unknown" if is_higher is None else "higher" if is_higher else "lower",
    ]


def metric_text(value: float, metric: Metric) -> str:
    """Return a value of a metric with its unit, to the digits that a reader needs."""
    if not math.isfinite(value):
        return str(value)
    if metric.format == "number" and metric.decimals is None:
        return few_digits(value)
    text = format_value(value, metric.format, metric.decimals)
    return f"{text}%" if metric.format == "percent" else text


def _place_text(place: Place) -> str:
    return f"epoch {place.epoch}" if place.step is None else f"step {place.step}"

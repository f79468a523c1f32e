"""Parallel coordinates: every setting and result an axis, every run or group a line through its values."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from expdb.domain.group import RunGroup
from expdb.domain.value_text import MISSING, format_value, is_known
from expdb.report.columns import COLUMNS
from expdb.report.compare.side_by_side import settings_table, stated
from expdb.report.figures.style import FONTS, color_of, cut, dash_of, figure_text, legend_below, symbol_of
from expdb.report.measures import measure_of, number_of

_RESULTS = ("num_params", "macs", "train_seconds", "train_loss", "test_loss", "top1")
_MOST_SETTINGS = 8
_LOG_FROM = 20.0  # ratio of the largest to the smallest value, as learning rates have, from which an axis is log
_LETTERS = 16


@dataclass(frozen=True, kw_only=True)
class Axis:
    """One axis.

    Attributes:
        values: of every line, in order; None where it is not known.
        texts: the same, as they are read.
    """

    title: str
    values: tuple[float | None, ...]
    texts: tuple[str, ...]

    @property
    def is_log(self) -> bool:
        """Whether the values spread so far that only a logarithmic axis tells the small ones apart."""
        known = [value for value in self.values if value is not None]
        return bool(known) and min(known) > 0 and max(known) / min(known) >= _LOG_FROM

    @property
    def heights(self) -> tuple[float | None, ...]:
        """The values between 0 (the least) and 1 (the greatest); 0.5 where all are equal."""
        scaled = [None if value is None else math.log(value) if self.is_log else value for value in self.values]
        known = [value for value in scaled if value is not None]
        low, high = (min(known), max(known)) if known else (0.0, 0.0)
        return tuple(
            None if value is None else 0.5 if low == high else (value - low) / (high - low) for value in scaled
        )


def axes_of(groups: Sequence[RunGroup], base: RunGroup, metric: str) -> list[Axis]:
    """Return the axes, the metric last; a result that no group knows has none."""
    keys = [str(row.cells[0].value) for row in settings_table(groups, base).rows]
    settings = [axis for key in keys if (axis := _setting(key, groups)) is not None]
    results = [axis for key in (*(key for key in _RESULTS if key != metric), metric) if (axis := _result(key, groups))]
    return [*settings[:_MOST_SETTINGS], *results]


def _setting(key: str, groups: Sequence[RunGroup]) -> Axis | None:
    """Return an axis of a setting; None where one of its values is no number, or nothing is known of most."""
    values = [stated(group.run, key) for group in groups]
    numbers = [float(value) if isinstance(value, (int, float)) else None for value in values]
    if any(number is None and value is not None for number, value in zip(numbers, values, strict=True)):
        return None
    if len({number for number in numbers if number is not None}) < 2:
        return None
    texts = tuple(MISSING if value is None else format_value(value, "number") for value in numbers)
    return Axis(title=key.rpartition(".")[2].replace("_", " "), values=tuple(numbers), texts=texts)


def _result(key: str, groups: Sequence[RunGroup]) -> Axis | None:
    known = COLUMNS[key]
    values = [number_of(group, known, measure_of(known)) for group in groups]
    if not any(is_known(value) for value in values):
        return None
    return Axis(
        title=known.heading.replace(" (last, %)", " (%)"),
        values=tuple(float(value) if is_known(value) else None for value in values),
        texts=tuple(format_value(value, known.format, known.decimals) for value in values),
    )


def parallel_figure(labels: Sequence[str], axes: Sequence[Axis]) -> go.Figure:
    """Draw a line a label over the axes; the ends of each axis say its least and greatest value.

    A line has a gap where its value is not known.
    """
    figure = go.Figure()
    heights = [axis.heights for axis in axes]
    for index, label in enumerate(labels):
        figure.add_scatter(
            x=list(range(len(axes))),
            y=[height[index] for height in heights],
            name=figure_text(label),
            mode="lines+markers",
            line={"color": color_of(index), "dash": dash_of(index), "width": 2},
            marker={"symbol": symbol_of(index), "size": 9},
            customdata=[[figure_text(axis.title), figure_text(axis.texts[index])] for axis in axes],
            hovertemplate="%{customdata[0]}: %{customdata[1]}<extra>%{fullData.name}</extra>",
            cliponaxis=False,
        )
    for position, axis in enumerate(axes):
        _add_ends(figure, axis, position)
    titles = [figure_text(cut(axis.title, _LETTERS)) + ("<br>(log)" if axis.is_log else "") for axis in axes]
    figure.update_layout(
        font={"size": 13, "family": FONTS},
        height=410 + 21 * len(labels),
        margin={"l": 40, "r": 40, "t": 24, "b": 92 + 21 * len(labels)},
        hovermode="closest",
        showlegend=True,
        legend=legend_below(len(labels), y=-0.27),
        xaxis={
            "tickmode": "array",
            "tickvals": list(range(len(axes))),
            "ticktext": titles,
            "range": [-0.25, len(axes) - 0.75],
            "showgrid": True,
            "zeroline": False,
        },
        yaxis={"visible": False, "range": [-0.16, 1.16], "fixedrange": True},
    )
    return figure


def _add_ends(figure: go.Figure, axis: Axis, position: int) -> None:
    """Write the least value below an axis and the greatest above it; a single one above it."""
    known = {at: value for at, value in enumerate(axis.values) if value is not None}
    if not known:
        return
    least, greatest = min(known, key=known.__getitem__), max(known, key=known.__getitem__)
    ends = [(greatest, 1.05, "bottom")]
    if known[least] != known[greatest]:
        ends.insert(0, (least, -0.05, "top"))
    for at, y, anchor in ends:
        text = figure_text(cut(axis.texts[at], 12))
        figure.add_annotation(x=position, y=y, text=text, showarrow=False, yanchor=anchor)

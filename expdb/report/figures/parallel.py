"""Parallel coordinates: every setting and result an axis, every run or group a line through its values."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from expdb.report.figures.style import color_of, cut, dash_of, figure_text, symbol_of

if TYPE_CHECKING:
    import plotly.graph_objects as go

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


def parallel_figure(labels: Sequence[str], axes: Sequence[Axis]) -> "go.Figure":
    """Draw a line a label over the axes; the ends of each axis say its least and greatest value.

    A line has a gap where its value is not known.
    """
    import plotly.graph_objects as go

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
        known = [at for at, value in enumerate(axis.values) if value is not None]
        if not known:
            continue
        ends = (
            (min(known, key=lambda at: axis.values[at] or 0.0), -0.05, "top"),
            (max(known, key=lambda at: axis.values[at] or 0.0), 1.05, "bottom"),
        )
        for at, y, anchor in ends if axis.values[ends[0][0]] != axis.values[ends[1][0]] else (ends[1],):
            figure.add_annotation(
                x=position, y=y, text=figure_text(cut(axis.texts[at], 12)), showarrow=False, yanchor=anchor
            )
    figure.update_layout(
        font={"size": 13},
        height=410 + 21 * len(labels),
        margin={"l": 40, "r": 40, "t": 24, "b": 92 + 21 * len(labels)},
        hovermode="closest",
        showlegend=True,
        legend={
            "orientation": "v",
            "x": 0,
            "y": -0.27,
            "xanchor": "left",
            "yanchor": "top",
            "maxheight": 40 + 21 * len(labels),
        },
        xaxis={
            "tickmode": "array",
            "tickvals": list(range(len(axes))),
            "ticktext": [
                figure_text(cut(axis.title, _LETTERS)) + ("<br>(log)" if axis.is_log else "") for axis in axes
            ],
            "range": [-0.25, len(axes) - 0.75],
            "showgrid": True,
            "zeroline": False,
        },
        yaxis={"visible": False, "range": [-0.16, 1.16], "fixedrange": True},
    )
    return figure

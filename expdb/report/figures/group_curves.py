"""Curves of several runs or groups over each other: the mean over seeds, with a band that says how far they spread."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import plotly.graph_objects as go

from expdb.report.figures.epochs import EpochQuantity
from expdb.report.figures.style import FONTS, MARKERS_UP_TO, color_of, dash_of, faded, figure_text, legend_below

Spread = Literal["min-max", "std"]
SPREADS: Mapping[Spread, str] = {
    "min-max": "from the lowest to the highest seed",
    "std": "one sample standard deviation around the mean",
}


@dataclass(frozen=True, kw_only=True)
class Band:
    """One line of the figure: a run, or the seeds of a group.

    Attributes:
        epochs: those that every seed has recorded, in order.
        mean, low, high: at these epochs, in the unit of the quantity; of one seed all three are its values.
        n: number of seeds.
    """

    label: str
    epochs: tuple[int, ...]
    mean: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    n: int


def band(label: str, curves: Sequence[Mapping[int, float]], spread: Spread = "min-max") -> Band:
    """Return mean and band of the seeds of one group, at the epochs that all of them have recorded.

    Args:
        label: what the legend says.
        curves: value by epoch, one a seed.
        spread: what the band covers.
    """
    known = [curve for curve in curves if curve]
    shared = sorted(set.intersection(*(set(curve) for curve in known))) if known else []
    mean, low, high = [], [], []
    for epoch in shared:
        values = [curve[epoch] for curve in known]
        mean.append(statistics.fmean(values))
        if spread == "min-max":
            low.append(min(values))
            high.append(max(values))
        else:
            half = statistics.stdev(values) if len(values) > 1 else 0.0
            low.append(mean[-1] - half)
            high.append(mean[-1] + half)
    return Band(label=label, epochs=tuple(shared), mean=tuple(mean), low=tuple(low), high=tuple(high), n=len(known))


def curves_figure(
    bands: Sequence[Band], quantity: EpochQuantity, *, is_log: bool = False, of: str = "epoch"
) -> go.Figure:
    """Draw bands over each other; colour and dash tell them apart, in the order of the bands.

    Args:
        bands: those without an epoch keep their sign, and are not drawn.
        quantity: what they show.
        is_log: a logarithmic axis of values.
        of: what the axis counts, epochs or steps.
    """
    figure = go.Figure()
    num_epochs = max((len(found.epochs) for found in bands), default=0)
    for index, found in enumerate(bands):
        if found.n > 1 and found.epochs:
            _add_band(figure, found, index)
        if found.epochs:
            _add_mean(figure, found, index, quantity, has_markers=num_epochs <= MARKERS_UP_TO)
    num_drawn = sum(bool(found.epochs) for found in bands)
    figure.update_layout(
        font={"size": 13, "family": FONTS},
        # The legend stands below, a line for each run, so that the plot keeps its height whatever their number.
        height=400 + 21 * num_drawn,
        margin={"l": 56, "r": 16, "t": 12, "b": 60 + 21 * num_drawn},
        hovermode="x unified" if num_drawn <= 8 else "closest",
        showlegend=True,
        legend=legend_below(num_drawn, y=-0.16) | {"tracegroupgap": 0},
        xaxis={"title": {"text": of}, "tickformat": "d", "dtick": 1 if num_epochs <= 10 and of == "epoch" else None},
        yaxis={
            "title": {"text": figure_text(quantity.title)},
            "ticksuffix": quantity.unit,
            "tickformat": quantity.tick_format,
            "type": "log" if is_log else "linear",
            "automargin": True,
        },
    )
    return figure


def _add_band(figure: go.Figure, found: Band, index: int) -> None:
    figure.add_scatter(
        x=np.array([*found.epochs, *reversed(found.epochs)]),
        y=np.array([*found.high, *reversed(found.low)], dtype=float),
        fill="toself",
        fillcolor=faded(color_of(index), 0.16),
        line={"width": 0},
        mode="lines",
        hoverinfo="skip",
        showlegend=False,
        legendgroup=str(index),
    )


def _add_mean(figure: go.Figure, found: Band, index: int, quantity: EpochQuantity, *, has_markers: bool) -> None:
    name = figure_text(found.label)
    figure.add_scatter(
        x=np.array(found.epochs),  # of a list, plotly looks at every value
        y=np.array(found.mean, dtype=float),
        name=f"{name} (n = {found.n})" if found.n > 1 else name,
        mode="lines+markers" if has_markers else "lines",
        marker={"size": 5},
        line={"color": color_of(index), "dash": dash_of(index), "width": 2},
        legendgroup=str(index),
        hovertemplate=f"%{{y:{quantity.hover_format}}}",
    )

"""Plotly figures of what was recorded."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from expdb.domain.run import Epoch
from expdb.errors import NotFoundError, unknown

# Okabe and Ito's palette, told apart with every common colour blindness; black and yellow fail on one of the themes.
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00")
_DASHES = ("solid", "dash", "dot")
_MARKERS_UP_TO = 30  # epochs; more points than that only hide the line
_NUMBERED_UP_TO = 20  # classes; in smaller cells no number can be read
_MOST_DECADES = 6  # of a logarithmic axis: a rate that falls to 1e-30 would hide the rest
_LONGEST_NAME, _SHORT_NAME = 16, 3  # letters of a class name on an axis; of names that need not be turned


@dataclass(frozen=True, kw_only=True)
class Curve:
    """What one figure shows over the epochs.

    Attributes:
        series: name in the legend by field of `Epoch`.
        tick_format: d3's; `.0%` shows a fraction in percent.
        has_zero: the axis starts at 0, so that small changes do not look large.
        suffix: unit after the numbers of the axis.
        takes_log: its values span powers of ten: a logarithmic axis shows more of them.
    """

    title: str
    series: Mapping[str, str]
    tick_format: str
    has_zero: bool = False
    suffix: str = ""
    takes_log: bool = False


CURVES: dict[str, Curve] = {
    "loss": Curve(
        title="Loss",
        series={"train_loss": "train", "test_loss": "test", "val_loss": "validation"},
        tick_format=".3~g",
        takes_log=True,
    ),
    "top1": Curve(title="Top-1", series={"top1": "test", "val_top1": "validation"}, tick_format=".0%"),
    "top5": Curve(title="Top-5", series={"top5": "test"}, tick_format=".0%"),
    "accuracy": Curve(
        title="Accuracy",
        series={"top1": "top-1", "top5": "top-5", "val_top1": "validation top-1"},
        tick_format=".0%",
    ),
    "lr": Curve(title="Learning rate", series={"lr": "lr"}, tick_format=".3~g", has_zero=True, takes_log=True),
    "images_per_second": Curve(
        title="Images per second", series={"images_per_second": "images/s"}, tick_format=",.3~s", has_zero=True
    ),
    "memory": Curve(
        title="Peak memory", series={"peak_memory_bytes": "bytes"}, tick_format=".3~s", has_zero=True, suffix="B"
    ),
}


def epoch_curves(
    epochs_by_run: Mapping[str, Sequence[Epoch]], metric: str, *, is_log: bool = False, smoothing: float = 0.0
) -> go.Figure:
    """Draw a metric over the epochs, for one run or several by their labels.

    With one run a colour is a series; with several a colour is a run, and dashes tell the series apart.

    Args:
        epochs_by_run: epochs in order, by the label that the legend shows.
        metric: a key of CURVES.
        is_log: a logarithmic axis of values, without zeros, where the metric spans powers of ten.
        smoothing: share of what was before in each point, in [0, 1); the values themselves are drawn faintly behind.

    Raises:
        NotFoundError: an unknown metric.
    """
    if metric not in CURVES:
        raise NotFoundError(unknown("curve", metric, CURVES, listing=", ".join(CURVES)))
    curve = CURVES[metric]
    figure = go.Figure()
    for run_index, (label, epochs) in enumerate(epochs_by_run.items()):
        known = {
            field: name
            for field, name in curve.series.items()
            if any(value is not None for value in _values(epochs, field))
        }
        for series_index, (field, name) in enumerate(known.items()):
            is_alone = len(epochs_by_run) == 1
            values = _values(epochs, field)
            color = PALETTE[(series_index if is_alone else run_index) % len(PALETTE)]
            common = {"x": [epoch.epoch for epoch in epochs], "legendgroup": f"{run_index} {field}"}
            if smoothing:
                figure.add_scatter(
                    **common,
                    y=values,
                    mode="lines",
                    line={"color": color, "width": 1},
                    opacity=0.35,
                    showlegend=False,
                    hoverinfo="skip",
                )
            figure.add_scatter(
                **common,
                y=smoothed(values, smoothing),
                name=name if is_alone else f"{label} {name}" if len(known) > 1 else label,
                mode="lines+markers" if len(epochs) <= _MARKERS_UP_TO and not smoothing else "lines",
                line={
                    "color": color,
                    "dash": _DASHES[series_index % len(_DASHES)],
                    "width": 2,
                },
            )
    _lay_out(figure, curve, is_log=is_log and curve.takes_log)
    return figure


def smoothed(values: Sequence[float | None], smoothing: float) -> list[float | None]:
    """Return the running mean with exponentially falling weights; unknown values stay unknown and are passed over.

    Args:
        values: in order.
        smoothing: share of what was before in each point, in [0, 1).

    Source: exponential moving average with the bias correction of Kingma and Ba 2015 (Adam), section 3.
    """
    if not smoothing:
        return list(values)
    results: list[float | None] = []
    mean, weight = 0.0, 0.0
    for value in values:
        if value is None:
            results.append(None)
            continue
        mean = smoothing * mean + (1 - smoothing) * value
        weight = smoothing * weight + (1 - smoothing)
        results.append(mean / weight)
    return results


def confusion_figure(counts: npt.NDArray[np.int64], names: Sequence[str], *, mistakes_only: bool = False) -> go.Figure:
    """Draw which class (down) was taken for which (across), as shares of the class down.

    Args:
        counts: (C, C) images by true class and class taken for.
        names: of the classes, by label.
        mistakes_only: leave out what was right, so that the colours tell the mistakes apart.
    """
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    if mistakes_only:
        shares = shares.copy()
        np.fill_diagonal(shares, np.nan)
    places = list(range(len(names)))
    figure = go.Figure(
        go.Heatmap(
            z=shares,
            x=places,
            y=places,
            text=[[f"{count:,}" for count in row] for row in counts],
            customdata=[[[names[row], names[column]] for column in places] for row in places],
            hovertemplate="%{customdata[0]} taken for %{customdata[1]}<br>%{text} images, %{z:.1%}<extra></extra>",
            colorscale=[[0, "rgba(0, 114, 178, 0)"], [1, PALETTE[0]]],
            zmin=0,
            zmax=max(float(np.nanmax(shares, initial=0.0)), 1e-9),
            showscale=False,
            xgap=1,
            ygap=1,
        )
    )
    if len(names) <= _NUMBERED_UP_TO:
        _write_counts(figure, counts, shares)
    _lay_out_matrix(figure, names)
    return figure


def _write_counts(figure: go.Figure, counts: npt.NDArray[np.int64], shares: npt.NDArray[np.float64]) -> None:
    """Write the counts into the cells: white on the dark ones, in the page's own colour on the others."""
    is_written = (counts > 0) & np.isfinite(shares)
    is_dark = shares > np.nanmax(shares, initial=0.0) / 2
    for chosen, color in ((is_written & is_dark, "white"), (is_written & ~is_dark, None)):
        rows, columns = np.nonzero(chosen)
        figure.add_scatter(
            x=columns.tolist(),
            y=rows.tolist(),
            text=[f"{counts[row, column]:,}" for row, column in zip(rows, columns, strict=True)],
            mode="text",
            textfont={"color": color} if color else None,
            hoverinfo="skip",
            showlegend=False,
        )


def _lay_out_matrix(figure: go.Figure, names: Sequence[str]) -> None:
    is_small = len(names) <= _NUMBERED_UP_TO
    step = -(-len(names) // _NUMBERED_UP_TO)  # the names in between are told when one points at a cell
    labels = [name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…" for name in names]
    is_short = max(map(len, labels), default=0) <= _SHORT_NAME
    axis = {
        "tickmode": "array",
        "tickvals": list(range(len(names)))[::step],
        "ticktext": labels[::step],
        "automargin": True,
        "showgrid": False,
        "zeroline": False,
    }
    figure.update_layout(
        height=min(240 + 30 * len(names), 560) if is_small else 640,
        margin={"l": 8, "r": 8, "t": 16, "b": 8},
        font={"size": 13},
        xaxis=axis | {"title": {"text": "taken for"}, "tickangle": 0 if is_short else -45 if is_small else -90},
        yaxis=axis | {"title": {"text": "true class"}, "autorange": "reversed"},
    )


def _values(epochs: Sequence[Epoch], field: str) -> list[float | None]:
    return [getattr(epoch, field) for epoch in epochs]


def _lay_out(figure: go.Figure, curve: Curve, *, is_log: bool) -> None:
    num_epochs = max((len(trace.x) for trace in figure.data), default=0)
    is_fraction = curve.tick_format.endswith("%")
    figure.update_layout(
        title={"text": curve.title, "font": {"size": 16}, "x": 0, "xanchor": "left"},
        font={"size": 14},
        height=320,
        margin={"l": 56, "r": 16, "t": 72, "b": 44},
        hovermode="x unified",
        showlegend=sum(trace.showlegend is not False for trace in figure.data) > 1,
        legend={"orientation": "h", "x": 0, "y": 1.02, "xanchor": "left", "yanchor": "bottom"},
        xaxis={"title": {"text": "epoch"}, "tickformat": "d", "dtick": 1 if num_epochs <= 10 else None},
        yaxis={
            "ticksuffix": curve.suffix,
            "tickformat": curve.tick_format,
            "hoverformat": ".2%" if is_fraction else ".4~g",
            "rangemode": "tozero" if curve.has_zero else "normal",
            "automargin": True,
        },
    )
    if is_log:
        figure.update_yaxes(type="log", **_decades(figure))


def _decades(figure: go.Figure) -> dict[str, object]:
    """Return the ticks of a logarithmic axis, and its range where values fall so low that they would fill it."""
    values = [value for trace in figure.data for value in trace.y if value]
    low, high = (math.log10(bound) for bound in (min(values, default=1.0), max(values, default=1.0)))
    if high - low > _MOST_DECADES:
        return {"range": [high - _MOST_DECADES, high + 0.2]}
    return {"dtick": "D2"} if high - low < 2 else {}

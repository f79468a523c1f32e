"""What is recorded after every epoch, and the curves of one run."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from expdb.domain.metric import Metric
from expdb.domain.points import PointCurves
from expdb.domain.run import Epoch
from expdb.report.figures.style import FONTS, MARKERS_UP_TO, color_of, dash_of, figure_text

_MOST_DECADES = 6  # of a logarithmic axis: a rate that falls to 1e-30 would hide the rest


@dataclass(frozen=True, kw_only=True)
class EpochQuantity:
    """A field of `Epoch` that curves show.

    Attributes:
        key: the field.
        tick_format: d3's; one that ends in `%` shows a fraction in percent.
        unit: stands after the numbers of the axis.
        has_zero: the axis of a run's figure starts at 0, so that small changes do not look large.
        takes_log: its values span powers of ten: a logarithmic axis shows more of them.
    """

    key: str
    title: str
    tick_format: str
    unit: str = ""
    has_zero: bool = False
    takes_log: bool = False

    @property
    def hover_format(self) -> str:
        """How exactly a single value is shown."""
        return ".2%" if self.tick_format.endswith("%") else ".4~g"

    def read(self, epoch: Epoch) -> float | None:
        """Return its value after an epoch; None where it was not recorded."""
        value: float | None = getattr(epoch, self.key)
        return value


QUANTITIES: Mapping[str, EpochQuantity] = {
    quantity.key: quantity
    for quantity in (
        EpochQuantity(key="top1", title="Test top-1", tick_format=".1~%"),
        EpochQuantity(key="top5", title="Test top-5", tick_format=".1~%"),
        EpochQuantity(key="val_top1", title="Validation top-1", tick_format=".1~%"),
        EpochQuantity(key="train_loss", title="Train loss", tick_format=".3~g", takes_log=True),
        EpochQuantity(key="test_loss", title="Test loss", tick_format=".3~g", takes_log=True),
        EpochQuantity(key="val_loss", title="Validation loss", tick_format=".3~g", takes_log=True),
        EpochQuantity(key="lr", title="Learning rate", tick_format=".3~g", has_zero=True, takes_log=True),
        EpochQuantity(key="images_per_second", title="Images per second", tick_format=",.3~s", has_zero=True),
        EpochQuantity(key="peak_memory_bytes", title="Peak memory", tick_format=".3~s", unit="B", has_zero=True),
    )
}


@dataclass(frozen=True, kw_only=True)
class RunFigure:
    """One figure of a run over its epochs, of quantities that share an axis.

    Attributes:
        series: name in the legend by key of QUANTITIES.
    """

    title: str
    series: Mapping[str, str]

    @property
    def axis(self) -> EpochQuantity:
        """The quantity that says how the axis of values looks."""
        return QUANTITIES[next(iter(self.series))]


RUN_FIGURES: Mapping[str, RunFigure] = {
    "loss": RunFigure(
        title="Loss", series={"train_loss": "train", "test_loss": "test", "val_loss": "validation"}
    ),
    "accuracy": RunFigure(
        title="Accuracy", series={"top1": "top-1", "top5": "top-5", "val_top1": "validation top-1"}
    ),
    "lr": RunFigure(title="Learning rate", series={"lr": "lr"}),
    "images_per_second": RunFigure(title="Images per second", series={"images_per_second": "images/s"}),
    "memory": RunFigure(title="Peak memory", series={"peak_memory_bytes": "bytes"}),
}  # fmt: skip


_TICKS = {"fraction": ".1~%", "count": ",.3~s", "bytes": ".3~s"}
_UNITS = {"seconds": " s", "bytes": "B", "kwh": " kWh", "watts": " W", "celsius": " °C"}


def quantity_of(metric: Metric) -> EpochQuantity:
    """Return how curves show a metric that is no field of an epoch."""
    return EpochQuantity(
        key=metric.key,
        title=metric.heading or metric.key,
        tick_format=_TICKS.get(metric.unit, ".3~g"),
        unit=_UNITS.get(metric.unit, ""),
        takes_log=metric.unit in ("none", "count", "seconds", "bytes"),
    )


def points_figure(
    curves: PointCurves, run_id: int, quantity: EpochQuantity, *, is_log: bool = False, smoothing: float = 0.0
) -> go.Figure:
    """Draw a metric of one run over its epochs or steps, like its other figures; without values it is empty."""
    curve = curves.values.get(run_id, {})
    figure = go.Figure()
    if curve:
        _add_series(figure, list(curve), list(curve.values()), name=quantity.title, smoothing=smoothing)
    _lay_out(figure, quantity.title, quantity, num_epochs=len(curve), has_legend=False, of=curves.axis)
    if is_log and quantity.takes_log:
        figure.update_yaxes(type="log", **_decades(figure))
    return figure


def epochs_figure(
    epochs: Sequence[Epoch], shown: RunFigure, *, is_log: bool = False, smoothing: float = 0.0
) -> go.Figure:
    """Draw the quantities of a figure over a run's epochs; one that was never recorded is left out.

    Args:
        epochs: in order.
        shown: one of RUN_FIGURES.
        is_log: a logarithmic axis of values, without zeros, where they span powers of ten.
        smoothing: share of what was before in each point, in [0, 1); the values themselves are drawn faintly behind.
    """
    figure = go.Figure()
    series = {name: [QUANTITIES[key].read(epoch) for epoch in epochs] for key, name in shown.series.items()}
    known = {name: values for name, values in series.items() if any(value is not None for value in values)}
    for index, (name, values) in enumerate(known.items()):
        _add_series(figure, [epoch.epoch for epoch in epochs], values, name=name, smoothing=smoothing, index=index)
    _lay_out(figure, shown.title, shown.axis, num_epochs=len(epochs) if known else 0, has_legend=len(known) > 1)
    if is_log and shown.axis.takes_log:
        figure.update_yaxes(type="log", **_decades(figure))
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


def _add_series(
    figure: go.Figure, x: Sequence[int], values: Sequence[float | None], *, name: str, smoothing: float, index: int = 0
) -> None:
    num_known = sum(value is not None for value in values)
    common = {"x": x, "legendgroup": name}
    if smoothing:
        figure.add_scatter(
            **common,
            y=values,
            mode="lines",
            connectgaps=True,  # over epochs that were not evaluated
            line={"color": color_of(index), "width": 1},
            opacity=0.35,
            showlegend=False,
            hoverinfo="skip",
        )
    figure.add_scatter(
        **common,
        y=smoothed(values, smoothing),
        name=figure_text(name),
        mode="lines+markers" if num_known <= MARKERS_UP_TO and not smoothing else "lines",
        connectgaps=True,
        line={"color": color_of(index), "dash": dash_of(index), "width": 2},
    )


def _lay_out(
    figure: go.Figure, title: str, axis: EpochQuantity, *, num_epochs: int, has_legend: bool, of: str = "epoch"
) -> None:
    figure.update_layout(
        title={"text": figure_text(title), "font": {"size": 16}, "x": 0, "xanchor": "left"},
        font={"size": 14, "family": FONTS},
        height=320,
        margin={"l": 56, "r": 16, "t": 72, "b": 44},
        hovermode="x unified",
        showlegend=has_legend,
        legend={"orientation": "h", "x": 0, "y": 1.02, "xanchor": "left", "yanchor": "bottom"},
        xaxis={"title": {"text": of}, "tickformat": "d", "dtick": 1 if num_epochs <= 10 and of == "epoch" else None},
        yaxis={
            "ticksuffix": axis.unit,
            "tickformat": axis.tick_format,
            "hoverformat": axis.hover_format,
            "rangemode": "tozero" if axis.has_zero else "normal",
            "automargin": True,
        },
    )


def _decades(figure: go.Figure) -> dict[str, object]:
    """Return the ticks of a logarithmic axis, and its range where values fall so low that they would fill it."""
    values = [value for trace in figure.data for value in trace.y if value]
    low, high = (math.log10(bound) for bound in (min(values, default=1.0), max(values, default=1.0)))
    if high - low > _MOST_DECADES:
        return {"range": [high - _MOST_DECADES, high + 0.2]}
    return {"dtick": "D2"} if high - low < 2 else {}

"""Plotly figures of what was recorded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from expdb.domain.run import Epoch
from expdb.errors import NotFoundError, unknown

# Okabe and Ito's palette, told apart with every common colour blindness; black and yellow fail on one of the themes.
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00")
_DASHES = ("solid", "dash", "dot")
_MARKERS_UP_TO = 30  # epochs; more points than that only hide the line


@dataclass(frozen=True, kw_only=True)
class Curve:
    """What one figure shows over the epochs.

    Attributes:
        series: name in the legend by field of `Epoch`.
        tick_format: d3's; `.0%` shows a fraction in percent.
        has_zero: the axis starts at 0, so that small changes do not look large.
    """

    title: str
    series: Mapping[str, str]
    tick_format: str
    has_zero: bool = False


CURVES: dict[str, Curve] = {
    "loss": Curve(
        title="Loss",
        series={"train_loss": "train", "test_loss": "test", "val_loss": "validation"},
        tick_format=".3~g",
    ),
    "top1": Curve(title="Top-1", series={"top1": "test", "val_top1": "validation"}, tick_format=".0%"),
    "top5": Curve(title="Top-5", series={"top5": "test"}, tick_format=".0%"),
    "accuracy": Curve(
        title="Accuracy",
        series={"top1": "top-1", "top5": "top-5", "val_top1": "validation top-1"},
        tick_format=".0%",
    ),
    "lr": Curve(title="Learning rate", series={"lr": "lr"}, tick_format=".3~g", has_zero=True),
    "images_per_second": Curve(
        title="Images per second", series={"images_per_second": "images/s"}, tick_format=",.3~s", has_zero=True
    ),
}


def epoch_curves(epochs_by_run: Mapping[str, Sequence[Epoch]], metric: str) -> go.Figure:
    """Draw a metric over the epochs, for one run or several by their labels.

    With one run a colour is a series; with several a colour is a run, and dashes tell the series apart.

    Args:
        epochs_by_run: epochs in order, by the label that the legend shows.
        metric: a key of CURVES.

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
            figure.add_scatter(
                x=[epoch.epoch for epoch in epochs],
                y=_values(epochs, field),
                name=name if is_alone else f"{label} {name}" if len(known) > 1 else label,
                mode="lines+markers" if len(epochs) <= _MARKERS_UP_TO else "lines",
                line={
                    "color": PALETTE[(series_index if is_alone else run_index) % len(PALETTE)],
                    "dash": "solid" if is_alone else _DASHES[series_index % len(_DASHES)],
                    "width": 2,
                },
            )
    _lay_out(figure, curve)
    return figure


def _values(epochs: Sequence[Epoch], field: str) -> list[float | None]:
    return [getattr(epoch, field) for epoch in epochs]


def _lay_out(figure: go.Figure, curve: Curve) -> None:
    num_epochs = max((len(trace.x) for trace in figure.data), default=0)
    is_fraction = curve.tick_format.endswith("%")
    figure.update_layout(
        title={"text": curve.title, "font": {"size": 16}, "x": 0, "xanchor": "left"},
        font={"size": 14},
        height=320,
        margin={"l": 56, "r": 16, "t": 72, "b": 44},
        hovermode="x unified",
        showlegend=len(figure.data) > 1,
        legend={"orientation": "h", "x": 0, "y": 1.02, "xanchor": "left", "yanchor": "bottom"},
        xaxis={"title": {"text": "epoch"}, "tickformat": "d", "dtick": 1 if num_epochs <= 10 else None},
        yaxis={
            "tickformat": curve.tick_format,
            "hoverformat": ".2%" if is_fraction else ".4~g",
            "rangemode": "tozero" if curve.has_zero else "normal",
            "automargin": True,
        },
    )

"""A plot of an analysis as figures on a page: one a panel, so that they stand beside or below each other."""

from typing import Any

import plotly.graph_objects as go

from expdb.report.figures.analysis_plot import Curve, Panel, Plot, depth_scale
from expdb.report.figures.style import FONTS, NEUTRAL, cut, faded, figure_text, legend_below

_LONGEST = 28  # letters of a word along the side
_HEIGHT, _LEGEND_LINE, _WORD = 300, 21, 26  # px
_MARKERS_UP_TO = 30  # points of a line


def panel_figure(plot: Plot, panel: Panel) -> go.Figure:
    """Draw one panel of a plot; all of one plot have the same axes and the same scale of colours."""
    figure = go.Figure()
    if plot.kind == "map":
        _add_map(figure, plot, panel)
    else:
        for curve in panel.curves:
            _ADD[plot.kind](figure, plot, curve)
    named = [curve for curve in panel.curves if curve.is_named]
    num_lines = len(named) if len(named) > 1 or panel.depths else 0
    if panel.depths is not None:
        _add_depths(figure, panel.depths)
    height = max(_HEIGHT, 90 + _WORD * len(plot.words)) if plot.kind != "map" else 340
    below = _LEGEND_LINE * num_lines + (56 if panel.depths else 0)
    top = 40 if panel.title else 12
    figure.update_layout(
        font={"size": 13, "family": FONTS},
        title=_title(panel),
        height=height + below + top,
        margin={"l": 56, "r": 16, "t": top, "b": 52 + below},
        hovermode="closest",
        showlegend=num_lines > 0,
        legend=legend_below(num_lines, y=-(52 + (56 if panel.depths else 0)) / (height - 52)) | {"tracegroupgap": 0},
        barmode="group",
        **_axes(plot, panel),
    )
    return figure


def _title(panel: Panel) -> dict[str, object]:
    """Return the panel's title, before it a square in the colour of its run."""
    square = f'<span style="color:{panel.color}">■</span> ' if panel.color and panel.title else ""
    text = square + figure_text(cut(panel.title, 44))
    return {"text": text, "font": {"size": 14}, "x": 0, "xanchor": "left", "y": 1, "yanchor": "top", "pad": {"t": 10}}


def _axes(plot: Plot, panel: Panel) -> dict[str, dict[str, object]]:
    x: dict[str, object] = {"title": {"text": figure_text(plot.x_label)}, "zeroline": False, "automargin": True}
    y: dict[str, object] = {"title": {"text": figure_text(plot.y_label)}, "zeroline": False, "automargin": True}
    if plot.kind == "map":
        x |= {"showgrid": False, "constrain": "domain"}
        y |= {"showgrid": False, "constrain": "domain"}
        if panel.extent is None:
            y |= {"autorange": "reversed"}
        if panel.is_square:
            y |= {"scaleanchor": "x"}
        return {"xaxis": x, "yaxis": y}
    x |= {"range": plot.x_range} | ({"tickvals": plot.ticks} if plot.ticks else {})
    y |= {"range": plot.y_range}
    if plot.words:  # down the side: they are read without turning one's head
        names = [figure_text(cut(word, _LONGEST)) for word in plot.words]
        side = {"range": [len(names) - 0.5, -0.5], "tickvals": list(range(len(names))), "ticktext": names}
        return {"xaxis": y | {"showgrid": True}, "yaxis": x | side | {"showgrid": plot.kind == "dots"}}
    return {"xaxis": x, "yaxis": y}


def _add_line(figure: go.Figure, _: Plot, curve: Curve) -> None:
    marks = curve.marks
    if curve.has_interval:
        figure.add_scatter(
            x=[mark.x for mark in (*marks, *reversed(marks))],
            y=[*(mark.high for mark in marks), *(mark.low for mark in reversed(marks))],
            fill="toself",
            fillcolor=faded(curve.color, 0.16),
            line={"width": 0},
            mode="lines",
            hoverinfo="skip",
            showlegend=False,
            legendgroup=curve.name,
        )
    has_markers = len(marks) <= _MARKERS_UP_TO and not curve.is_baseline
    figure.add_scatter(
        x=[mark.x for mark in marks],
        y=[mark.y for mark in marks],
        mode="lines+markers" if has_markers else "lines",
        line={"color": curve.color, "dash": curve.dash, "width": 2},
        marker={"symbol": curve.symbol, "size": 7},
        **_named(curve, "%{x}: %{y:.4~g}"),
    )


def _add_bars(figure: go.Figure, plot: Plot, curve: Curve) -> None:
    if curve.is_baseline:
        _add_line(figure, plot, curve)
        return
    values = [mark.y for mark in curve.marks]
    at = _places(plot, curve)
    figure.add_bar(
        x=values if plot.words else at,
        y=at if plot.words else values,
        orientation="h" if plot.words else "v",
        marker={"color": curve.color},
        **{"error_x" if plot.words else "error_y": _reach(curve, NEUTRAL)},
        **_named(curve, f"%{{{'x' if plot.words else 'y'}:.4~g}}"),
    )


def _add_dots(figure: go.Figure, plot: Plot, curve: Curve) -> None:
    figure.add_scatter(
        x=[mark.y for mark in curve.marks],
        y=_places(plot, curve),
        mode="markers",
        marker={"color": curve.color, "symbol": curve.symbol, "size": 10},
        error_x=_reach(curve, curve.color),
        **_named(curve, "%{x:.4~g}"),
    )
    if curve.overall is not None:  # from the upper to the lower end of the side, as it is published
        figure.add_scatter(
            x=[curve.overall] * 2,
            y=[-0.5, len(plot.words) - 0.5],
            mode="lines",
            line={"color": curve.color, "dash": curve.dash, "width": 2},
            name=figure_text(f"{curve.name}, all"),
            showlegend=False,
            legendgroup=curve.name,
            hovertemplate="%{x:.4~g}<extra>%{fullData.name}</extra>",
        )


_ADD = {"lines": _add_line, "bars": _add_bars, "dots": _add_dots}


def _named(curve: Curve, hover: str) -> dict[str, Any]:
    """Return how a curve stands in the legend, and what is told of a mark of it."""
    ends = " (%{customdata[0]:.4~g} to %{customdata[1]:.4~g})" if curve.has_interval else ""
    return {
        "name": figure_text(curve.name),
        "showlegend": curve.is_named,
        "legendgroup": curve.name,
        "customdata": [(mark.low, mark.high) for mark in curve.marks] if curve.has_interval else None,
        "hovertemplate": f"{hover}{ends}<extra>%{{fullData.name}}</extra>",
    }


def _places(plot: Plot, curve: Curve) -> list[float | str]:
    return [plot.words.index(str(mark.x)) if plot.words else mark.x for mark in curve.marks]


def _reach(curve: Curve, color: str) -> dict[str, object] | None:
    """Return the intervals as plotly draws them: how far each reaches to either side."""
    if not curve.has_interval:
        return None
    return {
        "type": "data",
        "symmetric": False,
        "array": [(mark.high or 0) - mark.y for mark in curve.marks],
        "arrayminus": [mark.y - (mark.low or 0) for mark in curve.marks],
        "color": color,
        "thickness": 1.5,
        "width": 4,
    }


def _add_map(figure: go.Figure, plot: Plot, panel: Panel) -> None:
    low, high = plot.z_range or (None, None)
    is_signed = low is not None and low < 0
    at: dict[str, float] = {}
    if panel.extent is not None and panel.grid:
        left, right, bottom, top = panel.extent
        across, down = (right - left) / len(panel.grid[0]), (top - bottom) / len(panel.grid)
        at = {"x0": left + across / 2, "dx": across, "y0": top - down / 2, "dy": -down}
    figure.add_heatmap(
        z=panel.grid,
        **at,
        zmin=low,
        zmax=high,
        colorscale="RdBu_r" if is_signed else "Viridis",
        colorbar={"thickness": 12, "len": 1, "outlinewidth": 0},
        hovertemplate="%{x:.3~g}, %{y:.3~g}: %{z:.4~g}<extra></extra>",
    )


def _add_depths(figure: go.Figure, depths: tuple[str, str]) -> None:
    """Add the scale that says which colour is how deep: a marker of no size has it."""
    figure.add_scatter(
        x=[None],
        y=[None],
        mode="markers",
        showlegend=False,
        hoverinfo="skip",
        marker={
            "color": [0],
            "cmin": 0,
            "cmax": 1,
            "colorscale": depth_scale(),
            "showscale": True,
            "colorbar": {
                "orientation": "h",
                "thickness": 10,
                "len": 1,
                "x": 0.5,
                "y": -0.2,
                "yanchor": "top",
                "outlinewidth": 0,
                "tickvals": [0.12, 0.88],
                "ticktext": [figure_text(cut(name, 22)) for name in depths],
                "ticks": "",
            },
        },
    )

"""The chart of quality against cost: families by colour and symbol, the front as a line, reported rows hollow."""

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from expdb.report.columns import COLUMNS, Column
from expdb.report.compare.tradeoffs import Point
from expdb.report.figures.style import FONTS, NEUTRAL, color_of, cut, figure_text, symbol_of

_FEW = 200  # up to so many points bubbles are large, and their spread is drawn
_WEBGL_FROM = 1500
_DIAMETERS = (44.0, 24.0)  # px of the largest bubble, of few points and of many
_PLOT = (480.0, 340.0)  # px in which the names must find room: a laptop has more, a phone less
_LETTERS = 24  # of a name in the chart
_LETTER, _LINE, _BESIDE = 6.6, 15.0, 7.0  # px: a letter's width, a line's height, from a point's middle to its name
_Box = tuple[float, float, float, float]  # left, right, bottom, top
_LEAST = 6.0  # px of the smallest


def tradeoff_figure(
    points: Sequence[Point], front: Sequence[Point], *, quality: str, cost: str, size: str | None, is_log: bool
) -> go.Figure:
    """Draw the points by family and the front as a line; a point carries its run's id as the first custom datum."""
    figure = go.Figure()
    scale, unit = _scale(COLUMNS[cost], [point.cost for point in points])
    sizes = [point.size for point in points if point.size is not None]
    extremes = min(sizes, default=0.0), max(sizes, default=0.0)
    if len(front) > 1:
        line = {"color": NEUTRAL, "dash": "dot", "width": 2, "shape": "hv"}
        x, y = [point.cost * scale for point in front], [point.quality for point in front]
        figure.add_scatter(x=x, y=y, name="Pareto front", mode="lines", line=line, hoverinfo="skip")
        is_higher_better = COLUMNS[quality].higher_is_better is not False
        places = places_of_names(front, points, is_log=is_log, is_higher_better=is_higher_better)
        if named := [point for point in front if point.run_id in places]:
            _add_names(figure, named, places, _marker(named, 0, extremes, num_points=len(points)), scale=scale)
    scatter: Any = go.Scattergl if len(points) > _WEBGL_FROM else go.Scatter
    for number, family, is_reported, own in _by_family(points):
        figure.add_trace(
            scatter(
                x=[point.cost * scale for point in own],
                y=[point.quality for point in own],
                name=figure_text(f"{family} (reported)" if is_reported else family),
                mode="markers",
                marker=_marker(own, number, extremes, num_points=len(points)),
                error_y=_spread(own, color_of(number)) if len(points) <= _FEW else None,
                customdata=[[point.run_id, _hover(point, quality, cost, size)] for point in own],
                hovertemplate="%{customdata[1]}<extra></extra>",
            )
        )
    _lay_out(figure, COLUMNS[quality], COLUMNS[cost], unit, _log_ticks(points) if is_log else {"type": "linear"})
    return figure


def _by_family(points: Sequence[Point]) -> Iterator[tuple[int, str, bool, list[Point]]]:
    """Yield number and name of each family, the largest first, whether reported, and its points; none without any."""
    order = [family for family, _ in Counter(point.family for point in points).most_common()]
    for number, family in enumerate(order):
        for is_reported in (False, True):
            own = [point for point in points if point.family == family and point.is_reported == is_reported]
            if own:
                yield number, family, is_reported, own


def _lay_out(figure: go.Figure, known: Column, price: Column, unit: str, scale: Mapping[str, object]) -> None:
    figure.update_layout(
        font={"size": 13, "family": FONTS},
        height=560,
        margin={"l": 60, "r": 20, "t": 16, "b": 56},
        dragmode="select",
        hovermode="closest",
        showlegend=True,
        legend={
            "orientation": "h",
            "x": 0,
            "y": 1.02,
            "xanchor": "left",
            "yanchor": "bottom",
            "itemsizing": "constant",
        },
        xaxis={
            "title": {"text": unit},
            "tickformat": "~s" if price.format in ("millions", "gigas") else ".3~g",
            "showgrid": True,
            **scale,
        },
        yaxis={
            "title": {"text": known.heading.replace(", %)", ")").replace(" (%)", "")},
            "tickformat": ".2~%" if known.format == "percent" else ".3~g",
            "automargin": True,
        },
    )


def _log_ticks(points: Sequence[Point]) -> Mapping[str, object]:
    """Return a logarithmic axis of costs: with numbers at 2 and 5 too where the powers of ten alone would be few."""
    costs = [point.cost for point in points]
    return {"type": "log", **({"dtick": "D2"} if 5 * min(costs) < max(costs) < 1000 * min(costs) else {})}


def _scale(price: Column, costs: Sequence[float]) -> tuple[float, str]:
    """Return with what the costs are multiplied for the axis, and its title."""
    if price.format != "duration":
        title = {"macs": "MACs an image", "num_params": "Parameters", "peak_memory_bytes": "Peak memory (bytes)"}
        return 1.0, title.get(price.key, price.heading)
    longest = max(costs, default=0.0)
    factor, unit = (1 / 3600, "hours") if longest >= 7200 else (1 / 60, "minutes") if longest >= 600 else (1.0, "s")
    return factor, f"{price.heading} ({unit})"


def places_of_names(
    front: Sequence[Point], points: Sequence[Point], *, is_log: bool, is_higher_better: bool
) -> dict[int, str]:
    """Return where the names of a front's points stand, by run, on the side that its line leaves free.

    A name that would cover another one, or another point of the front, has no place: the hover says it.

    Args:
        front: by cost.
        points: all that the chart shows.
        is_log: whether the axis of cost is logarithmic.
        is_higher_better: whether the line leaves the upper side free.
    """
    costs, qualities = ([getattr(point, field) for point in points] for field in ("cost", "quality"))
    middles = {
        point.run_id: (
            _share(point.cost, costs, is_log=is_log) * _PLOT[0],
            _share(point.quality, qualities, is_log=False) * _PLOT[1],
        )
        for point in front
    }
    taken: list[_Box] = []
    places: dict[int, str] = {}
    for point in (front[-1], *front[:-1]):  # the best one has a name, whatever the others do
        x, y = middles[point.run_id]
        width = _LETTER * len(cut(point.name, _LETTERS))
        others = [(a - _BESIDE, a + _BESIDE, b - _BESIDE, b + _BESIDE) for a, b in middles.values() if (a, b) != (x, y)]
        bottom = y + _BESIDE if is_higher_better else y - _BESIDE - _LINE
        for side, left in (("left", x - _BESIDE - width), ("right", x + _BESIDE)):
            box = (left, left + width, bottom, bottom + _LINE)
            is_inside = left >= 0 and left + width <= _PLOT[0]
            if is_inside and not any(_overlap(box, other) for other in (*taken, *others)):
                taken.append(box)
                places[point.run_id] = f"{'top' if is_higher_better else 'bottom'} {side}"
                break
    return places


def _share(value: float, values: Sequence[float], *, is_log: bool) -> float:
    """Return how far along an axis a value stands, from 0 to 1."""
    low, high, at = (math.log(number) if is_log else number for number in (min(values), max(values), value))
    return 0.5 if low == high else (at - low) / (high - low)


def _overlap(one: _Box, other: _Box) -> bool:
    return one[0] < other[1] and other[0] < one[1] and one[2] < other[3] and other[2] < one[3]


def _add_names(
    figure: go.Figure,
    named: Sequence[Point],
    places: Mapping[int, str],
    marker: Mapping[str, object],
    *,
    scale: float,
) -> None:
    figure.add_scatter(
        x=[point.cost * scale for point in named],
        y=[point.quality for point in named],
        # Invisible bubbles of the same size, so that the names stand beside the visible ones.
        mode="markers+text",
        marker={**marker, "opacity": 0},
        text=[figure_text(cut(point.name, _LETTERS)) for point in named],
        textposition=[places[point.run_id] for point in named],
        textfont={"size": 12},
        hoverinfo="skip",
        showlegend=False,
        cliponaxis=False,
    )


def _marker(own: Sequence[Point], number: int, sizes: tuple[float, float], *, num_points: int) -> Mapping[str, object]:
    least, biggest = sizes
    hollow = "-open" if own[0].is_reported else ""
    marker: dict[str, object] = {
        "color": color_of(number),
        "symbol": symbol_of(number) + hollow,
        "opacity": 0.8 if num_points <= _FEW else 0.6,
        "line": {"width": 2 if hollow else 0.5},
    }
    if biggest <= 0:
        return marker | {"size": 12 if num_points <= _FEW else 8}
    diameter = _DIAMETERS[num_points > _FEW]
    return marker | {
        "size": [least if point.size is None else point.size for point in own],
        "sizemode": "area",
        "sizeref": 2 * biggest / diameter**2,
        "sizemin": _LEAST / 2,
    }


def _spread(own: Sequence[Point], color: str) -> Mapping[str, object] | None:
    if all(point.std is None for point in own):
        return None
    return {"type": "data", "array": [point.std or 0.0 for point in own], "color": color, "thickness": 1, "width": 3}


def _hover(point: Point, quality: str, cost: str, size: str | None) -> str:
    shown = [quality, cost]
    if size is not None and point.size is not None and size != cost:
        shown.append(size)
    lines = [f"{COLUMNS[key].heading}: {point.cells[key].text}" for key in shown]
    if point.is_reported:
        lines.append("reported, not measured here")
    return "<br>".join([f"<b>{point.run_id} {figure_text(point.name)}</b>", *map(figure_text, lines)])

"""What a chart of an analysis shows of several runs: its panels, their lines and colours, and the axes they share.

The page and the files draw the same plot: what stands where, and in which colour, is decided here alone.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import NamedTuple

from expdb.domain.analyses.result import Chart, Line
from expdb.report.figures.style import NEUTRAL, color_of, dash_of, symbol_of

_FEW = 4  # lines of one run that are told apart by panels; more are a heap, told apart by depth
_DEPTHS = ("#56B4E9", "#8E7CC3", "#CC4778", "#E8853A")  # from the first layer to the last; readable on either theme
_FEW_TICKS = 8
_ROOM = 0.05  # of an axis, beyond what is drawn
_SHARES = (-2.0, 102.0)  # the axis of percents of which both ends say something
_ALL = "all"  # among words, what stands for all of them together
Range = tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class ChartOfRun:
    """A chart of one run.

    Attributes:
        label: what the run is called.
        place: among the runs that were asked for, from 0: its colour and its marker.
    """

    label: str
    place: int
    chart: Chart


class PlotPoint(NamedTuple):
    """A point of a curve, in the numbers of the axis; low and high are the ends of its interval, where it has one."""

    x: float | str
    y: float
    low: float | None
    high: float | None


@dataclass(frozen=True, kw_only=True)
class Curve:
    """A line, bars or dots.

    Attributes:
        color: `#rrggbb`.
        marks: where something is known.
        overall: of dots, the value of all words together.
        is_baseline: what the others are read against.
        is_named: stands in the legend; what a scale of colours tells apart does not.
    """

    name: str
    color: str
    dash: str
    symbol: str
    marks: tuple[PlotPoint, ...]
    overall: float | None = None
    is_baseline: bool = False
    is_named: bool = True

    @property
    def has_interval(self) -> bool:
        """Whether there is an interval around every mark."""
        return all(mark.low is not None and mark.high is not None for mark in self.marks)


@dataclass(frozen=True, kw_only=True)
class Panel:
    """One pair of axes.

    Attributes:
        title: what sets it apart from the others; empty where it is alone.
        color: of the run that it is of; None of several.
        depths: names of the first and the last layer, where colours say how deep a line is.
        grid: of a map, row by row from the top, in the numbers of the scale.
        extent: of a map: least and greatest x, least and greatest y; None: places of the grid, y from the top.
    """

    title: str
    color: str | None = None
    curves: tuple[Curve, ...] = ()
    depths: tuple[str, str] | None = None
    grid: tuple[tuple[float, ...], ...] = ()
    extent: tuple[float, float, float, float] | None = None

    @property
    def is_square(self) -> bool:
        """Whether a map is of something about as wide as high, so that its cells are squares."""
        return bool(self.grid) and 0.5 <= len(self.grid) / len(self.grid[0]) <= 2


@dataclass(frozen=True, kw_only=True)
class Plot:
    """A chart of several runs.

    Attributes:
        kind: lines; bars; dots, of words down the side; or map.
        words: along the side, from the top; empty of an axis of numbers.
        ticks: numbers along the axis of x, where few whole ones are all that there are.
        x_range, y_range, z_range: of all panels alike; None where it does not apply.
    """

    title: str
    x_label: str
    y_label: str
    kind: str
    panels: tuple[Panel, ...]
    words: tuple[str, ...] = ()
    ticks: tuple[float, ...] = ()
    x_range: Range | None = None
    y_range: Range | None = None
    z_range: Range | None = None


def depth_color(share: float) -> str:
    """Return the colour of a layer so far through the network, from 0 to 1."""
    at = min(max(share, 0.0), 1.0) * (len(_DEPTHS) - 1)
    low = min(int(at), len(_DEPTHS) - 2)
    pairs = zip(*(_channels(_DEPTHS[stop]) for stop in (low, low + 1)), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * (at - low)):02X}" for a, b in pairs)


def depth_scale() -> list[tuple[float, str]]:
    """Return the stops of the scale of depths, from 0 to 1."""
    return [(place / (len(_DEPTHS) - 1), color) for place, color in enumerate(_DEPTHS)]


def plot_of(runs: Sequence[ChartOfRun]) -> Plot:
    """Return what is drawn of charts of the same key, one a run.

    One line a run: all in one panel. A few, of the same names: a panel a name. More, or of other names: a panel a run.
    """
    first = runs[0].chart
    if first.kind == "map":
        return _map_plot(runs)
    panels = _panels(runs)
    has_words = any(isinstance(x, str) for x in _all_x(panels))
    # Bars beside what they are read against would hide it.
    is_dots = has_words and (first.kind == "lines" or any(line.kind == "baseline" for line in first.lines))
    if is_dots:
        panels = tuple(replace(panel, curves=tuple(map(_with_overall, panel.curves))) for panel in panels)
    words = tuple(dict.fromkeys(str(x) for x in _all_x(panels))) if has_words else ()
    x_range = None if words else _range(_all_x(panels))
    is_bars = first.kind == "bars" and not is_dots
    return Plot(
        title=first.title,
        x_label=first.x_label,
        y_label=first.y_label,
        kind="dots" if is_dots else "bars" if is_bars else "lines",
        panels=panels,
        words=words,
        ticks=_ticks(_all_x(panels)),
        x_range=x_range if not is_bars or x_range is None else _with_bars(x_range, panels),
        y_range=_SHARES if is_dots and first.percent else _range([*_all_y(panels), *([0.0] if is_bars else [])]),
    )


def _map_plot(runs: Sequence[ChartOfRun]) -> Plot:
    first = runs[0].chart
    panels = tuple(
        Panel(
            title=run.label if len(runs) > 1 else "",
            color=color_of(run.place),
            grid=tuple(tuple(_scaled(value, first) for value in row) for row in run.chart.grid),
            extent=run.chart.extent,
        )
        for run in runs
    )
    values = [value for panel in panels for row in panel.grid for value in row]
    low, high = min(values, default=0.0), max(values, default=1.0)
    z_range = (-max(-low, high), max(-low, high)) if low < 0 < high else (low, high)
    return Plot(
        title=first.title,
        x_label=first.x_label,
        y_label=first.y_label,
        kind="map",
        panels=panels,
        z_range=z_range if z_range[0] < z_range[1] else (low, low + 1),
    )


def _panels(runs: Sequence[ChartOfRun]) -> tuple[Panel, ...]:
    names = [tuple(line.label for line in _networks(run.chart)) for run in runs]
    if max(map(len, names)) <= 1:
        return (Panel(title="", curves=(*_overlaid(runs, 0), *_baselines(runs))),)
    if len(set(names)) == 1 and len(names[0]) <= _FEW:
        return tuple(
            Panel(title=name, curves=(*_overlaid(runs, place, is_titled=True), *_baselines(runs)))
            for place, name in enumerate(names[0])
        )
    return tuple(map(_panel_of_run, runs))


def _overlaid(runs: Sequence[ChartOfRun], place: int, *, is_titled: bool = False) -> Iterator[Curve]:
    """Yield the line of that place of each run, in the run's colour."""
    for run in runs:
        lines = _networks(run.chart)
        if place < len(lines):
            name = run.label if len(runs) > 1 or is_titled else lines[place].label
            yield _curve(lines[place], run.chart, name=name, color=color_of(run.place), symbol=symbol_of(run.place))


def _baselines(runs: Sequence[ChartOfRun]) -> Iterator[Curve]:
    """Yield what runs are read against: once, where it is the same of all; else of each, in its colour."""
    lines = {run.place: [line for line in run.chart.lines if line.kind == "baseline"] for run in runs}
    labels = list(dict.fromkeys(line.label for of_run in lines.values() for line in of_run))
    for number, label in enumerate(labels):
        dash = dash_of(1 + number % 4)
        own = [(run, line) for run in runs for line in lines[run.place] if line.label == label]
        if len({(line.x, line.y) for _, line in own}) == 1:
            yield _curve(own[0][1], own[0][0].chart, name=label, color=NEUTRAL, dash=dash, is_baseline=True)
            continue
        for run, line in own:
            name = f"{run.label}: {label}"
            yield _curve(line, run.chart, name=name, color=color_of(run.place), dash=dash, is_baseline=True)


def _panel_of_run(run: ChartOfRun) -> Panel:
    lines = _networks(run.chart)
    is_heap = len(lines) > _FEW
    last = max(len(lines) - 1, 1)
    curves = [
        _curve(
            line,
            run.chart,
            name=line.label,
            color=depth_color(place / last),
            symbol=symbol_of(place),
            is_named=not is_heap,
        )
        for place, line in enumerate(lines)
    ]
    depths = (lines[0].label, lines[-1].label) if is_heap else None
    curves += _baselines([run])
    return Panel(title=run.label, color=color_of(run.place), curves=tuple(curves), depths=depths)


def _networks(chart: Chart) -> list[Line]:
    return [line for line in chart.lines if line.kind == "network"]


def _curve(
    line: Line,
    chart: Chart,
    *,
    name: str,
    color: str,
    dash: str = "solid",
    symbol: str = "diamond",
    is_baseline: bool = False,
    is_named: bool = True,
) -> Curve:
    has_interval = len(line.low) == len(line.high) == len(line.y)
    ends = zip(line.low, line.high, strict=True) if has_interval else [(None, None)] * len(line.y)
    marks = tuple(
        PlotPoint(x, _scaled(y, chart), *(None if end is None else _scaled(end, chart) for end in pair))
        for x, y, pair in zip(line.x, line.y, ends, strict=True)
        if y is not None
    )
    return Curve(
        name=name,
        color=color,
        dash=dash,
        symbol=symbol,
        marks=marks,
        is_baseline=is_baseline,
        is_named=is_named,
    )


def _with_overall(curve: Curve) -> Curve:
    """Return dots of which that of all words together is no dot among them."""
    overall = {mark.x: mark.y for mark in curve.marks}.get(_ALL)
    return replace(curve, marks=tuple(mark for mark in curve.marks if mark.x != _ALL), overall=overall)


def _scaled(value: float, chart: Chart) -> float:
    return 100 * value if chart.percent else value


def _all_x(panels: Sequence[Panel]) -> list[float | str]:
    return [mark.x for panel in panels for curve in panel.curves for mark in curve.marks]


def _all_y(panels: Sequence[Panel]) -> list[float | None]:
    curves = [curve for panel in panels for curve in panel.curves]
    return [y for curve in curves for mark in curve.marks for y in (mark.y, mark.low, mark.high)] + [
        curve.overall for curve in curves
    ]


def _range(values: Sequence[float | str | None]) -> Range:
    """Return an axis that holds all numbers, with some room beyond."""
    numbers = [value for value in values if isinstance(value, (int, float))]
    low, high = min(numbers, default=0.0), max(numbers, default=1.0)
    room = _ROOM * (high - low) or 0.5
    return low - room, high + room


def _ticks(values: Sequence[float | str]) -> tuple[float, ...]:
    found = sorted({value for value in values if isinstance(value, (int, float))})
    return tuple(found) if len(found) <= _FEW_TICKS and all(value == int(value) for value in found) else ()


def _with_bars(x_range: Range, panels: Sequence[Panel]) -> Range:
    """Return an axis of numbers that holds the bars at its ends whole."""
    at = sorted({x for x in _all_x(panels) if isinstance(x, (int, float))})
    half = min((b - a for a, b in pairwise(at)), default=1.0) / 2
    return min(x_range[0], at[0] - half), max(x_range[1], at[-1] + half)


def _channels(color: str) -> tuple[int, int, int]:
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def charts_by_key(results: Sequence[tuple[str, int, Sequence[Chart]]]) -> Mapping[str, list[ChartOfRun]]:
    """Return the charts of several runs by their key, in the order in which they first appear.

    Args:
        results: label and place of each run, and its charts.
    """
    found: dict[str, list[ChartOfRun]] = {}
    for label, place, charts in results:
        for chart in charts:
            found.setdefault(chart.key, []).append(ChartOfRun(label=label, place=place, chart=chart))
    return found

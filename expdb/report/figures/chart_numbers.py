"""The numbers behind a chart of an analysis, as a table."""

from collections.abc import Iterator, Sequence

from expdb.domain.analyses.result import Chart
from expdb.report.figures.analysis_plot import ChartOfRun
from expdb.report.run_list import plain_table
from expdb.report.table import Table


def numbers_table(runs: Sequence[ChartOfRun]) -> Table:
    """Return what charts of the same key show, one a run: a row a point or a cell, in the numbers of the axes."""
    first = runs[0].chart
    if first.kind == "map":
        headings = ["Run", first.x_label, first.y_label, "value"]
        return plain_table(first.key, headings, [(run.label, *cell) for run in runs for cell in _cells(run.chart)])
    headings = ["Run", "Line", first.x_label, first.y_label, "low (95 %)", "high (95 %)"]
    return plain_table(first.key, headings, [(run.label, *point) for run in runs for point in _points(run.chart)])


def _cells(chart: Chart) -> Iterator[tuple[float, float, float]]:
    """Yield the middle of each cell of a map, row by row, and its value."""
    scale = 100 if chart.percent else 1
    height, width = len(chart.grid), len(chart.grid[0]) if chart.grid else 0
    # Without an extent, the places of the grid, from the top.
    left, right, bottom, top = chart.extent or (-0.5, width - 0.5, height - 0.5, -0.5)
    for row, values in enumerate(chart.grid):
        for column, value in enumerate(values):
            x = left + (column + 0.5) * (right - left) / width
            yield _short(x), _short(top - (row + 0.5) * (top - bottom) / height), _short(scale * value)


def _points(chart: Chart) -> Iterator[tuple[object, ...]]:
    scale = 100 if chart.percent else 1
    for line in chart.lines:
        has_interval = len(line.low) == len(line.high) == len(line.y)
        for place, (x, y) in enumerate(zip(line.x, line.y, strict=True)):
            ends = (line.low[place], line.high[place]) if has_interval and y is not None else ()
            low, high = (_short(scale * end) for end in ends) if ends else (None, None)
            yield line.label, x, None if y is None else _short(scale * y), low, high


def _short(value: float) -> float:
    """Return a number without what arithmetic left behind its digits."""
    return float(f"{value:.6g}")

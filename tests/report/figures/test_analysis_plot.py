"""What a chart of an analysis shows of several runs, and how a page draws it."""

import pytest

from expdb.report.figures.analysis_figure import panel_figure
from expdb.report.figures.analysis_plot import ChartOfRun, depth_color, plot_of
from expdb.report.figures.chart_numbers import numbers_table
from expdb.report.figures.style import NEUTRAL, color_of
from tests.report.figures.charts import KINDS, LABELS, charts_of, make_chart


def panels(kind, *, runs):
    return plot_of(charts_of(kind, runs=runs)).panels


def test_one_line_a_run_is_one_panel_with_a_colour_a_run():
    [panel] = panels("shift", runs=3)

    own = [curve for curve in panel.curves if not curve.is_baseline]
    assert [curve.name for curve in own] == list(LABELS[:3])
    assert [curve.color for curve in own] == [color_of(0), color_of(1), color_of(2)]
    assert len({curve.symbol for curve in own}) == 3


def test_a_run_keeps_its_colour_where_another_was_not_analysed():
    [panel] = plot_of([ChartOfRun(label="b", place=4, chart=make_chart("shift"))]).panels

    assert panel.curves[0].color == color_of(4)


def test_a_baseline_that_is_the_same_of_all_stands_once_and_dashed():
    [panel] = panels("shift", runs=3)

    [base] = [curve for curve in panel.curves if curve.is_baseline]
    assert (base.name, base.color) == ("chance", NEUTRAL)
    assert base.dash != "solid"


def test_a_baseline_of_each_run_has_its_colour():
    runs = [ChartOfRun(label=str(place), place=place, chart=make_chart("shift")) for place in range(2)]
    lower = runs[1].chart.lines[1].model_copy(update={"y": (0.2, 0.2, 0.2)})
    other = runs[1].chart.model_copy(update={"lines": (runs[1].chart.lines[0], lower)})
    [panel] = plot_of([runs[0], ChartOfRun(label="1", place=1, chart=other)]).panels

    assert [(c.name, c.color) for c in panel.curves if c.is_baseline] == [
        ("0: chance", color_of(0)),
        ("1: chance", color_of(1)),
    ]


def test_a_few_lines_of_the_same_names_are_a_panel_each():
    assert [panel.title for panel in panels("noise", runs=2)] == ["norm 4", "norm 2"]


def test_many_lines_are_a_panel_a_run_by_depth():
    first, second = panels("taps", runs=2)

    assert (first.title, second.title) == LABELS[:2]
    assert first.depths == ("layer 0", "layer 5")
    colors = [curve.color for curve in first.curves if not curve.is_baseline]
    assert (colors[0], colors[-1]) == (depth_color(0), depth_color(1))
    assert len(set(colors)) == len(colors)


def test_panels_share_their_axes_and_hold_all_that_is_drawn():
    for kind in ("noise", "taps"):
        plot = plot_of(charts_of(kind, runs=3))
        shown = [panel_figure(plot, panel) for panel in plot.panels]

        assert len({(figure.layout.xaxis.range, figure.layout.yaxis.range) for figure in shown}) == 1
        low, high = plot.y_range
        assert all(low < m.y < high for panel in plot.panels for curve in panel.curves for m in curve.marks)


def test_maps_of_several_runs_have_one_scale_of_colours():
    plot = plot_of(charts_of("heat", runs=3))

    scales = {(panel_figure(plot, panel).data[0].zmin, panel_figure(plot, panel).data[0].zmax) for panel in plot.panels}
    assert scales == {plot.z_range}
    assert plot.z_range == pytest.approx((0, 64))


def test_a_map_of_both_signs_is_centred_on_zero():
    assert plot_of(charts_of("positions", runs=1)).z_range == (-1, 1)


def test_the_top_row_of_a_map_is_drawn_at_the_top():
    plot = plot_of(charts_of("heat", runs=1))
    [trace] = panel_figure(plot, plot.panels[0]).data

    assert (trace.y0, trace.dy) == pytest.approx((0.8, -0.4))


def test_shape_bias_is_drawn_as_it_is_published():
    plot = plot_of(charts_of("shape", runs=2))
    [panel] = plot.panels

    assert plot.kind == "dots"
    assert plot.words == ("cat", "car")
    network, _, people = panel.curves
    assert [mark.x for mark in network.marks] == ["cat"]  # of the other, nothing is known
    assert (network.overall, people.overall) == pytest.approx((30, 95))
    figure = panel_figure(plot, panel)
    assert figure.layout.yaxis.ticktext == ("cat", "car")
    assert figure.layout.xaxis.title.text == "what is up (%)"


def test_a_value_that_is_not_known_does_not_stretch_the_axis():
    kept = charts_of("changes", runs=1)[0].chart
    line = kept.lines[0].model_copy(update={"y": (0.8, None), "low": (0.7, -9.0), "high": (0.9, 99.0)})
    plot = plot_of([ChartOfRun(label="a", place=0, chart=kept.model_copy(update={"lines": (line,)}))])

    assert plot.y_range[1] < 100


@pytest.mark.parametrize("kind", KINDS)
def test_names_are_shown_as_they_are_and_never_as_markup(kind):
    plot = plot_of(charts_of(kind, runs=4))
    for panel in plot.panels:
        text = panel_figure(plot, panel).to_json()
        assert "<b>" not in text


def test_numbers_are_those_of_the_axes():
    table = numbers_table(charts_of("shift", runs=2))

    assert [column.heading for column in table.columns][2:4] == ["what is across (px)", "what is up (%)"]
    assert [cell.value for cell in table.rows[0].cells] == [LABELS[0], "stays", 1, 90, 88, 92]
    assert len(table.rows) == 2 * 6


def test_numbers_of_a_map_are_at_the_middles_of_its_cells():
    table = numbers_table(charts_of("heat", runs=1))

    assert [cell.value for cell in table.rows[0].cells] == [LABELS[0], -0.8, 0.8, 0]
    assert [cell.value for cell in table.rows[-1].cells] == [LABELS[0], 0.8, -0.8, 60]

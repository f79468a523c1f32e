"""Charts of analyses as files."""

import re
from dataclasses import replace
from itertools import product

import pytest
from matplotlib import rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg

from expdb.report.figures import printed_plot
from expdb.report.figures.analysis_plot import plot_of
from expdb.report.figures.printed_plot import WIDTHS, drawn_plot, file_of_plot
from tests.report.figures.charts import KINDS, charts_of


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_of_a_figure_is_cut_off_at_either_width(kind):
    shown = plot_of(charts_of(kind, runs=1 if kind == "positions" else 4))
    long = "what stands beside the axis and is far longer than that is high, in percent (%)"
    for plot, width in product((shown, replace(shown, y_label=long)), WIDTHS.values()):
        with rc_context(printed_plot._SETTINGS):
            figure = drawn_plot(plot, width=width)
            canvas = FigureCanvasAgg(figure)
            canvas.draw()  # which lays it out
            found = figure.get_tightbbox(canvas.get_renderer())
        wide, high = figure.get_size_inches()
        assert wide == pytest.approx(width / 25.4)
        assert min(found.x0, found.y0) >= 0
        assert found.x1 <= wide
        assert found.y1 <= high


def test_a_file_is_the_same_twice_and_as_wide_as_asked_for():
    plot = plot_of(charts_of("shift", runs=2))

    first = file_of_plot(plot, "svg", width=84)

    assert first == file_of_plot(plot, "svg", width=84)
    points = float(re.search(rb'width="([\d.]+)pt"', first)[1])
    assert points == pytest.approx(84 / 25.4 * 72, abs=0.01)


def test_an_svg_needs_no_font_of_its_reader():
    svg = file_of_plot(plot_of(charts_of("shift", runs=1)), "svg", width=84)

    assert b"<text" not in svg
    assert b"font-family" not in svg


def test_a_pdf_has_its_font_in_it():
    pdf = file_of_plot(plot_of(charts_of("shift", runs=1)), "pdf", width=174)

    assert pdf.startswith(b"%PDF-")
    assert b"/FontFile2" in pdf
    assert b"/Type3" not in pdf

"""Means and bands over seeds, and the figure that draws them."""

import pytest

from expdb.report.figures.epochs import QUANTITIES
from expdb.report.figures.group_curves import band, curves_figure
from expdb.report.figures.style import color_of


def test_a_band_reaches_from_the_lowest_to_the_highest_seed():
    found = band("x", [{1: 0.1, 2: 0.4}, {1: 0.3, 2: 0.6}])

    assert (found.epochs, found.n) == ((1, 2), 2)
    assert found.mean == pytest.approx((0.2, 0.5))
    assert (found.low, found.high) == ((0.1, 0.4), (0.3, 0.6))


def test_a_band_of_standard_deviations_is_around_the_mean():
    found = band("x", [{1: 1.0}, {1: 2.0}, {1: 3.0}], "std")

    assert (found.low, found.mean, found.high) == ((1.0,), (2.0,), (3.0,))


def test_only_epochs_that_all_seeds_have_are_averaged():
    assert band("x", [{1: 0.1, 2: 0.2}, {1: 0.3}]).epochs == (1,)


def test_seeds_without_epochs_do_not_count():
    assert band("x", [{1: 0.1}, {}]).n == 1
    assert band("x", [{}]).epochs == ()


@pytest.mark.parametrize("quantity", QUANTITIES.values())
def test_a_line_is_drawn_for_every_band_with_epochs(quantity):
    bands = [band("one", [{1: 0.1, 2: 0.2}]), band("none", []), band("two", [{1: 0.1}, {1: 0.2}])]

    figure = curves_figure(bands, quantity)

    assert [trace.name for trace in figure.data if trace.name] == ["one", "two (n = 2)"]
    assert len(figure.data) == 3  # the band of the second
    assert [trace.line.color for trace in figure.data if trace.name] == [color_of(0), color_of(2)]


def test_names_in_figures_are_never_markup():
    figure = curves_figure([band('<a href="x">', [{1: 0.1}])], QUANTITIES["top1"])

    assert figure.data[0].name == '&lt;a href="x"&gt;'

"""Means and bands over seeds, and the figures that draw them."""

import pytest

from expdb.report.figures.group_curves import QUANTITIES, band, by_epoch, curves_figure
from expdb.report.figures.parallel import Axis, parallel_figure
from expdb.report.figures.style import color_of, cut, dash_of, faded, figure_text, symbol_of


def test_thinned_curves_are_counted_back_from_the_last_epoch():
    assert by_epoch([0.5, 0.6, 0.7], epochs_done=8, points=3) == {2: 0.5, 5: 0.6, 8: 0.7}


def test_a_whole_curve_starts_at_the_first_epoch():
    assert by_epoch([0.5, 0.6, 0.7], epochs_done=3, points=400) == {1: 0.5, 2: 0.6, 3: 0.7}


def test_a_curve_that_ends_early_keeps_its_epochs():
    assert by_epoch([2.0, 9.0], epochs_done=3, points=400) == {1: 2.0, 2: 9.0}


def test_a_run_without_epochs_has_no_curve():
    assert by_epoch([], epochs_done=0, points=400) == {}


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
    assert figure_text("a < b & c") == "a &lt; b &amp; c"


def test_thirty_lines_and_forty_two_points_look_different():
    assert len({(color_of(index), dash_of(index)) for index in range(30)}) == 30
    assert len({(color_of(index), symbol_of(index)) for index in range(42)}) == 42


def test_faded_colours_and_cut_texts():
    assert faded("#0072B2", 0.16) == "rgba(0,114,178,0.16)"
    assert (cut("abc", 3), cut("abcd", 3)) == ("abc", "ab…")


def test_an_axis_stands_between_its_least_and_greatest_value():
    axis = Axis(title="x", values=(1.0, 3.0, None, 5.0), texts=("1", "3", "–", "5"))

    assert axis.heights == (0.0, 0.5, None, 1.0)
    assert not axis.is_log


def test_an_axis_of_many_sizes_is_logarithmic():
    axis = Axis(title="lr", values=(0.001, 0.1, 0.01), texts=("a", "b", "c"))

    assert axis.is_log
    assert axis.heights == pytest.approx((0.0, 1.0, 0.5))


def test_an_axis_of_one_value_stands_in_the_middle():
    assert Axis(title="x", values=(0.0, 0.0), texts=("0", "0")).heights == (0.5, 0.5)
    assert Axis(title="x", values=(None,), texts=("–",)).heights == (None,)


def test_parallel_coordinates_say_both_ends_of_each_axis():
    axes = [
        Axis(title="lr", values=(0.1, 0.2), texts=("0.1", "0.2")),
        Axis(title="top-1", values=(0.5, None), texts=("50", "–")),
    ]

    figure = parallel_figure(["one", "two"], axes)

    assert [note.text for note in figure.layout.annotations] == ["0.1", "0.2", "50"]
    assert list(figure.data[1].y) == [1.0, None]

"""Parallel coordinates: where the values stand on their axes, and what the axes say."""

import pytest

from expdb.report.figures.parallel import Axis, parallel_figure


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

from dataclasses import fields, replace

import pytest

from expdb.domain.run import Epoch
from expdb.report.figures.epochs import QUANTITIES, RUN_FIGURES, epochs_figure, smoothed
from expdb.report.figures.style import MARKERS_UP_TO, PALETTE


def make_epochs(count, **values):
    return [
        Epoch(
            **(
                {
                    "epoch": number,
                    "train_loss": 2.0 / number,
                    "test_loss": 2.2 / number,
                    "top1": 1 - 0.9 / number,
                    "top5": 1 - 0.5 / number,
                    "val_loss": None,
                    "val_top1": None,
                    "lr": 0.1 / number,
                    "train_seconds": 3.0,
                    "eval_seconds": 1.0,
                    "images_per_second": 480.0,
                    "peak_memory_bytes": None,
                }
                | values
            )
        )
        for number in range(1, count + 1)
    ]


@pytest.mark.parametrize("name", RUN_FIGURES)
def test_every_figure_draws_recorded_values(name):
    epochs = make_epochs(3, peak_memory_bytes=10**9)

    figure = epochs_figure(epochs, RUN_FIGURES[name])

    assert figure.data
    for trace, key in zip(figure.data, RUN_FIGURES[name].series, strict=False):
        assert list(trace.x) == [1, 2, 3]
        assert list(trace.y) == [getattr(epoch, key) for epoch in epochs]


def test_every_quantity_is_a_field_of_an_epoch_and_stands_in_a_figure_of_a_run():
    assert set(QUANTITIES) <= {field.name for field in fields(Epoch)}
    assert sorted(key for shown in RUN_FIGURES.values() for key in shown.series) == sorted(QUANTITIES)


@pytest.mark.parametrize("shown", RUN_FIGURES.values(), ids=RUN_FIGURES)
def test_quantities_that_share_an_axis_are_written_alike(shown):
    of_axis = {(q.tick_format, q.unit, q.has_zero, q.takes_log) for q in map(QUANTITIES.get, shown.series)}

    assert len(of_axis) == 1


def test_series_without_values_are_left_out_but_zeros_are_shown():
    names = [trace.name for trace in epochs_figure(make_epochs(2), RUN_FIGURES["loss"]).data]

    assert names == ["train", "test"]
    assert len(epochs_figure(make_epochs(2, top1=0.0, top5=None), RUN_FIGURES["accuracy"]).data) == 1


def test_accuracy_axis_is_in_percent():
    figure = epochs_figure(make_epochs(2), RUN_FIGURES["accuracy"])

    assert figure.layout.yaxis.tickformat == ".1~%"
    assert figure.layout.yaxis.hoverformat == ".2%"


def test_the_numbers_of_an_axis_have_their_unit():
    assert epochs_figure(make_epochs(2), RUN_FIGURES["memory"]).layout.yaxis.ticksuffix == "B"


def test_series_differ_in_colour_and_dashes():
    figure = epochs_figure(make_epochs(2), RUN_FIGURES["loss"])

    assert [(trace.name, trace.line.color, trace.line.dash) for trace in figure.data] == [
        ("train", PALETTE[0], "solid"),
        ("test", PALETTE[1], "dash"),
    ]


def test_long_runs_have_no_markers():
    assert epochs_figure(make_epochs(31), RUN_FIGURES["lr"]).data[0].mode == "lines"


def test_a_run_without_epochs_draws_nothing():
    assert not epochs_figure([], RUN_FIGURES["loss"]).data


def test_smoothing_of_equal_values_changes_nothing_and_starts_at_the_first():
    assert smoothed([2.0, 2.0, 2.0], 0.9) == pytest.approx([2.0, 2.0, 2.0])
    assert smoothed([1.0, None, 3.0], 0.5) == [1.0, None, pytest.approx(7 / 3)]
    assert smoothed([1.0, None, 3.0], 0.0) == [1.0, None, 3.0]


def test_smoothed_curves_have_the_values_themselves_behind_them():
    epochs = make_epochs(4)

    behind, shown = epochs_figure(epochs, RUN_FIGURES["lr"], smoothing=0.5).data

    assert list(behind.y) == [epoch.lr for epoch in epochs]
    assert behind.showlegend is False
    assert list(shown.y) == smoothed([epoch.lr for epoch in epochs], 0.5)


def test_a_logarithmic_axis_is_for_what_spans_powers_of_ten():
    assert epochs_figure(make_epochs(4), RUN_FIGURES["loss"], is_log=True).layout.yaxis.type == "log"
    assert epochs_figure(make_epochs(4), RUN_FIGURES["accuracy"], is_log=True).layout.yaxis.type != "log"


def test_a_rate_that_falls_to_nothing_does_not_fill_a_logarithmic_axis():
    epochs = [*make_epochs(1, lr=0.1), *make_epochs(1, lr=1e-32), *make_epochs(1, lr=0.0)]

    assert epochs_figure(epochs, RUN_FIGURES["lr"], is_log=True).layout.yaxis.range[0] == pytest.approx(-7)


def test_lines_go_on_over_epochs_that_were_not_evaluated():
    gap = {"test_loss": None, "top1": None, "top5": None}
    epochs = [replace(epoch, **({} if epoch.epoch % 3 == 0 else gap)) for epoch in make_epochs(9)]

    for smoothing in (0.0, 0.5):
        top1 = epochs_figure(epochs, RUN_FIGURES["accuracy"], smoothing=smoothing).data[-2]
        assert top1.connectgaps
        assert [number for number, value in zip(top1.x, top1.y, strict=True) if value is not None] == [3, 6, 9]


def test_few_evaluated_epochs_among_many_are_marked():
    gap = {"test_loss": None, "top1": None, "top5": None}
    epochs = make_epochs(MARKERS_UP_TO + 1, **gap)
    epochs[-1] = replace(epochs[-1], top1=0.5)

    (top1,) = epochs_figure(epochs, RUN_FIGURES["accuracy"]).data

    assert top1.mode == "lines+markers"  # a line of one point shows nothing

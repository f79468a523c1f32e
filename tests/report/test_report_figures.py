import pytest

from expdb.domain.run import Epoch
from expdb.errors import NotFoundError
from expdb.report.figures import CURVES, PALETTE, epoch_curves


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


@pytest.mark.parametrize("metric", CURVES)
def test_every_curve_draws_recorded_values(metric):
    epochs = make_epochs(3)

    figure = epoch_curves({"run 1": epochs}, metric)

    assert figure.data
    for trace, field in zip(figure.data, CURVES[metric].series, strict=False):
        assert list(trace.x) == [1, 2, 3]
        assert list(trace.y) == [getattr(epoch, field) for epoch in epochs]


def test_series_without_values_are_left_out_but_zeros_are_shown():
    assert [trace.name for trace in epoch_curves({"a": make_epochs(2)}, "loss").data] == ["train", "test"]
    assert len(epoch_curves({"a": make_epochs(2, top1=0.0)}, "top1").data) == 1


def test_accuracy_axis_is_in_percent():
    figure = epoch_curves({"a": make_epochs(2)}, "top1")

    assert figure.layout.yaxis.tickformat == ".0%"
    assert figure.layout.yaxis.hoverformat == ".2%"


def test_several_runs_differ_in_colour_and_their_series_in_dashes():
    figure = epoch_curves({"a": make_epochs(2), "b": make_epochs(2)}, "loss")

    assert [(trace.name, trace.line.color, trace.line.dash) for trace in figure.data] == [
        ("a train", PALETTE[0], "solid"),
        ("a test", PALETTE[0], "dash"),
        ("b train", PALETTE[1], "solid"),
        ("b test", PALETTE[1], "dash"),
    ]


def test_long_runs_have_no_markers():
    assert epoch_curves({"a": make_epochs(31)}, "lr").data[0].mode == "lines"


def test_a_run_without_epochs_draws_nothing():
    assert not epoch_curves({"a": []}, "loss").data


def test_unknown_curve_is_refused():
    with pytest.raises(NotFoundError, match="unknown curve 'top2'"):
        epoch_curves({}, "top2")

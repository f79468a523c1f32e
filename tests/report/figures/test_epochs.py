import numpy as np
import pytest

from expdb.domain.run import Epoch
from expdb.errors import NotFoundError
from expdb.report.figures.epochs import CURVES, PALETTE, confusion_figure, epoch_curves, smoothed


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
    epochs = make_epochs(3, peak_memory_bytes=10**9)

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


def test_series_of_one_run_differ_in_dashes_too():
    assert [trace.line.dash for trace in epoch_curves({"a": make_epochs(2)}, "loss").data] == ["solid", "dash"]


def test_smoothing_of_equal_values_changes_nothing_and_starts_at_the_first():
    assert smoothed([2.0, 2.0, 2.0], 0.9) == pytest.approx([2.0, 2.0, 2.0])
    assert smoothed([1.0, None, 3.0], 0.5) == [1.0, None, pytest.approx(7 / 3)]
    assert smoothed([1.0, None, 3.0], 0.0) == [1.0, None, 3.0]


def test_smoothed_curves_have_the_values_themselves_behind_them():
    epochs = make_epochs(4)

    behind, shown = epoch_curves({"a": epochs}, "lr", smoothing=0.5).data

    assert list(behind.y) == [epoch.lr for epoch in epochs]
    assert behind.showlegend is False
    assert list(shown.y) == smoothed([epoch.lr for epoch in epochs], 0.5)


def test_a_logarithmic_axis_is_for_what_spans_powers_of_ten():
    assert epoch_curves({"a": make_epochs(4)}, "loss", is_log=True).layout.yaxis.type == "log"
    assert epoch_curves({"a": make_epochs(4)}, "top1", is_log=True).layout.yaxis.type != "log"


def test_a_rate_that_falls_to_nothing_does_not_fill_a_logarithmic_axis():
    epochs = [*make_epochs(1, lr=0.1), *make_epochs(1, lr=1e-32), *make_epochs(1, lr=0.0)]

    assert epoch_curves({"a": epochs}, "lr", is_log=True).layout.yaxis.range[0] == pytest.approx(-7)


def test_the_confusion_matrix_shows_shares_of_each_true_class_and_names():
    figure = confusion_figure(np.array([[3, 1], [0, 0]]), ["cat", "a very long name of a class"])

    assert figure.data[0].z.tolist() == [[0.75, 0.25], [0.0, 0.0]]
    assert figure.layout.xaxis.ticktext == ("cat", "a very long nam…")
    assert sorted(text for trace in figure.data[1:] for text in trace.text) == ["1", "3"]


def test_without_what_was_right_the_mistakes_fill_the_colours():
    figure = confusion_figure(np.array([[3, 1], [0, 4]]), ["cat", "dog"], mistakes_only=True)

    assert np.isnan(np.diag(figure.data[0].z)).all()
    assert figure.data[0].zmax == 0.25
    assert [text for trace in figure.data[1:] for text in trace.text] == ["1"]


def test_a_matrix_of_a_hundred_classes_has_no_numbers_in_its_cells():
    assert len(confusion_figure(np.eye(100, dtype=np.int64), [str(n) for n in range(100)]).data) == 1

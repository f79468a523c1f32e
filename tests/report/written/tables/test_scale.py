"""One scale a column: percent or fractions, and counts in one unit."""

import pytest

from tests.report.written.tables.written_tables import column, read, runs, told


def test_a_column_of_fractions_is_read_as_fractions_and_says_so():
    lines = ["Model|Accuracy", "A|0.771", "B|0.782 ± 0.003"]
    first, second = runs(*lines)

    assert (first.top1, second.top1, second.metrics) == (0.771, 0.782, {"top1_spread": 0.3})
    assert told(*lines)["Accuracy"] == "top1, fractions of 1"


@pytest.mark.parametrize(
    "cells", [("0.771", "78.2"), ("77.1", "0.5"), ("1.0", "99.5"), ("0.971", "97.8%"), ("0,771", "78,2")]
)
def test_a_column_of_two_scales_is_no_accuracy_and_says_why(cells):
    lines = ["Model|Accuracy|Params (M)", f"A|{cells[0]}|1.5", f"B|{cells[1]}|3.1"]

    assert column(read(*lines), "Accuracy").role in ("metric", "setting")
    assert "are of two scales, and no % says which" in told(*lines)["Accuracy"]


@pytest.mark.parametrize("cells", [("0.9", "78.2"), ("1.0", "99.5")])
def test_a_heading_in_percent_settles_the_scale(cells):
    first, _ = runs("Model|Accuracy (%)", f"A|{cells[0]}", f"B|{cells[1]}")

    assert first.top1 == pytest.approx(float(cells[0]) / 100)


@pytest.mark.parametrize(("heading", "cell"), [("Top-1 (%)", "0.771"), ("정확도 (%)", "0.9482")])
def test_accuracies_below_one_percent_are_not_believed(heading, cell):
    lines = [f"Model|{heading}|Params (M)", f"A|{cell}|1.5"]

    assert column(read(*lines), heading).role == "metric"
    assert "may be a fraction, though the heading says %" in told(*lines)[heading]


@pytest.mark.parametrize("heading", ["Error", "Top-1 error", "오류율"])
def test_errors_below_one_without_a_sign_of_percent_are_not_understood(heading):
    table = read(f"Model|{heading}|Params (M)", "A|0.23|1.5")

    assert column(table, heading).role == "metric"


def test_errors_below_one_percent_are_read_where_the_heading_says_percent():
    [run] = runs("Model|Test error (%)", "A|0.23")

    assert run.top1 == 0.9977


@pytest.mark.parametrize(
    ("cells", "counts"),
    [
        (("61,706", "7850", "431"), (61_706, 7850, 431)),
        (("11173962", "9000"), (11_173_962, 9000)),
        (("11.2", "0.27"), (11_200_000, 270_000)),
        (("25", "44"), (25_000_000, 44_000_000)),
        (("25.6M", "467K"), (25_600_000, 467_000)),
        (("1011.5", "25.6"), (1_011_500_000, 25_600_000)),
    ],
)
def test_counts_of_parameters_have_one_unit(cells, counts):
    found = runs("Model|Accuracy (%)|Params", *(f"A{place}|77.1|{cell}" for place, cell in enumerate(cells)))

    assert tuple(run.num_params for run in found) == counts


def test_counts_that_may_be_ones_or_millions_are_a_quantity_of_their_own():
    lines = ["Model|Accuracy (%)|Params", "A|77.1|7850", "B|77.9|431"]

    assert column(read(*lines), "Params").role == "metric"
    assert told(*lines)["Params"] == "metric of its own: no unit is said, neither M nor ones"


@pytest.mark.parametrize(
    ("headings", "cells", "around"),
    [
        ("Top-1|Top-5", "22.9|6.5", {}),
        ("Top-1 (%)|Top-5 (%)", "26.7|8.6", {}),
        ("Top-1 error|Top-5 error", "77.1|93.5", {}),
        ("Top-1|Top-5", "77.1|93.5", {"caption": "Error rates (%)"}),
    ],
)
def test_a_top5_below_its_top1_is_none_and_neither_is_the_top1(headings, cells, around):
    [run] = runs(f"Model|{headings}|Params (M)", f"A|{cells}|1.5", **around)

    assert (run.top1, run.top5, len(run.metrics)) == (None, None, 2)


def test_a_doubted_accuracy_comes_with_what_to_say():
    lines = ["Model|Top-1|Top-5", "A|22.9|6.5"]
    [run] = runs(*lines, words=["Top-1=top1_error", "Top-5=top5_error"])

    doubt = "“Top-5” is below “Top-1” in most rows"
    assert told(*lines)["Top-1"] == f"metric of its own: {doubt}: say --heading 'Top-1=top1_error' if it is"
    assert (run.top1, run.top5) == (0.771, 0.935)


def test_errors_above_one_half_that_only_a_title_says_are_none():
    lines = ["Model|Top-1|Params (M)", "A|77.1|1.5", "B|78.2|3.1"]
    table = read(*lines, headings=("Lower error rates on SVHN",))

    assert column(table, "Top-1").as_entered().role == "metric"
    assert (
        "says error, and most of its numbers are above 50"
        in told(*lines, headings=("Lower error rates on SVHN",))["Top-1"]
    )


@pytest.mark.parametrize(("cell", "macs"), [("4.1", 4_100_000_000), ("4.1G", 4_100_000_000), ("300M", 300_000_000)])
def test_macs_are_read_in_their_unit_or_billions(cell, macs):
    [run] = runs("Model|Accuracy (%)|MACs", f"A|77.1|{cell}")

    assert run.macs == macs


@pytest.mark.parametrize("cells", [("569", "300"), ("569", "4.1G"), ("1074", "0.57")])
def test_macs_without_a_unit_that_may_be_millions_are_a_quantity_of_their_own(cells):
    lines = ["Model|Accuracy (%)|Mult-Adds", *(f"{cell}|77.1|{cell}" for cell in cells)]

    assert told(*lines)["Mult-Adds"] == "metric of its own: no unit is said, neither M nor G"


def test_points_that_may_part_thousands_are_not_understood():
    lines = ["Model|Accuracy (%)|Params|Epochs", "A|77.1|61.706|1.000", "B|77.9|11.173.962|200"]

    assert "points of 11.173.962" in told(*lines)["Params"]
    first, second = runs(*lines)
    assert (first.num_params, second.num_params) == (None, None)
    assert (first.epochs, second.epochs) == (None, 200)
    assert first.unparsed == ("Epochs 1.000",)


def test_a_count_in_ones_is_never_rounded():
    lines = ["Model|Accuracy (%)|Params", "A|77.1|11.2", "B|77.9|11,173,962"]

    first, second = runs(*lines)
    assert (first.num_params, first.unparsed, second.num_params) == (None, ("Params 11.2",), 11_173_962)


def test_macs_without_a_unit_that_are_no_billions_are_a_quantity_of_their_own():
    lines = ["Model|Accuracy (%)|MACs", "A|77.1|4100", "B|77.9|3800"]

    assert column(read(*lines), "MACs").role == "metric"
    assert told(*lines)["MACs"] == "metric of its own: no unit is said, neither M nor G"

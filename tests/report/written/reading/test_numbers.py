from decimal import Decimal

import pytest

from expdb.report.written.reading.numbers import read_cell


@pytest.mark.parametrize(
    ("text", "form", "value", "step"),
    [
        ("82.85", "percent", "82.85", "0.01"),
        ("82.85 %", "percent", "82.85", "0.01"),
        ("23.7M", "millions", "23.7", "0.1"),
        ("23,705,252", "millions", "23.705252", "0.000001"),
        ("1h 7m 26s", "duration", "4046", "1"),
        ("67 min", "duration", "4020", "60"),
        ("1:07:26", "duration", "4046", "1"),
        ("1,298", "integer", "1298", "1"),
        ("5e-4", "number", "0.0005", "0.0001"),
        ("82,85 %", "percent", "82.85", "0.01"),
        ("0,1", "number", "0.1", "0.1"),
        ("-1,5", "percent", "-1.5", "0.1"),
        ("1,5 h", "duration", "5400", "360"),
        ("0,0005", "number", "0.0005", "0.0001"),
        ("82,850", "number", "82850", "1"),
        ("82.85 [7]", "percent", "82.85", "0.01"),
        ("$82.85$", "percent", "82.85", "0.01"),
        (r"$\mathbf{82.85}$", "percent", "82.85", "0.01"),
        ("82.85 ↑", "percent", "82.85", "0.01"),
        ("~82.85", "percent", "82.85", "0.01"),
        ("≈ 82.85", "percent", "82.85", "0.01"),
        ("82.85 (+2.3)", "percent", "82.85", "0.01"),
        ("–0.19", "percent", "-0.19", "0.01"),
        ("\N{NON-BREAKING HYPHEN}0.19", "percent", "-0.19", "0.01"),
        ("p = 0.68", "number", "0.68", "0.01"),
        ("p < 0.001", "number", "0.001", "0.001"),
        ("1h08", "duration", "4080", "60"),
        ("2m05", "duration", "125", "1"),
        ("145:40", "duration", "8740", "1"),
    ],
)
def test_numbers_are_read_in_the_unit_of_their_column(text, form, value, step):
    cell = read_cell(text, form)

    assert (cell.main.value, cell.main.step) == (Decimal(value), Decimal(step))


def test_two_numbers_are_no_whole_one():
    assert read_cell("0,1", "integer") is None


def test_spread_and_number_of_seeds_are_read_beside_the_mean():
    cell = read_cell("82.85 ± 0.12 (3)", "percent")

    assert (cell.main.value, cell.std.value, cell.n) == (Decimal("82.85"), Decimal("0.12"), 3)


@pytest.mark.parametrize(
    ("text", "n"),
    [
        (r"$82.85 \pm 0.12$", None),
        ("82.85 (0.12)", None),
        ("82.85 (±0.12)", None),
        ("82.85 (± 0.12) (3)", 3),
        ("82.85 ± 0.12 (3 seeds)", 3),
        ("82.85 ± 0.12 (n = 3 runs)", 3),
    ],
)
def test_spread_and_number_of_seeds_are_read_in_the_notations_of_papers(text, n):
    cell = read_cell(text, "percent")

    assert (cell.main.value, cell.std.value, cell.n) == (Decimal("82.85"), Decimal("0.12"), n)


@pytest.mark.parametrize("text", ["80.00 (94.01)", "80.00 ± 0.10 (0.20)", "80 – 90", "80–90"])
def test_two_results_are_not_read_as_one_with_its_spread(text):
    assert read_cell(text, "percent") is None


@pytest.mark.parametrize("text", ["1e9999999", "-1e-9999999", "about 80", "82,85,1", "1,234,56", "", "±", "80.1/95.2"])
def test_text_that_is_no_number_is_none(text):
    assert read_cell(text, "percent") is None

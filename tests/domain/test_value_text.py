from datetime import UTC, datetime, timedelta, timezone
from decimal import ROUND_HALF_UP, Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expdb.domain.value_text import MISSING, distance_text, few_digits, format_value, one_line, text_beside

fractions = st.floats(0, 1)
numbers = st.floats(allow_nan=False, allow_infinity=False)


@pytest.mark.parametrize(
    ("value", "form", "decimals", "text"),
    [
        (0.76125, "percent", None, "76.13"),
        (0.7610, "percent", None, "76.10"),
        (1, "percent", None, "100.00"),
        (0.7905, "percent", 1, "79.1"),
        (0.0001, "number", None, "1e-4"),
        (0.0005, "number", None, "5e-4"),
        (0.00012, "number", None, "1.2e-4"),
        (-0.00012, "number", None, "-1.2e-4"),
        (0.001, "number", None, "0.001"),
        (0.05, "number", None, "0.05"),
        (1.0, "number", None, "1"),
        (0, "number", None, "0"),
        (100, "number", None, "100"),
        (2.0**60, "number", None, "1.15292150460685e18"),
        (2**60, "number", None, "1.152921504606846976e18"),
        (0.1 + 0.2, "number", None, "0.3"),
        (0.1 * 3, "number", None, "0.3"),
        (1.1 * 1.1, "number", None, "1.21"),
        (-(0.7 + 0.1), "number", None, "-0.8"),
        (sum([0.1] * 10), "number", None, "1"),
        (1e-4 / 3, "number", None, "3.33333333333333e-5"),
        (0.1 + 0.2, "number", 4, "0.3000"),
        (2.5, "number", 0, "3"),
        (1.00005, "number", 4, "1.0001"),
        (10_000, "integer", None, "10,000"),
        (1234.5, "integer", None, "1,235"),
        (47_475_092, "millions", None, "47.5M"),
        (376_100, "millions", None, "0.38M"),
        (47_999_999, "millions_cut", None, "47M"),
        (379_999, "millions_cut", None, "0.37M"),
        (4046.0, "duration", None, "1h 7m 26s"),
        (4080, "duration", None, "1h 8m 0s"),
        (1213, "duration", None, "20m 13s"),
        (25.5, "duration", None, "26s"),
        (59.5, "duration", None, "1m 0s"),
        (0.2, "duration", None, "0s"),
        (1_298_000_000, "gigas", None, "1.30"),
        (True, "text", None, "yes"),
        (False, "text", None, "no"),
        (("a", "b"), "text", None, "a, b"),
        (None, "percent", None, MISSING),
        (True, "percent", None, "yes"),
        ([3, 32, 32], "integer", None, "3, 32, 32"),
        ("224 x 224", "millions", 1, "224 x 224"),
        (0.5, "time", None, "0.5"),
        (float("nan"), "number", None, MISSING),
        (float("inf"), "percent", None, MISSING),
    ],
)
def test_values_print_as_the_report_prints_them(value, form, decimals, text):
    assert format_value(value, form, decimals) == text


@pytest.mark.parametrize(
    ("value", "text"), [(0.0, "0.0s"), (0.36, "0.4s"), (2.0, "2.0s"), (9.94, "9.9s"), (9.95, "10s"), (75.5, "1m 16s")]
)
def test_a_distance_of_a_few_seconds_has_a_decimal(value, text):
    assert distance_text(value, "duration") == text


@pytest.mark.parametrize(
    ("value", "distance", "text"),
    [
        (12.66, 0.1, "12.7s"),
        (67.25, 9.94, "1m 7.3s"),
        (67.25, 9.95, "1m 7s"),
        (59.96, 2.0, "1m 0.0s"),
        (3600.04, 1.0, "1h 0m 0.0s"),
        (0.0, 0.0, "0.0s"),
    ],
)
def test_a_time_has_the_decimal_of_the_spread_beside_it(value, distance, text):
    assert text_beside(value, distance, "duration") == text


def test_only_times_follow_the_spread_beside_them():
    assert text_beside(0.98983, 0.0058, "percent") == "98.98"
    assert text_beside(47_475_092, 0.0, "millions", 0) == "47M"


def test_times_print_in_utc():
    noon_in_seoul = datetime(2026, 11, 21, 12, 5, tzinfo=timezone(timedelta(hours=9)))

    assert format_value(noon_in_seoul, "time") == "2026-11-21 03:05 UTC"
    assert format_value(datetime(2026, 1, 2, 3, 4, tzinfo=UTC), "time") == "2026-01-02 03:04 UTC"


def test_text_is_one_line_and_cannot_drive_a_terminal():
    assert one_line("  a\n\tb\r\nc \x1b[31m ") == "a b c \N{REPLACEMENT CHARACTER}[31m"
    assert one_line("이미지 분류") == "이미지 분류"


@given(fractions, st.integers(0, 6))
def test_percent_is_the_half_up_rounding_of_the_exact_decimal(value, decimals):
    text = format_value(value, "percent", decimals)

    with localcontext(prec=400):
        expected = (Decimal(repr(value)) * 100).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    assert Decimal(text) == expected
    assert len(text.partition(".")[2]) == decimals


@given(numbers)
def test_a_number_without_decimals_prints_to_fifteen_digits(value):
    exact = Decimal(repr(value))
    assert abs(Decimal(format_value(value, "number")) - exact) <= abs(exact) * Decimal("5e-15")


@given(st.decimals(allow_nan=False, allow_infinity=False, places=15, min_value=-1, max_value=1))
def test_a_number_of_fifteen_digits_prints_as_it_was_typed(typed):
    assert Decimal(format_value(float(typed), "number")) == typed


@given(numbers, st.integers(0, 8))
def test_a_rounded_number_is_within_half_a_unit(value, decimals):
    with localcontext(prec=400):
        error = abs(Decimal(format_value(value, "number", decimals)) - Decimal(repr(value)))
        assert error <= Decimal("0.5").scaleb(-decimals)


@given(st.floats(0, 1e7))
def test_a_duration_adds_up_to_the_rounded_seconds(value):
    units = {"h": 3600, "m": 60, "s": 1}

    seconds = sum(int(part[:-1]) * units[part[-1]] for part in format_value(value, "duration").split())

    assert seconds == int(Decimal(repr(value)).quantize(Decimal(1), ROUND_HALF_UP))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.403337515289938, "0.4033"),
        (-0.00012345678, "-1.235e-4"),
        (12345.678, "12346"),
        (99.9999, "100"),
        (3, "3"),
        (0.0, "0"),
        (5e-324, "5e-324"),
        (1e300, "1e300"),
        (float("nan"), MISSING),
        (float("-inf"), MISSING),
    ],
)
def test_a_number_of_no_known_unit_prints_with_four_digits(value: float, text: str):
    assert few_digits(value) == text

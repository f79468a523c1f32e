from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expdb.report.written.reading.numbers import is_blank, read_cell
from expdb.report.written.reading.units import dimension_said


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


@pytest.mark.parametrize("text", ["27.9 (6.5)", "80.00 (94.01)", "80.00 ± 0.10 (0.20)", "80 – 90", "80–90"])
def test_two_results_are_not_read_as_one_with_its_spread(text):
    assert read_cell(text, "percent") is None


@pytest.mark.parametrize("text", ["2 x 100", "90 + 10", "2 × 10", "200 (300)", "80 (94)"])
def test_what_says_more_than_one_number_is_none(text):
    assert read_cell(text, "integer") is None


@pytest.mark.parametrize(("units", "seconds"), [(("h",), 6300), ((), 105), (("min",), 105)])
def test_a_clock_of_two_parts_is_hours_where_the_heading_says_hours(units, seconds):
    assert read_cell("1:45", "duration", units).main.value == seconds


@pytest.mark.parametrize("text", ["1e9999999", "-1e-9999999", "about 80", "82,85,1", "1,234,56", "", "±", "80.1/95.2"])
def test_text_that_is_no_number_is_none(text):
    assert read_cell(text, "percent") is None


@pytest.mark.parametrize(
    ("text", "form", "value"),
    [
        ("17m", "duration", 1020),
        ("3.0h", "duration", 10800),
        ("17.2 ± 0.3 h", "duration", 61920),
        ("250 ms", "duration", Decimal("0.25")),
        ("2 days", "duration", 172800),
        ("11.2 GB", "bytes", 11_200_000_000),
        ("512MiB", "bytes", 536_870_912),
        ("1.5 TB", "bytes", 1_500_000_000_000),
        ("23.7M", "count", 23_700_000),
        ("467K", "count", 467_000),
        ("4.1G", "gigas", Decimal("4.1")),
        ("4.1 GMACs", "gigas", Decimal("4.1")),
        ("23.7M params", "millions", Decimal("23.7")),
        ("23.7 × 10^6", "millions", Decimal("23.7")),
    ],
)
def test_a_value_with_a_unit_is_read_by_its_unit(text, form, value):
    assert read_cell(text, form).main.value == value


@pytest.mark.parametrize(
    ("text", "form", "units"),
    [
        ("17m", "number", ()),
        ("3.0h", "number", ()),
        ("17m", "integer", ()),
        ("8 GB", "number", ()),
        ("98 MB", "millions", ()),
        ("98", "millions", ("MB",)),
        ("4.1 GB", "gigas", ()),
        ("4.1 GFLOPs", "gigas", ()),
        ("23M params", "gigas", ()),
        ("76.1M", "percent", ()),
        ("1h", "percent", ()),
        ("17M", "duration", ()),
        ("4046", "duration", ("M",)),
        ("3.0h", "count", ()),
        ("3.0h", "bytes", ()),
    ],
)
def test_a_unit_of_another_quantity_is_no_number_of_the_column(text, form, units):
    assert read_cell(text, form, units) is None


@pytest.mark.parametrize(
    ("units", "heading", "dimension"),
    [
        (["m", "h"], "", "time"),
        (["m"], "wall-clock time", "time"),
        (["M"], "#weights", "count"),
        (["M", "K"], "", "count"),
        (["M"], "Cost", None),
        (["m"], "Time per parameter", None),
        (["GB", "MiB"], "VRAM", "memory"),
        (["h", "GB"], "Cost", None),
        (["M", "GB"], "Size", None),
        ([], "wall-clock time", None),
    ],
)
def test_a_bare_m_is_what_other_cells_or_the_heading_say(units, heading, dimension):
    assert dimension_said(heading, units) == dimension


def test_a_count_of_images_beside_a_share_is_read_with_it():
    cell = read_cell("87.63% (326/372)", "percent")

    assert (cell.main.value, cell.hits, cell.total, cell.n) == (Decimal("87.63"), 326, 372, None)
    assert read_cell("0.876 (326/372)", "percent").total == 372
    assert read_cell("87.6 (8,760/10,000) (+1.2)", "percent").delta.value == Decimal("1.2")


@pytest.mark.parametrize("text", ["87.63% (300/372)", "87.63 (372/326)", "87.63 (0/0)", "87.63% (87.63/100)"])
def test_a_count_that_does_not_give_the_share_is_not_understood(text):
    assert read_cell(text, "percent") is None


@pytest.mark.parametrize(
    "text", ["82.1_{0.2}", "82.1_0.2", r"$82.1_{\pm 0.2}$", "82.1 (0.2)", "82.1 ±0.2", "82.1+-0.2"]
)
def test_a_spread_is_read_in_every_way_to_write_it(text):
    cell = read_cell(text, "percent")

    assert (cell.main.value, cell.std.value) == (Decimal("82.1"), Decimal("0.2"))


@given(
    value=st.decimals(0, 100, places=2),
    spread=st.decimals(0, 9, places=2),
    seeds=st.integers(2, 99),
    notation=st.sampled_from(["{} ± {} ({})", "{}±{} (n={})", "{}_{{{}}} ({} seeds)", r"${} \pm {}$ ({})"]),
)
def test_a_mean_with_spread_and_seeds_is_read_as_it_was_written(value, spread, seeds, notation):
    cell = read_cell(notation.format(value, spread, seeds), "percent")

    assert (cell.main.value, cell.std.value, cell.n) == (value, spread, seeds)


@given(total=st.integers(1, 50_000), share=st.floats(0, 1))
def test_a_share_fits_its_own_count_and_no_other(total, share):
    hits = round(total * share)
    printed = f"{Decimal(100 * hits) / total:.2f}"

    assert read_cell(f"{printed}% ({hits}/{total})", "percent") is not None
    assert read_cell(f"{printed}% ({hits}/{total * 2 + 7})", "percent") is None or hits == 0 or total > 4000


@given(st.text(max_size=12), st.sampled_from(["percent", "duration", "millions", "count", "bytes", "number"]))
def test_any_text_is_a_number_or_none(text, form):
    try:
        read = read_cell(text, form)
    except ArithmeticError:  # beyond all measure
        return
    assert read is None or read.main.value == read.main.value  # no NaN


@given(hours=st.integers(0, 99), minutes=st.integers(0, 59), seconds=st.integers(0, 59))
def test_a_duration_is_read_as_it_was_written(hours, minutes, seconds):
    total = hours * 3600 + minutes * 60 + seconds

    assert read_cell(f"{hours}h {minutes}m {seconds}s", "duration").main.value == total
    assert read_cell(f"{hours}:{minutes:02}:{seconds:02}", "duration").main.value == total


@pytest.mark.parametrize("text", ["95.1(2)", "95.12(12)", "95.1%(3)", "0.951(4)"])
def test_digits_in_brackets_right_behind_a_number_are_no_seeds(text):
    assert read_cell(text, "percent") is None


@pytest.mark.parametrize("text", ["95.1 (2)", "95.1(n=2)", "95.1(2 runs)", "95.1 ± 0.2(2)"])
def test_seeds_in_brackets_are_read_where_a_space_or_a_word_tells_them(text):
    read = read_cell(text, "percent")

    assert read is not None
    assert read.n == 2


@pytest.mark.parametrize(
    ("text", "form", "units", "value", "step"),
    [
        ("82.85", "percent", (), "82.85", "0.01"),
        ("82.85 %", "percent", (), "82.85", "0.01"),
        ("-0.5", "percent", (), "-0.5", "0.1"),
        ("\N{MINUS SIGN}0.50", "percent", (), "-0.5", "0.01"),
        ("82.9†", "percent", (), "82.9", "0.1"),
        ("23M", "millions", (), "23", "1"),
        ("467K", "millions", (), "0.467", "0.001"),
        ("23.7", "millions", ("M",), "23.7", "0.1"),
        ("23,705,252", "millions", (), "23.705252", "0.000001"),
        ("1.30", "gigas", ("G",), "1.3", "0.01"),
        ("1298M", "gigas", (), "1.298", "0.001"),
        ("1,298", "gigas", ("M",), "1.298", "0.001"),
        ("1,298", "integer", (), "1298", "1"),
        ("1e-4", "number", (), "0.0001", "0.0001"),
        ("1h 7m 26s", "duration", (), "4046", "1"),
        ("1h7m", "duration", (), "4020", "60"),
        ("1:07:26", "duration", (), "4046", "1"),
        ("67 min", "duration", (), "4020", "60"),
        ("1.1", "duration", ("h",), "3960", "360"),
        ("2시간 3분", "duration", (), "7380", "60"),
    ],
)
def test_number_is_read_in_the_unit_of_its_column(text, form, units, value, step):
    read = read_cell(text, form, units)

    assert read is not None
    assert (read.main.value, read.main.step) == (Decimal(value), Decimal(step))


@pytest.mark.parametrize("text", ["82.85 ± 0.12 (3)", "82.85±0.12 (n = 3)", "82.85 +/- 0.12 (n=3)"])
def test_mean_has_its_spread_and_number_of_seeds(text):
    read = read_cell(text, "percent")

    assert read is not None
    assert read.std is not None
    assert (read.main.value, read.std.value, read.n) == (Decimal("82.85"), Decimal("0.12"), 3)


def test_spread_of_a_duration_and_an_interval_are_read():
    time, accuracy = read_cell("1h 7m 26s ± 1m 2s (3)", "duration"), read_cell("80.0 [79.1, 80.9]", "percent")

    assert time is not None
    assert time.std is not None
    assert time.std.value == 62
    assert accuracy is not None
    assert accuracy.low is not None
    assert (accuracy.low.value, accuracy.n) == (Decimal("79.1"), None)


@pytest.mark.parametrize(
    ("text", "form"), [("about 80", "percent"), ("80.1/95.2", "percent"), ("4046", "duration"), ("DDP - 2", "integer")]
)
def test_other_text_is_no_number(text, form):
    assert read_cell(text, form) is None


@pytest.mark.parametrize("text", ["", "–", "-", "n/a", " N/A "])
def test_blank_cells_say_that_there_is_no_number(text):
    assert is_blank(text)

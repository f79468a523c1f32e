"""What a text asks for a column by, and the parts of a cell."""

import pytest

from expdb.domain.table import ColumnChoice
from expdb.report.addresses import PARTS, cell_parts
from expdb.report.tables.shown_columns import column_address
from tests.tables import make_cell, make_column


@pytest.mark.parametrize(
    ("choice", "address"),
    [
        ({"key": "top1"}, "top1"),
        ({"key": "top1", "heading": "정확도", "decimals": 1, "under": "a", "spread": "interval"}, "top1"),
        ({"key": "top1", "at": "best"}, "top1:best"),
        ({"key": "top1", "at": "mean-5", "shows": "p"}, "top1:mean-5:p"),
        ({"key": "top1", "shows": "delta"}, "top1:delta"),
        ({"key": "top1", "shows": "delta", "against": "previous"}, "top1:delta:previous"),
        ({"key": "top1", "shows": "p", "test": "paired"}, "top1:p:paired"),
        (
            {"key": "top1", "shows": "interval", "against": "first", "test": "bootstrap"},
            "top1:interval:first:bootstrap",
        ),
        ({"key": "top1", "shows": "n"}, "top1:n"),
        ({"key": "changes", "against": "previous"}, "changes:previous"),
        ({"key": "metrics.acc@1"}, "metrics.acc@1"),
    ],
)
def test_a_columns_address_is_its_key_and_what_tells_it_apart_from_others_of_that_key(choice, address):
    assert column_address(ColumnChoice.model_validate(choice)) == address


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("82.85 ± 0.12 (3)", {"": "82.85", "spread": "0.12"}),
        ("1h 7m 26s ± 2m 3s (3)", {"": "1h 7m 26s", "spread": "2m 3s"}),
        ("82.85 (3)", {"": "82.85"}),
        ("82.85 [80.10, 85.20]", {"": "82.85"}),
        ("-0.5 ± 0.1", {"": "-0.5", "spread": "0.1"}),
        ("47.5M", {"": "47.5M"}),
    ],
)
def test_a_mean_is_asked_for_alone_and_by_its_parts(text, parts):
    cell = make_cell(0.8285, text=text, n=3)

    found = cell_parts(cell, make_column("top1", form="percent", is_sample=True), is_reported=False)

    assert found == {**parts, "n": "3", "cell": text}
    assert set(found) <= {"", *PARTS}


def test_a_copied_number_does_not_say_of_how_many_runs_it_is():
    found = cell_parts(make_cell(0.5, "percent", n=1), make_column(form="percent", is_sample=True), is_reported=True)

    assert found == {"": "50.00", "cell": "50.00"}


@pytest.mark.parametrize(
    ("cell", "column"),
    [
        (make_cell("ResNet (v2) ± x"), make_column()),
        (make_cell(-0.0019, text="[-0.29, +2.96]"), make_column(form="percent", has_interval=True)),
        (make_cell(None, text="–"), make_column(form="percent", is_sample=True)),
        (make_cell("a (b)", text="a (b)"), make_column("metrics.x", form="number", is_sample=True)),
    ],
)
def test_what_is_no_mean_has_no_parts(cell, column):
    assert cell_parts(cell, column, is_reported=False) == {"": cell.text}

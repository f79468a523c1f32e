"""Cells that repeat the one above."""

import pytest

from tests.report.written.tables.written_tables import runs


@pytest.mark.parametrize("ditto", ['"', "〃", "''", "”", "Ditto", "do.", '– " –', "상동"])
def test_a_ditto_mark_says_what_the_cell_above_says(ditto):
    first, second, third = runs(
        "Dataset|Model|Epochs|Top-1 (%)", "CIFAR-10|A|200|95.1", f"{ditto}|B|{ditto}|94.1", f"SVHN|{ditto}|300|96.1"
    )

    assert [(run.dataset, run.model, run.epochs) for run in (first, second, third)] == [
        ("cifar10", "A", 200),
        ("cifar10", "B", 200),
        ("svhn", "B", 300),
    ]


def test_a_ditto_mark_below_another_one_repeats_what_that_repeats():
    assert [run.model for run in runs("Model|Lr|Top-1 (%)", "A|1|95.1", '"|2|94.1', '"|3|93.1')] == ["A", "A", "A"]

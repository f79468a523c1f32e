"""Counts without a unit: the reading says what they are taken to be in."""

import pytest

from expdb.report.written.document import read_document
from expdb.report.written.reading.vocabulary import default_vocabulary
from expdb.report.written.tables.read_table import read_table
from expdb.report.written.tables.told import told_columns


@pytest.mark.parametrize(
    ("heading", "cells", "told"),
    [
        ("Params", ("431", "800"), "num_params, read as M"),
        ("# params", ("11.2", "21.3"), "num_params, read as M"),
        ("Params", ("431080", "800"), "num_params, read as 1"),
        ("MACs", ("1.8", "4.1"), "macs, read as G"),
        ("Params", ("11.2M", "800"), "num_params, read as M"),
        ("Params", ("11.2M", "21.3M"), "num_params"),
        ("Params (M)", ("431", "800"), "num_params, M"),
    ],
)
def test_reading_says_what_bare_counts_are_in(heading, cells, told):
    text = f"| Model | {heading} | Top-1 |\n|---|---|---|\n" + "".join(
        f"| a{cell} | {cell} | 80.1 |\n" for cell in cells
    )
    [table] = read_document(text, name="a.md").tables

    assert told_columns(read_table(table, default_vocabulary(), dataset="cifar100"))[1] == (heading, told)

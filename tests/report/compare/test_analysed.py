"""What analyses found of several runs, side by side."""

import pytest

from expdb.catalog.analyses import ANALYSES
from expdb.domain.analyses.result import Listing
from expdb.report.compare.analysed import AnalysedRun, found_table, not_analysable, unlike_reasons, values_table
from expdb.report.compare.module_tree import branch, deepest, inside, is_tree, listing_table
from tests.analysis.analysed import make_result
from tests.factories import make_run, make_spec

TREE = Listing(
    key="modules",
    title="Modules",
    headings=("module", "parameters"),
    rows=(("", 9), ("stem", 1), ("a", 8), ("a.b", 8), ("a.b.c", 5), ("a.b.d", 3), ("ab", 0)),
)


def make_analysed(run_id, value=0.8, *, group="g", **given):
    run = make_run(id=run_id, spec=make_spec(), group_digest=group)
    return AnalysedRun(run=run, result=make_result("shift", values={"shift_consistency": value}, **given))


def texts(table):
    return [[cell.text for cell in row.cells] for row in table.rows]


def test_a_value_has_its_interval_and_number():
    [row] = texts(values_table("shift", [make_analysed(1)]))

    assert row[2:] == ["80.00", "79.00 to 81.00", "200"]


def test_seeds_that_were_analysed_alike_have_a_mean():
    found = [make_analysed(1, 0.8), make_analysed(2, 0.9), make_analysed(3, 0.5, group="other")]

    assert [row[-1] for row in texts(values_table("shift", found))] == ["85.00 ± 7.07 (2)", "85.00 ± 7.07 (2)", "–"]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"version": 2}, "version 2 of the analysis, not 1"),
        ({"settings": {"images": 50, "seed": 0}}, "images 50, there 200"),
        ({"settings": {"images": 200, "seed": 0, "mask": "ideal"}}, "mask ideal, there not set"),
        ({"dataset": "cifar10"}, None),  # the digest says which images
        ({"data_digest": "fedc"}, "other images: 200 with digest fedc, not 0123456789abcdef"),
    ],
)
def test_seeds_that_were_analysed_otherwise_have_none_and_are_told_of(given, words):
    found = [make_analysed(1, 0.8), make_analysed(2, 0.9, **given)]

    if words is None:
        assert unlike_reasons(found) == []
        return
    assert unlike_reasons(found) == [f"run 2 unlike run 1: {words}"]
    assert len(values_table("shift", found).columns) == 5


def test_all_values_of_a_run_are_one_table():
    run = make_analysed(1).run
    noise = make_result("noise", values={"noise_high_drop": 0.4, "noise_low_drop": 0.1})

    found = texts(found_table([make_analysed(1), AnalysedRun(run=run, result=noise)]))

    assert [row[:3] for row in found] == [
        ["shift", "Shift consistency (%)", "80.00"],
        ["noise", "Noise drop, high (%)", "40.00"],
        ["noise", "Noise drop, low (%)", "10.00"],
    ]


def test_a_run_that_cannot_be_analysed_is_told_why():
    shift, agreement = ANALYSES["shift"], ANALYSES["agreement"]

    assert "it is reported" in str(not_analysable(make_run(kind="reported", spec=None), shift))
    assert "no final weights" in str(not_analysable(make_run(spec=make_spec(), weights_file=None), shift))
    assert "no predictions" in str(not_analysable(make_run(spec=make_spec(), predictions_file=None), agreement))
    assert not_analysable(make_run(spec=make_spec(), weights_file="w"), shift) is None


def test_modules_are_a_tree_by_their_dots():
    assert is_tree(TREE)
    assert inside(TREE) == ["a", "a.b"]
    assert (deepest(TREE, ""), deepest(TREE, "a")) == (3, 2)
    assert [row[0].strip() for row in branch(TREE, "", 1).rows] == ["(network)", "stem", "a", "ab"]
    assert [row[0].strip() for row in branch(TREE, "a.b", 1).rows] == ["a.b", "c", "d"]
    assert not is_tree(TREE.model_copy(update={"headings": ("who", "parameters")}))


def test_a_module_whose_parent_is_no_row_keeps_its_whole_name():
    listing = TREE.model_copy(update={"rows": (("blocks.0", 1), ("blocks.0.attn", 2))})

    assert [row[0].strip() for row in branch(listing, "", 3).rows] == ["blocks.0", "attn"]


def test_numbers_of_a_listing_stand_to_the_right_and_whole_ones_stay_whole():
    rows = (("a", 290_000.0), ("b", 0.12345), ("c", None))
    table = listing_table(TREE.model_copy(update={"rows": rows}))

    assert [row[1] for row in texts(table)] == ["290,000", "0.1235", ""]
    assert [column.align for column in table.columns] == ["left", "right"]

"""Where marked tables stand in a text."""

import pytest

from expdb.errors import SpecError
from expdb.report.written.marks import find_regions

TABLE = "| Model | Top-1 |\n| --- | --- |\n| ResNet50 | 79.05 |\n"


@pytest.mark.parametrize(
    "end", ["<!-- /expdb:table -->", "<!-- /expdb:table t -->", "<!--expdb:end-->", "<!-- expdb:table t -->"]
)
def test_region_ends_at_its_end_mark(end):
    [region] = find_regions(f"a\n<!-- expdb:table t -->\n\n{TABLE}\nA note.\n{end}\nb\n")

    assert (region.name, region.line, region.first, region.last, region.is_closed) == ("t", 2, 3, 9, True)


def test_region_without_an_end_is_the_table_that_follows():
    text = (
        f"<!-- expdb:table t -->\n\n{TABLE}\nprose\n\n<!-- expdb:table t -->\n{TABLE}\n<!-- expdb:table u -->\n{TABLE}"
    )

    assert [(region.name, region.first, region.last) for region in find_regions(text)] == [
        ("t", 2, 6),
        ("t", 10, 13),
        ("u", 15, 18),
    ]


def test_marks_in_code_are_text():
    text = "```\n<!-- expdb:table t -->\n```\nsee `<!-- expdb:table t -->` and `` ` <!-- expdb:end --> ``\n"

    assert find_regions(text) == []


@pytest.mark.parametrize(
    "line",
    [
        "> <!-- expdb:table t -->",
        "Table 1: <!-- expdb:table t -->",
        "<!-- expdb:table t --> see `x`",
        "<!-- expdb:table -->",
        "<!-- expdb:table a b -->",
        "> <!-- /expdb:table -->",
    ],
)
def test_mark_without_a_name_or_a_line_of_its_own_is_refused_with_its_line(line):
    with pytest.raises(SpecError, match=r"^line 3: .* is no mark: write <!-- expdb:table NAME -->"):
        find_regions(f"a\n\n{line}\n> | A |\n> | --- |\n> | 1 |\n")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x\n<!-- /expdb:table -->\n", "line 2: an end mark, but no"),
        (f"<!-- expdb:table t -->\n{TABLE}<!-- /expdb:table u -->\n", "line 5: this ends table 'u', but table 't'"),
        ("<!-- expdb:table t -->\nprose\n", "line 1: neither a table nor"),
    ],
)
def test_marks_that_do_not_fit_are_refused_with_their_line(text, message):
    with pytest.raises(SpecError, match=message):
        find_regions(text)

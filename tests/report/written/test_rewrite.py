"""New tables between marks, and nothing else changed."""

import pytest

from expdb.errors import SpecError
from expdb.report.written.marks import split_lines
from expdb.report.written.rewrite import with_tables

TABLE = "| Model | Top-1 |\n| --- | --- |\n| ResNet50 | 79.05 |\n"


def rendered(_region):
    return "| A |\n| --- |\n| 1 |\n"


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("tail", ["", "\n", "\n\n  \ntrailing \u2028 space  "])
def test_update_changes_nothing_but_the_table(newline, tail):
    before = "\ufeff# A\x0c\n\n<!-- expdb:table t -->\n\n".replace("\n", newline)
    after = f"\n\n<!-- /expdb:table -->{tail}".replace("\n", newline)
    old = TABLE.replace("\n", newline)

    assert with_tables(before + old + after, rendered) == before + rendered(None).replace("\n", newline) + after


def test_update_of_an_open_region_keeps_a_missing_final_newline():
    assert with_tables(f"<!-- expdb:table t -->\n{TABLE}".rstrip("\n"), rendered) == (
        "<!-- expdb:table t -->\n" + rendered(None).rstrip("\n")
    )


def test_update_fills_an_empty_region_and_keeps_the_indent():
    text = "- item\n  <!-- expdb:table t -->\n  <!-- /expdb:table -->\n"

    assert with_tables(text, rendered) == (
        "- item\n  <!-- expdb:table t -->\n  | A |\n  | --- |\n  | 1 |\n  <!-- /expdb:table -->\n"
    )


NOTED = "| A |\n| --- |\n\n- Mean of two.\n- <sup>a</sup> One.\n"


@pytest.mark.parametrize("notes", ["", "\n- An old note.\n- <sup>a</sup> Two.\n"])
def test_update_replaces_the_notes_inside_marks(notes):
    text = f"<!-- expdb:table t -->\n{TABLE}{notes}<!-- /expdb:table -->\n"

    assert with_tables(text, lambda _: NOTED) == f"<!-- expdb:table t -->\n{NOTED}<!-- /expdb:table -->\n"


@pytest.mark.parametrize("below", ["\n\nA remark.\n\n* mine\n", "\n\n- an old note\n\nA remark.\n"])
def test_update_keeps_the_text_around_a_table_inside_marks(below):
    text = f"<!-- expdb:table t -->\nTable 1: a caption.\n\n{TABLE.rstrip()}{below}<!-- /expdb:table -->\n"
    kept = below.replace("\n\n- an old note", "")

    new = with_tables(text, lambda _: NOTED)

    assert new == f"<!-- expdb:table t -->\nTable 1: a caption.\n\n{NOTED.rstrip()}{kept}<!-- /expdb:table -->\n"
    assert with_tables(new, lambda _: NOTED) == new


def test_update_keeps_a_line_right_below_a_table_and_parts_it_from_that():
    text = f"<!-- expdb:table t -->\n{TABLE}A remark.\n<!-- /expdb:table -->\n"

    assert with_tables(text, rendered) == (
        f"<!-- expdb:table t -->\n{rendered(None)}\nA remark.\n<!-- /expdb:table -->\n"
    )


def test_update_mends_a_table_that_has_lost_its_line_of_dashes():
    text = "<!-- expdb:table t -->\n| A |\n| 1 |\n\n- A note.\n<!-- /expdb:table -->\n"

    assert with_tables(text, rendered) == f"<!-- expdb:table t -->\n{rendered(None)}<!-- /expdb:table -->\n"


@pytest.mark.parametrize(
    ("inside", "message"), [("A\nremark.\n", "text and no table is"), (f"{TABLE}\n{TABLE}", "2 tables are")]
)
def test_update_refuses_to_replace_what_is_not_one_table(inside, message):
    text = f"<!-- expdb:table t -->\n\n{inside}<!-- /expdb:table -->\n"

    with pytest.raises(SpecError, match=f"^line 3: {message} between the marks of table 't' and would be replaced: "):
        with_tables(text, rendered)


@pytest.mark.parametrize(
    "pasted", ["", "\n- Mean of two.\n", "\n- Mean of two seeds.\n- Left out.\n", "\n- <sup>a</sup> Two.\n"]
)
def test_notes_below_an_open_region_come_once_and_close_it(pasted):
    once = with_tables(f"<!-- expdb:table t -->\n{TABLE}{pasted}\nprose\n", lambda _: NOTED)

    assert once == f"<!-- expdb:table t -->\n{NOTED}<!-- /expdb:table -->\n\nprose\n"
    assert with_tables(once, lambda _: NOTED) == once


def test_list_of_ones_own_below_an_open_region_stays():
    text = f"<!-- expdb:table t -->\n{TABLE}\n- my own\n- list\n"

    assert with_tables(text, lambda _: NOTED) == (
        f"<!-- expdb:table t -->\n{NOTED}<!-- /expdb:table -->\n\n- my own\n- list\n"
    )


def test_lines_are_those_that_markdown_counts():
    assert split_lines("a\r\nb\rc\n\nd\u2028e\x0cf") == ["a\r\n", "b\r", "c\n", "\n", "d\u2028e\x0cf"]

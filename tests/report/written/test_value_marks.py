"""Marks around single numbers: where they are found, and what is said of those that are broken."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expdb.errors import SpecError
from expdb.report.written.value_marks import find_value_marks, with_values

MARK = "<!-- expdb:value t ours top1 -->81.6<!-- / -->"


def found(text, **how):
    return [(mark.line, mark.table, mark.row, mark.column, mark.printed) for mark in find_value_marks(text, **how)]


@pytest.mark.parametrize(
    "text",
    [
        f"We reach {MARK} %.",
        f"# Ours: {MARK}",
        f"- item\n- {MARK}\n",
        f"> quoted {MARK}",
        f"| a | b |\n| --- | --- |\n| x | {MARK} |\n",
        f"{MARK} begins a line",
        f"**{MARK}**",
        f"`code` {MARK} `code`",
        f"a ` alone {MARK}, and another paragraph\n\n` alone",
        f"\\` {MARK} \\`",
        f"<p>\n  {MARK}\n</p>\n",
        f"<!-- a comment with ` --> {MARK} `",
        f"\ufeff{MARK}",
        f"한글 {MARK}입니다",
    ],
)
def test_a_value_is_found_anywhere_in_a_text(text):
    assert [mark[1:] for mark in found(text)] == [("t", "ours", "top1", "81.6")]


@pytest.mark.parametrize(
    "text",
    [
        f"`{MARK}`",
        f"``a ` {MARK} ``",
        f"`over\ntwo lines {MARK}`",
        f"```\n{MARK}\n```\n",
        f"~~~html\n{MARK}\n~~~\n",
        f"text\n\n    {MARK}\n",
        "`<!-- expdb:value -->`",
        "```\n<!-- expdb:vlaue -->\n```",
        f"\\{MARK[:-10]}",
        "nothing but <!-- / --> and <!-- / -->",
    ],
)
def test_in_code_marks_are_text(text):
    assert found(text) == []


def test_several_values_stand_in_a_line_and_each_says_its_own():
    text = f"first\r\n{MARK} to <!--expdb:value  t  'se net'  \"top1@a, b\"-->0.5<!-- /expdb:value -->\rthird\n{MARK}"

    assert found(text) == [
        (2, "t", "ours", "top1", "81.6"),
        (2, "t", "se net", "top1@a, b", "0.5"),
        (4, "t", "ours", "top1", "81.6"),
    ]


def test_html_has_no_code_of_markdowns():
    assert len(found(f"<p>\n\n    {MARK} `{MARK}`\n</p>", is_markdown=False)) == 2


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a\n<!-- expdb:value t r c -->81.6", "line 2: this value has no end: write <!-- / --> behind"),
        (f"a\n<!-- expdb:value t r c -->81.6 {MARK}", "line 2: a value begins before that of line 2 ends"),
        (f"{MARK}\nb <!-- / -->", "line 2: <!-- / --> ends no value: write <!-- expdb:value TABLE ROW COLUMN -->"),
        ("<!-- expdb:value t r -->1<!-- / -->", "line 1: <!-- expdb:value t r --> must name table, row and column"),
        ("<!-- expdb:value t r c d -->1<!-- / -->", "must name table, row and column, those with spaces in quotes"),
        ("<!-- expdb:value t '' c -->1<!-- / -->", "must name table, row and column"),
        ('<!-- expdb:value t "r c -->1<!-- / -->', "must name table, row and column"),
        ("<!-- expdb:value -->1<!-- / -->", "must name table, row and column"),
        ("\n\n<!-- expdb:vlaue t r c -->1<!-- / -->", "line 3: '<!-- expdb:vlaue t r c -->' is no mark: there are"),
        ("<!-- expdb:values t r c -->1<!-- / -->", "is no mark"),
        ("<!-- /expdb:val -->", "is no mark"),
        ("x <!-- expdb:value t r c -->81\n.6<!-- / -->", "line 1: a value is one line without other marks"),
        ("<!-- expdb:value t r c -->81<!-- note -->.6<!-- / -->", "a value is one line without other marks"),
    ],
)
def test_a_broken_mark_is_an_error_that_names_its_line(text, words):
    with pytest.raises(SpecError) as caught:
        find_value_marks(text)

    assert words in str(caught.value)


pieces = st.lists(
    st.sampled_from([MARK, MARK, "`", "``", "\n", "\n\n", "\r\n", "a|b", "    ", "\\`", "한", "**", "| "]), max_size=12
)


@given(pieces)
def test_nothing_but_what_stands_between_marks_is_rewritten(parts):
    text = "".join(parts)
    marks = find_value_marks(text)

    assert with_values(text, lambda mark: mark.printed) == text
    assert with_values(text, lambda mark: "7").replace("7", "81.6").count("81.6") == text.count("81.6")
    assert with_values(text, lambda mark: "7").count("7") == len(marks)
    assert all(text[mark.start : mark.stop] == "81.6" for mark in marks)


@pytest.mark.parametrize("is_markdown", [True, False])
def test_comments_that_never_end_are_passed_quickly(is_markdown):
    assert find_value_marks("<!-- expdb:value " * 100_000, is_markdown=is_markdown) == []  # was minutes

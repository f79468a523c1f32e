"""Marks in HTML pages, marks where none can be, and several bad marks at once."""

from dataclasses import replace

import pytest

from expdb.errors import NotFoundError, SpecError
from expdb.report.check.check import check_text, update_text
from expdb.report.check.findings import is_contradicted
from expdb.report.tables.build import build_table
from expdb.report.writers.render import render
from expdb.report.written.bad_marks import BadMarksError
from tests.report.built import define
from tests.store_runs import add_seeds

MARK = "<!-- expdb:table t -->"
END = "<!-- /expdb:table -->"
TABLE = define("model", "top1", "num_params", keys={"base": "model = resnet_mini", "se net": "model = senet_mini"})


@pytest.fixture
def filled(store):
    add_seeds(store, [0.79, 0.80, 0.81], model__name="resnet_mini")
    add_seeds(store, [0.8206, 0.8212, 0.8218], model__name="senet_mini")
    return store


@pytest.fixture
def page(filled):
    """The saved table, out of its page."""
    return table_of(build_table(filled, TABLE))


def table_of(table):
    whole = render(table, "html")
    return whole[whole.index("<table") : whole.index("</table>") + len("</table>")]


def checked(store, text, name="page.html"):
    return check_text(text, store, [TABLE], name=name)


@pytest.mark.parametrize(
    "around",
    [
        "<h1>Ours</h1>\n{mark}\n{table}",
        "{mark}\n\n{table}\n{end}",
        "{mark}\n{table}\n{mark}\n<p>more</p>",
        "  {mark}\n<div class='wide'>\n<figure>{table}</figure>\n</div>",
        "<p>a</p>\r\n{mark}\r\n{table}\r\n{end}\r\n",
    ],
)
def test_marked_table_of_a_page_is_held_against_its_saved_one(filled, page, around):
    text = around.format(mark=MARK, end=END, table=page)
    wrong = text.replace("82.12", "82.22")

    [good], [bad] = checked(filled, text), checked(filled, wrong)

    assert (good.name, good.is_marked, is_contradicted([good])) == ("t", True, False)
    assert {finding.status for finding in good.findings} <= {"confirmed", "unknown"}
    assert wrong != text
    assert is_contradicted([bad])


def test_row_that_a_marked_page_lacks_is_told(filled, page):
    table = build_table(filled, TABLE)
    rows = [row for row in table.rows if row.key != "base"]

    [found] = checked(filled, f"{MARK}\n{table_of(replace(table, rows=tuple(rows)))}")

    assert [text for text in found.missing if text.startswith("row")] != []


def test_mark_of_a_page_without_a_table_is_told(filled):
    [found] = checked(filled, f"{MARK}\n<p>no table</p>\n{END}\n")

    assert found.problem == "between these marks no table is read"


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("page.html", "<p>a</p>\n<!-- expdb:table x -->\n<table><tr><th>A</table>", "line 2: unknown table 'x'"),
        ("page.html", f"<p>{MARK}</p>\n", "line 1: '<p><!-- expdb:table t --></p>' is no mark"),
        ("page.html", f"{MARK}\n<p>text</p>", f"line 1: neither a table nor {END} follows"),
        ("page.html", f"<p>\n{END}", "line 2: an end mark, but no"),
        ("page.html", "<p>\n<!--\n  expdb:table t\n-->\n<table><tr><td>1</table>", "line 2: this mark is broken over"),
        ("report.md", "a\n\n<!--\nexpdb:table t -->\n", "line 3: this mark is broken over"),
        ("thesis.tex", f"a\n% {MARK}\nb", "line 2: '<!-- expdb:table t -->': LaTeX"),
        ("thesis.tex", "We reach <!-- expdb:value t base top1 -->1<!-- / -->", "LaTeX has no marks"),
    ],
)  # fmt: skip
def test_mark_that_cannot_be_followed_is_never_ignored(filled, name, text, words):
    with pytest.raises((SpecError, NotFoundError)) as caught:
        checked(filled, text, name)

    assert str(caught.value).startswith(words) or words in str(caught.value)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("report.md", f"```\n{MARK}\n```\n"),
        ("thesis.tex", f"\\begin{{lstlisting}}\n{MARK}\n\\end{{lstlisting}}"),
        ("thesis.tex", f"\\verb|{MARK}| is a mark"),
        ("page.html", "<pre>&lt;!-- expdb:table t --&gt;</pre>"),
    ],
)
def test_mark_that_is_shown_as_code_is_none(filled, name, text):
    assert checked(filled, text, name) == []


def test_update_of_a_page_with_a_marked_table_is_refused_with_the_way_out(filled, page):
    value = '<!-- expdb:value t "se net" top1 -->1<!-- / -->'

    with pytest.raises(
        SpecError, match=r"^line 2: --update rewrites tables of Markdown, .* expdb table t --format html"
    ):
        update_text(f"<p>{value}</p>\n{MARK}\n{page}", filled, [TABLE], name="page.html")


def test_lines_of_bad_values_are_those_of_the_file_before_its_tables_are_rewritten(filled):
    text = f"{MARK}\n| A |\n|-|\n| 1 |\n{END}\n\n<!-- expdb:value x y z -->1<!-- / -->\n"

    with pytest.raises(NotFoundError, match=r"^line 7: unknown table 'x'"):
        update_text(text, filled, [TABLE])


@pytest.mark.parametrize("what", [check_text, update_text])
def test_all_bad_marks_of_a_text_are_told_at_once(filled, what):
    lines = [
        "<!-- expdb:value x base top1 -->1<!-- / -->",
        '<!-- expdb:value t nobody top1 -->1<!-- / --> and <!-- expdb:value t "se net" top1 -->82.12<!-- / -->',
        "<!-- expdb:value t base nothing -->1<!-- / -->",
        "<!-- expdb:value t base -->1<!-- / -->",
        "<!-- expdb:values t base -->",
        "",
        "<!-- expdb:table y -->",
        "| A |",
        "|---|",
        "",
        "<!-- /expdb:table z -->",
    ]

    with pytest.raises(BadMarksError) as caught:
        what("\n".join(lines), filled, [TABLE])

    assert [reason.partition(":")[0] for reason in caught.value.reasons] == [
        f"line {line}" for line in (1, 2, 3, 4, 5, 7, 11)
    ]

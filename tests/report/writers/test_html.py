import re

from hypothesis import given

from expdb.report.table import Cell, Note
from expdb.report.writers.html import to_html
from tests.report.writers.readers import expected, parse_page, read_html
from tests.tables import make_cell, make_column, make_table, report_table, sample, tables


def titles(table) -> list[str]:
    return [attributes["title"] for tag, attributes in parse_page(to_html(table)).attributes if attributes.get("title")]


def test_a_reader_of_a_page_sees_the_whole_table():
    assert read_html(to_html(report_table())) == expected(report_table())


@given(tables())
def test_a_reader_of_a_page_sees_the_same_table(table):
    assert read_html(to_html(table)) == expected(table)


def test_the_page_stands_alone():
    source = to_html(report_table())

    assert source.startswith('<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n')
    assert not re.search(r"<(script|link|img|iframe|object)|https?:|url\(|@import| on\w+=", source)


def test_the_page_has_fonts_with_hangul_and_says_which_texts_are_korean():
    columns = [make_column("c", "모델", under="그룹"), make_column("d", "Top-1", under="그룹")]
    notes = (Note(mark="", text="한국어 notes"), Note(mark="", text="English"))
    source = to_html(make_table(columns, [("カナ", "x"), ("漢字", "\u1112\u1161\u11ab")], title="표 1", notes=notes))
    tags = [(tag, about["lang"]) for tag, about in parse_page(source).attributes if about.get("lang")]

    assert '"Noto Sans CJK KR"' in source
    assert tags == [
        *(("html", "en"), ("caption", "ko"), ("th", "ko"), ("th", "ko"), ("th", "ja"), ("td", "ko"), ("p", "ko")),
    ]


def test_heads_say_what_they_are_of():
    scopes = [attributes["scope"] for tag, attributes in parse_page(to_html(report_table())).attributes if tag == "th"]

    assert scopes == [
        *("col", "col", "colgroup", "colgroup"),
        *("col",) * 4,
        *("rowgroup", "row", "row", "rowgroup", "row"),
    ]


def test_a_number_tells_its_exact_value_and_its_runs():
    columns = [
        make_column("top1", "Top-1", "percent", is_sample=True),
        make_column("train_seconds", "Train time", "duration", is_sample=True),
    ]
    row = (sample(0.82851, 0.00121, 3, 4, 5), make_cell(4046.25, "duration", n=1, run_ids=(3,)))

    assert titles(make_table(columns, [row])) == ["82.851 ± 0.121, n = 3; runs 3-5", "4046.25 s; run 3"]


def test_a_transposed_number_tells_its_runs_alone():
    columns = [make_column(), make_column("row0", "ResNet50", align="right")]

    assert titles(make_table(columns, [("Top-1 (%)", sample(0.8285, 0.01, 1, 2))])) == ["runs 1, 2"]


def test_reported_rows_are_told_from_measured_ones():
    rows = [attributes for tag, attributes in parse_page(to_html(report_table())).attributes if tag == "tr"]

    assert [row.get("class") for row in rows[2:]] == [None, None, None, None, "reported"]


def test_text_cannot_leave_an_attribute():
    cell = Cell(value=1.5, text='"><script>alert(1)</script>', run_ids=(1,), marks=('"><b>',))
    page = parse_page(to_html(make_table([make_column('"k"', "<h>", "number")], [(cell,)])))

    assert {tag for tag, _ in page.attributes} <= {
        *("html", "head", "meta", "title", "style", "body", "main", "div"),
        *("table", "caption", "thead", "tbody", "tr", "th", "td", "sup"),
    }

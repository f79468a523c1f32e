import csv
import io
import json

import pytest

from expdb.errors import NotFoundError
from expdb.report.writers.render import FORMATS, render
from tests.report.writers.readers import (
    expected,
    expected_in_markdown,
    read_html,
    read_latex,
    read_markdown,
    read_typst,
)
from tests.tables import make_column, make_table, report_table

READERS = {"md": read_markdown, "html": read_html, "latex": read_latex, "typst": read_typst}


def test_every_format_is_written():
    for form in FORMATS:
        text = render(report_table(), form)
        assert text.endswith("\n")
        assert "ResNet-50" in text


def test_no_two_formats_have_the_same_title_or_the_same_suffix():
    assert len({form.title for form in FORMATS.values()}) == len(FORMATS)
    assert len({form.suffix for form in FORMATS.values()}) == len(FORMATS)


def test_an_unknown_format_is_named():
    with pytest.raises(NotFoundError, match="unknown format 'markdwn'"):
        render(report_table(), "markdwn")


@pytest.mark.parametrize("form", FORMATS)
def test_a_table_is_written_the_same_twice(form: str):
    assert render(report_table(), form) == render(report_table(), form)


def test_all_formats_have_the_same_numbers():
    rows = {
        form: [line for line in read(render(report_table(), form)).lines if not isinstance(line, str)]
        for form, read in READERS.items()
    }
    rows["md"] = [line for line in rows["md"] if any(cell.text for cell in line[1:])]

    assert rows["md"] == rows["html"] == rows["latex"] == rows["typst"]
    assert [cell.text for cell in rows["md"][1]] == [
        *("SENet-101 + AutoAugment", "47.5M", "96.40 ± 0.09 (3)", "2h 25m 40s", "82.85", "2h 25m 41s"),
    ]


def test_csv_and_json_have_the_numbers_behind_the_text():
    in_csv = list(csv.DictReader(io.StringIO(render(report_table(), "csv"))))
    in_json = json.loads(render(report_table(), "json"))

    assert [row["CIFAR-10: Top-1 (last, %)"] for row in in_csv] == ["95.312", "96.4", ""]
    assert [row["top1@cifar10"]["value"] for row in in_json] == [0.95312, 0.964, None]


@pytest.mark.parametrize("form", READERS)
def test_linked_rows_say_their_runs_in_a_last_column(form: str):
    seen = READERS[form](render(report_table(), form, link=True))
    rows = [line for line in seen.lines if not isinstance(line, str) and any(cell.text for cell in line[1:])]

    assert seen.headings[-1] == "Runs"
    assert [row[-1].text for row in rows] == [
        "CIFAR-10: 1-3; CIFAR-100: 10-12",
        "CIFAR-10: 4, 5, 7; CIFAR-100: 13",
        "CIFAR-100: 20",
    ]


@pytest.mark.parametrize("form", READERS)
def test_a_table_without_rows_is_read_back(form: str):
    table = make_table([make_column()], [])

    assert READERS[form](render(table, form)) == (expected_in_markdown if form == "md" else expected)(table)

"""What the writers print is read back as the Markdown of the same table is."""

import re
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given

from expdb.report.writers.csv_json import to_csv, to_tsv
from expdb.report.writers.html import to_html
from expdb.report.writers.latex import to_latex
from expdb.report.writers.markdown import to_markdown
from expdb.report.written.document import read_document
from tests.tables import make_column, make_table, report_table, tables

GOLDEN = Path(__file__).parents[2] / "golden" / "tables"


def told(text, suffix):
    """Return headings and rows of the one table; signs that no engine of LaTeX prints are plain ones."""
    [table] = read_document(text, name=f"a.{suffix}").tables
    rows = [(row.section, [plain(cell.text) for cell in row.cells]) for row in table.rows]
    return [plain(heading) for heading in table.headings], rows


def plain(text):
    return unicodedata.normalize("NFC", text).replace("\N{MINUS SIGN}", "-").replace("\N{REPLACEMENT CHARACTER}", "?")


def closed_up(heading):
    return re.sub(r"\s*:\s*", ":", heading).rstrip(":")


@pytest.mark.parametrize("name", sorted({path.stem for path in GOLDEN.glob("*.md")}))
@pytest.mark.parametrize("form", ["html", "latex", "latex-caption", "latex-document"])
def test_saved_tables_are_read_back(name, form):
    expected = told((GOLDEN / f"{name}.md").read_text(encoding="utf-8"), "md")

    found = told((GOLDEN / f"{name}.{form}").read_text(encoding="utf-8"), "html" if form == "html" else "tex")

    assert found == expected


@pytest.mark.parametrize(("write", "suffix"), [(to_html, "html"), (to_latex, "tex")])
def test_table_with_groups_sections_and_marks_is_read_back(write, suffix):
    [table] = read_document(write(report_table()), name=f"a.{suffix}").tables

    assert told(write(report_table()), suffix) == told(to_markdown(report_table()), "md")
    assert table.surroundings.caption == "Baselines on CIFAR, 200 epochs"


def test_long_table_of_latex_is_read_back_with_its_head_once():
    columns = [make_column("a", "A"), make_column("b", "B", under="Both"), make_column("c", "C", under="Both")]
    table = make_table(columns, [(f"row {number}", f"{number}", "x & y") for number in range(120)], title="Long")

    assert "longtable" in to_latex(table)
    assert told(to_latex(table), "tex") == told(to_markdown(table), "md")


@pytest.mark.parametrize(("write", "suffix"), [(to_csv, "csv"), (to_tsv, "tsv")])
def test_values_of_csv_are_read_back(write, suffix):
    columns = [make_column("a", "Model"), make_column("b", "=x"), make_column("c", "Top-1 (%)", "percent")]
    table = make_table(columns, [('a, "b"\t|', "-1", 0.7905), ("@c", "d", None)])

    assert told(write(table), suffix) == (
        ["Model", "=x", "Top-1 (%)"],
        [(None, ['a, "b" |', "-1", "79.05"]), (None, ["@c", "d", ""])],
    )


@pytest.mark.parametrize(("write", "suffix"), [(to_html, "html"), (to_latex, "tex")])
@given(table=tables())
def test_nasty_tables_are_read_back(write, suffix, table):
    columns = (make_column("first", "First"), *table.columns)
    rows = [("first", *(cell for cell in row.cells)) for row in table.rows]
    nasty = make_table(columns, rows, title="A title")

    headings, found = told(write(nasty), suffix)
    expected_headings, expected = told(to_markdown(nasty), "md")

    assert found == expected
    # A heading without words below a shared one leaves a colon behind in Markdown.
    assert list(map(closed_up, headings)) == list(map(closed_up, expected_headings))

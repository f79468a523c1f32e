import pytest

from expdb.report.written.formats.markdown_tables import read_tables
from expdb.report.written.written_table import with_columns_as_rows

TABLE = "| Model | Top-1 |\n| --- | --- |\n| ResNet50 | 79.05 |\n"


def test_table_has_its_lines_headings_and_cells():
    [table] = read_tables(f"# 제목\n\ntext\n\n{TABLE}\nmore\n")

    assert (table.first_line, table.last_line, table.headings) == (5, 7, ("Model", "Top-1"))
    assert [(cell.text, cell.line) for row in table.rows for cell in row.cells] == [("ResNet50", 7), ("79.05", 7)]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("**82.85 ± 0.12 (3)**", "82.85 ± 0.12 (3)"),
        ("<u>82.85</u><sup>a, b</sup>", "82.85"),
        ("`82.85`", "82.85"),
        ("[82.85](runs.md)", "82.85"),
        (r"a \| b &amp; \*c\*", "a | b & *c*"),
        ("1<br>2", "1 2"),
        ("55.55 ± 0.58 (3)[^1]", "55.55 ± 0.58 (3)"),
        ("SENet-mini [^se] [^2]", "SENet-mini"),
        ("82.85 [1]", "82.85"),
        ("ResNet50_tutorial", "ResNet50_tutorial"),
    ],
)
def test_cell_is_what_a_reader_sees(cell, text):
    notes = "[^1]: https://a.org\n[^se]: A note.\n> [^2]: <https://b.org>\n\n[1]: https://c.org\n"
    [table] = read_tables(f"{notes}\n| A | B |\n|---|---|\n| {cell} | x |\n")

    assert table.rows[0].cells[0].text == text


@pytest.mark.parametrize("text", [f"```\n{TABLE}```\n", "    " + TABLE.replace("\n", "\n    "), "| a | b |\n", ""])
def test_table_in_code_is_none(text):
    assert read_tables(text) == []


def test_row_with_words_in_its_first_cell_only_is_a_section():
    [table] = read_tables("| A | B |\n|---|---|\n| **CIFAR-10** | |\n| x | 1 |\n| **CIFAR-100** | |\n| x | 2 |\n")

    assert [(row.section, row.cells[1].text) for row in table.rows] == [("CIFAR-10", "1"), ("CIFAR-100", "2")]


def test_transposed_table_keeps_the_lines_of_its_cells():
    [table] = read_tables("| | a | b |\n|---|---|---|\n| Top-1 | 1 | 2 |\n| Top-5 | 3 | 4 |\n")
    turned = with_columns_as_rows(table)

    assert turned.headings == ("", "Top-1", "Top-5")
    assert [[(cell.text, cell.line) for cell in row.cells] for row in turned.rows] == [
        [("a", 1), ("1", 3), ("3", 4)],
        [("b", 1), ("2", 3), ("4", 4)],
    ]

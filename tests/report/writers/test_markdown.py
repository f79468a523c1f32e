import pytest
from hypothesis import given
from hypothesis import strategies as st

from expdb.domain.value_text import one_line
from expdb.report.table import Cell, Note
from expdb.report.writers.markdown import escape, to_markdown
from tests.report.writers.readers import Seen, expected_in_markdown, read_markdown
from tests.tables import make_column, make_table, report_table, tables

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
markup = st.text("|\\`*_<>&;#[]()!~$ab\n -+:", max_size=20)

NAME, TOP1 = make_column(), make_column("top1", "Top-1 (last, %)", "percent", is_sample=True)


def test_table_has_the_form_of_the_report():
    table = make_table([NAME, TOP1], [("ResNet50_tutorial + x/y - 0.5", 0.7905)])

    assert to_markdown(table) == (
        "| Name | Top-1 (last, %) |\n| --- | --- |\n| ResNet50_tutorial + x/y - 0.5 | 79.05 |\n"
    )


def test_table_without_rows_is_its_head():
    assert to_markdown(make_table([NAME, TOP1], [])) == "| Name | Top-1 (last, %) |\n| --- | --- |\n"


def test_markup_is_escaped():
    assert escape("a|b <script> *x* `y` _z_ &lt; R&D") == r"a\|b &lt;script> \*x\* \`y\` \_z\_ &amp;lt; R&D"


def test_text_on_several_lines_stays_in_its_cell():
    assert escape(" a\n| --- |\r\nb ") == r"a \| --- \| b"


def test_dollars_are_no_formula():
    assert escape("$5 and $6") == r"\$5 and \$6"


def test_a_full_table_reads_as_a_report():
    assert to_markdown(report_table()) == (
        "| Model | Params | CIFAR-10: Top-1 (last, %) | CIFAR-10: Train time "
        "| CIFAR-100: Top-1 (last, %) | CIFAR-100: Train time |\n"
        "| --- | --- | --- | --- | --- | --- |\n"
        "| **CNN** |  |  |  |  |  |\n"
        "| ResNet-50 | 23.7M | <ins>95.31 ± 0.12 (3)</ins> | 1h 7m 26s | 79.05 ± 0.25 (3) | 1h 7m 41s |\n"
        "| SENet-101 + AutoAugment<sup>a</sup> | 47.5M | **96.40 ± 0.09 (3)** | 2h 25m 40s<sup>b</sup> "
        "| **82.85**<sup>a,b</sup> | 2h 25m 41s<sup>b</sup> |\n"
        "| **Transformer** |  |  |  |  |  |\n"
        "| ViT-B/16 | 85.8M | – | – | 91.67 | – |\n"
        "\n"
        "- Mean ± sample standard deviation (n seeds); without ±: n = 1.\n"
        "- <sup>a</sup> Trained for 300 epochs, the baseline for 200.\n"
        "- <sup>b</sup> Timed on 2 × H200; the baseline on 1.\n"
    )


@pytest.mark.parametrize("text", ["# a", "> a", "- a", "+ a", "* a", "1. a", "12) a", "---", "===", "[ ] a", "[a]: b"])
def test_a_note_is_one_line_of_text(text: str):
    source = to_markdown(make_table([NAME], [], notes=(Note(mark="", text=text), Note(mark="a", text=text))))

    assert read_markdown(source).notes == [("", text), ("a", text)]


@pytest.mark.parametrize("rank", [1, 2])
@pytest.mark.parametrize("text", ["(3)", "*", "a*", "**", "_a_", "&lt;", "한국어", "-0.5", "\\", "<b>"])
def test_emphasis_holds_around_any_text(text: str, rank):
    source = to_markdown(make_table([NAME], [(Cell(value=text, text=text, rank=rank, marks=("a",)),)]))

    assert read_markdown(source).lines == [[Seen(text, ("", "best", "second")[rank], "a")]]


@given(st.lists(texts | markup, max_size=4), texts | markup)
def test_a_reader_sees_the_same_cells(names, heading):
    table = make_table([make_column(heading=heading), TOP1], [(name, 0.7905) for name in names])
    seen = read_markdown(to_markdown(table))

    assert seen.headings == [one_line(heading), "Top-1 (last, %)"]
    assert seen.lines == [[Seen(one_line(name)), Seen("79.05")] for name in names]


@given(tables())
def test_a_reader_of_markdown_sees_the_same_table(table):
    assert read_markdown(to_markdown(table)) == expected_in_markdown(table)

import time

import pytest

from expdb.errors import SpecError
from expdb.report.written.document import read_document
from expdb.report.written.written_table import with_columns_as_rows

TABLE = "| Model | Top-1 |\n| --- | --- |\n| ResNet50 | 79.05 |\n"


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("a.md", "Markdown"), ("reports/A.MD", "Markdown"), ("a.b.markdown", "Markdown"), ("C:\\b\\a.md", "Markdown"),
        ("a.html", "HTML"), ("a.HTM", "HTML"), ("a.tex", "LaTeX"), ("a.csv", "CSV"), ("a.tsv", "CSV"),
    ],
)  # fmt: skip
def test_suffix_says_the_format(name, form):
    assert read_document(TABLE, name=name).format == form


@pytest.mark.parametrize(("name", "said"), [("a.docx", "'.docx' is no format"), ("README", "its name does not say")])
def test_other_suffix_is_refused_with_those_that_are_read(name, said):
    with pytest.raises(SpecError, match=rf"^{name}: {said}.*: give a file of \.md, "):
        read_document(TABLE, name=name)


def test_text_of_a_megabyte_is_read_in_seconds():
    row = "| ResNet50 + AutoAugment | **79.05** ± 0.12 | [log](a.log) |\n"
    text = f"# A\n\ntext\n\n| Model | Top-1 | Log |\n|---|---|---|\n{row * 18}\n" * 900
    began = time.process_time()

    assert len(text) > 1_000_000
    assert len(read_document(text, name="a.md").tables) == 900
    assert time.process_time() - began < 60


HOSTILE = [
    "<table>" * 5000,
    "<table><tr><td>" * 3000,
    "<table><tr>" + "<td colspan=1000>x" * 3000,
    "<table><tr><td rowspan=100000>x<tr>" * 2000,
    "<sup>" * 20_000,
    "<a " * 20_000,
    "<!-- " * 20_000,
    "<b>x" * 20_000,
    "> " * 5000 + "| a |",
    "- " * 5000 + "x",
    "|" * 10_000 + "\n" + "|-" * 10_000 + "|\n" + "|x" * 10_000 + "|\n",
    "<details>" * 5000 + "</details>" * 6000,
    "</table></td></tr></sup>" * 1000,
    "![Table 1]" * 5000,
    "[" * 5000,
    "\x00\ufffe\ud800",
    "<![CDATA[<table>",
    "<td colspan=99999999999999999999 rowspan=-1>",
    "\\begin{tabular}{ll}" * 3000,
    "\\begin{tabular}{ll} a & b \\\\" * 2000 + "\\end{tabular}" * 2000,
    "\\begin{tabular}{l}" + "{" * 5000 + "a" + "}" * 5000 + "\\end{tabular}",
    "\\begin{tabular}{l}" + "\\textbf{" * 3000 + "a" + "}" * 3000 + "\\end{tabular}",
    "\\begin{tabular}{l}" + "a &" * 10_000 + "\\\\ \\end{tabular}",
    "\\begin{tabular}{l}" + "$x_{" * 3000 + "\\end{tabular}",
    "\\begin{tabular}{*{99999}{*{99999}{S}}} a \\\\ \\end{tabular}",
    "\\begin{tabular}{l}\\multicolumn{9999}{c}{a} & \\multirow{9999}{*}{b} \\\\ \\multirow \\end{tabular}",
    "\\section{" * 20_000,
    "\\caption{" * 20_000,
    "\\begin{table}" * 20_000,
    "\\begin{verbatim}" * 20_000,
    "\\newcommand{\\a}{\\b\\b\\b}\\newcommand{\\b}{\\a\\a}\\begin{tabular}{l}\\a & \\end{tabular}",
    "\\begin{tabular}{l} \\def\\x#1{#1} \\verb|a & \\end{tabular}",
    "\\begin{tabular}\\end{tabular}\\begin{tabular*}\\end{tabular*}",
    "\\begin{tabular}{l} \\char \\frac \\num{x(} \\cline{a} \\multicolumn{}{}{} \\end{tabular}",
    "\n\n" * 100_000,
    ",\n" * 50_000,
    '"' * 50_001,
]


@pytest.mark.parametrize("text", HOSTILE, ids=[text[:16] for text in HOSTILE])
@pytest.mark.parametrize("suffix", ["md", "html", "tex", "csv"])
def test_hostile_text_ends_quickly_without_a_traceback(text, suffix):
    began = time.process_time()

    read_document(text, name=f"a.{suffix}")

    assert time.process_time() - began < 20


@pytest.mark.parametrize("mark", ["<sup>a</sup>", "<sup>b, c</sup>", "<sup>ab</sup>", "<sup>†</sup>", "[^1]"])
def test_a_model_that_heads_a_column_is_read_without_the_mark_of_a_note(mark):
    text = (
        f"| Model | ResNet18{mark} | CIFAR-10: ResNet50{mark} | AP^50 |\n|---|---|---|---|\n| Top-1 | 95.1 | 96 | 1 |\n"
    )
    [table] = read_document(text, name="a.md").tables

    turned = with_columns_as_rows(table)

    assert [row.cells[0].text for row in turned.rows] == ["ResNet18", "CIFAR-10: ResNet50", "AP^50"]

import re
import shutil
from pathlib import Path

import pytest
from hypothesis import given

from expdb.domain.table import TableDefinition
from expdb.report.table import Note
from expdb.report.tables.build import build_table
from expdb.report.writers.latex import escape, to_latex
from expdb.report.writers.layout import with_runs
from expdb.store.store import Store
from tests.report.writers.compiled import compiled, latex
from tests.report.writers.readers import composed, expected, read_latex
from tests.tables import make_cell, make_column, make_table, report_table, tables

NASTY = (
    *(
        "R&D 100% $5 #1 a_b {x} ~ ^ \\today",
        '<a> |b| "q" `c`',
        "[1, 2]",
        "* star",
        "-- --- ''x'' ,, ?` !`",
        "50 \\% \\\\",
    ),
    *(
        "± – — × − ≤ ≥ ≠ ≈ ∞ √ → ← ↑ ↓ ✓",
        "ΓΔΘΛΞΠΣΦΨΩ αβγδεζηθικλμνξπρςστυφχψω",
        "Āč Ě ş Œ ž e\u0301 \ufffd",
        "é ß ñ Å ø æ ² ½ µ ° · “q” ‘q’ † ‡ • … € ™",
    ),
)


def test_a_reader_of_the_source_sees_the_whole_table():
    assert read_latex(to_latex(report_table())) == expected(report_table())


@given(tables())
def test_a_reader_of_the_source_sees_the_same_table(table):
    assert composed(read_latex(to_latex(table))) == composed(expected(table))


def test_the_source_is_in_even_columns():
    columns = [
        make_column("model", "Model"),
        make_column("top1", "Top-1 (%)", "percent", under="CIFAR-100"),
        make_column("top5", "Top-5 (%)", "percent", under="CIFAR-100"),
    ]
    rows = [("ResNet50", 0.7905, 0.9394), (make_cell("이미지", marks=("a",)), make_cell(0.8, "percent", rank=1), 0.95)]
    table = make_table(columns, rows, name="my.table", title="A & B", notes=(Note(mark="a", text="100 % true."),))

    assert to_latex(table) == (
        "% Needs \\usepackage{booktabs}.\n"
        "% Has Korean letters: \\usepackage{kotex}, or lualatex with a font that has them (as --format latex-document "
        "does).\n"
        "\\begin{table}\n"
        "  \\centering\n"
        "  \\caption{A \\& B}\n"
        "  \\label{tab:my.table}\n"
        "  \\smallskip\n"
        "  \\begin{tabular}{lrr}\n"
        "    \\toprule\n"
        "     & \\multicolumn{2}{c}{CIFAR-100} \\\\\n"
        "    \\cmidrule(lr){2-3}\n"
        "    Model                     &     Top-1 (\\%) & Top-5 (\\%) \\\\\n"
        "    \\midrule\n"
        "    ResNet50                  &          79.05 &      93.94 \\\\\n"
        "    이미지\\textsuperscript{a} & \\textbf{80.00} &      95.00 \\\\\n"
        "    \\bottomrule\n"
        "  \\end{tabular}\n"
        "  \\par\\smallskip\\raggedright\\footnotesize\n"
        "  \\textsuperscript{a} 100 \\% true.\\par\n"
        "\\end{table}\n"
    )


@pytest.mark.parametrize(
    ("text", "needed"),
    [
        ("ResNet50 ± 0.1 – é", "% Needs \\usepackage{booktabs}.\n\\begin"),
        ("✓", "% Needs \\usepackage{booktabs} and \\usepackage{amssymb}.\n\\begin"),
        ("Lódź, český, őrült, ŞİĞ", "% Needs \\usepackage{booktabs}.\n\\begin"),
        (
            "Wałęsa «b»",
            "% Needs \\usepackage{booktabs}.\n% Has letters for which pdflatex needs \\usepackage[T1]{fontenc}.\n",
        ),
        ("漢字 and Ж", "% Needs \\usepackage{booktabs}.\n% Has letters that pdflatex lacks (漢 字 Ж): lualatex with"),
        ("🎉 한국어 q̃", "% Needs \\usepackage{booktabs}.\n% Has letters that pdflatex lacks (🎉 한 국 어 U+0303): lua"),
        ("한국어", "% Needs \\usepackage{booktabs}.\n% Has Korean letters: \\usepackage{kotex}, or lualatex with"),
    ],
)
def test_the_first_lines_say_what_it_needs(text: str, needed: str):
    assert to_latex(make_table([make_column()], [(text,)])).startswith(needed)


def test_dashes_and_quotes_do_not_join():
    assert escape("--a -– '' ,,") == "-{}-a -{}-- '{}' ,{},"


def test_a_row_does_not_begin_with_an_argument_of_the_row_above():
    assert escape("[1] *") == "{[}1{]} {*}"


def test_a_negative_number_has_a_minus_sign():
    cells = [make_cell(-0.0972, text="-9.72"), make_cell(0.01, text="[-0.29, +2.96]"), make_cell(1e-4, text="1e-4")]
    source = to_latex(make_table([make_column()], [(cell,) for cell in [*cells, make_cell("+ weight-decay -1")]]))

    for text in ("$-$9.72", "{[}$-$0.29, +2.96{]}", "1e-4", "+ weight-decay -1"):
        assert f"    {text} " in source


def test_only_a_table_wider_than_a_page_wraps_its_long_texts_and_shrinks():
    words = " / ".join(["random crop"] * 12)
    texts, numbers = make_column("settings", "Settings"), [make_column(f"n{n}", "Top-1 (last, %)") for n in range(6)]
    long, wide = make_table([texts], [(words,)]), make_table([texts, *numbers], [(words, *("82.85 ± 0.10 (3)",) * 6)])

    assert to_latex(long).startswith("% Needs \\usepackage{booktabs} and \\usepackage{array}.\n")
    assert "\\begin{tabular}{>{\\raggedright\\arraybackslash}p{0.97\\linewidth}}" in to_latex(long)
    assert "\\resizebox" not in to_latex(long)
    assert to_latex(wide).startswith(
        "% Needs \\usepackage{booktabs}, \\usepackage{array} and \\usepackage{graphicx}.\n"
    )
    assert to_latex(make_table([texts], [("short",)])).startswith("% Needs \\usepackage{booktabs}.\n")


def test_latex_compiles_it(tmp_path: Path):
    program = latex()
    column, *_ = columns = [make_column("a", NASTY[0], under=NASTY[1]), make_column("b", NASTY[2], under=NASTY[1])]
    rows = [(make_cell(text, rank=index % 3, marks=("*", "a")), text) for index, text in enumerate(NASTY)]
    notes = tuple(Note(mark=mark, text=text) for mark in ("", "*") for text in NASTY)
    nasty = make_table(columns, rows, title=" ".join(NASTY), notes=notes)
    sources = [to_latex(table) for table in (nasty, report_table(), make_table([column], []))]
    log = compiled(program, sources, tmp_path)

    assert "Missing character" not in log


@pytest.mark.parametrize("words", [1, 30])
def test_a_table_longer_than_a_page_goes_on_on_the_next(tmp_path: Path, words: int):
    columns = [
        make_column("a", "A"),
        make_column("b", "B", "integer", under="Both"),
        make_column("c", "C", under="Both"),
    ]
    rows = [(f"row {number}", number, " ".join(["word"] * words)) for number in range(120)]
    table = make_table(columns, rows, title="Long", notes=(Note(mark="", text="Below."),))
    source = to_latex(table)

    log = compiled(latex(), [source], tmp_path)

    assert r"\usepackage{longtable}" in source
    assert "Float too large" not in log
    num_pages = re.search(r"Output written on t\.\w+ \((\d+) pages?", log)
    assert num_pages is not None
    assert int(num_pages[1]) > 2
    assert [f"row {number} " in source for number in range(120)] == [True] * 120


def test_no_table_of_the_examples_runs_off_the_page(tmp_path: Path):
    program = latex()
    example = Path(__file__).parents[3] / "runs.db.example"
    shutil.copy(example, tmp_path / "runs.db")
    with Store.open(f"sqlite:///{tmp_path}/runs.db") as store:
        tables = [build_table(store, definition) for definition in store.saved_tables.all()]
        pivot = {"rows": ["model_label"], "across": ["dataset"], "where": "kind = measured", "cell": "mean of groups"}
        columns = ["model_label", "top1", "top5", "train_seconds"]
        tables.append(build_table(store, TableDefinition.model_validate({"name": "p", "columns": columns, **pivot})))

    log = compiled(program, [to_latex(table) for table in tables] + [to_latex(with_runs(tables[0]))], tmp_path)

    assert "Overfull" not in log

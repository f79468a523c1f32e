"""Tables as whole documents, and with their notes in the caption: compiled, whatever letters are in them."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from expdb.report.table import Note, Table
from expdb.report.writers.latex import to_captioned
from expdb.report.writers.latex_document import to_document
from tests.report.writers.compiled import compiled_document, latex
from tests.report.writers.test_latex import NASTY
from tests.tables import make_cell, make_column, make_table, report_table

LATIN = ("R&D 100%", "–± é [č]", "Zażółć «gęślą»")
KOREAN = ("한국어 모델", "실험 “그룹” 漢字 かな、", "\u1112\u1161\u11ab\u1100\u1173\u11af")
# Cyrillic, Arabic, Thai, emoji of one and of several characters, accents that no letter has, a lone one.
OTHERS = ("Ж ب กข", "🎉 👨\u200d👩 ✗ ⁴", "q\u0303 \u0301x \u202eevil")


def table_of(texts: tuple[str, ...]) -> Table:
    """Return a table with these texts wherever a table has one."""
    columns = [make_column(f"c{at}", text, under=texts[0]) for at, text in enumerate(texts)]
    rows = [tuple(make_cell(text, rank=at % 3, marks=("a",)) for at, text in enumerate(texts)) for _ in range(2)]
    notes = tuple(Note(mark=mark, text=text) for mark in ("", "a") for text in texts)
    return make_table(columns, rows, title=" ".join(texts), notes=notes)


def engine(name: str) -> str:
    """Return an engine that can compile a document with other fonts, or skip."""
    needed = {"lualatex": "luaotfload.sty", "pdflatex": "kotex.sty"}[name]
    found = shutil.which(name)
    if found is None or not subprocess.run(["kpsewhich", needed], capture_output=True).stdout:
        pytest.skip(f"no {name} with {needed} is installed")
    return found


def test_a_document_of_latin_letters_compiles_with_what_is_there(tmp_path: Path):
    for texts in (LATIN[:2], LATIN):
        source = to_document(table_of(texts))

        assert source.startswith("% Compile with pdflatex, lualatex or xelatex.\n\\documentclass{article}\n")
        assert "Missing character" not in compiled_document(latex(), source, tmp_path)


def test_hangul_prints_with_lualatex(tmp_path: Path):
    program = engine("lualatex")
    if not shutil.which("fc-list") or not subprocess.run(["fc-list", ":lang=ko"], capture_output=True).stdout:
        pytest.skip("no font with Hangul is installed")

    log = compiled_document(program, to_document(table_of(KOREAN)), tmp_path)

    assert "Missing character" not in log
    assert "Output written on t.pdf" in log


def test_hangul_prints_with_pdflatex_and_kotex(tmp_path: Path):
    log = compiled_document(engine("pdflatex"), to_document(table_of(KOREAN)), tmp_path)

    assert "Output written on t.pdf" in log


def test_no_letter_breaks_a_document_and_those_without_a_font_are_named(tmp_path: Path):
    source = to_document(table_of(OTHERS))

    assert source.startswith("% Compile with lualatex.\n")
    log = compiled_document(engine("lualatex"), source, tmp_path)
    assert "Output written on t.pdf" in log
    for letter in re.findall(r"Missing character: There is no (.)", log):
        assert letter in "".join(OTHERS)


def test_a_document_loads_what_its_table_needs():
    assert to_document(make_table([make_column()], [("✓",)])) == (
        "% Compile with pdflatex, lualatex or xelatex.\n"
        "\\documentclass{article}\n"
        "\\usepackage{booktabs}\n"
        "\\usepackage{amssymb}\n"
        "\\begin{document}\n"
        "\\begin{table}\n"
        "  \\centering\n"
        "  \\caption{t}\n"
        "  \\label{tab:t}\n"
        "  \\smallskip\n"
        "  \\begin{tabular}{l}\n"
        "    \\toprule\n"
        "    Name         \\\\\n"
        "    \\midrule\n"
        "    \\checkmark{} \\\\\n"
        "    \\bottomrule\n"
        "  \\end{tabular}\n"
        "\\end{table}\n"
        "\\end{document}\n"
    )


def test_the_caption_has_the_notes_and_the_list_of_tables_the_title_alone():
    notes = (Note(mark="a", text="100 % [true]"), Note(mark="", text="Is it?"))
    source = to_captioned(make_table([make_column()], [("x",)], title="A & B [1]", notes=notes))

    assert "  \\caption[A \\& B {[}1{]}]{A \\& B {[}1{]}. \\textsuperscript{a} 100 \\% {[}true{]}. Is it?}\n" in source
    assert "\\footnotesize" not in source


def test_the_name_of_a_table_without_a_title_is_no_sentence_of_its_caption():
    notes = (Note(mark="", text="Mean of seeds."),)

    assert "\\caption[ablation]{Mean of seeds.}\n" in to_captioned(
        make_table([make_column()], [("x",)], name="ablation", title="", notes=notes)
    )
    assert "\\caption[ablation]{}\n" in to_captioned(make_table([make_column()], [("x",)], name="ablation", title=""))


@pytest.mark.parametrize("package", ["", "caption", "hyperref", "threeparttable"])
def test_notes_in_a_caption_compile_where_captions_are_listed_twice(tmp_path: Path, package: str):
    program = latex()
    if package and not subprocess.run(["kpsewhich", f"{package}.sty"], capture_output=True).stdout:
        pytest.skip(f"{package} is not installed")
    notes = tuple(Note(mark=mark, text=text) for mark in ("", "*") for text in NASTY)
    rows = [(f"row {number}",) for number in range(60)]
    nasty = [make_table([make_column()], many, title=" ".join(NASTY), notes=notes) for many in (rows[:2], rows)]
    head = ["\\documentclass{article}", "\\usepackage{booktabs,array,graphicx,longtable,amssymb}"]
    head += [f"\\usepackage{{{package}}}"] if package else []
    tables = [to_captioned(table) for table in (*nasty, report_table())]
    document = "\n".join([*head, "\\begin{document}", "\\listoftables", *tables, "\\end{document}"])

    for _ in range(2):  # the second time with the list of the first
        log = compiled_document(program, document, tmp_path)

        assert "Missing character" not in log
    assert (tmp_path / "t.lot").read_text(encoding="utf-8").count("\\contentsline") == 3

import shutil
import subprocess
import unicodedata
from pathlib import Path

import pytest
import typst
from hypothesis import given

from expdb.report.table import Note
from expdb.report.writers.typst import quote, to_typst
from tests.report.writers.readers import composed, expected, read_typst
from tests.tables import make_cell, make_column, make_table, report_table, tables

GOLDEN = Path(__file__).parents[1] / "golden" / "tables"


def test_a_reader_of_the_figure_sees_the_whole_table():
    assert read_typst(to_typst(report_table())) == expected(report_table())


@given(tables())
def test_a_reader_of_the_figure_sees_the_same_table(table):
    assert composed(read_typst(to_typst(table))) == composed(expected(table))


def test_text_is_a_string():
    assert quote('#let x = "a\\n"\n*b* //c') == '"#let x = \\"a\\\\n\\" *b* //c"'


def test_the_figure_has_rules_above_below_and_under_its_head():
    columns = [make_column("model", "Model"), make_column("top1", "Top-1 (%)", "percent", under="CIFAR-100")]
    rows = [("ResNet50", 0.7905), (make_cell("SENet50", marks=("a",)), make_cell(0.8, "percent", rank=1))]
    table = make_table(columns, rows, name="my.table", title="A *B*", notes=(Note(mark="a", text="True."),))

    assert to_typst(table) == (
        "#figure(\n"
        "  kind: table,\n"
        '  caption: figure.caption(position: top, "A *B*"),\n'
        "  {\n"
        "    table(\n"
        "      columns: 2,\n"
        "      align: (left, right),\n"
        "      stroke: none,\n"
        "      column-gutter: 0.4em,\n"
        "      table.hline(),\n"
        "      table.header(\n"
        '        "", table.cell(colspan: 1, align: center, "CIFAR-100"),\n'
        "        table.hline(start: 1, end: 2, stroke: 0.5pt),\n"
        '        "Model",                    "Top-1 (%)",\n'
        "      ),\n"
        "      table.hline(stroke: 0.5pt),\n"
        '      "ResNet50",                     "79.05",\n'
        '      "SENet50" + super("a"), strong("80.00"),\n'
        "      table.hline(),\n"
        "    )\n"
        "    set align(left)\n"
        "    set text(size: 0.8em)\n"
        '    super("a") + " " + "True."\n'
        "  },\n"
        ") <tab:my.table>\n"
    )


def test_a_negative_number_has_a_minus_sign():
    cells = [make_cell(-0.0972, text="-9.72"), make_cell(0.01, text="[-0.29, +2.96]"), make_cell("- 1 and -1")]
    source = to_typst(make_table([make_column()], [(cell,) for cell in cells]))

    for text in ("−9.72", "[−0.29, +2.96]", "- 1 and -1"):
        assert f'"{text}"' in source


def test_typst_compiles_it(tmp_path: Path):
    text = '#let x = 1 *b* _c_ `d` $e$ <f> @g [h] \\ ~ " // /* -- 한국어 ✓ ±'
    nasty = make_table(
        [make_column(heading=text, under=text)], [(text,)], title=text, notes=(Note(mark="*", text=text),)
    )
    examples = [path.read_text(encoding="utf-8") for path in sorted(GOLDEN.glob("*.typst"))]
    assert examples
    (tmp_path / "t.typ").write_text("\n".join([to_typst(nasty), to_typst(report_table()), *examples]), encoding="utf-8")

    typst.compile(tmp_path / "t.typ", output=tmp_path / "t.pdf")

    assert (tmp_path / "t.pdf").read_bytes().startswith(b"%PDF")


def test_a_table_longer_than_a_page_goes_on_on_the_next(tmp_path: Path):
    columns = [make_column("a", "A"), make_column("b", "B", "integer")]
    table = make_table(columns, [(f"row {number}", number) for number in range(120)], title="Long")
    source = to_typst(table)
    (tmp_path / "t.typ").write_text(source, encoding="utf-8")

    pages = typst.compile(tmp_path / "t.typ", format="svg")

    assert isinstance(pages, list)
    assert len(pages) > 2
    figure = source.removeprefix("#[\n#show figure: set block(breakable: true)\n").removesuffix("]\n")
    assert read_typst(figure) == expected(table)


@pytest.mark.parametrize("pair", ["한글", "漢字", "ЖЩ"])
def test_letters_of_other_scripts_print_with_the_fonts_of_the_system(pair: str, tmp_path: Path):
    """Where no font has a letter, every one prints as the same box: here the two look different."""
    if (
        not shutil.which("fc-list")
        or not subprocess.run(["fc-list", f":charset={ord(pair[0]):x}"], capture_output=True).stdout
    ):
        pytest.skip("no font with these letters is installed")
    drawn = []
    for letter in pair:
        source = tmp_path / "t.typ"
        source.write_text(to_typst(make_table([make_column("c", "x")], [(letter,)])), encoding="utf-8")
        drawn.append(typst.compile(source, format="svg"))

    assert drawn[0] != drawn[1]


def test_hangul_of_single_jamo_prints_as_syllables(tmp_path: Path):
    drawn = []
    for form in ("NFC", "NFD"):
        source = tmp_path / "t.typ"
        word = unicodedata.normalize(form, "한국어 é")
        source.write_text(to_typst(make_table([make_column("c", "x")], [(word,)])), encoding="utf-8")
        drawn.append(typst.compile(source, format="svg"))

    assert drawn[0] == drawn[1]

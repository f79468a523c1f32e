from pathlib import Path

import expdb.report.figures
from expdb.report.figures.agreement import agreement_figure
from expdb.report.figures.style import FONTS, color_of, cut, dash_of, faded, figure_text, symbol_of


def test_thirty_lines_and_forty_two_points_look_different():
    assert len({(color_of(index), dash_of(index)) for index in range(30)}) == 30
    assert len({(color_of(index), symbol_of(index)) for index in range(42)}) == 42


def test_faded_colours_and_cut_texts():
    assert faded("#0072B2", 0.16) == "rgba(0,114,178,0.16)"
    assert (cut("abc", 3), cut("abcd", 3)) == ("abc", "ab…")


def test_text_in_a_figure_is_never_markup():
    assert figure_text("a < b & c") == "a &lt; b &amp; c"


def test_every_figure_has_fonts_with_hangul_behind_its_own():
    figure = agreement_figure(["1 한국어", "2 b"], [[1.0, 0.9], [0.9, 1.0]], "same answer")
    sources = [path.read_text() for path in Path(*expdb.report.figures.__path__).glob("*.py")]
    drawing = [source for source in sources if "go.Figure(" in source]

    assert figure.layout.font.family == FONTS
    assert '"Noto Sans CJK KR"' in FONTS
    assert len(drawing) > 5
    assert all('"family": FONTS' in source for source in drawing)

from expdb.report.figures.style import color_of, cut, dash_of, faded, figure_text, symbol_of


def test_thirty_lines_and_forty_two_points_look_different():
    assert len({(color_of(index), dash_of(index)) for index in range(30)}) == 30
    assert len({(color_of(index), symbol_of(index)) for index in range(42)}) == 42


def test_faded_colours_and_cut_texts():
    assert faded("#0072B2", 0.16) == "rgba(0,114,178,0.16)"
    assert (cut("abc", 3), cut("abcd", 3)) == ("abc", "ab…")


def test_text_in_a_figure_is_never_markup():
    assert figure_text("a < b & c") == "a &lt; b &amp; c"

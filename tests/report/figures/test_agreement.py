from expdb.report.figures.agreement import agreement_figure


def test_the_heat_map_prints_its_numbers():
    figure = agreement_figure(["1 a", "2 <b>"], [[1.0, 0.925], [0.925, 1.0]], "same answer")

    assert [list(row) for row in figure.data[0].text] == [["", "92.5%"], ["92.5%", ""]]
    assert list(figure.data[0].y) == ["1 a", "2 &lt;b&gt;"]
    assert agreement_figure(["1", "2"], [[1.0, None], [None, 1.0]], "error consistency").data[0].text[0][1] == ""

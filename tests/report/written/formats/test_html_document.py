import pytest

from expdb.report.written.document import read_document


def read(text):
    return read_document(text, name="page.html")


def texts(text):
    [found] = read(text).tables
    return found.headings, [(row.section, [cell.text for cell in row.cells]) for row in found.rows]


ROWS = "<tr><th>Model<th>Top-1</tr><tr><td>a</td><td>1</td></tr>"


@pytest.mark.parametrize(
    ("source", "captions"),
    [
        ("<figure>{}<figcaption>On <b>C100</b></figcaption></figure>", ["On C100"]),
        ("<figure><figcaption>On C100</figcaption><div>{}</div></figure>", ["On C100"]),
        ("<figure>{}<figcaption><p>On C100</p></figcaption></figure>{}", ["On C100", None]),
        ("<figure><img src=a.png><figcaption>On C100</figcaption></figure>{}", [None]),
        ("{}<figure><img src=a.png><figcaption>On C100</figcaption></figure>", [None]),
        ("<figure>{}{}<figcaption>On C100</figcaption></figure>", [None, None]),
    ],
)
def test_the_caption_of_a_figure_is_that_of_the_table_in_it(source, captions):
    found = read_document(source.replace("{}", f"<table>{ROWS}</table>"), name="a.html").tables

    assert [table.surroundings.caption for table in found] == captions


@pytest.mark.parametrize(
    "text",
    [
        f"<table>{ROWS}</table>",
        f"<TABLE><tbody>{ROWS.replace('th', 'td')}</tbody></TABLE>",
        f"<table>{ROWS.replace('</td>', '').replace('</tr>', '')}</table>",
        f"<table>{ROWS}",
        f"<table><colgroup><col></colgroup>{ROWS}</table>",
        f"<script>'<table>'</script><style>a</style><!-- <table> --><table>{ROWS}</table>",
        "<table><thead><tr><th>Model<th>Top-1</thead><tbody><tr><th>a<td><b>1</b><sup>a</sup></table>",
        "<table><thead><tr><td>Model<td>Top-1</thead><tbody><tr><td><p>a</p><td><span>1</span>&nbsp;</table>",
    ],
)
def test_habits_of_writing_a_table_are_read_alike(text):
    assert texts(text) == (("Model", "Top-1"), [(None, ["a", "1"])])


@pytest.mark.parametrize(
    ("head", "headings"),
    [
        (
            "<thead><tr><th rowspan=2>M<th colspan=2>C10<th rowspan=2>P</tr><tr><th>A<th>B</tr></thead>",
            ("M", "C10: A", "C10: B", "P"),
        ),
        ("<tr><th rowspan=2>M<th colspan=2>C10<th rowspan=2>P</tr><tr><th>A<th>B</tr>", ("M", "C10: A", "C10: B", "P")),
        ("<tr><td><td colspan=3>C10</tr><tr><td>M<td>A<td>B<td>C</tr>", ("M", "C10: A", "C10: B", "C10: C")),
        ("<tr><td>M<td colspan=3>C10</tr>", ("M", "C10", "C10", "C10")),
    ],
)
def test_heading_over_others_stands_before_each(head, headings):
    row = "<tr><td>x<td>1<td>2<td>3</tr>"

    assert texts(f"<table>{head}{row}</table>") == (headings, [(None, ["x", "1", "2", "3"])])


def test_cell_over_rows_stands_in_each_and_a_row_over_all_columns_is_a_section():
    text = (
        f"<table>{ROWS}<tr><td colspan=2>CNN</tr><tr><td rowspan=2>b<td>2</tr><tr><td>3</tr>"
        "<tr><th colspan='2'><i>ViT</i></tr><tr><td rowspan=0>c<td>4<tr><td>5</table>"
    )

    assert texts(text)[1] == [
        (None, ["a", "1"]),
        ("CNN", ["b", "2"]),
        ("CNN", ["b", "3"]),
        ("ViT", ["c", "4"]),
        ("ViT", ["c", "5"]),
    ]


def test_row_over_all_columns_above_the_headings_is_of_the_caption():
    [found] = read(f"<table><caption>Nets</caption><tr><th colspan=2>CIFAR-10</th></tr>{ROWS}</table>").tables

    assert (found.headings, found.surroundings.caption) == (("Model", "Top-1"), "Nets: CIFAR-10")


@pytest.mark.parametrize(
    ("cell", "text", "links"),
    [
        ("a &amp; b&#8211;c", "a & b–c", ()),
        ("77.12<br>±0.3", "77.12 ±0.3", ()),
        ("82.1<sub>0.2</sub>", "82.1_{0.2}", ()),
        ("10<sup>6</sup>", "10^6", ()),
        ("FLOPs<sup>(B)</sup>", "FLOPs (B)", ()),
        ("82.1<sup>1</sup>", "82.1", ()),
        ('<a href="m.pth">model</a>', "model", ("m.pth",)),
        ("<div>a</div><div>b</div>", "a b", ()),
    ],
)
def test_cell_is_what_a_reader_sees(cell, text, links):
    [found] = read(f"<table><tr><th>A<th>B</tr><tr><td>{cell}<td>x</table>").tables

    assert (found.rows[0].cells[0].text, found.rows[0].cells[0].links) == (text, links)


def test_headings_captions_and_paragraphs_are_the_surroundings():
    document = read(
        "<title>My nets</title>\n<h1>Results</h1><h2>CIFAR-10</h2><p>Words.</p>\n<p>Error rates:</p>\n"
        f"<table>\n{ROWS}</table><h2>ImageNet</h2><table><caption>Table 2</caption>{ROWS}</table>"
        f"<p>Table 3: mine</p><table>{ROWS}</table>"
    )
    first, second, third = (table.surroundings for table in document.tables)

    assert document.title == "My nets"
    assert (first.headings, first.sentence) == (("My nets", "Results", "CIFAR-10"), "Error rates:")
    assert (second.headings, second.caption, second.sentence) == (("My nets", "Results", "ImageNet"), "Table 2", None)
    assert third.caption == "Table 3: mine"


def test_lines_are_those_of_the_source():
    [found] = read("<p>a</p>\r\n<table>\r\n<tr><th>A\r\n<th>B</tr>\r\n<tr><td>a\r\n<td>1</tr>\r\n</table>\r\n").tables

    assert (found.first_line, found.last_line) == (2, 7)
    assert [cell.line for cell in found.rows[0].cells] == [5, 6]


def test_tables_in_cells_of_others_are_read_and_what_else_stands_there_is_named():
    layout = read(f"<table><tr><td><table>{ROWS}</table></td><td><table>{ROWS}</table></td></tr></table>")
    mixed = read(f"\n<table><tr><td>text</td><td><table>{ROWS}</table></td></tr></table>")

    assert (len(layout.tables), layout.unread) == (2, ())
    assert (len(mixed.tables), mixed.unread) == (1, ((2, "an HTML table with nested tables"),))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("<table></table>", "a table without cells"),
        ("<table><tr>" + "<td colspan=1000>x" * 9, "a table of more than 2,000 columns"),
        ('<img alt="Table 2: results">', "an image of a table"),
    ],
)
def test_what_is_not_read_is_named(text, reason):
    assert read(text).unread == ((1, reason),)


@pytest.mark.parametrize(
    ("number", "said"),
    [
        ("<td colspan=2>95.1", "“95.1” stands over 2 columns"),
        ("<td colspan=2><b>95.1</b> ± 0.2", "“95.1 ± 0.2” stands over 2 columns"),
        ("<td colspan=2>~23.5M", "“~23.5M” stands over 2 columns"),
        ("<td colspan=3>(.5)", "“(.5)” stands over 3 columns"),
    ],
)
def test_number_over_several_columns_is_in_none_of_them_and_said(number, said):
    head = "<tr><th>Model<th>Top-1<th>Params<th>Epochs"
    [found] = read(f"<table>{head}\n<tr><td>a{number}\n<tr><td>b<td>1<td>2<td>3</table>").tables

    assert {cell.text for cell in found.rows[0].cells[1:]} == {""}
    assert found.unread_cells == ((2, said),)


@pytest.mark.parametrize("text", ["OOM", "diverged", "2-layer", "–", "see above"])
def test_text_over_several_columns_is_in_each(text):
    head = "<tr><th>Model<th>Top-1<th>Params"
    [found] = read(f"<table>{head}<tr><td>a<td colspan=2>{text}<tr><td>b<td>1<td>2</table>").tables

    assert ([cell.text for cell in found.rows[0].cells], found.unread_cells) == (["a", text, text], ())


def test_letters_that_are_raised_tell_headings_apart():
    head = "<tr><th>Model<th>AP<sup>b</sup><th>AP<sup>m</sup><th>E<sup>1</sup><th>F<sup>*</sup>"

    headings, rows = texts(f"<table>{head}<tr><td>a<sup>b</sup><td>1<sup>a</sup><td>2<td>3<td>4</table>")

    assert headings == ("Model", "AP^b", "AP^m", "E", "F")
    assert rows == [(None, ["a", "1", "2", "3", "4"])]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (r"$82.1 \pm 0.2$", "82.1 ± 0.2"),
        (r"$\mathbf{82.1}$", "82.1"),
        (r"\(82.1 \pm 0.2\)", "82.1 ± 0.2"),
        ("$5 and $6", "$5 and $6"),
        ("$ 5", "$ 5"),
    ],
)
def test_formula_in_a_cell_is_read_as_it_prints(cell, text):
    table = f"<table>{ROWS}<tr><td>b<td>{cell}</table>"

    assert texts(f"<script src=mathjax.js></script>{table}")[1][1] == (None, ["b", text])
    assert texts(table)[1][1] == (None, ["b", cell])  # a page without a library of formulas prints them so
    [found] = read_document(table, name="a.md").tables
    assert found.rows[1].cells[1].text == text

import pytest

from expdb.report.written.document import read_document

TABLE = "| Model | Top-1 |\n| --- | --- |\n| ResNet50 | 79.05 |\n"


def read(text):
    return read_document(text, name="report.md")


def around(text):
    """Return what is said around each table."""
    return [table.surroundings for table in read(text).tables]


def headings(text):
    return [table.surroundings.headings for table in read(text).tables]


def cells(text):
    """Return the texts of the one row of the one table."""
    [table] = read(f"| A | B |\n|---|---|\n| {text} | x |\n").tables
    return table.rows[0].cells[0]


def test_heading_below_another_keeps_it():
    text = f"# My net\n\n## CIFAR-10\n\n### Results\n\n{TABLE}"

    assert headings(text) == [("My net", "CIFAR-10", "Results")]
    assert read(text).title == "My net"


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        (f"## CIFAR-10\n{TABLE}\n## ImageNet\n{TABLE}", [("CIFAR-10",), ("ImageNet",)]),
        (f"# Net\n### CIFAR-10\n{TABLE}\n## Later\n{TABLE}", [("Net", "CIFAR-10"), ("Net", "Later")]),
        (f"Net\n===\n\nCIFAR-10\n--------\n\n{TABLE}", [("Net", "CIFAR-10")]),
        (f"<h1 align=center>Net</h1>\n\n<h2>CIFAR-10 <br> results</h2>\n\n{TABLE}", [("Net", "CIFAR-10 results")]),
        (f"<h2>\n\nCIFAR-**10**\n\n</h2>\n\n{TABLE}", [("CIFAR-10",)]),
        (f"## `CIFAR-10` [runs](x.md)<sup>1</sup>\n{TABLE}", [("CIFAR-10 runs",)]),
        (f"## \n{TABLE}", [()]),
    ],
)
def test_heading_ends_those_of_its_own_and_lower_ranks(text, paths):
    assert headings(text) == paths


def test_title_without_tables_of_its_own_speaks_for_all():
    assert headings(f"# CIFAR nets\n\ntext\n\n# Results\n\n{TABLE}") == [("CIFAR nets", "Results")]


def test_first_heading_with_tables_of_its_own_does_not():
    assert headings(f"# CIFAR-10\n\n{TABLE}\n# ImageNet\n\n{TABLE}") == [("CIFAR-10",), ("ImageNet",)]


def test_table_before_the_first_heading_stands_under_none():
    assert headings(f"{TABLE}\n# CIFAR-10\n") == [()]


@pytest.mark.parametrize("fence", ["---", "+++"])
def test_front_matter_is_no_heading(fence):
    text = f"{fence}\ntitle: ImageNet\n{fence}\n\n# CIFAR-10\n\n{TABLE}"
    [table] = read(text).tables

    assert (table.surroundings.headings, table.first_line) == (("CIFAR-10",), 7)


def test_summary_is_a_heading_until_its_details_end():
    text = (
        "# Net\n<details>\n<summary>ImageNet <b>runs</b></summary>\n\n## Setup\n\n"
        f"{TABLE}\n</details>\n\n{TABLE}\n<details><summary></summary>\n\n{TABLE}\n</details>\n"
    )

    assert headings(text) == [("Net", "ImageNet runs", "Setup"), ("Net",), ("Net",)]


def test_paragraph_in_bold_is_the_caption_of_the_table_right_below_and_else_a_heading():
    [first, second, third] = around(
        f"# Net\n**CIFAR-10**\n\n{TABLE}\n**ImageNet**\n\nWith 224 px.\n\n{TABLE}\n## More\n\n{TABLE}"
    )

    assert (first.headings, first.caption, first.sentence) == (("Net",), "CIFAR-10", None)
    assert (second.headings, second.caption, second.sentence) == (("Net", "ImageNet"), None, "With 224 px.")
    assert third.headings == ("Net", "More")


@pytest.mark.parametrize(
    "caption",
    [
        "Table 1: error rates (%)",
        "**Table 1.** Error rates",
        "Table 1. Error rates",
        "*Tab. 3 – Error rates*",
        "**Table S1** Error rates",
        "Table IV. Error rates",
        "Table 1 (CIFAR-10)",
        "표 1. 오류율",
        "<표 3-1> 오류율",
        "[표 2] 오류율",
        "Table: error rates",
        ": error rates",
        '<p align="center">Table 1: error rates</p>',
        "<center><b>Table 1</b> Error rates</center>",
        "<!-- a remark -->\n\nTable 1: error rates",
    ],
)
@pytest.mark.parametrize("is_above", [True, False])
def test_numbered_paragraph_is_the_caption_above_or_below(caption, is_above):
    plain = caption.rsplit("\n")[-1].replace("*", "")
    plain = plain.split(">", 1)[1].rsplit("</", 1)[0] if plain.startswith("<p") else plain
    plain = plain.replace("<center><b>", "").replace("</b>", "").replace("</center>", "")
    [said] = around(f"{caption}\n\n{TABLE}" if is_above else f"{TABLE}\n{caption}\n")

    assert (said.caption, said.sentence) == (plain, None)


@pytest.mark.parametrize(
    "text", ["Table 1 shows our models.", "표 1은 결과이다.", "Tables of CIFAR-10", "See Table 1:"]
)
def test_sentence_about_a_table_is_no_caption(text):
    [said] = around(f"{text}\n\n{TABLE}")

    assert (said.caption, said.sentence) == (None, text)


def test_caption_between_two_tables_is_of_the_side_that_the_document_keeps_to():
    above = around(f"Table 1: a\n\n{TABLE}\nTable 2: b\n\n{TABLE}")
    below = around(f"{TABLE}\nTable 1: a\n\n{TABLE}\nTable 2: b\n")

    assert [said.caption for said in above] == [said.caption for said in below] == ["Table 1: a", "Table 2: b"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (f"On CIFAR-10\nwith `AdamW`:\n\n{TABLE}", "On CIFAR-10 with AdamW:"),
        (f"On CIFAR-10:\n\n**Table 1.** Nets\n\n{TABLE}", "On CIFAR-10:"),
        (f"On CIFAR-10:\n\n## Results\n\n{TABLE}", None),
        (f"On CIFAR-10:\n\n```\npython train.py\n```\n\n{TABLE}", None),
        (f"- CIFAR-10\n- CIFAR-100\n\n{TABLE}", None),
        (f"- On CIFAR-10:\n\n{TABLE}", "On CIFAR-10:"),
        (f"- On CIFAR-10:\n\n  {TABLE.replace(chr(10), chr(10) + '  ')}\n- more\n", "On CIFAR-10:"),
        (f"> On CIFAR-10:\n>\n> {TABLE.strip().replace(chr(10), chr(10) + '> ')}\n", "On CIFAR-10:"),
        (f"<p>On CIFAR-10:</p>\n\n<div>\n\n{TABLE}\n</div>\n", "On CIFAR-10:"),
    ],
)
def test_paragraph_right_above_is_the_sentence(text, sentence):
    assert [said.sentence for said in around(text)] == [sentence]


def test_notes_of_one_table_are_no_sentence_of_the_next():
    assert [said.sentence for said in around(f"{TABLE}\n- Mean of three on CIFAR-10.\n\n{TABLE}")] == [None, None]


@pytest.mark.parametrize(
    ("cell", "text", "links"),
    [
        ("[model](r50.pth)", "model", ("r50.pth",)),
        ("[model](a.pth) / [log](b.log)", "model / log", ("a.pth", "b.log")),
        ('<a href="a.pth">model</a>', "model", ("a.pth",)),
        ("SENet [1]", "SENet", ("https://c.org",)),
        ("[**82.1**](log)", "82.1", ("log",)),
        ("82.1", "82.1", ()),
        ("[]()", "", ()),
    ],
)
def test_links_of_a_cell_keep_their_targets(cell, text, links):
    [table] = read(f"| A | B |\n|---|---|\n| {cell} | x |\n\n[1]: https://c.org\n").tables

    assert (table.rows[0].cells[0].text, table.rows[0].cells[0].links) == (text, links)


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("77.12<br>±0.3", "77.12 ±0.3"),
        ("77.12<br/>±0.3", "77.12 ±0.3"),
        ("77.12<sub>±0.3</sub>", "77.12 ±0.3"),
        ("77.12<sup>±0.3</sup>", "77.12 ±0.3"),
        ("82.1<sub>0.2</sub>", "82.1_{0.2}"),
        ("82.1<sup>+0.2</sup><sub>-0.3</sub>", "82.1^{+0.2}_{-0.3}"),
        ("82.1_{0.2}", "82.1_{0.2}"),
        ("$82.1_{0.2}$", "82.1_{0.2}"),
        ("$82.1 \\pm 0.2$", "82.1 ± 0.2"),
        ("82.1$\\pm$0.2", "82.1±0.2"),
        ("$\\mathbf{82.1}\\%$", "82.1%"),
        ("$5 and $6", "$5 and $6"),
        ("\\$5\\$", "$5$"),
        ("`$x$`", "$x$"),
        ("82.1[^1]", "82.1"),
        ("82.1\\[^1\\]", "82.1[^1]"),
        ("`82.1[^1]`", "82.1[^1]"),
        ("AP<sub>50</sub>", "AP50"),
        ("ResNet<sub>50</sub>", "ResNet50"),
        ("10<sup>6</sup>", "10^6"),
        ("3 × 10<sup>-4</sup>", "3 × 10^-4"),
        ("82.10<sup>6</sup>", "82.10"),
        ("82.1<sup>[12]</sup>", "82.1"),
        ("82.1<sup>†,*</sup>", "82.1"),
        ("82.1<sup>ab</sup>", "82.1"),
        ("FLOPs<br><sup>(B) at 224</sup>", "FLOPs (B) at 224"),
        ("Speed<br><sup>CPU ONNX<br>(ms)", "Speed CPU ONNX (ms)"),
        ("params<sup>(M)</sup>", "params (M)"),
        ("AP<sup>box</sup>", "AP box"),
        ("82.1<sup>%</sup>", "82.1%"),
    ],
)
def test_what_is_raised_or_lowered_is_dropped_only_if_it_is_a_mark(cell, text):
    assert cells(cell).text == text


HTML = (
    "<table>\n<thead>\n<tr><th>Model</th><th>Top-1</th></tr>\n</thead>\n"
    "<tbody>\n<tr><td>ResNet50</td>\n<td>79.05</td></tr>\n</tbody>\n</table>\n"
)


def test_tables_in_html_are_read_in_order_with_their_lines():
    found = read(f"# A\n\n{TABLE}\n## B\n\n{HTML}\n{TABLE}").tables

    assert [(table.first_line, table.last_line) for table in found] == [(3, 5), (9, 17), (19, 21)]
    assert [table.surroundings.headings for table in found] == [("A",), ("A", "B"), ("A", "B")]
    assert [table.headings for table in found] == [("Model", "Top-1")] * 3
    assert [(cell.text, cell.line) for cell in found[1].rows[0].cells] == [("ResNet50", 14), ("79.05", 15)]


@pytest.mark.parametrize("prefix", ["> ", "  "])
def test_table_in_a_quote_or_a_list_is_read(prefix):
    start = "" if prefix == "> " else "- item\n\n"
    for text, line in ((TABLE, 1), (HTML, 1)):
        quoted = start + "".join(f"{prefix}{one}\n" for one in text.splitlines())
        [table] = read(quoted).tables

        assert (table.headings, table.first_line) == (("Model", "Top-1"), line + start.count("\n"))


def test_blank_lines_and_markdown_in_cells_of_html_are_read():
    [table] = read(
        "<table>\n<tr><th>Model</th>\n\n<th>\n\nTop-**1**\n\n</th></tr>\n\n<tr><td>a<td>1\n</table>\n"
    ).tables

    assert (table.headings, [cell.text for cell in table.rows[0].cells]) == (("Model", "Top-1"), ["a", "1"])


def test_tables_side_by_side_in_cells_of_html_are_tables_of_their_own():
    document = read(f"<table><tr><td>\n\n{TABLE}\n</td><td>\n\n{TABLE}\n</td></tr></table>\n")

    assert [table.headings for table in document.tables] == [("Model", "Top-1")] * 2
    assert document.unread == ()


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("a\n\n+---+---+\n| a | b |\n+===+===+\n| 1 | 2 |\n+---+---+\n", 3, "a grid table (reStructuredText)"),
        ("| a | b |\n|---+---|\n| 1 | 2 |\n", 1, "a table of Org mode"),
        ("===== =====\nModel Top-1\n===== =====\na 1\n===== =====\n", 1, "a table ruled by dashes alone"),
        ("| a | b |\n| 1 | 2 |\n", 1, "rows with bars, but no line of dashes"),
        ("| a | b |\n|---|\n| 1 | 2 |\n", 1, "rows with bars, but no line of dashes"),
        ("![Table 3: results](t.png)\n", 1, "an image of a table"),
        (f"text\n\n```\n{TABLE}```\n", 5, "a table inside code"),
        (f"<table><tr><td>a {HTML}</td></tr></table>", 1, "an HTML table with nested tables"),
    ],
)
def test_what_looks_like_a_table_and_is_none_is_named_with_its_line(text, line, reason):
    [(found, said)] = read(text).unread

    assert (found, said[: len(reason)]) == (line, reason)


@pytest.mark.parametrize(
    "text", ["![a plot](a.png)\n", "a | b\n\nc | d\n", "---\n\ntext\n", "```\npip install x\n```\n", "<!-- | a |\n-->"]
)
def test_nothing_is_guessed(text):
    assert (read(text).tables, read(text).unread) == ((), ())


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("| M | T |\n|---|---|\n| a | 1 | 2 | 3 |\n", (3, "“2 | 3” stands in no column: Markdown does not show it")),
        ("M | T\n---|---\na | 1 | 2\n", (3, "“2” stands in no column: Markdown does not show it")),
        ("> | M | T |\n> |---|---|\n> | a | 1 | 2\n", (3, "“2” stands in no column: Markdown does not show it")),
        (
            "---\nx: 1\n---\n| M | T |\r\n|---|---|\r\n| a | 1 | | 2 |\n",
            (6, "“2” stands in no column: Markdown does not show it"),
        ),
    ],
)  # fmt: skip
def test_what_markdown_drops_behind_the_last_column_is_said(table, said):
    [found] = read_document(table, name="a.md").tables

    assert [cell.text for cell in found.rows[0].cells] == ["a", "1"]
    assert found.unread_cells == (said,)


@pytest.mark.parametrize("row", ["| a | 1 | |", "| a | 1\\|2 |", "a | 1", "| a |", "| `a` | 1 |   "])
def test_row_that_drops_nothing_says_nothing(row):
    [found] = read_document(f"| M | T |\n|---|---|\n{row}\n", name="a.md").tables

    assert found.unread_cells == ()


def test_letters_that_are_raised_tell_headings_apart():
    head = "| M | AP<sup>b</sup> | $AP^m$ | E<sup>1</sup> | F[^1] |\n|---|---|---|---|---|\n"
    [found] = read_document(f"{head}| a<sup>b</sup> | 1$^a$ | 2 | 3 | 4 |\n", name="a.md").tables

    assert found.headings == ("M", "AP^b", "AP^m", "E", "F")
    assert [cell.text for cell in found.rows[0].cells] == ["a", "1", "2", "3", "4"]


def test_table_of_far_too_many_columns_is_not_read():
    found = read_document("|" + "a|" * 2001 + "\n|" + "-|" * 2001 + "\n", name="a.md")

    assert (found.tables, found.unread) == ((), ((1, "a table of more than 2,000 columns"),))

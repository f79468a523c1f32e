"""What no reader of an HTML page sees is not read, and said to be there."""

import pytest

from expdb.report.written.document import read_document

HEAD = "<table><tr><th>Model</th><th>Top-1</th></tr>"
ROW = "<tr><td>ResNet18</td><td>77.50</td></tr>"
ANOTHER = "<td>ResNet34</td><td>79.50</td>"


def read(text, name="report.html"):
    document = read_document(text, name=name)
    cells = [[cell.text for cell in row.cells] for table in document.tables for row in table.rows]
    return cells, [reason for _, reason in document.unread]


@pytest.mark.parametrize("how", ["hidden", 'style="display:none"', 'style="color: red; DISPLAY : none"'])
def test_row_that_is_hidden_is_not_read(how):
    for end in ("</tr>", ""):
        text = f"{HEAD}{ROW}<tr {how}>{ANOTHER}{end}{ROW}</table>"
        assert read(text) == ([["ResNet18", "77.50"]] * 2, ["a row of an HTML table is hidden"])


@pytest.mark.parametrize(
    "how", ["hidden", 'style="display: none"', 'style="visibility:hidden"', 'hidden="until-found"']
)
@pytest.mark.parametrize(
    "text",
    [
        f"<table HOW>{HEAD.removeprefix('<table>')}{ROW}</table>",
        f"<div HOW><div>{HEAD}{ROW}</table></div></div>",
        f"<section HOW>{HEAD}{ROW}</table></section>",
    ],
)
def test_table_that_is_hidden_is_not_read_and_what_follows_is(how, text):
    assert read(text.replace("HOW", how)) == ([], ["an HTML table that is hidden"])
    cells, unread = read(f"{text.replace('HOW', how)}<h2>Others</h2>{HEAD}{ROW}</table>")
    assert cells == [["ResNet18", "77.50"]]
    assert unread == ["an HTML table that is hidden"]


def test_hidden_table_in_markdown_is_not_read():
    cells, unread = read(f"# A\n\n<table hidden>\n<tr><th>Model</th><th>Top-1</th></tr>\n{ROW}\n</table>\n", "a.md")

    assert cells == []
    assert unread == ["an HTML table that is hidden"]


def test_hidden_words_of_a_cell_are_not_read():
    text = f"{HEAD}<tr><td>ResNet18</td><td>77.50<span hidden>99.99</span></td></tr><tr hidden></tr></table>"

    assert read(text) == ([["ResNet18", "77.50"]], [])


@pytest.mark.parametrize("how", ['style="display:block"', 'class="hidden"', 'aria-hidden="false"'])
def test_row_that_is_seen_is_read(how):
    assert read(f"{HEAD}<tr {how}>{ANOTHER}</tr></table>") == ([["ResNet34", "79.50"]], [])

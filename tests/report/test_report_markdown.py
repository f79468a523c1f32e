from html import unescape

from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from expdb.domain.table import ColumnChoice, TableDefinition
from expdb.report.formats import one_line
from expdb.report.markdown import escape, to_markdown
from expdb.report.table import build_table
from tests.factories import make_run

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
markup = st.text("|\\`*_<>&;#[]()!~ab\n -+:", max_size=20)


def build(*names, heading="Name"):
    definition = TableDefinition(
        name="t", columns=(ColumnChoice(key="name", heading=heading), ColumnChoice(key="top1"))
    )
    return build_table([make_run(id=index, name=name) for index, name in enumerate(names)], definition)


def cells_of(markdown):
    """Return the texts of all cells as a reader of the Markdown sees them, row by row."""
    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(markdown)
    rows = []
    for token in tokens:
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline":
            assert {child.type for child in token.children} <= {"text", "text_special"}
            rows[-1].append("".join(child.content for child in token.children))
    return rows


def test_table_has_the_form_of_the_report():
    assert to_markdown(build("ResNet50_tutorial + x/y - 0.5")) == (
        "| Name | Top-1 (last, %) |\n| --- | --- |\n| ResNet50_tutorial + x/y - 0.5 | 79.05 |\n"
    )


def test_table_without_rows_is_its_head():
    assert to_markdown(build()) == "| Name | Top-1 (last, %) |\n| --- | --- |\n"


def test_markup_is_escaped():
    assert escape("a|b <script> *x* `y` _z_ &lt; R&D") == r"a\|b &lt;script> \*x\* \`y\` \_z\_ &amp;lt; R&D"


@given(st.lists(texts | markup, max_size=4), texts | markup)
def test_a_reader_sees_the_same_cells(names, heading):
    rows = cells_of(to_markdown(build(*names, heading=heading)))

    assert [row[0] for row in rows] == [one_line(heading), *(one_line(name) for name in names)]
    assert all(len(row) == 2 for row in rows)
    assert all(unescape(row[1]) == row[1] for row in rows)

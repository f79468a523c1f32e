"""The corpus written otherwise, saying the same: as HTML, as LaTeX, with columns in another order."""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from markdown_it import MarkdownIt

from expdb.domain.run import ReportedRun
from tests.report.written.answers import AnsweredDocument, answered_documents
from tests.report.written.corpus_reader import read_text

IN_MARKDOWN = [document for document in answered_documents() if document.path.suffix == ".md"]
# What says one thing twice is told apart by its place.
WITHOUT_ORDER = [one for one in IN_MARKDOWN if one.path.stem not in ("same_words_twice", "commented_out")]
WITHOUT_FORMULAS = [one for one in IN_MARKDOWN if "$" not in one.text]  # a page prints their signs
PLAIN = [one for one in IN_MARKDOWN if not re.search(r"[<$`~\[\\]|^    ", one.text, re.MULTILINE)]
_COMMANDS = ("section", "subsection", "subsubsection")


def of_each(documents: list[AnsweredDocument]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("document", documents, ids=lambda document: document.name)


@of_each(WITHOUT_FORMULAS)
def test_a_document_as_html_is_read_as_in_markdown(document):
    page = MarkdownIt("commonmark", {"html": True}).enable("table").render(document.text)

    assert recorded(page, document, suffix=".html") == recorded(document.text, document)


@of_each(PLAIN)
def test_a_document_as_latex_is_read_as_in_markdown(document):
    page = "\n".join(_in_latex(document.text.splitlines()))

    assert recorded(page, document, suffix=".tex") == recorded(document.text, document)


@of_each(WITHOUT_ORDER)
def test_columns_in_another_order_are_read_the_same(document):
    lines = [_reversed(line) if line.startswith("|") else line for line in document.text.splitlines()]

    text = "\n".join(lines) + "\n"

    assert sorted(map(str, recorded(text, document))) == sorted(map(str, recorded(document.text, document)))


def recorded(text: str, document: AnsweredDocument, *, suffix: str = ".md") -> list[dict[str, object]]:
    name = document.path.with_suffix(suffix).name
    return [_said(run) for table in read_text(text, document, name=name).tables for run in table.runs]


def _said(run: ReportedRun) -> dict[str, object]:
    """Return what a row says, in no order, without where it stands."""
    same = replace(run, name="", group="", source="", document="", row_key="")
    told = {name: value for name, value in vars(same).items() if value}
    ordered = {"quote", "settings", "metrics"}
    return {name: sorted(value.items(), key=str) if name in ordered else value for name, value in told.items()} | {
        "unparsed": sorted(run.unparsed)
    }


def _in_latex(lines: list[str]) -> Iterator[str]:
    """Yield a document of headings, paragraphs and plain tables in LaTeX."""
    yield r"\documentclass{article}\begin{document}"
    for before, line, after in zip(["", *lines], lines, [*lines[1:], ""], strict=False):
        text = re.sub(r"\*\*(.*?)\*\*", r"\\textbf{\1}", re.sub(r"([%#_&])", r"\\\1", line)).replace("±", r"$\pm$")
        if heading := re.match(r"(#+) (.*)", line):
            words = re.sub(r"([%#_&])", r"\\\1", heading[2])
            yield rf"\{_COMMANDS[len(heading[1]) - 1]}{{{words}}}"
        elif not line.startswith("|"):
            yield text
        elif set(line) <= set("|-: "):
            yield r"\midrule"
        else:
            if not before.startswith("|"):
                yield rf"\begin{{tabular}}{{{'l' * (line.count('|') - 1)}}}\toprule"
            yield " & ".join(cell.strip() for cell in _cells(text)) + r" \\"
            if not after.startswith("|"):
                yield r"\bottomrule\end{tabular}"
    yield r"\end{document}"


def _reversed(line: str) -> str:
    """Return a row of a Markdown table with its columns but the first in reverse."""
    first, *others = list(_cells(line))
    return f"|{'|'.join([first, *reversed(others)])}|"


def _cells(line: str) -> Iterator[str]:
    return (match.group() for match in re.finditer(r"(?<=\|)[^|\n]*(?=\|)", line))

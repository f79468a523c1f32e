"""A table in any format, by the format's name. `FORMATS` is the one list of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Final

from expdb.errors import NotFoundError, unknown

if TYPE_CHECKING:
    from expdb.report.table import Table


@dataclass(frozen=True, kw_only=True)
class TableFormat:
    """A format that tables are written in.

    Attributes:
        title: what people call it.
        suffix: of files, without the dot.
        media_type: of downloads.
        writer: `module:function` in this package; the function takes a `Table` and returns its text.
        has_notes: whether the notes about the whole table are in it; those for programs hold values only.
        language: what a highlighter of code calls it; None: plain text.
    """

    title: str
    suffix: str
    media_type: str
    writer: str
    has_notes: bool = True
    language: str | None = None


# By the name that `--format` takes.
FORMATS: Final[Mapping[str, TableFormat]] = {
    "md": TableFormat(title="Markdown", suffix="md", media_type="text/markdown", writer="markdown:to_markdown"),
    "latex": TableFormat(
        title="LaTeX", suffix="tex", media_type="text/x-tex", writer="latex:to_latex", language="latex"
    ),
    "latex-caption": TableFormat(
        title="LaTeX, notes in the caption",
        suffix="caption.tex",
        media_type="text/x-tex",
        writer="latex:to_captioned",
        language="latex",
    ),
    "latex-document": TableFormat(
        title="LaTeX document",
        suffix="document.tex",
        media_type="text/x-tex",
        writer="latex_document:to_document",
        language="latex",
    ),
    "macros": TableFormat(
        title="LaTeX macros",
        suffix="macros.tex",
        media_type="text/x-tex",
        writer="macros:to_macros",
        has_notes=False,
        language="latex",
    ),
    "csv": TableFormat(title="CSV", suffix="csv", media_type="text/csv", writer="csv_json:to_csv", has_notes=False),
    "tsv": TableFormat(
        title="TSV", suffix="tsv", media_type="text/tab-separated-values", writer="csv_json:to_tsv", has_notes=False
    ),
    "html": TableFormat(title="HTML", suffix="html", media_type="text/html", writer="html:to_html", language="html"),
    "json": TableFormat(
        title="JSON",
        suffix="json",
        media_type="application/json",
        writer="csv_json:to_json",
        has_notes=False,
        language="json",
    ),
    "typst": TableFormat(title="Typst", suffix="typ", media_type="text/x-typst", writer="typst:to_typst"),
}


def render(table: "Table", form: str, *, link: bool = False) -> str:
    """Return the table in a format, ending in a newline.

    Args:
        form: one of FORMATS.
        link: say in a last column which runs are behind each row.

    Raises:
        NotFoundError: there is no such format.
    """
    from expdb.report.writers.layout import with_runs  # so that the list above costs nothing to read

    if form not in FORMATS:
        raise NotFoundError(unknown("format", form, FORMATS, listing="expdb table --help"))
    module, _, name = FORMATS[form].writer.partition(":")
    text: str = getattr(import_module(f"expdb.report.writers.{module}"), name)(with_runs(table) if link else table)
    return text

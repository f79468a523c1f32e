"""A table in any format, by the format's name."""

from importlib import import_module
from typing import Final

from expdb.errors import NotFoundError, unknown
from expdb.report.table import Table
from expdb.report.writers.layout import with_runs

FORMATS: Final = ("md", "latex", "csv", "tsv", "html", "json", "typst")

_WRITERS = {
    "md": "markdown:to_markdown",
    "latex": "latex:to_latex",
    "csv": "csv_json:to_csv",
    "tsv": "csv_json:to_tsv",
    "html": "html:to_html",
    "json": "csv_json:to_json",
    "typst": "typst:to_typst",
}


def render(table: Table, form: str, *, link: bool = False) -> str:
    """Return the table in a format, ending in a newline.

    Args:
        form: one of FORMATS.
        link: say in a last column which runs are behind each row.

    Raises:
        NotFoundError: there is no such format.
    """
    if form not in _WRITERS:
        raise NotFoundError(unknown("format", form, FORMATS, listing="expdb table --help"))
    module, _, name = _WRITERS[form].partition(":")
    text: str = getattr(import_module(f"expdb.report.writers.{module}"), name)(with_runs(table) if link else table)
    return text

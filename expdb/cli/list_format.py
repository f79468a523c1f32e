"""`--format` of the lists that people also put into a document: a table for the eye, Markdown or JSON."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from expdb.errors import SpecError

ListFormat = Literal["table", "md", "json"]
ListFormatOption = Annotated[ListFormat | None, typer.Option("--format", help="table (the default), md or json")]


def list_format(form: ListFormat | None, output: Path | None, *, as_json: bool) -> ListFormat:
    """Return the format that was asked for; a file is Markdown where nothing is said."""
    if as_json and form not in (None, "json"):
        raise SpecError(f"--json and --format {form}: give one of them")
    if as_json:
        return "json"
    if form == "table" and output is not None:
        raise SpecError(f"--format table is for the eye: write {str(output)!r} as md or json")
    return form or ("table" if output is None else "md")

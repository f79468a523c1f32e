"""The options with which a user says what headings of written tables mean."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from expdb.report.written.reading.vocabulary import Vocabulary

HeadingWords = Annotated[
    list[str] | None,
    typer.Option(
        "--heading",
        metavar="TEXT=KEY",
        help="what a heading means: 'acc. (ours)=top1' (repeatable; KEY: reference, Headings of written tables)",
    ),
]
HeadingFiles = Annotated[
    list[Path] | None,
    typer.Option("--headings", metavar="FILE", help="TOML with more words of headings, like expdb's own (repeatable)"),
]


def vocabulary_of(
    words: list[str] | None, files: list[Path] | None, *, ours: "Vocabulary | None" = None
) -> "Vocabulary":
    """Return the words of headings, a user's before `ours`; None: those that expdb knows without a database.

    Raises:
        SpecError: a file cannot be read, or is not of the form; or a heading is given a meaning that there is none of.
    """
    from expdb.data.documents import read_text
    from expdb.report.written.reading.vocabulary import default_vocabulary

    texts = {str(file): read_text(file) for file in files or ()}
    return (ours or default_vocabulary()).with_additions(words or (), documents=texts)

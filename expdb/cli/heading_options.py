"""The options with which a user says what headings of written tables mean."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from expdb.report.written.reading.vocabulary import Vocabulary

HeadingWords = Annotated[
    list[str] | None,
    typer.Option("--heading", metavar="TEXT=KEY", help="what a heading means: 'acc. (ours)=top1' (repeatable)"),
]
HeadingFiles = Annotated[
    list[Path] | None,
    typer.Option("--headings", metavar="FILE", help="TOML with more words of headings, like expdb's own (repeatable)"),
]


def vocabulary_of(words: list[str] | None, files: list[Path] | None) -> "Vocabulary":
    """Return the words of headings, a user's before ours.

    Raises:
        SpecError: a file cannot be read, or is not of the form; or a heading is given a meaning that there is none of.
    """
    from expdb.report.written.reading.vocabulary import default_vocabulary, read_heading_files

    return default_vocabulary().with_additions(words or (), documents=read_heading_files(files or ()))


def unused_words(words: list[str] | None, tables: Sequence[Sequence[str]]) -> list[str]:
    """Return the words of headings that were given and stand in no heading, as a mistyped one; of no table: none.

    Args:
        words: as `--heading` has them.
        tables: the headings of each.
    """
    from expdb.report.written.reading.pieces import pieces_of, word_of

    headings = [word_of(pieces_of(heading)) for table in tables for heading in table]
    texts = {word: word_of(pieces_of(word.rpartition("=")[0])) for word in words or ()}
    return [word for word, text in texts.items() if headings and not any(text in heading for heading in headings)]

"""The other files that a LaTeX text takes in: which of them are read beside it, and which nobody reads."""

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from expdb.report.written.written_table import WrittenDocument


def with_files(document: WrittenDocument, *, name: str, given: Collection[str]) -> WrittenDocument:
    """Return a document that says which of the files that it takes in are read too, and which are not.

    Args:
        document: as its format read it.
        name: of its file.
        given: the names of the files that are read.
    """
    if not document.inputs:
        return document
    own, known = Path(name).resolve(), {Path(one).resolve(): one for one in given}
    known.pop(own, None)
    included, other = [], []
    for line, command, what in document.inputs:
        if (found := _given(own, what, known)) is not None:
            included.append(found)
        else:
            of_values = " (numbers of a saved table)" if what.removesuffix(".tex").endswith(".macros") else ""
            other.append((line, f"\\{command} of {what}{of_values}: give that one too"))
    return replace(document, other_files=tuple(other), included=tuple(dict.fromkeys(included)))


def _given(own: Path, what: str, known: dict[Path, str]) -> str | None:
    """Return the given file that is meant: LaTeX looks from the folder of the main file, which may be one above."""
    if "\0" in what:
        return None
    for folder in own.parents:
        for suffix in (".tex", ""):
            path = (folder / (what if what.endswith(suffix) else what + suffix)).resolve()
            if path in known:
                return known[path]
    return None

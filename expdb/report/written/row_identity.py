"""What tells a written row from all others.

It is its document, its table, its cells that are no results, and which of equal ones it is: not where it stands, how
it is spelled, or what its results are.
"""

import hashlib
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePath

from expdb.errors import SpecError

# Many documents are called so, in many folders; so are many folders.
_FILES_THAT_SAY_NOTHING = (
    *("readme", "report", "main", "index", "paper", "thesis", "results", "result", "table", "tables", "document"),
    *("draft", "manuscript", "ms", "notes", "output", "appendix", "supplement", "supplementary"),
    *("보고서", "논문", "결과", "결과보고서", "최종보고서"),
)
_FOLDERS_THAT_SAY_NOTHING = (
    *("doc", "docs", "documents", "report", "reports", "paper", "papers", "thesis", "results", "tables", "src"),
    *("tex", "latex", "markdown", "md", "html", "build", "out", "output", "보고서", "논문", "결과"),
)
# A language, a number, a state: `README.ko.md`, `report_v2.tex`, `paper-final.tex`.
_ENDING = r"(?:[._ -]?v?\d+|[._ -](?:[a-z]{2}(?:[-_][a-z]{2,4})?|final|draft|new|copy))*"
_FILE_THAT_SAYS_NOTHING = re.compile(rf"(?:{'|'.join(_FILES_THAT_SAY_NOTHING)}){_ENDING}")
_DIGITS = 32  # of a digest, in hexadecimal: 128 bits
_EMPTY = ("", "-")

Described = Sequence[tuple[str, str]]


def row_key(document: str, table: str, described: Described, occurrence: int) -> str:
    """Return what a row is known by: a digest, which is the same however its cells are spelled and ordered.

    Rows that are alike have one digest, behind which stands from the second one on which of them is meant: `…-2`.

    Args:
        document: its key, see `document_key`.
        table: what its table is called there.
        described: heading (or what it is read as) and text of each cell that is no result; empty ones do not count.
        occurrence: which of the rows of the document is meant that are alike in all of this, from 1.
    """
    text = json.dumps(_canonical(document, table, described), ensure_ascii=False, separators=(",", ":"))
    return numbered_key(hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS], occurrence)


def row_keys(document: str, rows: Iterable[tuple[str, Described]]) -> list[str]:
    """Return the keys of the rows of a document, each given by table and described cells, in its order."""
    seen: Counter[str] = Counter()
    keys = []
    for table, described in rows:
        first = row_key(document, table, described, 1)
        seen[first] += 1
        keys.append(numbered_key(first, seen[first]))
    return keys


def numbered_key(first: str, occurrence: int) -> str:
    """Return the key of one of the rows that are alike, by that of the first one."""
    return first if occurrence == 1 else f"{first}-{occurrence}"


def key_parts(key: str) -> tuple[str, int]:
    """Return the key of the first row that is like this one, and which of them this one is, from 1."""
    first, _, occurrence = key.partition("-")
    return first, int(occurrence or 1)


def document_key(path: str | PurePath, declared: str | None = None) -> str:
    """Return what tells a document from others: the key that was declared for it, or its file's name.

    A name that many documents have is told from theirs by its folder, or the nearest one that is called something:
    `deit/README.md`, `senet/docs/report.md`.

    Raises:
        SpecError: the declared key is empty or not printable.
    """
    if declared is not None:
        return declared_key(declared)
    parts = Path(path).resolve().parts[1:] or (str(path),)
    last = len(parts) - 1
    first = last
    if _FILE_THAT_SAYS_NOTHING.fullmatch(same_spelling(PurePath(parts[last]).stem)):
        first = max(0, last - 1)
        while first > 0 and same_spelling(parts[first]) in _FOLDERS_THAT_SAY_NOTHING:
            first -= 1
    return unicodedata.normalize("NFC", "/".join(parts[first:]))


def declared_key(declared: str) -> str:
    """Return the key that was declared for a document, tidied. Raises SpecError for one empty or not printable."""
    key = " ".join(unicodedata.normalize("NFC", declared).split())
    if not key or not key.isprintable():
        raise SpecError(f"document {declared!r} is no printable text: name the document")
    return key


def same_spelling(text: str) -> str:
    """Return a text without what only spells it: case, Unicode form, kind of dash or quote, blanks that part no words.

    `ResNet‑50 (Ours)` and `resnet-50(ours)` are spelled the same, `0.1 5` and `0.15` are not.
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    plain = "".join(_plain(letter) for letter in folded)
    return re.sub(r"(?<!\w)\s+|\s+(?!\w)", "", " ".join(plain.split()))


def _canonical(document: str, table: str, described: Described) -> list[object]:
    cells = ((same_spelling(heading), same_spelling(text)) for heading, text in described)
    return [same_spelling(document), same_spelling(table), sorted(cell for cell in cells if cell[1] not in _EMPTY)]


def _plain(letter: str) -> str:
    kind = unicodedata.category(letter)
    if kind == "Pd" or letter == "\N{MINUS SIGN}":
        return "-"
    if kind in ("Pi", "Pf") or letter == '"':
        return "'"
    return "" if kind == "Cf" else letter  # what has no width

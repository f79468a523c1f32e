"""The words of a line of Markdown as a reader sees them: markup, HTML in the line, formulas."""

import re
from collections.abc import Sequence

from markdown_it.token import Token

from expdb.report.written.formats.seen_text import SeenText

_FOOTNOTE_MARK = re.compile(r"\s*\[\^[^\]\s]+\]")
_TAG = re.compile(r"<(/?)([a-z][a-z0-9]*)")
_HREF = re.compile(r"""\bhref\s*=\s*("[^"]*"|'[^']*'|[^\s>]+)""", re.IGNORECASE)
_BOLD = frozenset({"b", "strong", "i", "em", "u"})
_SCRIPTS = {"sup": "raised", "sub": "lowered"}
_LINE_ENDS = frozenset({"softbreak", "hardbreak"})


def add_words(seen: SeenText, tokens: Sequence[Token]) -> None:
    """Add the words of a line's tokens to a text."""
    for token in tokens:
        if token.type == "html_inline":
            _add_tag(seen, token.content)
        elif token.type in ("strong_open", "em_open"):
            seen.emphasise(1)
        elif token.type in ("strong_close", "em_close"):
            seen.emphasise(-1)
        elif token.type == "link_open":
            seen.open_link(str(token.attrGet("href") or ""))
        elif token.type == "link_close":
            seen.close_link()
        else:
            seen.add(" " if token.type in _LINE_ENDS else token.content)


def plain_words(text: str) -> str:
    """Return words without the marks of footnotes (`[^1]`)."""
    return " ".join(_FOOTNOTE_MARK.sub("", text).split())


def _add_tag(seen: SeenText, content: str) -> None:
    match = _TAG.match(content.casefold())
    if match is None:
        return
    is_end, name = match[1] == "/", match[2]
    if name in _SCRIPTS:
        if is_end:
            seen.close_aside()
        else:
            seen.open_aside(_SCRIPTS[name])
    elif name == "br":
        seen.add(" ")
    elif name in _BOLD:
        seen.emphasise(-1 if is_end else 1)
    elif name == "a":
        if is_end:
            seen.close_link()
        else:
            href = _HREF.search(content)
            seen.open_link(href[1].strip("\"'") if href else "")

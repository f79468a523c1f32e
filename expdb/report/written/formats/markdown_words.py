"""The words of a line of Markdown as a reader sees them: markup, HTML in the line, formulas."""

import re
from collections.abc import Sequence

from markdown_it.token import Token

from expdb.report.written.formats.seen_text import SeenText, without_letters

# Signs that are neither escaped nor code: they may begin a formula, or the mark of a footnote.
_DOLLAR, _BRACKET = "\ue000", "\ue001"
_FOOTNOTE_MARK = re.compile(rf"\s*{_BRACKET}\^[^\]\s]+\]")
_FORMULA = re.compile(rf"{_DOLLAR}(?=\S)([^{_DOLLAR}]+?)(?<=\S){_DOLLAR}(?:(?<=[a-z}}]{_DOLLAR})|(?!\d))")
_MATHJAX = re.compile(r"\\\(([^()]{1,200})\\\)")
_PERCENT = r"\%"  # Markdown has taken the backslash
_TAG = re.compile(r"<(/?)([a-z][a-z0-9]*)")
_HREF = re.compile(r"""\bhref\s*=\s*("[^"]*"|'[^']*'|[^\s>]+)""", re.IGNORECASE)
_BOLD = frozenset({"b", "strong", "i", "em", "u"})
_SCRIPTS = {"sup": "raised", "sub": "lowered"}
_LINE_ENDS = frozenset({"softbreak", "hardbreak"})


def add_words(seen: SeenText, tokens: Sequence[Token], *, has_formulas: bool = True) -> None:
    """Add the words of a line's tokens to a text, which `plain_words` makes plain if there may be formulas."""
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
        elif token.type == "text" and has_formulas:
            seen.add(token.content.replace("$", _DOLLAR).replace("[^", f"{_BRACKET}^"))
        else:
            seen.add(" " if token.type in _LINE_ENDS else token.content)


def plain_words(text: str) -> str:
    r"""Return words without the marks of footnotes (`[^1]`), formulas as they print: `$82.1 \pm 0.2$`."""
    return without_letters(raw_words(text))


def raw_words(text: str) -> str:
    """Return the same for `with_letters`, if it may be a heading."""
    printed = _FORMULA.sub(_printed, text).replace(_DOLLAR, "$")
    return " ".join(_FOOTNOTE_MARK.sub("", printed).replace(_BRACKET, "[").split())


def with_formulas(raw: str) -> str:
    r"""Return words of a page with its formulas as they print: `$82.1 \pm 0.2$`, `\(82.1 \pm 0.2\)`."""
    marked = _MATHJAX.sub(rf"{_DOLLAR}\1{_DOLLAR}", raw)
    return raw_words(marked.replace("$", _DOLLAR)) if "$" in marked or _DOLLAR in marked else raw


def _printed(match: re.Match[str]) -> str:
    from expdb.report.written.formats.latex_words import LatexWords  # few texts have formulas

    return LatexWords().seen(f"${match[1].replace('%', _PERCENT)}$").raw


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

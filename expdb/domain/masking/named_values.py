"""Secrets that a text names: `token=…`, `"password": "…"`, `--api-key …`, `Authorization: …`."""

import re
from collections.abc import Iterator

from expdb.domain.masking.names import TYPES, SecretKind, is_header, is_plain, kind_of_name

_NAMED = re.compile(
    rf"""(?P<name>(?<![\w.\-])-{{0,2}}[A-Za-z_][\w.\-]*|(?<!\w)(?i:api|access|secret|private)[ ]key)
    (?P<close>[\\"'`\]]{{0,4}})
    (?P<sign>[ \t]*(?::[ \t]*{TYPES}[ \t]*=|=>|:=|={{1,3}}|!=|:(?!:|//))[ \t]*|(?<=\w)[ \t]+(?=["']))""",
    re.VERBOSE,
)
_ASSIGNED = re.compile(r"-*([A-Za-z_][\w.\-]*)[ \t]*[=:](?!//)[ \t]*")
_ASSIGNED_TO_OPTION = re.compile(rf"--?[\w\-]+={_ASSIGNED.pattern}")
_OPTION = re.compile(r"(?<!\S)--?([A-Za-z][\w\-]*)[ \t]+(?!-)")
_OPENING = re.compile(r"[bBfFrRuU]{0,2}(\\*(?:\"\"\"|'''|[\"'`]))")
_LINE_START = re.compile(r"[+\- ]?[ \t]*(?:- |export |set |ENV )?[\"']?")
_LITERAL = re.compile(r"(?i:true|false|null|none|[+-]?\d{1,6}(?:\.\d{0,6})?)(?=[,;}\])])")
_WORD = re.compile(r"\S+")
_AFTER_WORD = "\"'`)]},;"


def named_secrets(text: str) -> Iterator[tuple[int, int]]:
    """Find the secrets in a text that have their name before them, each from and to."""
    done = 0
    for match in _NAMED.finditer(text):
        if match.start() < done:
            continue
        kind = kind_of_name(match["name"])
        if kind == "never" or (not match["sign"].strip() and kind != "always"):
            continue
        start, end = _value(text, match, kind)
        if not is_plain(kind, text[start:end]):
            yield start, end
            done = end
    for match in _OPTION.finditer(text):
        if kind_of_name(match[1]) != "never":
            opening = _OPENING.match(text, match.end())
            start, end = _quoted(text, opening) if opening else _word(text, match.end())
            if not is_plain("perhaps", text[start:end]):
                yield start, end


def named_in_word(word: str) -> Iterator[tuple[int, int]]:
    """Find the secret in a word of a command line that begins with its name: all that follows it, blanks too."""
    for pattern in (_ASSIGNED, _ASSIGNED_TO_OPTION):
        match = pattern.match(word)
        kind = kind_of_name(match[1]) if match else "never"
        if match and kind != "never" and not is_plain(kind, word[match.end() :]):
            yield match.end(), len(word)


def _value(text: str, match: re.Match[str], kind: SecretKind) -> tuple[int, int]:
    start = match.end()
    opening = _OPENING.match(text, start)
    if opening:
        return _quoted(text, opening)
    literal = _LITERAL.match(text, start)
    if literal:
        return literal.span()
    line_end = _line_end(text, start)
    if is_header(match["name"]):
        quote = re.compile(r"[\"']").search(text, start, line_end)
        return start, quote.start() if quote else line_end
    line_start = text.rfind("\n", 0, match.start()) + 1
    if kind == "always" and _LINE_START.fullmatch(text, line_start, match.start()):
        return start, start + len(text[start:line_end].rstrip())
    return _word(text, start)


def _quoted(text: str, opening: re.Match[str]) -> tuple[int, int]:
    """Return what stands between a quote and the next that is not escaped, or the end of the line."""
    start, quote = opening.end(), opening[1]
    place, line_end = start, _line_end(text, start)
    while (place := text.find(quote, place, line_end)) >= 0:
        before = text[start:place]
        if (len(before) - len(before.rstrip("\\"))) % 2 == 0:
            return start, place
        place += 1
    return start, line_end


def _line_end(text: str, start: int) -> int:
    end = text.find("\n", start)
    return len(text) if end < 0 else end


def _word(text: str, start: int) -> tuple[int, int]:
    word = _WORD.match(text, start)
    if word is None or "\n" in text[start : word.start()]:
        return start, start
    return start, start + len(word[0].rstrip(_AFTER_WORD))

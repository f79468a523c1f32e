r"""A LaTeX text without what is no text: comments, code, what `\iffalse` hides; every letter stays in its place."""

import re

_CODE = r"verbatim\*?|Verbatim|lstlisting|minted|comment|filecontents\*?|alltt"
_SKIPPED = re.compile(
    rf"\\\\|\\%|(?P<comment>%[^\n]*)|\\verb\*?(?P<mark>[^a-zA-Z\s*])|\\begin\{{(?P<code>{_CODE})\}}|(?P<off>\\iffalse\b)"
)
_NOT_NEWLINE = re.compile(r"[^\n]")
_MACRO = re.compile(
    r"\\(?:(?:re)?newcommand|providecommand)\*?\s*\{?\s*\\(?P<name>[A-Za-z]+)\s*\}?\s*(?:\[(?P<num>\d)\])?\s*(?=\{)"
    r"|\\def\s*\\(?P<def>[A-Za-z]+)\s*(?=\{)"
)
_BRACE = re.compile(r"[{}]")
_LONGEST_GROUP, _LONGEST_BODY = 5000, 500


def masked_source(text: str) -> str:
    """Return the text with spaces where nobody reads it."""
    parts, at = [], 0
    while (match := _SKIPPED.search(text, at)) is not None:
        parts.append(text[at : match.start()])
        end = match.end()
        if match["mark"]:
            end = _behind(text, match["mark"], end, within_line=True)
        elif match["code"]:
            end = _behind(text, f"\\end{{{match['code']}}}", end, within_line=False)
        elif match["off"]:
            end = _behind(text, "\\fi", end, within_line=False)
        hidden = text[match.start() : end]
        is_kept = match[0] in ("\\\\", "\\%")
        parts.append(hidden if is_kept else _NOT_NEWLINE.sub(" ", hidden))
        at = end
    return "".join([*parts, text[at:]])


def braced(source: str, at: int) -> tuple[str, int] | None:
    """Return what the group holds that begins at a place, and the place behind it; None for one that does not end."""
    depth = 0
    for match in _BRACE.finditer(source, at, at + _LONGEST_GROUP):
        place = match.start()
        if place and source[place - 1] == "\\":
            continue
        depth += 1 if match[0] == "{" else -1
        if depth == 0:
            return source[at + 1 : place], place + 1
    return None


def own_macros(source: str) -> dict[str, tuple[int, str]]:
    """Return the macros that a text defines: how many arguments they take, and what they stand for."""
    found: dict[str, tuple[int, str]] = {}
    for match in _MACRO.finditer(source):
        group = braced(source, match.end())
        if group is not None and len(group[0]) <= _LONGEST_BODY:
            found[match["name"] or match["def"]] = (int(match["num"] or 0), group[0])
    return found


def _behind(text: str, mark: str, at: int, *, within_line: bool) -> int:
    place = text.find(mark, at)
    if within_line:
        line_end = text.find("\n", at)
        line_end = len(text) if line_end < 0 else line_end
        return place + len(mark) if 0 <= place < line_end else line_end
    return len(text) if place < 0 else place + len(mark)

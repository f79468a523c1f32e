r"""A LaTeX text without what is no text: comments, code, what `\iffalse` hides; every letter stays in its place."""

import re
from collections.abc import Iterator

_CODE = r"verbatim\*?|Verbatim|lstlisting|minted|comment|filecontents\*?|alltt"
_SKIPPED = re.compile(rf"\\\\|\\%|(?P<comment>%[^\n]*)|\\verb\*?(?P<mark>[^a-zA-Z\s*])|\\begin\{{(?P<code>{_CODE})\}}")
_NOT_NEWLINE = re.compile(r"[^\n]")
_MACRO = re.compile(
    r"\\(?:(?:re)?newcommand|providecommand)\*?\s*\{?\s*\\(?P<name>[A-Za-z]+)\s*\}?\s*(?:\[(?P<num>\d)\])?\s*(?=\{)"
    r"|\\def\s*\\(?P<def>[A-Za-z]+)\s*(?=\{)"
)
_CONDITIONAL = re.compile(
    r"\\\\|\\%|(?P<comment>%[^\n]*)|\\verb\*?(?P<mark>[^a-zA-Z\s*])"
    rf"|\\begin\{{(?P<code>{_CODE})\}}"
    r"|\\newif\s*\\if(?P<new>[A-Za-z@]+)|(?P<zero>\\if\s*0(?=\D))|\\(?P<name>[A-Za-z@]+)"
)
_SWITCHING = re.compile(r"(.{1,60}?)(true|false)")
CONDITIONS = frozenset(
    f"if{name}"
    for name in (
        "", "x", "num", "dim", "odd", "case", "cat", "true", "false", "defined", "csname", "mmode", "vmode", "hmode",
        "inner", "void", "hbox", "vbox", "eof", "pdf", "@twocolumn", "@twoside",
    )
)  # fmt: skip
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
        hidden = text[match.start() : end]
        is_kept = match[0] in ("\\\\", "\\%")
        parts.append(hidden if is_kept else _NOT_NEWLINE.sub(" ", hidden))
        at = end
    return "".join([*parts, text[at:]])


def shown_source(text: str) -> str:
    r"""Return the text with spaces where it is switched off: by `\iffalse`, `\if0`, a switch of its own, `comment`."""
    parts, at = [], 0
    for first, last in _switched_off(text):
        parts += [text[at:first], _NOT_NEWLINE.sub(" ", text[first:last])]
        at = last
    return "".join([*parts, text[at:]])


def _switched_off(text: str) -> Iterator[tuple[int, int]]:
    """Yield where parts begin and end that are not printed, and the words of conditions that are decided."""
    switches: dict[str, bool] = {}
    parts: list[bool | None] = []  # of each open condition: whether its part is printed; None: nobody can tell
    start = at = num_off = 0
    while (match := _CONDITIONAL.search(text, at)) is not None:
        at, was_off = match.end(), num_off > 0
        name = "iffalse" if match["zero"] else match["name"] or ""
        if match["mark"] and not was_off:
            at = _behind(text, match["mark"], at, within_line=True)
        elif match["code"] and not was_off:
            at = _behind(text, f"\\end{{{match['code']}}}", at, within_line=False)
            if match["code"] == "comment":
                yield match.start(), at
        elif match["new"]:
            switches[match["new"]] = False
        elif not was_off and (said := _SWITCHING.fullmatch(name)) and said[1] in switches:
            switches[said[1]] = said[2] == "true"
        is_opening = name in CONDITIONS or (name[:2] == "if" and name[2:] in switches)
        if not is_opening and not (name in ("else", "fi") and parts):
            continue
        before = None if is_opening else parts.pop()
        after = {"iftrue": True, "iffalse": False}.get(name, switches.get(name[2:])) if is_opening else None
        if name == "else":
            after = None if before is None else not before
        if name != "fi":
            parts.append(after)
        num_off += (after is False) - (before is False)
        if num_off and not was_off:
            start = match.start()
        elif was_off and not num_off:
            yield start, at
        elif not num_off and (before, after) != (None, None):
            yield match.start(), at
    if num_off:
        yield start, len(text)


def braced(source: str, at: int, *, longest: int = _LONGEST_GROUP) -> tuple[str, int] | None:
    """Return what the group holds that begins at a place, and the place behind it; None for one that does not end."""
    depth = 0
    for match in _BRACE.finditer(source, at, at + longest):
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

"""Which columns the preamble of a `tabular` asks for."""

import re

_REPEAT = re.compile(r"\*\s*(?:\{(\d+)\}|(\d))\s*")


def siunitx_columns(source: str) -> frozenset[int]:
    r"""Return the places of the columns that siunitx sets (`S`); of a preamble too long, none."""
    for _ in range(8):
        match = _REPEAT.search(source)
        if match is None or len(source) > 4000:
            break
        end = _group_end(source, match.end())
        inner = source[match.end() + 1 : end - 1] if source[match.end() : match.end() + 1] == "{" else ""
        source = source[: match.start()] + inner * min(int(match[1] or match[2]), 200) + source[max(end, match.end()) :]
    found, column, at = set(), 0, 0
    while at < len(source):
        char = source[at]
        at += 1
        if char in "@!><":
            at = _group_end(source, at)
        elif char.isalpha():
            if char == "S":
                found.add(column)
            column += 1
            if source[at : at + 1] == "[":
                at = source.find("]", at) + 1 or len(source)
            while source[at : at + 1] == "{":
                at = _group_end(source, at)
    return frozenset(found)


def _group_end(source: str, at: int) -> int:
    """Return the place behind the group that begins at a place; the place itself if none does."""
    if source[at : at + 1] != "{":
        return at
    depth = 0
    for place in range(at, len(source)):
        depth += {"{": 1, "}": -1}.get(source[place], 0)
        if depth == 0:
            return place + 1
    return len(source)

"""A name for Python source: equal code, equal digest. Comments, docstrings and line breaks count for nothing."""

import hashlib
import io
import tokenize
from collections.abc import Iterator
from functools import lru_cache

_NO_CODE = (tokenize.ENCODING, tokenize.COMMENT, tokenize.NL, tokenize.ENDMARKER)
_LAYOUT = {tokenize.NEWLINE: "\n", tokenize.INDENT: "\t", tokenize.DEDENT: "\r"}
_FORMATTED = tuple(getattr(tokenize, name, -1) for name in ("FSTRING_START", "FSTRING_END"))  # since Python 3.12

_MOST_KEPT = 2048  # sources whose digests are kept, for every run asks again


@lru_cache(maxsize=_MOST_KEPT)
def code_digest_of(source: bytes) -> str:
    """Return hex digits that name a source without its comments, docstrings and line breaks; alike for every Python."""
    try:
        tokens = list(_tokens(source.replace(b"\r\n", b"\n")))
    except (SyntaxError, ValueError, tokenize.TokenError):  # it is imported where nobody comes by, or it would not run
        return hashlib.sha256(source).hexdigest()
    hasher = hashlib.sha256()
    line: list[str] = []
    is_text_only = True
    for kind, text in tokens:
        if kind in _LAYOUT:
            if kind != tokenize.NEWLINE or not is_text_only:  # text that stands alone, as a docstring, does nothing
                hasher.update("\0".join([*line, _LAYOUT[kind], ""]).encode())
            line, is_text_only = [], True
        else:
            line.append(text)
            is_text_only &= kind == tokenize.STRING
    hasher.update("\0".join(line).encode())
    return hasher.hexdigest()


def _tokens(source: bytes) -> Iterator[tuple[int, str]]:
    """Yield kind and text of what does something; a formatted string as one, as before Python 3.12."""
    depth, begun = 0, (0, 0)
    lines = io.TextIOWrapper(io.BytesIO(source), tokenize.detect_encoding(io.BytesIO(source).readline)[0]).readlines()
    for token in tokenize.tokenize(io.BytesIO(source).readline):
        if token.type == _FORMATTED[0]:
            begun = begun if depth else token.start
            depth += 1
        elif token.type == _FORMATTED[1]:
            depth -= 1
            if not depth:
                yield tokenize.NAME, _between(lines, begun, token.end)
        elif not depth and token.type not in _NO_CODE:
            yield token.type, token.string


def _between(lines: list[str], start: tuple[int, int], end: tuple[int, int]) -> str:
    found = lines[start[0] - 1 : end[0]]
    found[-1] = found[-1][: end[1]]
    found[0] = found[0][start[1] :]
    return "".join(found)

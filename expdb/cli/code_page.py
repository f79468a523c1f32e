"""Consoles whose encoding lacks letters that are printed (ascii, cp949, latin-1): what comes out in their place."""

import codecs
import re
import sys
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from io import TextIOWrapper
from typing import Final

# Where Unicode itself names nothing that stands for it.
_INSTEAD: Final = {
    "±": "+/-", "×": "x", "÷": "/", "·": ".", "•": "*", "Δ": "d", "µ": "u", "μ": "u", "√": "sqrt", "∞": "inf",
    "≤": "<=", "≥": ">=", "≠": "!=", "≈": "~", "→": "->", "←": "<-", "↑": "^", "↓": "v", "✓": "yes", "✗": "no",
    "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "‘": "'", "’": "'", "…": "...", "€": "EUR", "°": " deg",
    "−": "-", "\N{FRACTION SLASH}": "/", "\N{ZERO WIDTH SPACE}": "",
    "†": "+", "‡": "++", "§": "S", "ß": "ss", "Æ": "AE", "æ": "ae", "Ø": "O", "ø": "o", "Œ": "OE",
    "œ": "oe", "Ł": "L", "ł": "l", "Đ": "D", "đ": "d", "ı": "i",
}  # fmt: skip
_GREEK = re.compile(r"GREEK (?:SMALL|CAPITAL) LETTER (?:FINAL )?(\w+)(?: WITH \w+)?")
_HANDLER, _JSON_HANDLER = "expdb.instead", "expdb.json"
# How streams treat letters that they lack when nobody has said so: PYTHONIOENCODING=ascii:replace says so.
_NOT_CHOSEN = ("strict", "surrogateescape", "backslashreplace")


@contextmanager
def readable_streams() -> Iterator[None]:
    """In the block, stdout and stderr print what their encoding lacks as something that it has; they never fail."""
    changed: list[tuple[TextIOWrapper, str]] = []
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper) and stream.errors in _NOT_CHOSEN:
            changed.append((stream, stream.errors))
            stream.reconfigure(errors=_HANDLER)
    try:
        yield
    finally:
        for stream, errors in changed:
            if not stream.closed:
                stream.reconfigure(errors=errors)


def in_code_page(text: str) -> str:
    """Return text in letters that stdout has: before it is laid out, for what stands for a letter may be longer."""
    encoding = _encoding()
    if text.isascii() or encoding == "utf-8":
        return text
    return text.encode(encoding, _HANDLER).decode(encoding)


def is_lossless(text: str) -> bool:
    """Tell whether stdout has all letters of a text."""
    return text.isascii() or _has(_encoding(), text)


def escaped_json(text: str) -> str:
    r"""Return JSON so that stdout has all its letters: those that it lacks as `\uXXXX`, which means the same."""
    encoding = _encoding()
    return text.encode(encoding, _JSON_HANDLER).decode(encoding)


def _encoding() -> str:
    named = getattr(sys.stdout, "encoding", None) or "utf-8"  # a stream in memory has none, and takes everything
    return codecs.lookup(named).name


@lru_cache(maxsize=4096)
def _instead(char: str, encoding: str) -> str:
    """Return what an encoding has for a letter that it lacks; a question mark where there is nothing."""
    greek = _GREEK.fullmatch(unicodedata.name(char, ""))
    _, is_raised, codes = unicodedata.decomposition(char).partition("<super> ")
    plain = (part for part in unicodedata.normalize("NFKD", char) if not unicodedata.combining(part))
    candidates = [
        _INSTEAD.get(char),
        f"^{''.join(chr(int(code, 16)) for code in codes.split())}" if is_raised else None,
        "-" if unicodedata.category(char) == "Pd" else None,
        "" if unicodedata.combining(char) else None,  # the letter that it stands on has been printed
        "".join(_INSTEAD.get(part, part) for part in plain),
        greek[1].lower() if greek else None,
    ]
    for candidate in candidates:
        if candidate is not None and candidate != char and _has(encoding, candidate):
            return candidate
    return "?"


def _has(encoding: str, text: str) -> bool:
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def _print_instead(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(_instead(char, error.encoding) for char in error.object[error.start : error.end]), error.end


def _print_escaped(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    units = error.object[error.start : error.end].encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[start : start + 4]}" for start in range(0, len(units), 4)), error.end


codecs.register_error(_HANDLER, _print_instead)
codecs.register_error(_JSON_HANDLER, _print_escaped)

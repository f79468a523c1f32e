r"""Text as LaTeX prints it, and which engine, package or font that takes. No character of a text is a command."""

import re
import unicodedata
from collections.abc import Iterable
from typing import Literal

from expdb.domain.value_text import one_line

_SYMBOLS = {
    **{char: rf"\{char}" for char in "&%$#_{}"},
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "`": r"\textasciigrave{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\char34{}",  # babel makes commands of a bare one; \textquotedbl needs the T1 encoding
    "[": "{[}",  # behind \\ a bare one would be read as its argument
    "]": "{]}",
    "*": "{*}",
    "–": "--",
    "—": "---",
    "±": r"$\pm$",
    "×": r"$\times$",
    "−": "$-$",
    "≤": r"$\leq$",
    "≥": r"$\geq$",
    "≠": r"$\neq$",
    "≈": r"$\approx$",
    "∞": r"$\infty$",
    "√": r"$\surd$",
    "→": r"$\rightarrow$",
    "←": r"$\leftarrow$",
    "↑": r"$\uparrow$",
    "↓": r"$\downarrow$",
    "✓": r"\checkmark{}",
    "\N{REPLACEMENT CHARACTER}": "{?}",  # in which lualatex sees a damaged file
    **{
        letter: rf"$\{name}$"
        for letters, names in (
            ("ΓΔΘΛΞΠΣΦΨΩ", "Gamma Delta Theta Lambda Xi Pi Sigma Phi Psi Omega"),
            ("αβγδεζηθικλμ", "alpha beta gamma delta varepsilon zeta eta theta iota kappa lambda mu"),
            ("νξπρςστυφχψω", "nu xi pi rho varsigma sigma tau upsilon varphi chi psi omega"),
        )
        for letter, name in zip(letters, names.split(), strict=True)
    },
}
# Two of these in a row would print as one other character.
_DASHES, _DOUBLED = frozenset("-–—"), frozenset("',")
# What pdflatex prints with its default fonts, and what with those of the T1 encoding.
_ANY_ENGINE = re.compile(r"[\x20-\x7e¡-ªµ¬®-º¼-ÏÑ-Ýß-ïñ-ýÿĀ-ăĆ-ďĒ-ėĚ-ĥĨ-ĭİ-ķĹ-ľŁ-ňŌ-ťŨ-ž†‡•…“”‘’€™]*")
_T1 = re.compile(r"[«»ÐðÞþĄąĐđĘęĮįŊŋ„‚‹›]*")
# What kotex prints: Hangul, and the Chinese characters, kana and full-width signs that stand in Korean texts.
_HANGUL = re.compile(r"[\u1100-\u11ff\u3131-\u318e\uac00-\ud7a3]")
_KOREAN = re.compile(r"[\u1100-\u11ff\u3000-\u30ff\u3131-\u318e\u4e00-\u9fff\uac00-\ud7a3\uff01-\uff5e]*")
_MOST_NAMED = 5

Needs = Literal["", "T1", "kotex", "lualatex"]


def escape(text: str) -> str:
    """Return text, on one line, so that LaTeX prints it as it is, also in a caption or heading.

    Letters that are written as several characters are composed: only so does every engine know them.
    """
    plain = _plain(text)
    return "".join(_escaped(char, following) for char, following in zip(plain, f"{plain[1:]} ", strict=False))


def _plain(text: str) -> str:
    return unicodedata.normalize("NFC", one_line(text))


def _escaped(char: str, following: str) -> str:
    is_ligature = (char in _DOUBLED and following == char) or (char in _DASHES and following in _DASHES)
    return _SYMBOLS.get(char, char) + ("{}" if is_ligature else "")


def needs_of(texts: Iterable[str]) -> Needs:
    """Return what these texts need beyond pdflatex as it comes: an encoding, a package or another engine."""
    return _needs(_unmapped(texts))


def engine_line(texts: Iterable[str]) -> str:
    """Return a comment that says what prints these texts; empty where every engine does as it comes."""
    unmapped = _unmapped(texts)
    needs = _needs(unmapped)
    if not needs:
        return ""
    if needs == "T1":
        return "% Has letters for which pdflatex needs \\usepackage[T1]{fontenc}.\n"
    if needs == "kotex":
        return f"% Has Korean letters: \\usepackage{{kotex}}, or {_LUALATEX}\n"
    lacking = [char for char in dict.fromkeys(unmapped) if not (_ANY_ENGINE.fullmatch(char) or _T1.fullmatch(char))]
    named = " ".join(map(_named, lacking[:_MOST_NAMED])) + (" …" if len(lacking) > _MOST_NAMED else "")
    return f"% Has letters that pdflatex lacks ({named}): {_LUALATEX}\n"


_LUALATEX = "lualatex with a font that has them (as --format latex-document does)."


def _unmapped(texts: Iterable[str]) -> str:
    return "".join(char for text in texts for char in _plain(text) if char not in _SYMBOLS)


def _needs(unmapped: str) -> Needs:
    other = "".join(char for char in dict.fromkeys(unmapped) if not _ANY_ENGINE.fullmatch(char))
    if not other:
        return ""
    if _T1.fullmatch(other):
        return "T1"
    return "kotex" if _KOREAN.fullmatch(other) and _HANGUL.search(other) else "lualatex"


def _named(char: str) -> str:
    """Return a letter, or the number of one that does not stand alone, such as an accent."""
    return f"U+{ord(char):04X}" if unicodedata.category(char).startswith(("M", "C")) else char

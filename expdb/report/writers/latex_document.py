r"""A table as a LaTeX document of its own, which compiles as it is: with the fonts that its letters need."""

import re
from typing import Final

from expdb.report.table import Table
from expdb.report.writers.latex import texts_of, to_latex
from expdb.report.writers.latex_letters import Needs, needs_of

# What of these is installed prints the letters that the font of the text lacks; the first that has one prints it.
_FONTS: Final = (
    *("NanumMyeongjo", "Noto Serif CJK KR", "Noto Sans CJK KR", "UnBatang", "Batang", "AppleMyungjo", "NanumGothic"),
    *("Malgun Gothic", "Apple SD Gothic Neo", "DejaVu Serif", "DejaVu Sans", "FreeSerif", "Noto Emoji", "Symbola"),
)
_FALLBACK: Final = rf"""\usepackage{{fontspec}}
\def\expdbfonts{{}}
\makeatletter
\@for\expdbfont:={",".join(_FONTS)}\do{{%
  \IfFontExistsTF{{\expdbfont}}{{\edef\expdbfonts{{\expdbfonts "\expdbfont:mode=node;",}}}}{{}}}}
\makeatother
\directlua{{luaotfload.add_fallback("expdb", {{\expdbfonts}})}}
\setmainfont{{Latin Modern Roman}}[RawFeature={{fallback=expdb}}]"""
_PREAMBLES: Final[dict[Needs, tuple[str, str]]] = {
    "": ("pdflatex, lualatex or xelatex", ""),
    "T1": (
        "pdflatex, lualatex or xelatex",
        "\\usepackage{iftex}\n\\ifPDFTeX\n\\usepackage[T1]{fontenc}\n\\fi",
    ),
    "kotex": (
        "lualatex, or with kotex pdflatex or xelatex",
        f"\\usepackage{{iftex}}\n\\ifLuaTeX\n{_FALLBACK}\n\\else\n\\usepackage{{kotex}}\n\\fi",
    ),
    "lualatex": ("lualatex", f"\\usepackage{{iftex}}\n\\RequireLuaTeX\n{_FALLBACK}"),
}
_NAMED = re.compile(r"\\usepackage\{\w+\}")


def to_document(table: Table) -> str:
    """Return the table as a whole document, ending in a newline; its first line says what compiles it.

    Letters that no font here has are left out by LaTeX, and named in its log.
    """
    needs, body = needs_of(texts_of(table)), to_latex(table)
    packages = _NAMED.findall(body.partition("\n")[0])
    source = "".join(line for line in body.splitlines(keepends=True) if not line.startswith("%"))
    engines, preamble = _PREAMBLES[needs]
    head = [f"% Compile with {engines}.", r"\documentclass{article}", *packages, *([preamble] if preamble else [])]
    return "\n".join([*head, r"\begin{document}", source + r"\end{document}", ""])

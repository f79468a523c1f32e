r"""Which arguments the macros of a LaTeX table take, and which of them are seen; and a text as nodes."""

import re
from collections.abc import Sequence
from functools import cache
from typing import Any

from pylatexenc.latex2text import get_default_latex_context_db as text_specs
from pylatexenc.latexwalker import LatexWalker, LatexWalkerError, get_default_latex_context_db
from pylatexenc.macrospec import EnvironmentSpec, LatexContextDb, MacroSpec

from expdb.report.written.formats.span_grid import UnreadableTableError

# By their arguments: what nobody sees, or is the mark of a note or a citation.
_DROPPED = {
    "": (
        "hline toprule midrule bottomrule firsthline lasthline endfirsthead endhead endfoot endlastfoot tabularnewline "
        "centering raggedright raggedleft arraybackslash bf it sc tt rm sf sl em bfseries itshape scshape ttfamily "
        "rmfamily sffamily mdseries upshape slshape normalfont boldmath tiny scriptsize footnotesize small normalsize "
        "large Large LARGE huge Huge displaystyle textstyle scriptstyle scriptscriptstyle noindent relax strut hfill "
        "hfil vfill ignorespaces unskip protect bigstrut nobreak allowbreak left right big Big bigg Bigg limits "
        "smallskip medskip bigskip leavevmode itemshape onehalfspacing singlespacing null"
    ),
    "[": "addlinespace morecmidrules footnotemark",
    "{": (
        "label ref eqref autoref cref Cref pageref nocite vspace hspace phantom hphantom vphantom tnote "
        "tablefootnote index thispagestyle noalign hhline Xhline linespread pagestyle glsadd captionsetup sisetup "
        "rowfont cmidrule cline"
    ),
    "*{": "vspace hspace",
    "[{": "footnote footnotetext todo rule",
    "*[[{": "cite citep citet parencite textcite autocite footcite citealp citealt citeauthor citeyear supercite",
    "[{[[": "cellcolor rowcolor columncolor arrayrulecolor doublerulesepcolor color",
    "{{": "setlength addtolength setcounter fontsize",
    "{{{": "specialrule",
    "*[{": "caption",
}
_STYLES = (
    "textbf textit textsl textsc texttt textrm textsf textmd textup textnormal emph underline uline uuline dashuline "
    "sout mathbf mathrm mathit mathsf mathtt mathcal mathbb text mbox hbox fbox boldsymbol bm pmb mathop operatorname "
    "ensuremath textls overline hl ul so st mathnormal centerline lowercase uppercase MakeUppercase textquote smash "
    "rlap llap"
)
# By name: the arguments, and which of them is seen.
SEEN = {
    **dict.fromkeys(_STYLES.split(), ("{", 0)),
    "raisebox": ("{[[{", 3),
    "makecell": ("*[{", 2),
    "thead": ("*[{", 2),
    "shortstack": ("[{", 1),
    "makebox": ("[[{", 2),
    "parbox": ("[{{", 2),
    "textcolor": ("[{{", 2),
    "colorbox": ("[{{", 2),
    "rotatebox": ("[{{", 2),
    "scalebox": ("{[{", 2),
    "resizebox": ("*{{{", 3),
    "adjustbox": ("{{", 1),
    "foreignlanguage": ("{{", 1),
    "texorpdfstring": ("{{", 0),
    "href": ("[{{", 2),
    "url": ("{", 0),
    "hyperref": ("[{", 1),
    "multicolumn": ("{{{", 2),
    "multirow": ("[{[{[{", 5),
    "diagbox": ("[{{", 1),
    "num": ("[{", 1),
    "si": ("[{", 1),
    "unit": ("[{", 1),
    "SI": ("[{[{", 1),
    "qty": ("[{{", 1),
    "numrange": ("[{{", 1),
    "SIrange": ("[{{{", 1),
    "qtyrange": ("[{{{", 1),
    "numlist": ("[{", 1),
    "SIlist": ("[{{", 1),
    "qtylist": ("[{{", 1),
    "textsuperscript": ("{", 0),
    "textsubscript": ("{", 0),
    "frac": ("{{", 0),
    "tfrac": ("{{", 0),
    "nicefrac": ("{{", 0),
    "expdb": ("{{{", 0),
}
DROPPED = frozenset(name for names in _DROPPED.values() for name in names.split())
TABULARS = {
    "tabular": "[{",
    "tabular*": "{[{",
    "tabularx": "{[{",
    "tabulary": "{{",
    "longtable": "[{",
    "xltabular": "[{{",
    "array": "[{",
    "NiceTabular": "[{[",
}
_CMIDRULE = re.compile(r"(\\cmidrule)((?:\[[^\]\n]{0,40}\])?\s*(?:\([^)\n]{0,60}\))?)")


@cache
def symbols() -> LatexContextDb:
    """Return what macros print that stand for letters and signs."""
    return text_specs()


def context(own: Sequence[tuple[str, int]] = ()) -> LatexContextDb:
    """Return the macros with their arguments; `own`: those that a document defines, with how many they take."""
    found = get_default_latex_context_db()
    macros = [MacroSpec(name, spec) for spec, names in _DROPPED.items() for name in names.split()]
    macros += [MacroSpec(name, spec) for name, (spec, _) in SEEN.items()]
    macros += [MacroSpec(name, "{" * num) for name, num in own]
    environments = [EnvironmentSpec(name, spec) for name, spec in TABULARS.items()]
    found.add_context_category("tables", macros=macros, environments=environments, prepend=True)
    return found


def nodes_of(source: str, macros: LatexContextDb) -> list[Any]:
    """Return a piece of LaTeX as nodes.

    Raises:
        UnreadableTableError: it is broken, or nested too deep.
    """
    plain = _CMIDRULE.sub(lambda match: match[1] + " " * len(match[2]), source)
    try:
        nodes, _, _ = LatexWalker(plain, latex_context=macros, tolerant_parsing=False).get_latex_nodes()
    except LatexWalkerError as problem:
        first = str(getattr(problem, "msg", problem)).strip().splitlines()
        raise UnreadableTableError(f"LaTeX that is broken: {first[0] if first else 'it ends too early'}") from problem
    except (RecursionError, IndexError, ValueError, AttributeError, TypeError) as problem:
        raise UnreadableTableError("LaTeX that is nested too deep or broken") from problem
    return list(nodes)

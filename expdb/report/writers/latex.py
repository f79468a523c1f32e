r"""A table as LaTeX: a `table` float with booktabs rules. Text stays text: no character of it is a command."""

import re
from collections.abc import Iterable

from expdb.report.table import Cell, Note, Table
from expdb.report.value_text import one_line
from expdb.report.writers.latex_width import Fit, fit
from expdb.report.writers.layout import first_columns, has_groups, padded, sections, spans, table_label, typeset

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
    "Δ": r"$\Delta$",
    "Σ": r"$\Sigma$",
    "α": r"$\alpha$",
    "β": r"$\beta$",
    "γ": r"$\gamma$",
    "δ": r"$\delta$",
    "ε": r"$\varepsilon$",
    "λ": r"$\lambda$",
    "μ": r"$\mu$",
    "σ": r"$\sigma$",
    "τ": r"$\tau$",
}
_SYMBOL = re.compile(f"[{re.escape(''.join(_SYMBOLS))}]|[',]")
# Two of these in a row would print as one other character.
_DASHES, _DOUBLED = frozenset("-–—"), frozenset("',")
# What pdflatex prints with its default fonts.
_ANY_ENGINE = re.compile(r"[\x20-\x7e¡-ªµ¬®-º¼-ÏÑ-Ýß-ïñ-ýÿ†‡•…“”‘’€™]*")
# As it is where it fits, else as wide as the page.
_SCALED = r"\resizebox{\ifdim\width>\linewidth\linewidth\else\width\fi}{!}{%"
_LONG = 40  # rows that surely fit on a page
_ENGINE = "% Has letters that need xelatex or lualatex, and a font with them (\\setmainfont of fontspec).\n"


def to_latex(table: Table) -> str:
    """Return the table as LaTeX, ending in a newline; its first lines name the packages that it needs.

    Columns of long text wrap where the table would be wider than a page of `article`; what is still wider shrinks. A
    table that would be longer than a page goes on on the next one (`longtable`); that one cannot shrink, so it is in
    small letters where it is wide.
    """
    fitted = fit(table)
    is_long = len(table.rows) > _LONG
    lines = _over_pages(table, fitted) if is_long else _floating(table, fitted)
    source = "\n".join([*lines, ""])
    needed = {
        "array": fitted.is_wrapped,
        "graphicx": fitted.is_scaled and not is_long,
        "longtable": is_long,
        "amssymb": r"\checkmark" in source,
    }
    *packages, last = [rf"\usepackage{{{name}}}" for name in ("booktabs", *(key for key in needed if needed[key]))]
    listed = f"{', '.join(packages)} and {last}" if packages else last
    return f"% Needs {listed}.\n{_engine(table)}{source}"


def _floating(table: Table, fitted: Fit) -> list[str]:
    head, body = _lines(table)
    tabular = [
        rf"\begin{{tabular}}{{{''.join(fitted.columns)}}}",
        *(r"  \toprule", *head, *body, r"  \bottomrule"),
        r"\end{tabular}",
    ]
    if fitted.is_scaled:
        tabular = [_SCALED, *tabular, "}"]
    lines = [r"\begin{table}", r"  \centering", f"  {_caption(table)}", f"  {_label(table)}", r"  \smallskip"]
    lines += [f"  {line}" for line in tabular]
    if table.notes:
        lines += [r"  \par\smallskip\raggedright\footnotesize", *(f"  {_note(note)}\\par" for note in table.notes)]
    return [*lines, r"\end{table}"]


def _over_pages(table: Table, fitted: Fit) -> list[str]:
    """Return a table with its head on every page, and what stands around it."""
    head, body = _lines(table)
    small = [r"\scriptsize\setlength{\tabcolsep}{2pt}"] if fitted.is_scaled else []
    notes = [rf"  {{\raggedright\footnotesize {_note(note)}\par}}" for note in table.notes]
    return [
        *(r"\begingroup", *small),
        rf"\begin{{longtable}}{{{''.join(fitted.columns)}}}",
        rf"  {_caption(table)}{_label(table)} \\",
        *(r"  \toprule", *head, r"  \midrule", r"  \endfirsthead"),
        *(r"  \toprule", *head, r"  \midrule", r"  \endhead"),
        *(r"  \bottomrule", r"  \endfoot"),
        *body[1:],  # the rule above it belongs to the head
        r"\end{longtable}",
        *(r"\endgroup", *notes),
    ]


def _caption(table: Table) -> str:
    return rf"\caption{{{escape(table.title or table.name)}}}"


def _label(table: Table) -> str:
    return rf"\label{{{table_label(table)}}}"


def escape(text: str) -> str:
    """Return text, on one line, so that LaTeX prints it as it is."""
    plain = one_line(text)
    return "".join(_escaped(char, following) for char, following in zip(plain, f"{plain[1:]} ", strict=False))


def _escaped(char: str, following: str) -> str:
    is_ligature = (char in _DOUBLED and following == char) or (char in _DASHES and following in _DASHES)
    return _SYMBOLS.get(char, char) + ("{}" if is_ligature else "")


def _lines(table: Table) -> tuple[list[str], list[str]]:
    """Return the lines of the head, and those of the body with a rule above every section."""
    num = len(table.columns)
    heads = [escape(column.heading) + _raised(",".join(column.marks)) for column in table.columns]
    rows = [[_content(cell) for cell in row.cells] for row in table.rows]
    head, *body = (f"  {' & '.join(line)} \\\\" for line in padded([heads, *rows], table.columns))
    lines: list[str] = []
    written = iter(body)
    for section, members in sections(table) or [(None, [])]:
        lines.append(r"  \midrule")
        if section is not None:
            lines.append(rf"  \multicolumn{{{num}}}{{l}}{{\textit{{{escape(section)}}}}} \\")
        lines += [next(written) for _ in members]
    return [*(_group_lines(table) if has_groups(table) else []), head], lines


def _group_lines(table: Table) -> list[str]:
    groups = spans(table.columns)
    titles = [rf"\multicolumn{{{num}}}{{c}}{{{escape(under)}}}" if under else "" for under, num in groups]
    rules = [
        rf"\cmidrule(lr){{{first + 1}-{first + num}}}"
        for first, (under, num) in zip(first_columns(groups), groups, strict=True)
        if under
    ]
    return [f"  {' & '.join(titles)} \\\\", f"  {' '.join(rules)}"]


def _content(cell: Cell) -> str:
    text = escape(typeset(cell))
    if text and cell.rank:
        text = rf"\textbf{{{text}}}" if cell.rank == 1 else rf"\underline{{{text}}}"
    return text + _raised(",".join(cell.marks))


def _raised(marks: str) -> str:
    return rf"\textsuperscript{{{escape(marks)}}}" if marks else ""


def _note(note: Note) -> str:
    return f"{_raised(note.mark)} {escape(note.text)}" if note.mark else escape(note.text)


def _engine(table: Table) -> str:
    texts = [table.title, *(text for column in table.columns for text in (column.under or "", column.heading))]
    texts += [text for note in table.notes for text in (note.mark, note.text)]
    for row in table.rows:
        texts += [row.section or "", *(text for cell in row.cells for text in (cell.text, *cell.marks))]
    return engine_line(texts)


def engine_line(texts: Iterable[str]) -> str:
    """Return a comment that says which engines print these texts; empty where all do."""
    unmapped = "".join(char for text in texts for char in one_line(text) if char not in _SYMBOLS)
    return "" if _ANY_ENGINE.fullmatch(unmapped) else _ENGINE

r"""A table as LaTeX: a `table` float with booktabs rules, its notes below it or in its caption."""

from expdb.domain.value_text import one_line
from expdb.report.table import Cell, Note, Table
from expdb.report.writers.latex_letters import engine_line, escape
from expdb.report.writers.latex_width import Fit, fit
from expdb.report.writers.layout import first_columns, has_groups, padded, sections, spans, table_label, typeset

# As it is where it fits, else as wide as the page.
_SCALED = r"\resizebox{\ifdim\width>\linewidth\linewidth\else\width\fi}{!}{%"
_LONG = 40  # rows that surely fit on a page


def to_latex(table: Table) -> str:
    """Return the table as LaTeX, ending in a newline; its first lines name the packages that it needs.

    Columns of long text wrap where the table would be wider than a page of `article`; what is still wider shrinks. A
    table that would be longer than a page goes on on the next one (`longtable`); that one cannot shrink, so it is in
    small letters where it is wide.
    """
    return _source(table, rf"\caption{{{escape(_title(table))}}}", [_note(note) for note in table.notes])


def to_captioned(table: Table) -> str:
    """Return the same with the notes in the caption, behind the title, which alone stands in the list of tables.

    The name of a table without a title stands in that list only: in the caption it would be no sentence.
    """
    said = [*([Note(mark="", text=table.title)] if table.title else []), *table.notes]
    whole = " ".join(_note(Note(mark=note.mark, text=_sentence(one_line(note.text)))) for note in said)
    return _source(table, rf"\caption[{escape(_title(table))}]{{{whole}}}", [])


def _source(table: Table, caption: str, notes: list[str]) -> str:
    fitted = fit(table)
    is_long = len(table.rows) > _LONG
    layout = _over_pages if is_long else _floating
    lines = layout(table, fitted, caption, notes)
    source = "\n".join([*lines, ""])
    needed = {
        "array": fitted.is_wrapped,
        "graphicx": fitted.is_scaled and not is_long,
        "longtable": is_long,
        "amssymb": r"\checkmark" in source,
    }
    *packages, last = [rf"\usepackage{{{name}}}" for name in ("booktabs", *(key for key in needed if needed[key]))]
    listed = f"{', '.join(packages)} and {last}" if packages else last
    return f"% Needs {listed}.\n{engine_line(texts_of(table))}{source}"


def _floating(table: Table, fitted: Fit, caption: str, notes: list[str]) -> list[str]:
    head, body = _lines(table)
    tabular = [
        rf"\begin{{tabular}}{{{''.join(fitted.columns)}}}",
        *(r"  \toprule", *head, *body, r"  \bottomrule"),
        r"\end{tabular}",
    ]
    if fitted.is_scaled:
        tabular = [_SCALED, *tabular, "}"]
    lines = [r"\begin{table}", r"  \centering", f"  {caption}", f"  {_label(table)}", r"  \smallskip"]
    lines += [f"  {line}" for line in tabular]
    if notes:
        lines += [r"  \par\smallskip\raggedright\footnotesize", *(f"  {note}\\par" for note in notes)]
    return [*lines, r"\end{table}"]


def _over_pages(table: Table, fitted: Fit, caption: str, notes: list[str]) -> list[str]:
    """Return a table with its head on every page, and what stands around it."""
    head, body = _lines(table)
    small = [r"\scriptsize\setlength{\tabcolsep}{2pt}"] if fitted.is_scaled else []
    return [
        *(r"\begingroup", *small),
        rf"\begin{{longtable}}{{{''.join(fitted.columns)}}}",
        rf"  {caption}{_label(table)} \\",
        *(r"  \toprule", *head, r"  \midrule", r"  \endfirsthead"),
        *(r"  \toprule", *head, r"  \midrule", r"  \endhead"),
        *(r"  \bottomrule", r"  \endfoot"),
        *body[1:],  # the rule above it belongs to the head
        r"\end{longtable}",
        *(r"\endgroup", *(rf"  {{\raggedright\footnotesize {note}\par}}" for note in notes)),
    ]


def _title(table: Table) -> str:
    return table.title or table.name


def _sentence(text: str) -> str:
    """Return a text so that another sentence can follow."""
    return text if text.endswith((".", "!", "?", "…", ":", ";")) else f"{text}."


def _label(table: Table) -> str:
    return rf"\label{{{table_label(table)}}}"


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


def texts_of(table: Table) -> list[str]:
    """Return all texts of a table that are printed."""
    texts = [table.title, *(text for column in table.columns for text in (column.under or "", column.heading))]
    texts += [text for column in table.columns for text in column.marks]
    texts += [text for note in table.notes for text in (note.mark, note.text)]
    for row in table.rows:
        texts += [row.section or "", *(text for cell in row.cells for text in (cell.text, *cell.marks))]
    return texts

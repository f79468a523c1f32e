r"""A table as LaTeX definitions: `\expdb{TABLE}{ROW}{COLUMN}` prints a number of it, and is an error where none is.

A name is what `report.addresses` and the row's key say, with a backslash before each of `% # { } \ ^`, which LaTeX
would take for its own. The macro only expands, so that it also works in headings, captions and mathematics.
"""

import re
from collections.abc import Iterator
from dataclasses import replace

from expdb.errors import SpecError
from expdb.report.addresses import cell_parts
from expdb.report.table import Cell, Row, Table
from expdb.report.writers.latex_letters import engine_line, escape
from expdb.report.writers.layout import typeset

# Braces in the names keep table, row and column apart whatever these hold. \newcommand stops where there is an \expdb
# of another package.
_HEAD = r"""
\ifdefined\expdbset\else%
\newcommand*\expdb{}%
\gdef\expdb#1#2#3{\ifcsname expdb\detokenize{{#1}{#2}{#3}}\endcsname%
\csname expdb\detokenize{{#1}{#2}{#3}}\expandafter\endcsname\else\expdbunknown{#1}{#2}{#3}\fi}%
\gdef\expdbset#1#2#3#4{%
\expandafter\gdef\csname expdb\detokenize{{#1}{#2}}\endcsname{}%
\expandafter\gdef\csname expdb\detokenize{{#1}{#2}{#3}}\endcsname{#4}}%
\protected\gdef\expdbunknown#1#2#3{\textbf{??}\ifcsname expdb\detokenize{{#1}{#2}}\endcsname%
\PackageError{expdb}{table \detokenize{#1}, row \detokenize{#2}: no column \detokenize{#3}}\expdbhelp%
\else\ifcsname expdb\detokenize{{#1}}\endcsname%
\PackageError{expdb}{table \detokenize{#1}: no row \detokenize{#2}}\expdbhelp%
\else\PackageError{expdb}{no table \detokenize{#1}}\expdbhelp\fi\fi}%
\gdef\expdbhelp{Its file has what there is: expdb table NAME --format macros -o NAME.macros.tex}%
\fi%
"""
_OF_LATEX = re.compile(r"[%#{}\\^]")
_MATH = re.compile(r"(?<!\\)\$(.+?)\$")


def to_macros(table: Table) -> str:
    r"""Return the table as LaTeX definitions for `\input`, ending in a newline; its first lines say what they need.

    Rows without a key are left out. A transposed table is written upright.

    Raises:
        SpecError: its rows have no keys, or two rows or columns the same.
    """
    table = table.upright or table
    if table.key_problem:
        raise SpecError(table.key_problem)
    _require_unique_columns(table)
    keyed = [row for row in table.rows if row.key is not None]
    values = [line for row in keyed for line in _lines(table, row)]
    packages = "% Needs \\usepackage{amssymb}.\n" if any(r"\checkmark" in line for line in values) else ""
    engine = engine_line([text for row in keyed for text in (row.key or "", *(cell.text for cell in row.cells))])
    name = latex_name(table.name)
    about = rf"% \expdb{{{name}}}{{ROW}}{{COLUMN}} prints a number of this table; \input this file before."
    lacking = len(table.rows) - len(keyed)
    left_out = f"% Rows without a key in the table's definition: {lacking}; they are not here.\n" if lacking else ""
    there = rf"\expandafter\gdef\csname expdb\detokenize{{{{{name}}}}}\endcsname{{}}%"
    return f"{about}\n{packages}{engine}{left_out}{_HEAD.lstrip()}" + "\n".join([there, *values, ""])


def latex_name(text: str) -> str:
    """Return a table's name, a row's key or a column's address as it is written between the braces of the macro."""
    return _OF_LATEX.sub(r"\\\g<0>", text)


def _require_unique_columns(table: Table) -> None:
    seen: dict[str, str] = {}
    for column in table.columns:
        if column.address in seen:
            raise SpecError(
                f"two columns of table {table.name!r} would be asked for by {column.address!r} "
                f"({seen[column.address]!r} and {column.heading!r}): leave one out, or choose with --columns"
            )
        seen[column.address] = column.heading


def _lines(table: Table, row: Row) -> Iterator[str]:
    where = rf"\expdbset{{{latex_name(table.name)}}}{{{latex_name(row.key or '')}}}"
    taken = {column.address for column in table.columns}
    for column, cell in zip(table.columns, row.cells, strict=True):
        for part, text in cell_parts(cell, column, is_reported=row.is_reported).items():
            address = f"{column.address}:{part}" if part else column.address
            if not part or address not in taken:  # a column of its own says the same
                yield f"{where}{{{latex_name(address)}}}{{{_content(replace(cell, text=text))}}}%"


def _content(cell: Cell) -> str:
    """Return a text as LaTeX prints it, in mathematics too."""
    return _MATH.sub(r"\\ensuremath{\1}", escape(typeset(cell)))

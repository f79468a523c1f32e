"""A table as Typst: a figure with rules above, below and under its head.

Every text is a string of Typst's code mode, where nothing is markup.
"""

from unicodedata import normalize

from expdb.domain.value_text import one_line
from expdb.report.table import Cell, Note, Table
from expdb.report.writers.layout import first_columns, has_groups, padded, sections, spans, table_label, typeset

_LONG = 40  # rows that surely fit on a page; more go on on the next one
_THIN = "table.hline(stroke: 0.5pt),"


def to_typst(table: Table) -> str:
    """Return the table as Typst, ending in a newline: a figure with the label `tab:NAME`."""
    num = len(table.columns)
    heads = [
        quote(column.heading) + (f" + {_raised(','.join(column.marks))}" if column.marks else "")
        for column in table.columns
    ]
    rows = [[_content(cell) for cell in row.cells] for row in table.rows]
    separate = [[f"{text}," for text in line] for line in (heads, *rows)]
    lines = [" ".join(line).rstrip() for line in padded(separate, table.columns)]
    aligns = ", ".join(column.align for column in table.columns)
    body = [f"align: ({aligns})," if num > 1 else f"align: {aligns},"]
    body += ["stroke: none,", *(["column-gutter: 0.4em,"] if has_groups(table) else [])]
    body += ["table.hline(),", "table.header("]
    body += [f"  {line}" for line in [*(_group_lines(table) if has_groups(table) else []), lines[0]]]
    body += ["),"]
    written = iter(lines[1:])
    for section, members in sections(table) or [(None, [])]:
        body.append(_THIN)
        if section is not None:
            body.append(f"table.cell(colspan: {num}, align: left, emph({quote(section)})),")
        body += [next(written) for _ in members]
    body.append("table.hline(),")
    is_long = len(table.rows) > _LONG
    return "\n".join(
        [
            *(["#[", "#show figure: set block(breakable: true)"] if is_long else []),
            "#figure(",
            "  kind: table,",
            f"  caption: figure.caption(position: top, {quote(table.title or table.name)}),",
            "  {",
            "    table(",
            f"      columns: {num},",
            *(f"      {line}" for line in body),
            "    )",
            *(f"    {line}" for line in _notes(table)),
            "  },",
            f") <{table_label(table)}>",
            *(["]"] if is_long else []),
            "",
        ]
    )


def quote(text: str) -> str:
    """Return text, on one line, as a string literal; letters of several characters are composed, as fonts have them."""
    escaped = normalize("NFC", one_line(text)).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _group_lines(table: Table) -> list[str]:
    groups = spans(table.columns)
    titles = [
        f"table.cell(colspan: {num}, align: center, {quote(under)})" if under else quote("") for under, num in groups
    ]
    rules = [
        f"table.hline(start: {first}, end: {first + num}, stroke: 0.5pt),"
        for first, (under, num) in zip(first_columns(groups), groups, strict=True)
        if under
    ]
    return [f"{', '.join(titles)},", *rules]


def _content(cell: Cell) -> str:
    text = quote(typeset(cell))
    if cell.rank:
        text = f"strong({text})" if cell.rank == 1 else f"underline({text})"
    return f"{text} + {_raised(','.join(cell.marks))}" if cell.marks else text


def _raised(marks: str) -> str:
    return f"super({quote(marks)})"


def _notes(table: Table) -> list[str]:
    if not table.notes:
        return []
    *lines, last = [_note(note) for note in table.notes]
    return ["set align(left)", "set text(size: 0.8em)", *(f"{line} + linebreak()" for line in lines), last]


def _note(note: Note) -> str:
    return f'{_raised(note.mark)} + " " + {quote(note.text)}' if note.mark else quote(note.text)

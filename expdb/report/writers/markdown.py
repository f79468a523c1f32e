"""A table as GitHub-flavoured Markdown. Text stays text: it can neither split a cell nor become markup."""

import re

from expdb.domain.value_text import one_line
from expdb.report.table import Cell, Note, Table, joined_heading
from expdb.report.writers.layout import sections

# Underscores inside a word are no markup (ResNet50_tutorial), and `+ - . / #` are none inside a cell.
_MARKUP = re.compile(r"[\\`*\[\]|~$]|(?<![^\W_])_|_(?![^\W_])")
_ENTITY = re.compile(r"&(?=#?\w+;)")
# At the start of a line these make headings, quotes and lists.
_BLOCK = re.compile(r"^(?:(?=[#>+=-])|(?P<number>\d{1,9})(?=[.)](?:\s|$)))")


def to_markdown(table: Table) -> str:
    """Return the table as Markdown, ending in a newline; the title is left to the document around it.

    GitHub knows no cells over several columns: a shared heading stands before each heading that shares it, and a
    section's heading in a row of its own. Notes are a list below the table.
    """
    heads = [escape(joined_heading(column)) + _raised(",".join(column.marks)) for column in table.columns]
    lines = [heads, ["---" for _ in table.columns]]
    for section, rows in sections(table):
        if section is not None:
            lines.append([_bold(escape(section)), *("" for _ in table.columns[1:])])
        lines.extend([_content(cell) for cell in row.cells] for row in rows)
    text = "".join(f"| {' | '.join(line)} |\n" for line in lines)
    return text + "".join(["\n", *(f"- {_note(note)}\n" for note in table.notes)] if table.notes else [])


def escape(text: str) -> str:
    """Return text, on one line, so that Markdown shows it as it is."""
    escaped = _MARKUP.sub(lambda match: "\\" + match.group(), _ENTITY.sub("&amp;", one_line(text)))
    return escaped.replace("<", "&lt;")


def _content(cell: Cell) -> str:
    text = escape(cell.text)
    if cell.rank == 1:
        text = _bold(text)
    elif cell.rank == 2 and text:
        text = f"<ins>{text}</ins>"  # GitHub underlines it; it drops <u>
    return text + _raised(",".join(cell.marks))


def _bold(text: str) -> str:
    return f"**{text}**" if text else ""


def _raised(marks: str) -> str:
    return f"<sup>{escape(marks)}</sup>" if marks else ""


def _note(note: Note) -> str:
    text = escape(note.text)
    if note.mark:
        return f"{_raised(note.mark)} {text}"
    return _BLOCK.sub(lambda match: f"{match['number'] or ''}\\", text)

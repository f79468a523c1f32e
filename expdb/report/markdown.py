"""A table as GitHub-flavoured Markdown. Text stays text: it can neither split a cell nor become markup."""

import re

from expdb.report.table import Table

# Underscores inside a word are no markup (ResNet50_tutorial), and `+ - . / #` are none inside a cell.
_MARKUP = re.compile(r"[\\`*\[\]|~]|(?<![^\W_])_|_(?![^\W_])")
_ENTITY = re.compile(r"&(?=#?\w+;)")


def to_markdown(table: Table) -> str:
    """Return the table as Markdown, ending in a newline; the title is left to the document around it."""
    lines = [
        [column.heading for column in table.columns],
        *([cell.text for cell in row.cells] for row in table.rows),
    ]
    head, *body = [f"| {' | '.join(escape(text) for text in line)} |\n" for line in lines]
    return head + f"| {' | '.join('---' for _ in table.columns)} |\n" + "".join(body)


def escape(text: str) -> str:
    """Return text of one line so that Markdown shows it as it is."""
    return _MARKUP.sub(lambda match: "\\" + match.group(), _ENTITY.sub("&amp;", text)).replace("<", "&lt;")

"""A table as an HTML page that stands alone: no scripts, nothing fetched."""

import re
from html import escape as escape_html

from expdb.domain.value_text import is_number, one_line
from expdb.report.run_ids import runs_text
from expdb.report.table import Cell, Note, Row, Table, TableColumn
from expdb.report.writers.csv_json import exact_text
from expdb.report.writers.layout import has_groups, sections, spans

_STYLE = """\
:root { color-scheme: light dark; --rule: #1f2328; --thin: #c8ced5; --quiet: #59636e; --text: #1f2328; --page: #fff; }
:root { --fonts: system-ui, "Apple SD Gothic Neo", "Malgun Gothic", "Noto Sans CJK KR", NanumGothic, sans-serif; }
@media (prefers-color-scheme: dark) {
  :root { --rule: #e6edf3; --thin: #3d444d; --quiet: #9198a1; --text: #e6edf3; --page: #0d1117; }
}
body { margin: 1.5rem; background: var(--page); color: var(--text); font: 1rem/1.5 var(--fonts); }
main { width: fit-content; max-width: 100%; margin: 0 auto; }
.scroll { overflow-x: auto; }
table { width: max-content; border-collapse: collapse; border-bottom: 2px solid var(--rule); }
caption { padding: 0 0 .6rem; font-weight: 600; text-align: left; }
th, td { max-width: 24rem; padding: .3rem .75rem; font-weight: inherit; text-align: left; vertical-align: baseline; }
thead { border-top: 2px solid var(--rule); border-bottom: 1px solid var(--rule); }
thead th { font-weight: 600; vertical-align: bottom; }
thead th.group {
  background: linear-gradient(var(--thin), var(--thin)) bottom / calc(100% - 1rem) 1px no-repeat; text-align: center;
}
tbody + tbody { border-top: 1px solid var(--thin); }
th.section { font-style: italic; }
.number { font-variant-numeric: tabular-nums; text-align: right; white-space: nowrap; }
.reported { color: var(--quiet); }
.notes { margin: .6rem 0 0; color: var(--quiet); font-size: .875rem; }
.notes p { margin: 0; }
sup { font-size: .7em; line-height: 0; }
"""


_HANGUL = re.compile(r"[\u1100-\u11ff\u3131-\u318e\uac00-\ud7a3]")
_KANA = re.compile(r"[\u3041-\u30ff]")


def to_html(table: Table) -> str:
    """Return the table as an HTML page, ending in a newline.

    A pointer held over a number shows it in full precision, with the runs behind it.
    """
    title = escape(table.title or table.name)
    lines = [
        "<!doctype html>",
        '<html lang="en">',
        "<head>",
        '<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{title}</title>",
        f"<style>\n{_STYLE}</style>",
        "</head>",
        "<body>",
        "<main>",
        '<div class="scroll" role="region" aria-labelledby="caption" tabindex="0">',
        "<table>",
        f'<caption id="caption"{_language(title)}>{title}</caption>',
        *_head(table),
        *_body(table),
        "</table>",
        "</div>",
        *_notes(table.notes),
        "</main>",
        "</body>",
        "</html>",
    ]
    return "\n".join(lines) + "\n"


def html_fragment(table: Table) -> str:
    """Return the table and its notes as a part of a page, which gives it its style."""
    title = escape(table.title or table.name)
    caption = f"<caption{_language(title)}>{title}</caption>"
    lines = ['<div class="expdb-table">', "<table>", caption, *_head(table), *_body(table), "</table>"]
    return "\n".join([*lines, *_notes(table.notes), "</div>"]) + "\n"


def _language(text: str) -> str:
    """Return the attribute for a Korean or Japanese text: browsers choose glyphs by it, and screen readers a voice."""
    language = "ko" if _HANGUL.search(text) else "ja" if _KANA.search(text) else ""
    return f' lang="{language}"' if language else ""


def escape(text: str) -> str:
    """Return text, on one line, so that a browser shows it as it is, in attributes too."""
    return escape_html(one_line(text))


def _head(table: Table) -> list[str]:
    if not has_groups(table):
        heads = "".join(_heading(column) for column in table.columns)
        return ["<thead>", f"<tr>{heads}</tr>", "</thead>"]
    above, columns = [], iter(table.columns)
    below = [_heading(column) for column in table.columns if column.under]
    for under, num in spans(table.columns):
        covered = [next(columns) for _ in range(num)]
        if under is None:
            above.append(_heading(covered[0], rows=2))
        else:
            above.append(f'<th scope="colgroup" class="group" colspan="{num}"{_language(under)}>{escape(under)}</th>')
    return ["<thead>", f"<tr>{''.join(above)}</tr>", f"<tr>{''.join(below)}</tr>", "</thead>"]


def _heading(column: TableColumn, *, rows: int = 1) -> str:
    span = f' rowspan="{rows}"' if rows > 1 else ""
    about = f'scope="col"{_class(column)}{span}{_language(column.heading)}'
    return f"<th {about}>{escape(column.heading)}{_raised(','.join(column.marks))}</th>"


def _body(table: Table) -> list[str]:
    lines = []
    for section, rows in sections(table):
        lines.append("<tbody>")
        if section is not None:
            about = f'scope="rowgroup" class="section" colspan="{len(table.columns)}"{_language(section)}'
            lines.append(f"<tr><th {about}>{escape(section)}</th></tr>")
        lines += [_row(row, table.columns) for row in rows]
        lines.append("</tbody>")
    return lines


def _row(row: Row, columns: tuple[TableColumn, ...]) -> str:
    kind = ' class="reported" title="copied from a document, not measured"' if row.is_reported else ""
    cells = [
        _cell(cell, column, told=_behind(cell, row.column or column), is_name=index == 0 and column.align == "left")
        for index, (cell, column) in enumerate(zip(row.cells, columns, strict=True))
    ]
    return f"<tr{kind}>{''.join(cells)}</tr>"


def _cell(cell: Cell, column: TableColumn, *, told: str, is_name: bool) -> str:
    content = escape(cell.text)
    if content and cell.rank:
        content = f"<strong>{content}</strong>" if cell.rank == 1 else f"<u>{content}</u>"
    content += _raised(",".join(cell.marks))
    title = f' title="{escape(told)}"' if told else ""
    tag, scope = ("th", ' scope="row"') if is_name else ("td", "")
    return f"<{tag}{scope}{_class(column)}{_language(cell.text)}{title}>{content}</{tag}>"


def _class(column: TableColumn) -> str:
    return ' class="number"' if column.align == "right" else ""


def _behind(cell: Cell, column: TableColumn) -> str:
    """Return a number in full precision, and the runs behind it: `82.8512 ± 0.1204, n = 3; runs 3-5`."""
    if not is_number(cell.value):
        return ""
    unit = " s" if column.format == "duration" else ""
    value = exact_text(cell.value, column.format) + unit
    if cell.std is not None:
        value += f" ± {exact_text(cell.std, column.format)}{unit}"
    if cell.low is not None:
        value += f" [{exact_text(cell.low, column.format)}, {exact_text(cell.high, column.format)}]{unit}"
    if cell.n is not None and cell.n > 1:
        value += f", n = {cell.n}"
    told = [] if column.format == "text" or value == cell.text.replace(",", "") else [value]
    if cell.run_ids:
        told.append(runs_text(cell.run_ids, most=None))
    return "; ".join(told)


def _raised(marks: str) -> str:
    return f"<sup>{escape(marks)}</sup>" if marks else ""


def _notes(notes: tuple[Note, ...]) -> list[str]:
    if not notes:
        return []
    lines = [
        f"<p{_language(note.text)}>{_raised(note.mark)}{' ' if note.mark else ''}{escape(note.text)}</p>"
        for note in notes
    ]
    return ['<div class="notes">', *lines, "</div>"]

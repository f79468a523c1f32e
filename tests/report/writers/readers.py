"""Readers of written tables: what one sees of a table in each format, and what one should see."""

import json
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from html.parser import HTMLParser

from markdown_it import MarkdownIt

from expdb.domain.value_text import one_line
from expdb.report.table import Cell, Table, joined_heading
from expdb.report.writers.layout import sections, spans


@dataclass
class Seen:
    """A cell: its text, whether it is pointed out, its footnote marks."""

    text: str = ""
    style: str = ""
    marks: str = ""


@dataclass
class SeenTable:
    """What one sees of a table; a line that is a text is a section's heading."""

    title: str = ""
    groups: list[tuple[str, int]] = field(default_factory=list)
    headings: list[str] = field(default_factory=list)
    lines: list[str | list[Seen]] = field(default_factory=list)
    notes: list[tuple[str, str]] = field(default_factory=list)


def expected(table: Table) -> SeenTable:
    """Return what one should see of a table."""
    groups = [(one_line(under or ""), num) for under, num in spans(table.columns)]
    return SeenTable(
        title=one_line(table.title or table.name),
        groups=groups if any(under for under, _ in groups) else [],
        headings=[one_line(column.heading) for column in table.columns],
        lines=list(_lines(table)),
        notes=[(note.mark, one_line(note.text)) for note in table.notes],
    )


def expected_in_markdown(table: Table) -> SeenTable:
    """Return the same for Markdown, which has no title, and no cells over several columns."""
    seen = expected(table)
    seen.title, seen.groups = "", []
    seen.headings = [one_line(joined_heading(column)) for column in table.columns]
    empty = [Seen() for _ in table.columns[1:]]
    seen.lines = [[Seen(line, "best"), *empty] if isinstance(line, str) else line for line in seen.lines]
    return seen


def composed(seen: SeenTable) -> object:
    """Return what is seen with letters of several characters composed, as LaTeX needs them."""
    return json.loads(unicodedata.normalize("NFC", json.dumps(asdict(seen), ensure_ascii=False)))


def _lines(table: Table) -> Iterator[str | list[Seen]]:
    for section, rows in sections(table):
        if section is not None:
            yield one_line(section)
        for row in rows:
            yield [_seen(cell) for cell in row.cells]


def _seen(cell: Cell) -> Seen:
    text = one_line(cell.text)
    return Seen(text, ("", "best", "second")[cell.rank] if text else "", ",".join(cell.marks))


def read_markdown(source: str) -> SeenTable:
    """Read the one table of a Markdown text, and the list below it."""
    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(source)
    outside = [token.type for token in tokens if token.level == 0]
    assert outside in (
        ["table_open", "table_close"],
        ["table_open", "table_close", "bullet_list_open", "bullet_list_close"],
    )
    rows: list[list[Seen]] = []
    found = SeenTable()
    is_note = False
    for token in tokens:
        is_note = is_note or token.type == "bullet_list_open"
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline" and not is_note:
            rows[-1].append(_of_inline(token.children or []))
        elif token.type == "inline":
            note = _of_inline(token.children or [])
            found.notes.append((note.marks, note.text.strip()))
    allowed = {"list_item_open", "list_item_close", "paragraph_open", "paragraph_close", "inline"}
    below = tokens[
        outside.index("table_close") and next(i for i, t in enumerate(tokens) if t.type == "table_close") + 1 :
    ]
    assert {token.type for token in below if token.level > 0} <= allowed
    head, *found.lines = rows
    found.headings = [cell.text for cell in head]
    return found


def _of_inline(children) -> Seen:
    seen, is_raised = Seen(), False
    for child in children:
        if child.type in ("text", "text_special"):
            if is_raised:
                seen.marks += child.content
            else:
                seen.text += child.content
        elif child.type == "html_inline":
            assert child.content in ("<sup>", "</sup>", "<ins>", "</ins>")
            is_raised = child.content == "<sup>"
            seen.style = "second" if child.content == "<ins>" else seen.style
        else:
            assert child.type in ("strong_open", "strong_close")
            seen.style = "best"
    return seen


class _Page(HTMLParser):
    """Reads a page; every element that opens must close."""

    def __init__(self) -> None:
        super().__init__()
        self.table = SeenTable()
        self.open: list[str] = []
        self.head_rows: list[list[tuple[str, dict[str, str | None]]]] = []
        self.attributes: list[tuple[str, dict[str, str | None]]] = []
        self._text: list[str] = []
        self._marks: list[str] = []
        self._style = ""
        self._cell: dict[str, str | None] = {}

    def handle_starttag(self, tag, attrs):
        self.attributes.append((tag, dict(attrs)))
        if tag == "meta":
            return
        self.open.append(tag)
        if tag == "tr" and "thead" in self.open:
            self.head_rows.append([])
        elif tag == "tr":
            self.table.lines.append([])
        elif tag in ("td", "th", "caption", "p", "title"):
            self._text, self._marks, self._style, self._cell = [], [], "", dict(attrs)
        elif tag in ("strong", "u"):
            self._style = "best" if tag == "strong" else "second"

    def handle_data(self, data):
        (self._marks if "sup" in self.open else self._text).append(data)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag
        text = "".join(self._text)
        if tag in ("td", "th") and "thead" in self.open:
            self.head_rows[-1].append((text, self._cell))
        elif tag == "th" and self._cell.get("scope") == "rowgroup":
            self.table.lines[-1] = text
        elif tag in ("td", "th"):
            self.table.lines[-1].append(Seen(text, self._style, "".join(self._marks)))
        elif tag == "caption":
            self.table.title = text
        elif tag == "p":
            self.table.notes.append(("".join(self._marks), text.strip()))


def parse_page(source: str) -> _Page:
    """Parse an HTML page."""
    page = _Page()
    page.feed(source)
    page.close()
    assert page.open == []
    return page


def read_html(source: str) -> SeenTable:
    """Read the table of an HTML page."""
    page = parse_page(source)
    above, *below = page.head_rows
    found = page.table
    if not below:
        found.headings = [text for text, _ in above]
        return found
    rest = iter(text for text, _ in below[0])
    for text, attributes in above:
        num = int(attributes.get("colspan") or 1)
        is_group = attributes["scope"] == "colgroup"
        found.groups.append((text if is_group else "", num))
        found.headings += [next(rest) for _ in range(num)] if is_group else [text]
    assert list(rest) == []
    return found


# What prints as one character, by the LaTeX that stands for it.
_COMMANDS = {
    "textbackslash": "\\",
    "textasciitilde": "~",
    "textasciicircum": "^",
    "textasciigrave": "`",
    "checkmark": "✓",
    "textless": "<",
    "textgreater": ">",
    "textbar": "|",
    "char": '"',
}
_MATHS = {
    r"\pm": "±",
    r"\times": "×",
    "-": "−",
    r"\leq": "≤",
    r"\geq": "≥",
    r"\neq": "≠",
    r"\approx": "≈",
    r"\infty": "∞",
    r"\surd": "√",
    r"\rightarrow": "→",
    r"\leftarrow": "←",
    r"\uparrow": "↑",
    r"\downarrow": "↓",
    r"\varepsilon": "ε",
    r"\varsigma": "ς",
    **{
        rf"\{name}": unicodedata.lookup(f"GREEK {'CAPITAL' if name.istitle() else 'SMALL'} LETTER {name.upper()}")
        for name in (
            *[
                "Gamma",
                "Delta",
                "Theta",
                "Xi",
                "Pi",
                "Sigma",
                "Phi",
                "Psi",
                "Omega",
                "alpha",
                "beta",
                "gamma",
                "delta",
                "zeta",
                "eta",
                "theta",
                "iota",
            ],
            *["kappa", "mu", "nu", "xi", "pi", "rho", "sigma", "tau", "upsilon", "chi", "psi", "omega"],
        )
    },
    r"\Lambda": "Λ",
    r"\lambda": "λ",
    r"\varphi": "φ",
}
_LATEX = re.compile(
    r"\\(?P<symbol>[&%$#_{}])|\\(?P<command>[a-z]+)(?:34)?(?P<argument>\{)|\$(?P<maths>[^$]*)\$|(?P<dash>-{2,3})"
    r"|\{(?P<kept>[\[\]*?])\}|(?P<nothing>\{\})|(?P<end>\})|(?P<next>&)|(?P<char>.)"
)


def read_latex(source: str) -> SeenTable:
    """Read the table of a LaTeX source; every row stands on a line of its own."""
    lines = [line.strip() for line in source.splitlines() if not line.startswith("%")]
    found = SeenTable()
    top, bottom = lines.index(r"\toprule"), lines.index(r"\bottomrule")
    found.title = _argument(next(line for line in lines if line.startswith(r"\caption")))
    head, *_ = (index for index, line in enumerate(lines) if line == r"\midrule")
    *above, headings = [line for line in lines[top + 1 : head] if not line.startswith(r"\cmidrule")]
    found.headings = [cell.text for cell in _latex_cells(headings.removesuffix(r"\\"))]
    for line in above:
        for cell in re.split(r"(?<!\\)&", line.removesuffix(r"\\")):
            match = re.fullmatch(r"\\multicolumn\{(\d+)\}\{c\}\{(.*)\}", cell.strip())
            found.groups.append((_latex_cells(match[2])[0].text, int(match[1])) if match else ("", 1))
    for line in lines[head:bottom]:
        if match := re.fullmatch(r"\\multicolumn\{(\d+)\}\{l\}\{\\textit\{(.*)\}\} \\\\", line):
            assert int(match[1]) == len(found.headings)
            found.lines.append(_latex_cells(match[2])[0].text)
        elif line != r"\midrule":
            assert line.endswith("\\\\")
            found.lines.append(_latex_cells(line.removesuffix(r"\\")))
    for line in lines[bottom:]:
        if line.endswith(r"\par"):
            (note,) = _latex_cells(line.removesuffix(r"\par"))
            found.notes.append((note.marks, note.text))
    return found


def _argument(line: str) -> str:
    return _latex_cells(line[line.index("{") + 1 : -1])[0].text


def _latex_cells(line: str) -> list[Seen]:
    cells, depth = [Seen()], []
    at = 0
    while at < len(line):
        match = _LATEX.match(line, at)
        assert match is not None
        at = match.end()
        text = ""
        if match["next"]:
            cells.append(Seen())
        elif match["argument"] and match["command"] in _COMMANDS:
            assert line[at] == "}"
            at += 1
            text = _COMMANDS[match["command"]]
        elif match["argument"]:
            depth.append(match["command"])
            styles = {"textbf": "best", "underline": "second", "textsuperscript": cells[-1].style}
            cells[-1].style = styles[match["command"]]
        elif match["end"]:
            depth.pop()
        elif match["maths"]:
            text = _MATHS[match["maths"]]
        elif match["dash"]:
            text = "–" if match["dash"] == "--" else "—"
        else:
            assert match["char"] not in tuple('\\{}$&#^_%~"<>|[]*`'), match
            text = match["symbol"] or (match["kept"] or "").replace("?", "\ufffd") or match["char"] or ""
        if "textsuperscript" in depth:
            cells[-1].marks += text
        else:
            cells[-1].text += text
    assert depth == []
    return [Seen(cell.text.strip(), cell.style, cell.marks) for cell in cells]


_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')


def read_typst(source: str) -> SeenTable:
    """Read the figure of a Typst source."""
    found = SeenTable()
    assert source.startswith("#figure(")
    figure = _typst_arguments(source[len("#figure(") : source.rindex(") <")])
    found.title = _string(next(one for one in figure if one.startswith("caption:")))
    block = next(one for one in figure if one.startswith("{"))
    end = _closing(block, block.index("table(") + len("table("))
    items = _typst_arguments(block[block.index("table(") + len("table(") : end])
    num = int(items[0].removeprefix("columns: "))
    cells: list[Seen] = []
    for item in items:
        if item.startswith("table.header("):
            head = [one for one in _typst_arguments(item[len("table.header(") : -1]) if "hline" not in one]
            above, below = head[:-num], head[-num:]
            found.headings = [_string(one) for one in below]
            for one in above:
                span = re.match(r"table\.cell\(colspan: (\d+)", one)
                found.groups.append((_string(one), int(span[1]) if span else 1))
        elif item.startswith("table.cell("):
            assert f"colspan: {num}," in item
            assert cells == []
            found.lines.append(_string(item))
        elif item.startswith(('"', "strong(", "underline(")):
            cells.append(_typst_cell(item))
            if len(cells) == num:
                found.lines.append(cells)
                cells = []
    assert cells == []
    for line in block[end + 1 :].splitlines():
        if '"' in line:
            strings = [_string(text) for text in _STRING.findall(line)]
            is_marked = line.strip().startswith("super(")
            found.notes.append((strings[0], strings[2]) if is_marked else ("", strings[0]))
    return found


def _typst_cell(item: str) -> Seen:
    text, *raised = [_string(one) for one in _STRING.findall(item)]
    style = "best" if item.startswith("strong(") else "second" if item.startswith("underline(") else ""
    return Seen(text, style if text else "", "".join(raised))


def _string(source: str) -> str:
    """Return the value of the first string literal."""
    literal = _STRING.search(source)
    assert literal is not None
    return re.sub(r"\\(.)", r"\1", literal.group()[1:-1])


def _typst_arguments(source: str) -> list[str]:
    """Split at the commas that stand in no string and no brackets."""
    parts, depth, start, at = [], 0, 0, 0
    while at < len(source):
        if string := _STRING.match(source, at):
            at = string.end()
            continue
        depth += {"(": 1, "{": 1, ")": -1, "}": -1}.get(source[at], 0)
        if source[at] == "," and depth == 0:
            parts.append(source[start:at].strip())
            start = at + 1
        at += 1
    return [part for part in (*parts, source[start:].strip()) if part]


def _closing(source: str, at: int) -> int:
    """Return the place of the bracket that closes the one before `at`."""
    depth = 1
    while depth:
        if string := _STRING.match(source, at):
            at = string.end()
            continue
        depth += {"(": 1, ")": -1}.get(source[at], 0)
        at += 1
    return at - 1

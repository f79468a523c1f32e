"""A LaTeX text as a document: its tables, and what stands around them."""

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field

from expdb.report.written.formats.blocks import (
    Block,
    Interruption,
    Prose,
    SectionHeading,
    first_heading,
    with_surroundings,
)
from expdb.report.written.formats.latex_captions import CaptionFinder
from expdb.report.written.formats.latex_macros import TABULARS
from expdb.report.written.formats.latex_rows import rows_of_tabular
from expdb.report.written.formats.latex_source import braced, masked_source, own_macros, shown_source
from expdb.report.written.formats.latex_words import LatexWords
from expdb.report.written.formats.span_grid import UnreadableTableError, table_of_grid
from expdb.report.written.written_table import WrittenDocument

_LEVELS = {
    "title": 0,
    "part": 1,
    "chapter": 2,
    "section": 3,
    "subsection": 4,
    "subsubsection": 5,
    "paragraph": 6,
    "subparagraph": 7,
}
_MARK = re.compile(
    r"\\(?P<edge>begin|end)\s*\{(?P<env>[^{}\n]{1,40})\}"
    rf"|\\(?P<heading>{'|'.join(_LEVELS)})\*?\s*(?:\[[^\]\n]{{0,300}}\]\s*)?(?=\{{)"
    r"|\\caption(?:of\s*\{\s*(?P<kind>\w+)\s*\})?\*?\s*(?:\[[^\]\n]{0,300}\]\s*)?(?P<caption>)(?=\{)"
    r"|\\(?P<part>subfloat|subfigure|subtable|subcaptionbox)\*?\s*(?=[\[{])"
    r"|\\(?P<file>input|include|subfile|csvautotabular|csvautobooktabular|csvreader|pgfplotstabletypeset)\b"
    r"|(?P<item>\\item)\b"
    r"|(?P<blank>\n[ \t]*\n)"
)
_NO_PROSE = re.compile(
    r"\\(?:label|centering|small|footnotesize|scriptsize|tiny|noindent|maketitle|tableofcontents|resizebox|scalebox|"
    r"setlength|renewcommand|vspace|hspace|vskip|captionsetup|sisetup|bigskip|medskip|smallskip|par|newpage|clearpage|"
    r"begingroup|endgroup|addtolength|rowcolors|definecolor|usepackage|documentclass|author|date)\b\*?"
    r"(?:\s*(?:\[[^\]\n]{0,200}\]|\{[^{}\n]{0,200}\}))*"
)
_FLOATS = frozenset({"table", "table*", "figure", "figure*", "sidewaystable", "sidewaystable*", "wraptable"})
_NOT_READ = {
    "tblr": "tabularray",
    "longtblr": "tabularray",
    "tabbing": "tabbing",
    "deluxetable": "deluxetable",
    "deluxetable*": "deluxetable",
    "supertabular": "supertabular",
    "tabu": "tabu",
    "longtabu": "tabu",
}
_DEEPEST = 200
_LONGEST_PART = 100_000
_OPTION = re.compile(r"\s*\[(?:[^\[\]{}]|\{[^{}]{0,200}\}){0,400}\]")
_OPENING = re.compile(r"\s*\{")
_RULED = re.compile(r"\\(?:hline|toprule|midrule|cline|cmidrule)\b")


def document_of_latex(text: str) -> WrittenDocument:
    """Return a LaTeX text as a document."""
    source = shown_source(re.sub(r"\r\n?", "\n", text.removeprefix("\ufeff")))
    reader = _LatexReader(source)
    reader.read()
    return WrittenDocument(
        format="LaTeX",
        title=first_heading(reader.blocks),
        tables=with_surroundings(reader.blocks),
        unread=tuple(sorted(reader.unread)),
        inputs=tuple(reader.inputs),
    )


@dataclass
class _Environment:
    name: str
    start: int
    number: int


@dataclass
class _LatexReader:
    source: str
    blocks: list[Block] = field(default_factory=list)
    unread: list[tuple[int, str]] = field(default_factory=list)
    inputs: list[tuple[int, str, str]] = field(default_factory=list)
    open: list[_Environment] = field(default_factory=list)
    said: tuple[int, int] | None = None  # where the paragraph stands that came last
    parts: list[tuple[int, int]] = field(default_factory=list)  # of a float: where they end, and their numbers
    behind: int = 0  # where what comes next begins

    def __post_init__(self) -> None:
        self.masked = masked_source(self.source)
        self.starts = [0, *(match.end() for match in re.finditer("\n", self.source))]
        self.words = LatexWords(own_macros(self.masked))
        self.captions = CaptionFinder()
        self.num = 0
        self.num_tabulars = 0  # open ones

    def read(self) -> None:
        at = 0
        while (match := _MARK.search(self.masked, at)) is not None:
            at = match.end()
            self._end_parts(match.start())
            self._end_prose(match.start())
            if match["edge"] == "begin":
                self._begin(match["env"].strip(), match.start())
            elif match["edge"] == "end":
                if match["env"].strip() == "document":
                    break
                self._end(match["env"].strip(), at)
            elif match["heading"]:
                at = self._add_heading(match["heading"], at)
            elif match["part"]:
                at = self._begin_part(match["part"], at)
            elif match["file"]:
                self._add_file(match["file"], match.start(), at)
            elif match["item"]:
                self._interrupt()
            elif match["caption"] is not None:
                at = self._add_caption(match["kind"], at)
            else:
                at -= 1  # the second end of line may begin the next blank line
            self.behind = at
        self._add_open(self.open)
        self.blocks = self.captions.with_captions(self.blocks)

    def _line(self, place: int) -> int:
        return bisect_right(self.starts, place)

    def _is_in_tabular(self) -> bool:
        return self.num_tabulars > 0

    def _interrupt(self) -> None:
        self.said = None
        if not self._is_in_tabular():
            self.blocks.append(Interruption())

    def _end_prose(self, place: int) -> None:
        if self._is_in_tabular():
            return
        words = _NO_PROSE.sub("", self.masked[self.behind : place]) if place - self.behind < 20_000 else ""
        if any(char.isalpha() for char in words):
            self.said = (self.behind, place)

    def _begin(self, name: str, place: int) -> None:
        self.num += 1
        self.open.append(_Environment(name, place, self.num))
        self.num_tabulars += name in TABULARS
        if name in _FLOATS or name == "abstract":
            self.said = None  # a float does not stand where it is written
        if name in _NOT_READ and not self._is_in_tabular():
            self.unread.append((self._line(place), f"a table of {_NOT_READ[name]} ({name})"))

    def _end(self, name: str, place: int) -> None:
        deepest = range(len(self.open) - 1, max(-1, len(self.open) - _DEEPEST), -1)
        number = next((at for at in deepest if self.open[at].name == name), None)
        if number is None:
            return
        self._add_open(self.open[number + 1 :])
        opened = self.open[number]
        self.num_tabulars -= sum(1 for one in self.open[number:] if one.name in TABULARS)
        del self.open[number:]
        if name in TABULARS and not self._is_in_tabular():
            self._add_table(opened, place)
        elif name in _FLOATS:
            self._interrupt()

    def _add_open(self, environments: Sequence[_Environment]) -> None:
        """Say which table does not end; what is open inside of it is a part of it."""
        one = next((one for one in environments if one.name in TABULARS), None)
        if one is not None:
            self.unread.append((self._line(one.start), f"a {one.name} that does not end"))

    def _add_heading(self, name: str, at: int) -> int:
        group = braced(self.masked, at)
        if group is None:
            return at
        self.said = None
        text = self.words.text(self.source[at : group[1]])
        if text:
            self.blocks.append(SectionHeading(level=_LEVELS[name], text=text, line=self._line(at)))
        return group[1]

    def _add_caption(self, kind: str | None, at: int) -> int:
        group = braced(self.masked, at)
        if group is None or self._is_in_tabular():
            return at
        if kind in (None, "table"):
            path = tuple(one.number for one in self.open if one.name != "document")
            self.captions.add_caption(self.words.text(self.source[at : group[1]]), path, at)
        return group[1]

    def _begin_part(self, name: str, at: int) -> int:
        r"""Begin a part of a float: `\subfloat[its caption]{…}`, `\subcaptionbox{its caption}[width]{…}`."""
        caption = braced(self.masked, at) if name == "subcaptionbox" else None
        said, behind = (at, caption[1]) if caption else (at, at)
        while (option := _OPTION.match(self.masked, behind)) is not None:
            said, behind = (said if caption else option.start(), option.end())
        end = behind
        content = _OPENING.match(self.masked, behind)
        group = braced(self.masked, content.end() - 1, longest=_LONGEST_PART) if content else None
        if content is None or group is None or self._is_in_tabular():
            return at
        self.num += 1
        self.open.append(_Environment(f"\\{name}", at, self.num))
        self.parts.append((group[1], self.num))
        words = self.source[at : caption[1]] if caption else self.source[said:end].strip().strip("[]")
        if text := self.words.text(words):
            self.captions.add_caption(text, tuple(one.number for one in self.open if one.name != "document"), at)
        return content.end()

    def _end_parts(self, place: int) -> None:
        while self.parts and self.parts[-1][0] <= place:
            number = self.parts.pop()[1]
            self.open = [one for one in self.open if one.number != number]

    def _add_file(self, name: str, start: int, at: int) -> None:
        if self._is_in_tabular():
            return  # the table says so itself
        match = re.compile(r"[^\n{]{0,200}\{([^{}\n]{1,200})\}|\s+(\S+)").match(self.masked, at)
        what = (match[1] or match[2] if match else "") or "?"
        self.inputs.append((self._line(start), name, what.strip()))
        self._interrupt()

    def _add_table(self, opened: _Environment, end: int) -> None:
        fragment, line = self.source[opened.start : end], self._line(opened.start)
        if opened.name == "array" and not _RULED.search(self.masked, opened.start, end):
            return  # a matrix or an equation
        try:
            read = rows_of_tabular(fragment, line, self.words)
            table = table_of_grid(
                read.rows,
                first_line=line,
                last_line=self._line(end - 1),
                num_heads=read.num_heads,
                caption=": ".join(read.captions) or None,
            )
        except UnreadableTableError as problem:
            self.unread.append((line, f"a {opened.name}: {problem}"))
            self._interrupt()
            return
        is_floating = any(one.name in _FLOATS for one in self.open)
        if self.said is not None and not is_floating:
            start, stop = self.said
            seen = self.words.seen(_NO_PROSE.sub("", self.source[start:stop]).strip("{% \n"))
            self.blocks.append(Prose(text=seen.text, line=self._line(start), emphasised=seen.emphasised))
        self.said = None
        if is_floating:
            self.blocks.append(Interruption())
        self.captions.add_table(
            len(self.blocks), tuple(one.number for one in self.open if one.name != "document"), opened.start
        )
        self.blocks.append(table)

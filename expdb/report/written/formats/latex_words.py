r"""The words of a piece of LaTeX as a reader sees them: `\textbf{82.1}$_{0.2}$` is `82.1_{0.2}`."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pylatexenc.latex2text import LatexNodes2Text
from pylatexenc.latexwalker import (
    LatexCharsNode,
    LatexEnvironmentNode,
    LatexGroupNode,
    LatexMacroNode,
    LatexMathNode,
    LatexSpecialsNode,
)
from pylatexenc.macrospec import LatexContextDb

from expdb.report.written.formats.latex_macros import DROPPED, SEEN, context, nodes_of, symbols
from expdb.report.written.formats.latex_source import CONDITIONS
from expdb.report.written.formats.latex_units import printed_number, printed_unit
from expdb.report.written.formats.seen_text import SeenText
from expdb.report.written.formats.span_grid import UnreadableTableError

_SPACES = frozenset(
    {"\\", " ", ";", ":", ">", "quad", "qquad", "newline", "par", "linebreak", "enspace", "thinspace", "cr"}
)
_EMPHASIS = frozenset({"textbf", "textit", "emph", "mathbf", "underline"})
_FILES = frozenset({"input", "include", "subfile", "InputIfFileExists", "csvreader", "DTLforeach"})
_NEVER = frozenset({"includegraphics", "item"})  # would read files, or print what is no text
_NOTHING = frozenset({"!", "/", "-", "@"})
_SPECIALS = {"~": " ", "--": "–", "---": "—", "``": "“", "''": "”", "!`": "¡", "?`": "¿", "&": " "}
_SIGNS = {
    "checkmark": "✓", "cmark": "✓", "xmark": "✗", "surd": "√", "textpm": "±", "textmu": "µ", "textdegree": "°",
    "textbar": "|", "textless": "<", "textgreater": ">", "textbackslash": "\\", "textasciitilde": "~",
    "textasciigrave": "`", "textasciicircum": "^", "textquotedbl": '"', "texttimes": "×", "textendash": "–",
}  # fmt: skip
_SCRIPTS = {"^": "raised", "_": "lowered", "textsuperscript": "raised", "textsubscript": "lowered"}
_THOUSANDS = re.compile(r"\d{3}(?!\d)")
_PARAMETER = re.compile(r"#(\d)")
_MOST_EXPANSIONS, _DEEPEST = 10_000, 12


@dataclass
class LatexWords:
    """Reads words with the macros that a document defines.

    Attributes:
        own: by the name of a macro: how many arguments it takes, and what it stands for.
    """

    own: Mapping[str, tuple[int, str]] = field(default_factory=dict)
    _num_expanded: int = 0
    _depth: int = 0
    _macros: LatexContextDb | None = None

    def nodes(self, source: str) -> list[Any]:
        """Return a piece of LaTeX as nodes. Raises UnreadableTableError as `nodes_of`."""
        if self._macros is None:
            self._macros = context([(name, num) for name, (num, _) in self.own.items()])
        return nodes_of(source, self._macros)

    def text(self, source: str) -> str:
        """Return what a reader sees of a piece of LaTeX; where it is broken, the source."""
        return self.seen(source).text

    def seen(self, source: str) -> SeenText:
        """Return the same with what is emphasised in it."""
        seen = SeenText()
        try:
            self.add(seen, self.nodes(source))
        except UnreadableTableError:
            seen = SeenText()
            seen.add(source)
        return seen

    def add(self, seen: SeenText, nodes: Sequence[Any], *, is_math: bool = False) -> None:
        """Add the words of nodes to a text."""
        try:
            self._add(seen, nodes, is_math=is_math)
        except RecursionError as problem:
            raise UnreadableTableError("LaTeX that is nested too deep or broken") from problem

    def _add(self, seen: SeenText, nodes: Sequence[Any], *, is_math: bool) -> None:
        waiting = list(reversed([node for node in nodes if node is not None]))
        while waiting:
            node = waiting.pop()
            if isinstance(node, LatexCharsNode):
                self._add_chars(seen, node.chars, waiting, is_math=is_math)
            elif isinstance(node, LatexGroupNode):
                self._add(seen, node.nodelist, is_math=is_math)
            elif isinstance(node, LatexMathNode):
                self._add(seen, node.nodelist, is_math=True)
            elif isinstance(node, LatexSpecialsNode):
                seen.add(_SPECIALS.get(node.specials_chars, node.specials_chars))
            elif isinstance(node, LatexEnvironmentNode):
                self._add(seen, node.nodelist, is_math=is_math)
            elif isinstance(node, LatexMacroNode):
                self._add_macro(seen, node, waiting, is_math=is_math)

    def _add_chars(self, seen: SeenText, chars: str, waiting: list[Any], *, is_math: bool) -> None:
        """Add letters; `^` and `_` raise or lower what comes next."""
        at = 0
        while at < len(chars):
            char = chars[at]
            at += 1
            rest = chars[at:].lstrip() if char in "^_" else ""
            is_group = not rest and bool(waiting) and isinstance(waiting[-1], LatexGroupNode)
            if char not in "^_" or not (is_math or is_group) or not (rest or waiting):
                end = next((place for place in range(at, len(chars)) if chars[place] in "^_"), len(chars))
                text = char + chars[at:end]
                seen.add(text.replace("-", "\N{MINUS SIGN}").replace("'", "′") if is_math else text)
                at = end
                continue
            seen.open_aside(_SCRIPTS[char])
            if rest:
                seen.add(rest[0])
                at = len(chars) - len(rest) + 1
            else:
                self._add(seen, [waiting.pop()], is_math=True)
            seen.close_aside()

    def _add_macro(self, seen: SeenText, node: Any, waiting: list[Any], *, is_math: bool) -> None:
        name = node.macroname
        given = list(node.nodeargd.argnlist or []) if node.nodeargd is not None else []
        if name in CONDITIONS:
            raise UnreadableTableError(f"\\{name}: which of its parts is printed is not known")
        if name in self.own:
            self._expand(seen, name, given, is_math=is_math)
        elif name == ",":
            follows = waiting[-1].chars if waiting and isinstance(waiting[-1], LatexCharsNode) else ""
            seen.add("" if seen.ends_in_digit and _THOUSANDS.match(follows) else " ")
        elif name in _SPACES:
            seen.add(" ")
        elif name in _FILES:
            raise UnreadableTableError(f"a table with words from another file (\\{name})")
        elif name in DROPPED or name in _NOTHING:
            return
        elif name in _SIGNS:
            seen.add(_SIGNS[name])
        elif name == "char" and waiting and isinstance(waiting[-1], LatexCharsNode):
            self._add_code(seen, waiting)
        elif name in SEEN:
            self._add_seen(seen, name, given, is_math=is_math)
        elif name not in _NEVER and symbols().get_macro_spec(name) is not None:
            seen.add(str(LatexNodes2Text().macro_node_to_text(node)) + (node.macro_post_space if is_math else ""))
        elif not (waiting and isinstance(waiting[-1], LatexGroupNode) and waiting[-1].nodelist):
            seen.add(node.latex_verbatim())  # nobody knows what it prints: kept as it is

    def _add_seen(self, seen: SeenText, name: str, given: list[Any], *, is_math: bool) -> None:
        place = SEEN[name][1]
        kept = [given[place]] if place < len(given) else []
        if name in _SCRIPTS:
            seen.open_aside(_SCRIPTS[name])
            self._add(seen, kept, is_math=is_math)
            seen.close_aside()
        elif name in _EMPHASIS:
            seen.emphasise(1)
            self._add(seen, kept, is_math=is_math and name == "mathbf")
            seen.emphasise(-1)
        elif name in ("num", "SI", "qty"):
            seen.add(printed_number(self._plain(kept)))
            if name != "num":
                seen.add(" " + printed_unit(_verbatim(given[-1])))
        elif name.endswith(("range", "list")):
            seen.add(self._several(name, given))
        elif name in ("si", "unit"):
            seen.add(printed_unit(_verbatim(given[-1])))
        elif name in ("href", "url"):
            seen.open_link(self._plain([given[1] if name == "href" else given[0]]))
            self._add(seen, kept, is_math=is_math)
            seen.close_link()
        elif name in ("frac", "tfrac", "nicefrac"):
            seen.add(f"{self._plain(given[:1])}/{self._plain(given[1:])}")
        elif name == "expdb":
            seen.add("\\expdb" + "".join(f"{{{_verbatim(one)}}}" for one in given))
        else:
            self._add(seen, kept, is_math=is_math and not name.startswith("text"))

    def _several(self, name: str, given: list[Any]) -> str:
        r"""Return what `\numrange{2}{3}` and `\qtylist{2;3}{\hour}` print: never one number."""
        ends = given[1:3] if name.endswith("range") else given[1:2]
        numbers = [printed_number(one) for end in ends for one in self._plain([end]).split(";")]
        unit = "" if name.startswith("num") else " " + printed_unit(_verbatim(given[-1]))
        return ("\N{EN DASH}" if name.endswith("range") else ", ").join(numbers) + unit

    def _plain(self, nodes: Sequence[Any]) -> str:
        inner = SeenText()
        self._add(inner, nodes, is_math=False)
        return inner.text

    def _expand(self, seen: SeenText, name: str, given: list[Any], *, is_math: bool) -> None:
        self._num_expanded += 1
        if self._num_expanded > _MOST_EXPANSIONS or self._depth > _DEEPEST:
            raise UnreadableTableError(f"\\{name} stands for itself, or for far too much")
        texts = {str(number): _verbatim(node) for number, node in enumerate(given, start=1)}
        body = _PARAMETER.sub(lambda match: texts.get(match[1], ""), self.own[name][1])
        self._depth += 1
        self._add(seen, self.nodes(body), is_math=is_math)
        self._depth -= 1

    @staticmethod
    def _add_code(seen: SeenText, waiting: list[Any]) -> None:
        chars = waiting.pop().chars
        digits = re.match(r"\d{1,6}", chars)
        if digits is not None and int(digits[0]) < 0x110000:
            seen.add(chr(int(digits[0])))
        seen.add(chars[digits.end() :] if digits else chars)


def _verbatim(node: Any) -> str:
    """Return the source of an argument without its braces."""
    if node is None:
        return ""
    source = str(node.latex_verbatim())
    return source[1:-1] if isinstance(node, LatexGroupNode) else source

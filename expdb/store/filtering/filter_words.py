"""The words of a filter: names, values, quoted texts and signs, each with its place in what was typed."""

import re
from dataclasses import dataclass

from expdb.errors import FilterError
from expdb.store.name_rules import storable

KEYWORDS = ("and", "or", "not", "in", "null")
# What other languages write, and what is to be written here.
SIGNS_INSTEAD = {
    "==": "=",
    "<>": "!=",
    "≠": "!=",
    "=<": "<=",
    "≤": "<=",
    "=>": ">=",
    "≥": ">=",
    "=~": "~",
    "!~": "not FIELD ~ VALUE",
    "&&": "and",
    "||": "or",
}

_WORD = re.compile(
    r"""\s*(?:
        (?P<symbol>==|=~|=<|=>|<>|!~|!=|<=|>=|&&|\|\||[=<>~(),≠≤≥])
      | (?P<quoted>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
      | (?P<word>(?:(?!&&|\|\|)[^\s=<>~!(),"'≠≤≥])+)
    )""",
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True, kw_only=True)
class FilterWord:
    """A word: its kind (`symbol`, `quoted`, `word` or `end`), its text without quotes, and where it stands."""

    kind: str
    text: str
    start: int
    end: int

    @property
    def position(self) -> int:
        """Its place as messages say it, from 1."""
        return self.start + 1

    def is_keyword(self, word: str) -> bool:
        """Tell whether it is this word of the language."""
        return self.kind == "word" and self.text.lower() == word

    def is_symbol(self, *symbols: str) -> bool:
        """Tell whether it is one of these signs."""
        return self.kind == "symbol" and self.text in symbols

    @property
    def is_free(self) -> bool:
        """Whether it is neither quoted nor a sign nor a word of the language."""
        return self.kind == "word" and self.text.lower() not in KEYWORDS


def filter_words(text: str) -> list[FilterWord]:
    """Return the words of a filter, and its end. Raises FilterError for what is none."""
    found: list[FilterWord] = []
    position, end = 0, len(text.rstrip())
    while position < end:
        match = _WORD.match(text, position)
        if match is None:
            start = position + len(text[position:]) - len(text[position:].lstrip())
            problem = "a quote is not closed" if text[start] in "\"'" else f"{text[start]!r} is not understood"
            raise FilterError(f"filter {text!r}: {problem} at position {start + 1}")
        kind = str(match.lastgroup)
        content = match.group(kind)
        if "\0" in content or storable(content) != content:
            raise FilterError(f"filter {text!r}: not printable text at position {match.start(kind) + 1}")
        if kind == "quoted":
            # A backslash before a letter is one: people copy paths and TeX as they are.
            content = re.sub(r"\\([\\\"'])", r"\1", content[1:-1])
        found.append(FilterWord(kind=kind, text=content, start=match.start(kind), end=match.end(kind)))
        position = match.end()
    return [*found, FilterWord(kind="end", text="", start=end, end=end)]

"""What a reader sees of a piece of marked-up text, whatever the markup: gathered bit by bit."""

import re

_MARK = r"(?:\d{1,2}|[a-z]|a[a-z]|[^\w\s()%+\-±−.,/↑↓→←°'\"<>=~]+)"
_MARKS = re.compile(
    rf"(?:{_MARK}|[(\[]\s*(?:\d+|[a-f])(?:\s*[,;–-]\s*(?:\d+|[a-f]))*\s*[)\]])(?:[\s,;]+{_MARK})*[\s,;]*"
)
_OPEN, _CLOSE = "\ue010", "\ue011"  # around a mark of letters: of a note, or what tells two headings apart
_LETTERS = re.compile(rf"{_OPEN}([^{_OPEN}{_CLOSE}]*){_CLOSE}")
_POWER_OF = re.compile(r"(?<![\d.])10$")
_INTEGER = re.compile(r"[+\-−]?\d+")
_SPREAD = re.compile(r"\s*(?:±|\+/-|\+-)")
_ENDS_NUMBER = re.compile(r"[\d}]\s*$")
_NUMBER_START = re.compile(r"[+\-−]?\.?\d")


def raised(before: str, text: str) -> str:
    """Return what a superscript adds to the text before it: nothing where it is the mark of a note or a citation.

    A power stays one (`10^6`), so does the end of an interval (`82.1^{+0.3}`); words and units are words
    (`FLOPs (B)`).
    """
    words = text.strip()
    if _SPREAD.match(words):
        return f" {words}"
    if _POWER_OF.search(before) and _INTEGER.fullmatch(words):
        return f"^{words}"
    if not words or _MARKS.fullmatch(words):
        return ""
    if _NUMBER_START.match(words) and _ENDS_NUMBER.search(before):
        return f"^{{{words}}}"
    return f" {words}" if words[0].isalnum() or words[0] == "(" else words


def lowered(before: str, text: str) -> str:
    """Return what a subscript adds to the text before it; behind a digit it stays apart: `82.1_{0.2}`, but `AP50`."""
    words = text.strip()
    if _SPREAD.match(words):
        return f" {words}"
    if _NUMBER_START.match(words) and _ENDS_NUMBER.search(before):
        return f"_{{{words}}}"
    return f" {words}" if words.startswith("(") and before.strip() else words


def without_letters(raw: str) -> str:
    """Return text as a reader sees it, without marks of letters."""
    return _LETTERS.sub("", raw)


def with_letters(raw: str) -> str:
    """Return the same of a heading, with them: `AP^b` and `AP^m` are two."""
    return _LETTERS.sub(r"^\1", raw)


class SeenText:
    """Text that grows bit by bit.

    Attributes:
        links: where its words lead to, in order.
        has_words: anything but white space has come, be it the mark of a note.
    """

    def __init__(self) -> None:
        self.links: list[str] = []
        self.has_words = False
        self._parts: list[str] = []
        self._asides: list[tuple[str, list[str]]] = []  # the scripts that are open, from the outermost on
        self._cited: list[int] = []  # where the links that are open begin
        self._emphasis = 0
        self._emphasised: list[str] = []
        self._is_led = True  # nothing has come yet but what is emphasised

    @property
    def text(self) -> str:
        """The text on one line."""
        return without_letters(self.raw)

    @property
    def raw(self) -> str:
        """The same for `with_letters`, if it may be a heading."""
        self.close_asides()
        return " ".join("".join(self._parts).split())

    @property
    def ends_in_digit(self) -> bool:
        """Whether a digit came last."""
        parts = self._asides[-1][1] if self._asides else self._parts
        return bool(parts) and parts[-1][-1:].isdigit()

    @property
    def emphasised(self) -> str:
        """The words in bold or italics that it begins with."""
        return without_letters(" ".join("".join(self._emphasised).split()))

    def add(self, text: str) -> None:
        """Add text as it is; white space counts as one space."""
        self.has_words = self.has_words or bool(text.strip())
        if self._asides:
            self._asides[-1][1].append(text)
            return
        self._parts.append(text)
        if self._emphasis and self._is_led:
            self._emphasised.append(text)
        elif text.strip():
            self._is_led = False

    def open_aside(self, kind: str) -> None:
        """Begin a script: `raised` or `lowered`."""
        self._asides.append((kind, []))

    def close_aside(self) -> None:
        """End the script that began last."""
        if self._asides:
            kind, parts = self._asides.pop()
            text = without_letters(" ".join("".join(parts).split()))
            before = without_letters("".join(self._asides[-1][1] if self._asides else self._parts[-8:]))
            said = raised(before, text) if kind == "raised" else lowered(before, text)
            is_letters = kind == "raised" and not said and before.strip() and any(map(str.isalpha, text))
            self.add(f"{_OPEN}{text}{_CLOSE}" if is_letters else said)

    def close_asides(self) -> None:
        """End every script that was left open."""
        while self._asides:
            self.close_aside()

    def open_link(self, target: str) -> None:
        """Begin words that lead somewhere."""
        self.links.append(target)
        self._cited.append(len(self._parts))

    def close_link(self) -> None:
        """End them; a number behind other words is a citation, which is no part of them."""
        start = self._cited.pop() if self._cited else len(self._parts)
        words = "".join(self._parts[start:]).strip().strip("[]")
        if words.isdecimal() and "".join(self._parts[:start]).strip():
            del self._parts[start:]

    def emphasise(self, step: int) -> None:
        """Begin (1) or end (-1) bold or italics."""
        self._emphasis = max(0, self._emphasis + step)

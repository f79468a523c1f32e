"""What stands in a document beside its tables, in order; and what of it speaks of which table."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from expdb.report.written.reading.cell_words import cell_words
from expdb.report.written.written_table import Surroundings, WrittenTable

_NUMBERED = r"[<\[(]?\s*TABLE\s*(?:(?:[A-Z]{1,2}[.-]?)?\d+(?:[.\-–]\d+)*[a-z]?|[IVXL]+|[A-Z]\.?\d*)\s*"  # TABLE: a word
_ENDS_NUMBER = re.compile(r"[:.|–—>\])(-]|$")
_UNNUMBERED = r"TABLE?\s*:\s"
_PICTURE = r"TABLE\s*\d"
_LONGEST_HEADING = 80
_BOLD_LEVEL = 7


@dataclass(frozen=True, kw_only=True)
class SectionHeading:
    """A heading of a level, from 1; 0: the title of the whole document, which no other one ends."""

    level: int
    text: str
    line: int


@dataclass(frozen=True, kw_only=True)
class Prose:
    """A paragraph; `emphasised`: the words in bold or italics that it begins with."""

    text: str
    line: int
    emphasised: str = ""


@dataclass(frozen=True, kw_only=True)
class Interruption:
    """Something else that parts a table from the text before it: a list, code, a rule."""


@dataclass(frozen=True, kw_only=True)
class ScopeEdge:
    """The beginning or the end of a part with headings of its own, which end with it."""

    is_opening: bool


Block = SectionHeading | Prose | Interruption | ScopeEdge | WrittenTable


def first_heading(blocks: Sequence[Block]) -> str | None:
    """Return the title of a document: its first heading."""
    return next((block.text for block in blocks if isinstance(block, SectionHeading)), None)


def is_table_picture(said: str) -> bool:
    """Return whether what an image says of itself is that it is a table: `Table 3: results`."""
    return _pattern(_PICTURE).match(said.strip()) is not None


def with_surroundings(blocks: Sequence[Block]) -> tuple[WrittenTable, ...]:
    """Return the tables with what the document says around them.

    A heading ends those before it of its own or a lower rank. A short paragraph in bold is a heading of the lowest
    rank, unless it is the caption of the table right below. A caption speaks of one table.
    """
    captions = _captions(blocks)
    is_caption = set(captions.values())
    title, own = _title(blocks)
    stack: list[SectionHeading | None] = []  # None: where a part begins that has headings of its own
    tables = []
    for index, block in enumerate(blocks):
        if isinstance(block, ScopeEdge):
            if block.is_opening:
                stack.append(None)
            elif None in stack:
                del stack[len(stack) - 1 - stack[::-1].index(None) :]
        elif isinstance(block, SectionHeading):
            _enter(stack, block)
        elif isinstance(block, Prose) and index not in is_caption and _is_heading(block):
            _enter(stack, SectionHeading(level=_BOLD_LEVEL, text=block.text, line=block.line))
        elif isinstance(block, WrittenTable):
            path = [heading for heading in stack if heading is not None]
            if title is not None and index > own and title not in path:
                path.insert(0, title)
            caption = block.surroundings.caption
            if caption is None and index in captions:
                said = blocks[captions[index]]
                caption = said.text if isinstance(said, Prose) else None
            surroundings = Surroundings(
                headings=tuple(heading.text for heading in path),
                caption=caption,
                sentence=block.surroundings.sentence or _sentence(blocks, index, is_caption),
            )
            tables.append(replace(block, surroundings=surroundings))
    return tuple(tables)


def _enter(stack: list[SectionHeading | None], heading: SectionHeading) -> None:
    while stack and (last := stack[-1]) is not None and last.level >= heading.level > 0:
        stack.pop()
    stack.append(heading)


def _title(blocks: Sequence[Block]) -> tuple[SectionHeading | None, int]:
    """Return the first heading if it speaks of the whole document, and where it stands.

    It does not where it has a table of its own before the next heading of its rank: then it is one part of several.
    """
    for index, block in enumerate(blocks):
        if isinstance(block, SectionHeading):
            for later in blocks[index + 1 :]:
                if isinstance(later, WrittenTable):
                    return None, index
                if isinstance(later, SectionHeading) and later.level <= block.level:
                    return block, index
            return block, index
    return None, 0


def _pattern(with_table: str) -> re.Pattern[str]:
    return re.compile(with_table.replace("TABLE", cell_words().table), re.IGNORECASE)


def _is_heading(block: Prose) -> bool:
    is_short = len(block.text) <= _LONGEST_HEADING and not block.text.endswith(cell_words().sentence_ends)
    return is_short and bool(block.text) and block.emphasised == block.text and not _is_numbered(block)


def _is_numbered(block: Prose) -> bool:
    """Return whether a paragraph begins as captions do (`Table 1: …`), not as a sentence (`Table 1 shows …`)."""
    number = _pattern(_NUMBERED).match(block.text)
    if number is None:
        return _pattern(_UNNUMBERED).match(block.text) is not None
    led = _pattern(_NUMBERED).match(block.emphasised)
    return bool(_ENDS_NUMBER.match(block.text, number.end())) or (led is not None and led.end() == len(led.string))


def _captions(blocks: Sequence[Block]) -> dict[int, int]:
    """Return the place of the caption of each table that has one among the paragraphs.

    Above or below: where both might be, as the first table that shows it has it.
    """
    places = [index for index, block in enumerate(blocks) if not isinstance(block, ScopeEdge)]
    above: dict[int, int] = {}
    below: dict[int, int] = {}
    for number, index in enumerate(places):
        block = blocks[index]
        if not isinstance(block, WrittenTable) or block.surroundings.caption is not None:
            continue
        if number:
            said = blocks[places[number - 1]]
            if isinstance(said, Prose) and (_is_numbered(said) or (said.text and said.emphasised == said.text)):
                above[index] = places[number - 1]
        if number + 1 < len(places):
            said = blocks[places[number + 1]]
            if isinstance(said, Prose) and _is_numbered(said):
                below[index] = places[number + 1]
    first = min((*above, *below), default=-1)
    sides = (above, below) if first in above else (below, above)
    found: dict[int, int] = {}
    taken: set[int] = set()
    for side in sides:
        for index, place in side.items():
            if index not in found and place not in taken:
                found[index] = place
                taken.add(place)
    return found


def _sentence(blocks: Sequence[Block], index: int, captions: set[int]) -> str | None:
    """Return the paragraph right above a table, its caption left out."""
    for place in range(index - 1, -1, -1):
        block = blocks[place]
        if isinstance(block, Prose) and block.text and place not in captions:
            return block.text
        if not isinstance(block, (Prose, ScopeEdge)):
            return None
    return None

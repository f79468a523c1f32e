"""Which caption of a LaTeX text is of which table: that of the innermost environment with captions."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from expdb.report.written.formats.blocks import Block
from expdb.report.written.written_table import Surroundings, WrittenTable

_Path = tuple[int, ...]


@dataclass
class CaptionFinder:
    """Gathers captions and tables with the environments that they stand in, from the outermost on."""

    _captions: list[tuple[str, _Path, int]] = field(default_factory=list)
    _tables: list[tuple[int, _Path, int]] = field(default_factory=list)

    def add_caption(self, text: str, path: _Path, place: int) -> None:
        """Note a caption."""
        self._captions.append((text, path, place))

    def add_table(self, index: int, path: _Path, place: int) -> None:
        """Note a table by its place among the blocks."""
        self._tables.append((index, path, place))

    def with_captions(self, blocks: Sequence[Block]) -> list[Block]:
        """Return the blocks with each table's caption; one of the whole float stands before that of its part."""
        held: dict[int, list[int]] = defaultdict(list)
        for index, path, _ in self._tables:
            for number in path:
                held[number].append(index)
        said: dict[int, list[tuple[str, _Path, int]]] = defaultdict(list)
        for caption in self._captions:
            owner = next((number for number in reversed(caption[1]) if held.get(number)), None)
            if owner is not None:
                said[owner].append(caption)
        found = list(blocks)
        for index, path, place in self._tables:
            table = found[index]
            texts = [_of_table(said[number], held[number], index, place) for number in path if number in said]
            if isinstance(table, WrittenTable) and texts:
                own = table.surroundings.caption
                together = ": ".join([*texts, *([own] if own else [])])
                found[index] = replace(table, surroundings=Surroundings(caption=together))
        return found


def _of_table(captions: Sequence[tuple[str, _Path, int]], tables: Sequence[int], index: int, place: int) -> str:
    """Return the caption of one of the tables of an environment: the one there is, in order, or the nearest."""
    if len(captions) == 1:
        return captions[0][0]
    if len(captions) == len(tables):
        return captions[tables.index(index)][0]
    return min(captions, key=lambda caption: abs(caption[2] - place))[0]

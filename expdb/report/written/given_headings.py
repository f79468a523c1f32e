"""The headings that a user gave a meaning, beside those of the tables."""

from collections.abc import Iterable, Iterator
from difflib import get_close_matches

from expdb.report.written.reading.heading import read_heading
from expdb.report.written.reading.vocabulary import Vocabulary
from expdb.report.written.written_table import WrittenTable


def unused_headings(vocabulary: Vocabulary, tables: Iterable[WrittenTable]) -> Iterator[str]:
    """Yield, in a line each, every `TEXT=KEY` of a user that no heading is like, with what is near.

    Args:
        vocabulary: has the user's words.
        tables: those that were read, as they stand in their documents or turned.
    """
    if not vocabulary.given:
        return
    texts: dict[str, None] = {}
    for table in tables:
        texts |= dict.fromkeys(table.headings)
        texts |= dict.fromkeys(
            row.cells[0].text for row in table.rows if row.cells
        )  # they head the rows of a turned one
    if not texts:
        return
    read = [read_heading(text, vocabulary) for text in texts if text]
    used = {one.given_by for heading in read for one in (heading, *heading.parts)}
    for pair in dict.fromkeys(vocabulary.given):
        if pair not in used:
            near = get_close_matches(pair.rpartition("=")[0].strip(), [text for text in texts if text], n=3, cutoff=0.6)
            hint = f": did you mean {', '.join(map(repr, near))}?" if near else ""
            yield f"--heading {pair!r}: no table has such a heading{hint}"

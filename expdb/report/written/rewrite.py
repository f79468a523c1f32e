"""New tables in the marked regions of a Markdown text, and nothing else changed.

Replaced are a region's table and the list of notes right below it; what else stands there stays.
"""

import re
from collections.abc import Callable, Sequence

from expdb.errors import SpecError
from expdb.report.written.bad_marks import BadMarks
from expdb.report.written.formats.markdown_tables import read_tables
from expdb.report.written.marks import END_MARK, Region, find_regions, split_lines
from expdb.report.written.written_table import WrittenTable

_ITEM = "- "
_MARKED_ITEM = "- <sup>"


def with_tables(text: str, render: Callable[[Region], str]) -> str:
    """Return the text with new tables in its marked regions, and every other byte as it was.

    Args:
        render: gives the Markdown of a region's table.

    Raises:
        SpecError: as `find_regions`; or a region holds something else in place of a table, or several tables.
    """
    lines, tables, bad = split_lines(text), read_tables(text), BadMarks()
    for region in reversed(find_regions(text, bad=bad)):  # from the end, so that the numbers of earlier lines stay true
        newline = re.sub(r"[^\r\n]", "", lines[region.line - 1]) or "\n"
        new = render(region).rstrip("\n").split("\n")
        notes = [line for line in new if line.startswith(_ITEM)]
        try:
            first, last = _table_lines(lines, region, [table for table in tables if _is_in(table, region)])
        except SpecError as problem:
            bad.add(problem)
            continue
        last = _past_notes(lines, last, notes, region)
        if not region.is_closed and notes:
            new += [END_MARK]  # or the next time nobody could tell the notes from the text around them
        if region.is_closed and last < region.last - 1 and lines[last].strip():
            new += [""]  # or the text that follows would belong to the table
        ends_line = last == first or last < len(lines) or lines[last - 1].endswith(("\n", "\r"))
        indented = [f"{region.indent}{line}" if line else "" for line in new]
        lines[first:last] = [
            *(f"{line}{newline}" for line in indented[:-1]),
            indented[-1] + (newline if ends_line else ""),
        ]
    bad.raise_any()
    return "".join(lines)


def replaced_notes(old: str, new: str) -> list[tuple[int, str]]:
    """Return the items of lists that an update took out of a text, with the numbers of their lines, from 1."""
    kept = {line.strip() for line in split_lines(new)}
    lines = ((number, line.strip()) for number, line in enumerate(split_lines(old), start=1))
    return [(number, line) for number, line in lines if _is_item(line) and line not in kept]


def _is_in(table: WrittenTable, region: Region) -> bool:
    return region.first <= table.first_line < region.last


def _table_lines(lines: Sequence[str], region: Region, tables: Sequence[WrittenTable]) -> tuple[int, int]:
    """Return where the region's table begins and ends, from 0; of an empty region, the whole of it.

    Raises:
        SpecError: there is something else, or there are several tables.
    """
    inside = range(region.first - 1, region.last - 1)
    filled = [number for number in inside if lines[number].strip()]
    if len(tables) == 1:
        first, last = tables[0].first_line - 1, tables[0].last_line
        # Text right below a table is a row to Markdown; one that is written with bars has none without any.
        own = (number for number in range(first, last) if "|" not in lines[number])
        return first, next(own, last) if _is_row(lines[first]) else last
    if not filled:
        return inside.start, inside.stop
    if not tables and all(_is_row(lines[number]) or _is_item(lines[number]) for number in filled):
        return filled[0], filled[-1] + 1  # a table that is broken
    what = f"{len(tables)} tables are" if tables else "text and no table is"
    raise SpecError(
        f"line {filled[0] + 1}: {what} between the marks of table {region.name!r} and would be replaced: "
        "move what is to stay outside the marks"
    )


def _past_notes(lines: Sequence[str], start: int, notes: Sequence[str], region: Region) -> int:
    """Return where the list of notes below a table ends; of an open region, a list that begins as one of notes."""
    stop = region.last - 1 if region.is_closed else len(lines)
    begin = next((number for number in range(start, stop) if lines[number].strip()), stop)
    end = next((number for number in range(begin, stop) if not _is_item(lines[number])), stop)
    is_ours = region.is_closed or (begin < end and _is_note(lines[begin].strip(), notes))
    return end if begin < end and is_ours else start


def _is_note(item: str, notes: Sequence[str]) -> bool:
    """Return whether an item is one of these notes, perhaps in other words or of other runs."""
    return item.startswith(_MARKED_ITEM) or item.split()[:3] in [note.split()[:3] for note in notes]


def _is_row(line: str) -> bool:
    return line.lstrip().startswith("|")


def _is_item(line: str) -> bool:
    return line.lstrip().startswith(_ITEM)

"""How commands print: tables that fit the terminal, whole lines in a pipe, colour only where someone sees it."""

import json
import sys
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any, Literal

from rich import box
from rich.cells import cell_len
from rich.console import Console, OverflowMethod
from rich.table import Table
from rich.text import Text

from expdb.errors import SpecError

PIPE_WIDTH = 10_000  # columns; a pipe has no edge at which a cell would have to be cut

LONG_TEXT = 24  # letters; longer cells may be wrapped

Align = Literal["left", "right"]


def console(*, is_error: bool = False) -> Console:
    """Return a console on stdout (or stderr), as wide as the terminal, or unlimited in a pipe."""
    stream = sys.stderr if is_error else sys.stdout
    return Console(file=stream, highlight=False, width=None if stream.isatty() else PIPE_WIDTH)


def print_line(text: str) -> None:
    """Print text as it is: no markup is read from it."""
    console().print(Text(printable(text)), soft_wrap=True)


def warn(text: str) -> None:
    """Print a warning on stderr."""
    console(is_error=True).print(Text(f"warning: {printable(text)}", style="yellow"), soft_wrap=True)


def remark(text: str) -> None:
    """Print on stderr what one should know of that which went to stdout or into a file."""
    console(is_error=True).print(Text(f"note: {printable(text)}", style="dim"), soft_wrap=True)


def print_table(
    headings: Sequence[str], rows: Sequence[Sequence[str]], aligns: Sequence[Align], *, optional: Sequence[str] = ()
) -> None:
    """Print rows under headings; where they do not fit the terminal, long texts go on in the next line.

    Args:
        optional: headings of columns that are left out first, in this order, where there is no room for them.
    """
    out = console()
    cells = [[printable(cell) for cell in row] for row in rows]
    widths = [
        max(cell_len(text) for text in (heading, *column)) for heading, *column in zip(headings, *cells, strict=True)
    ]
    shown, left_out = list(range(len(headings))), []
    for heading in optional:
        if sum(widths[index] + 1 for index in shown) > out.width:
            shown.remove(headings.index(heading))
            left_out.append(heading)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold", show_edge=False)
    for index in shown:
        is_long = widths[index] > LONG_TEXT
        overflow: OverflowMethod = "fold" if is_long else "ellipsis"
        table.add_column(Text(headings[index]), justify=aligns[index], no_wrap=not is_long, overflow=overflow)
    for row in cells:
        table.add_row(*(Text(row[index]) for index in shown))
    out.print(table)
    if left_out:
        out.print(Text(f"no room for: {', '.join(left_out)} (wider terminal, or --columns)", style="dim"))


def print_pairs(title: str, pairs: Sequence[tuple[str, str]]) -> None:
    """Print names and values in two columns under a title; long values go on, they are not cut."""
    out = console()
    out.print(Text(title, style="bold"))
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True, style="dim")
    table.add_column(overflow="fold")
    for name, value in pairs:
        table.add_row(Text(f"  {name}"), Text(printable(value)))
    out.print(table)


def print_json(value: Any, path: Path | None = None) -> None:
    """Print JSON that every parser reads: no NaN, no colour, no wrapping; or write it to a file. Raises SpecError."""
    write_text(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n", path)


def write_text(text: str, path: Path | None) -> None:
    """Write text to a file, or to stdout where no file is named.

    Raises:
        SpecError: the file cannot be written.
    """
    if path is None:
        sys.stdout.write(text)
        return
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise SpecError(f"cannot write {str(path)!r}: {error.strerror}") from error
    print_line(f"wrote {path}")


def printable(text: str) -> str:
    """Escape control characters, so that a recorded name cannot drive the terminal."""
    return "".join(char if char.isprintable() or char == "\n" else repr(char)[1:-1] for char in text)


def plain_text(value: object) -> str:
    """Return a setting as text: a dash where there is none, `true` and `false` as files have them."""
    return "–" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def run_list(ids: Collection[int]) -> str:
    """Return ids as `run 3` or `runs 1-4, 7`."""
    spans: list[list[int]] = []
    for run_id in sorted(ids):
        if spans and run_id == spans[-1][-1] + 1:
            spans[-1] = [spans[-1][0], run_id]
        else:
            spans.append([run_id])
    return f"run{'' if len(ids) == 1 else 's'} {', '.join('-'.join(map(str, span)) for span in spans)}"

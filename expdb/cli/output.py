"""How commands print: tables that fit the terminal, whole lines in a pipe, colour only where someone sees it."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from expdb.errors import SpecError

PIPE_WIDTH = 10_000  # columns; a pipe has no edge at which a cell would have to be cut

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


def print_table(headings: Sequence[str], rows: Sequence[Sequence[str]], aligns: Sequence[Align]) -> None:
    """Print rows under headings; text that does not fit the terminal is cut with an ellipsis."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold", show_edge=False)
    for heading, align in zip(headings, aligns, strict=True):
        is_number = align == "right"
        table.add_column(
            Text(heading), justify=align, no_wrap=True, overflow="ellipsis", min_width=5 if is_number else 3
        )
    for row in rows:
        table.add_row(*(Text(printable(cell)) for cell in row))
    console().print(table)


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


def print_json(value: Any) -> None:
    """Print JSON that every parser reads: no NaN, no colour, no wrapping."""
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


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

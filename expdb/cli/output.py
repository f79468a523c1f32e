"""How commands print: tables that fit the terminal, whole lines in a pipe, colour only where someone sees it."""

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Literal

from rich import box
from rich.cells import cell_len
from rich.console import Console, OverflowMethod
from rich.table import Table
from rich.text import Text

from expdb.cli.code_page import escaped_json, in_code_page, is_lossless
from expdb.domain.masking.mask import mask_secrets
from expdb.errors import SpecError

PIPE_WIDTH = 10_000  # columns; a pipe has no edge at which a cell would have to be cut

LONG_TEXT = 24  # letters; longer cells may be wrapped

# How a format writes letters that an encoding lacks.
_ESCAPED: Final[Mapping[str, Callable[[str], str]]] = {
    "json": escaped_json,
    "html": lambda text: text.encode("ascii", "xmlcharrefreplace").decode("ascii"),
}

Align = Literal["left", "right"]


def console(*, is_error: bool = False) -> Console:
    """Return a console on stdout (or stderr), as wide as the terminal, or unlimited in a pipe."""
    stream = sys.stderr if is_error else sys.stdout
    # A name may hold what rich knows as an emoji: `model:x:` is printed as it is.
    return Console(file=stream, highlight=False, emoji=False, width=None if stream.isatty() else PIPE_WIDTH)


def print_line(text: str) -> None:
    """Print text as it is: no markup is read from it."""
    console().print(Text(printed_text(text)), soft_wrap=True)


def warn(text: str) -> None:
    """Print a warning on stderr."""
    console(is_error=True).print(Text(f"warning: {printed_text(text)}", style="yellow"), soft_wrap=True)


def remark(text: str) -> None:
    """Print on stderr what one should know of that which went to stdout or into a file."""
    console(is_error=True).print(Text(f"note: {printed_text(text)}", style="dim"), soft_wrap=True)


def print_table(
    headings: Sequence[str], rows: Sequence[Sequence[str]], aligns: Sequence[Align], *, optional: Sequence[str] = ()
) -> None:
    """Print rows under headings, as `TablePrinter` does."""
    printer = TablePrinter(headings, aligns, optional=optional)
    printer.print_rows(rows)
    printer.close()


class TablePrinter:
    """Prints rows under headings; where they do not fit the terminal, long texts go on in the next line.

    A long table may be printed in parts: the first says which columns there is room for, and a later one is as wide,
    or wider where its texts are.
    """

    def __init__(self, headings: Sequence[str], aligns: Sequence[Align], *, optional: Sequence[str] = ()) -> None:
        """Prepare to print.

        Args:
            optional: headings of columns that are left out first, in this order, where there is no room for them.
        """
        self._headings, self._aligns, self._optional = headings, aligns, optional
        self._printed = [in_code_page(heading) for heading in headings]
        self._widths = [cell_len(heading) for heading in self._printed]
        self._shown: list[int] = []
        self._left_out: list[str] = []
        self._console = console()

    def print_rows(self, rows: Sequence[Sequence[str]]) -> None:
        """Print rows, the first time under their headings."""
        cells = [[printable(cell) for cell in row] for row in rows]
        for row in cells:
            self._widths = [max(width, cell_len(text)) for width, text in zip(self._widths, row, strict=True)]
        is_first = not self._shown
        if is_first:
            self._choose_columns()
        has_room = self._num_cells() <= self._console.width
        table = Table(
            box=box.SIMPLE_HEAD,
            pad_edge=False,
            padding=(0, 1, 0, 0),
            header_style="bold",
            show_edge=False,
            show_header=is_first,
        )
        for index in self._shown:
            is_long = self._widths[index] > LONG_TEXT
            overflow: OverflowMethod = "fold" if is_long else "ellipsis"
            table.add_column(
                Text(self._printed[index]),
                justify=self._aligns[index],
                no_wrap=not is_long,
                overflow=overflow,
                min_width=self._widths[index] if has_room and not is_first else None,
            )
        for row in cells:
            table.add_row(*(Text(row[index]) for index in self._shown))
        self._console.print(table)

    def close(self) -> None:
        """Say which columns there was no room for."""
        if self._left_out:
            text = f"no room for: {', '.join(self._left_out)} (wider terminal, or --columns)"
            self._console.print(Text(text, style="dim"))

    def _num_cells(self) -> int:
        """Return how wide the shown columns are, with a blank and a divider between two of them."""
        return sum(self._widths[index] for index in self._shown) + 2 * (len(self._shown) - 1)

    def _choose_columns(self) -> None:
        self._shown = list(range(len(self._headings)))
        for heading in self._optional:
            if self._num_cells() > self._console.width:
                self._shown.remove(self._headings.index(heading))
                self._left_out.append(heading)


def print_pairs(title: str, pairs: Sequence[tuple[str, str]]) -> None:
    """Print names and values in two columns under a title; long values go on, they are not cut."""
    out = console()
    out.print(Text(title, style="bold"))
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True, style="dim")
    table.add_column(overflow="fold")
    for name, value in pairs:
        table.add_row(Text(f"  {name}"), Text(printed_text(value)))
    out.print(table)


def print_json(value: Any, path: Path | None = None) -> None:
    """Print JSON that every parser reads: no NaN, no colour, no wrapping; or write it to a file. Raises SpecError.

    Dataclasses and models are objects of their fields, at any depth, and paths are text.
    """
    text = json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False, default=_plain)
    write_text(f"{text}\n", path, form="json")


def _plain(value: Any) -> Any:
    """Return what JSON does not know as something that it does, but for what is inside."""
    if is_dataclass(value):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{value!r} has no JSON")


def write_text(text: str, path: Path | None, *, form: str = "") -> None:
    """Write text to a file, in UTF-8, or to stdout where no file is named, in its encoding.

    Args:
        form: `json` or `html`, which have an escape for letters that stdout lacks; of other text is said that it does.

    Raises:
        SpecError: the file cannot be written.
    """
    if path is None:
        sys.stdout.write(in_stdout(text, form))
        if form not in _ESCAPED and not sys.stdout.isatty():
            remark_lost(text)
        return
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise SpecError(f"cannot write {str(path)!r}: {error.strerror}") from error
    print_line(f"wrote {path}")


def in_stdout(text: str, form: str) -> str:
    """Return source so that stdout has all its letters, where its format (`json`, `html`) has an escape for others."""
    return text if form not in _ESCAPED or is_lossless(text) else _ESCAPED[form](text)


def remark_lost(text: str) -> None:
    """Say that stdout lacks letters of what was written to it, where it does: then others stand in their place."""
    if not is_lossless(text):
        remark(
            f"standard output is in {sys.stdout.encoding}, which lacks letters of this; others stand in their place: "
            "-o FILE writes UTF-8, and so does PYTHONIOENCODING=utf-8"
        )


def printed_text(text: str) -> str:
    """Return text as a line or value is printed: secrets masked, control characters escaped."""
    return printable(mask_secrets(text))


def printable(text: str) -> str:
    """Escape control characters, so that a recorded name cannot drive the terminal; spell what its encoding lacks."""
    return in_code_page("".join(char if char.isprintable() or char == "\n" else repr(char)[1:-1] for char in text))


def plain_text(value: object) -> str:
    """Return a setting as text: a dash where there is none, `true` and `false` as files have them, 0.1 + 0.2 as 0.3."""
    if isinstance(value, float):
        return str(float(f"{value:.{sys.float_info.dig}g}"))
    return "–" if value is None else str(value).lower() if isinstance(value, bool) else str(value)

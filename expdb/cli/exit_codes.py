"""With which codes commands end; those of Ctrl-C and SIGTERM as a shell gives them: 128 and the signal's number."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

import typer

FAILED = 1
BAD_INPUT = 2
NOTHING_CHECKED = 3
INTERRUPTED = 130
CLOSED_PIPE = 141
TERMINATED = 143

CODE_MEANINGS: Final[Mapping[int, str]] = {
    0: "done",
    FAILED: "the work failed (training, data, the start of a run), or `check` contradicts a number, `db check` or "
    "`doctor` finds something wrong, `fill` still lacks runs",
    BAD_INPUT: "bad input or usage: an unknown option, name, setting or mark; a file or database that cannot be used",
    NOTHING_CHECKED: "only of `check`: nothing was checked in a file, and no number is contradicted",
    INTERRUPTED: "stopped by Ctrl-C; `dashboard`: 0",
    CLOSED_PIPE: "the output is read no further, as by `head`",
    TERMINATED: "stopped by SIGTERM",
}


@contextmanager
def stops_as_exit_codes() -> Iterator[None]:
    """Leave the command with the exit code of the signal that stops the block, without a word. Raises Exit."""
    from expdb.launch.stop_signals import Terminated

    try:
        yield
    except KeyboardInterrupt:
        raise typer.Exit(INTERRUPTED) from None
    except Terminated:
        raise typer.Exit(TERMINATED) from None

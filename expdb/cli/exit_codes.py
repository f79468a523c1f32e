"""Ctrl-C and SIGTERM as exit codes, as a shell gives them: 128 and the signal's number."""

from collections.abc import Iterator
from contextlib import contextmanager

import typer

INTERRUPTED = 130
TERMINATED = 143


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
